// RowBatch: rows that come one after the other, as the statements that write them
// (plan::RowsWrite).
//
// Threads: belongs to one.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pando/row_stream.h"
#include "router/plan/plan.h"

namespace pando::router {

class RowBatch {
 public:
  // How many rows a statement has: at most `most`. `whole`: what is left at the end is one
  // statement, and not several of sizes that come again and have been planned before.
  struct Sizes {
    std::size_t most = 0;
    bool whole = false;
  };
  struct Statement {
    std::string_view sql;
    std::span<const Value> values;
  };

  // `columns`: of a row that is added. `parameters`: of the statement that is carried out; they
  // live as long as this object, as `write` does.
  RowBatch(const plan::RowsWrite& write, std::span<const Value> parameters, std::size_t columns,
           Sizes sizes);

  // The row's memory must live until take() has returned it.
  void add(Row row);
  bool full() const;
  bool empty() const { return rows() == 0; }
  bool taken_any() const { return taken_any_; }
  // The next statement; those rows that stay are few. What it returns lives until the next call.
  Statement take();

 private:
  std::size_t rows() const { return (values_.size() - begin_) / columns_; }

  const plan::RowsWrite& write_;
  std::size_t columns_;
  std::size_t listed_;  // Of them, those in parentheses.
  std::size_t most_ = 0;
  bool whole_;
  std::vector<Value> head_;
  std::vector<Value> tail_;
  std::vector<Value> values_;
  std::size_t begin_ = 0;  // Of what is not taken yet.
  std::size_t bytes_ = 0;  // Of what came since the last take().
  bool taken_any_ = false;
  std::vector<Value> taken_;
  std::string text_;
  std::size_t text_rows_ = 0;
};

}  // namespace pando::router
