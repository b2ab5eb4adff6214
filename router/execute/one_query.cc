#include "router/execute/one_query.h"

#include <memory>
#include <optional>
#include <utility>

#include "router/execute/borrowed.h"

namespace pando::execute {
namespace {

class OneStream final : public RowStream {
 public:
  OneStream(Loan&& loan, Connections& owner, const ExecuteOptions& options)
      : borrowed_(std::in_place, std::move(loan), owner, options.cancel, options.owner) {}

  Borrowed& borrowed() { return *borrowed_; }
  void open(RowStreamPtr rows) {
    columns_ = take_columns(*rows);
    rows_ = std::move(rows);
  }

  Result<bool> next() override {
    if (!rows_) return ended();
    auto more = rows_->next();
    if (more && *more) {
      row_ = rows_->row();
      return more;
    }
    row_ = {};
    if (!more) error_ = std::make_unique<Error>(more.error());
    rows_.reset();
    borrowed_.reset();
    return more;
  }

 private:
  Result<bool> ended() const {
    if (error_) return fail(*error_);
    return false;
  }

  std::optional<Borrowed> borrowed_;  // Outlives rows_, which reads from it.
  RowStreamPtr rows_;
  std::unique_ptr<Error> error_;
};

}  // namespace

Result<Reply> run_one(Loan loan, Connections& owner, const ExecuteOptions& options,
                      const drivers::Query& query) {
  auto stream = std::make_unique<OneStream>(std::move(loan), owner, options);
  auto reply = stream->borrowed().run(query);
  if (reply && reply->rows) {
    stream->open(std::move(reply->rows));
    reply->rows = std::move(stream);
  }
  return reply;
}

}  // namespace pando::execute
