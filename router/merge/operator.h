// Operator: what the streams of a merge have in common. An error or the end is final, and lets go
// of the inputs at once, which cancels what they still run.
//
// Threads: like every RowStream, one at a time, and its inputs with it.

#pragma once

#include <optional>
#include <utility>

#include "pando/row_stream.h"

namespace pando::merge {

class Operator : public RowStream {
 public:
  Result<bool> next() final {
    if (error_) return fail(*error_);
    if (ended_) return false;
    Result<bool> more = advance();
    if (more && *more) return true;
    row_ = {};
    if (more) {
      ended_ = true;
    } else {
      error_ = more.error();
    }
    release();
    return more;
  }

 protected:
  // As next(), but not called again after the end or an error. Sets row_ if there is a row.
  virtual Result<bool> advance() = 0;
  // Lets go of the inputs.
  virtual void release() = 0;

 private:
  std::optional<Error> error_;
  bool ended_ = false;
};

// An operator over one input.
class UnaryOperator : public Operator {
 protected:
  explicit UnaryOperator(RowStreamPtr input) : input_(std::move(input)) {
    columns_ = input_->columns();
  }
  void release() override { input_.reset(); }

  RowStreamPtr input_;
};

}  // namespace pando::merge
