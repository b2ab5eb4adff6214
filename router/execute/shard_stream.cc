#include "router/execute/shard_stream.h"

#include <optional>
#include <utility>

#include "router/execute/bound_query.h"
#include "router/merge/columns.h"

namespace pando::execute {
namespace {

class ShardStream final : public RowStream {
 public:
  ShardStream(BorrowedPtr connection, RowStreamPtr rows, Backlog backlog)
      : connection_(std::move(connection)), rows_(std::move(rows)), backlog_(std::move(backlog)) {
    columns_ = rows_->columns();
  }

  Result<bool> next() override {
    if (error_) return fail(*error_);
    while (rows_) {
      auto more = rows_->next();
      if (more && *more) {
        row_ = rows_->row();
        return true;
      }
      if (!more) return give_up(std::move(more).error());
      row_ = {};
      rows_.reset();
      if (started_ == backlog_.queries.size()) {
        connection_.reset();
        return false;
      }
      if (auto next_query = start_next(); !next_query) {
        return give_up(std::move(next_query).error());
      }
    }
    return false;
  }

 private:
  tl::unexpected<Error> give_up(Error error) {
    error_ = std::move(error);
    row_ = {};
    rows_.reset();
    connection_.reset();
    return fail(*error_);
  }

  Result<void> start_next() {
    const LaterWork& work = *backlog_.work;
    std::vector<Value> parameters;
    parameters.reserve(work.parameters.size());
    for (const OwnedValue& value : work.parameters) parameters.push_back(value.view());
    PANDO_ASSIGN(const BoundQuery query,
                 bind_query(*work.plan, backlog_.queries[started_++], parameters));
    PANDO_ASSIGN(Reply reply, connection_->run(query.view(false)));
    if (!reply.rows) return fail(ErrorCode::kInternal, "a query answered without rows");
    PANDO_TRY(merge::check_columns(columns_, reply.rows->columns(), merge::Digits::kMustAgree));
    rows_ = std::move(reply.rows);
    return {};
  }

  BorrowedPtr connection_;  // Outlives rows_, which reads from it.
  RowStreamPtr rows_;
  Backlog backlog_;
  std::size_t started_ = 0;
  std::optional<Error> error_;
};

}  // namespace

RowStreamPtr shard_stream(BorrowedPtr connection, RowStreamPtr rows, Backlog backlog) {
  return std::make_unique<ShardStream>(std::move(connection), std::move(rows), std::move(backlog));
}

}  // namespace pando::execute
