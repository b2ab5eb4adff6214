// Rows that go through Pando: what a query found, written by statements of their own.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/buffered_stream.h"
#include "router/execute/clock.h"
#include "router/execute/commit.h"
#include "router/session.h"

namespace pando::router {
namespace {

// Rows of one statement: a power of two, so that few different texts are planned and prepared.
constexpr std::size_t kBatchRows = 256;
constexpr std::size_t kBatchValues = 4096;
constexpr std::size_t kBatchBytes = 1u << 20;

// The statements for rows that come one after the other.
class Batch {
 public:
  // A statement of it has at most `most` rows.
  Batch(const plan::RowsInto& into, std::span<const Value> parameters, std::size_t columns,
        std::size_t most)
      : into_(into),
        columns_(columns),
        most_(std::bit_floor(
            std::clamp<std::size_t>(kBatchValues / columns, 1, std::min(kBatchRows, most)))) {
    for (const std::uint32_t index : into.head_parameters) head_.push_back(parameters[index]);
    for (const std::uint32_t index : into.tail_parameters) tail_.push_back(parameters[index]);
  }

  // The row's memory must live until take() has returned it.
  void add(Row row) {
    values_.insert(values_.end(), row.begin(), row.end());
    for (const Value& value : row) {
      if (value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes) {
        bytes_ += value.as_string().size();
      }
    }
  }
  bool full() const { return rows() >= most_ || bytes_ >= kBatchBytes; }
  bool empty() const { return values_.empty(); }

  // Takes out as many rows as the greatest power of two; those that stay are few.
  struct Statement {
    std::string_view sql;
    std::span<const Value> values;
  };
  Statement take() {
    const std::size_t count = std::bit_floor(rows());
    const auto end = values_.begin() + static_cast<std::ptrdiff_t>(count * columns_);
    taken_ = head_;
    taken_.insert(taken_.end(), values_.begin(), end);
    taken_.insert(taken_.end(), tail_.begin(), tail_.end());
    values_.erase(values_.begin(), end);
    bytes_ = 0;
    if (text_rows_ != count) {
      std::string row = "(?";
      for (std::size_t i = 1; i < columns_; ++i) row += ",?";
      row += ')';
      text_ = into_.head;
      for (std::size_t i = 0; i < count; ++i) text_.append(i == 0 ? "" : ",").append(row);
      text_ += into_.tail;
      text_rows_ = count;
    }
    return {text_, taken_};
  }

 private:
  std::size_t rows() const { return values_.size() / columns_; }

  const plan::RowsInto& into_;
  std::size_t columns_;
  std::size_t most_;
  std::vector<Value> head_;
  std::vector<Value> tail_;
  std::vector<Value> values_;
  std::vector<Value> taken_;
  std::size_t bytes_ = 0;  // Of what came since the last take().
  std::string text_;
  std::size_t text_rows_ = 0;
};

std::vector<std::size_t> sources_of(const plan::Plan& plan, const rules::RuleSet& rules) {
  std::vector<std::size_t> sources;
  const plan::Piece& rows = plan.pieces.front();
  plan::each_query(*rows.plan, [&](const plan::PhysicalQuery& query) {
    if (query.data_source < rules.data_sources().size()) sources.push_back(query.data_source);
  });
  if (const rules::LogicalTable* table = rules.find_table(rows.table); table != nullptr) {
    for (const rules::Node& node : table->nodes) sources.push_back(node.data_source);
  }
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

// A row with NULL among its keys would be passed over.
Result<void> check_named(Row row) {
  for (const Value& value : row) {
    if (!value.is_null()) continue;
    return fail(ErrorCode::kLimitedWrite,
                "a row that is to be written has NULL in its primary key or its sharding key");
  }
  return {};
}

}  // namespace

Result<Reply> SessionState::write_rows(const plan::Plan& plan, std::span<const Value> parameters,
                                       const execute::CancelWatch& watch) {
  PANDO_TRY(require_no_rows());
  const bool own = !active_;
  const auto savepoint = [&](plan::SessionAction action, const char* verb) {
    plan::Plan about;
    about.session = action;
    about.session_text = plan::kRowsSavepoint;
    return run_savepoint(about, verb + about.session_text);
  };
  if (own) {
    PANDO_TRY(begin(default_begin()));
  } else {
    PANDO_TRY(savepoint(plan::SessionAction::kSavepoint, "SAVEPOINT "));
  }
  if (plan.fix_timestamp) clock_ = execute::set_clock();
  Result<Reply> reply = copy_rows(plan, parameters, watch);
  if (!std::exchange(clock_, {}).empty()) {
    for (auto entry = held_.begin(); entry != held_.end();) {
      const auto runs = entry->second->run(execute::kOwnClock);
      // Its time would stand still: better none.
      if (!runs) {
        if (reply) reply = fail(runs.error());
        entry->second.discard();
        transaction_lost();
      }
      entry = runs ? std::next(entry) : held_.erase(entry);
    }
  }
  // Whatever became of the connections, nothing was committed.
  if (!reply) reply = fail(std::move(reply).error().with_outcome(Outcome::kNotApplied));
  if (own) {
    if (!reply) {
      rollback();
      return reply;
    }
    PANDO_TRY(commit());
    return reply;
  }
  if (!reply && !lost_ && lost_by(reply.error())) {
    execute::rollback_all(connections());
    lost_ = true;
  }
  if (lost_) return reply;
  if (!reply) {
    // Why it failed is worth more than that it could not be taken back, which the transaction
    // knows.
    if (!savepoint(plan::SessionAction::kRollbackTo, "ROLLBACK TO SAVEPOINT ")) return reply;
    (void)savepoint(plan::SessionAction::kReleaseSavepoint, "RELEASE SAVEPOINT ");
    return reply;
  }
  PANDO_TRY(savepoint(plan::SessionAction::kReleaseSavepoint, "RELEASE SAVEPOINT "));
  return reply;
}

Result<Reply> SessionState::copy_rows(const plan::Plan& plan, std::span<const Value> parameters,
                                      const execute::CancelWatch& watch) {
  // All that are needed at once, in their order: two of these never wait for each other.
  PANDO_TRY(acquire(sources_of(plan, core_->rules())));
  if (!clock_.empty()) {
    for (drivers::Connection* connection : connections()) PANDO_TRY(connection->run(clock_));
  }
  const plan::Piece& source = plan.pieces.front();
  std::vector<Value> values;
  for (const std::uint32_t index : source.parameters) values.push_back(parameters[index]);
  const std::uint64_t warnings = read_warnings_;
  PANDO_ASSIGN(Reply read, core_->execute(source.plan, values, *this, watch));
  if (!read.rows) return fail(ErrorCode::kInternal, "a query answered without rows");
  // All of them before the first is written: the query may read the table that they go to.
  PANDO_ASSIGN(const RowStreamPtr rows,
               execute::buffer_rows(*read.rows, std::make_shared<merge::MemoryBudget>(
                                                    core_->rules().limits().merge_bytes)));
  read.rows.reset();
  if (read_warnings_ != warnings) {
    return fail(ErrorCode::kWarnedWrite, "reading the rows gave " +
                                             std::to_string(read_warnings_ - warnings) +
                                             " warnings, and nothing was written");
  }

  const std::size_t columns = rows->columns().size();
  if (plan.into->columns != 0 && plan.into->columns != columns) {
    return fail(ErrorCode::kDatabase, "the query has " + std::to_string(columns) +
                                          " columns, and " + std::to_string(plan.into->columns) +
                                          " are to be filled");
  }
  Reply total;
  total.write.warnings = static_cast<std::uint32_t>(plan.notes.size());
  Batch batch(*plan.into, parameters, columns, options_.max_list_items);
  std::uint64_t named = 0;
  for (bool more = true; more || !batch.empty();) {
    if (more) {
      PANDO_ASSIGN(more, rows->next());
      if (more && plan.into->names_rows) PANDO_TRY(check_named(rows->row()));
      if (more) batch.add(rows->row());
      named += more ? 1 : 0;
      if (more ? !batch.full() : batch.empty()) continue;
    }
    if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled between two of its parts");
    const auto [sql, taken] = batch.take();
    auto made = core_->plan(sql, taken, options_, *this);
    // Its place is one of a text that nobody wrote.
    if (!made) return fail(std::move(made).error().with_span(0, 0));
    auto planned = *std::move(made);
    if (planned->fix_timestamp) {
      auto stopped = std::make_shared<plan::Plan>(*planned);
      stopped->fix_timestamp = false;  // The clock stands already.
      planned = std::move(stopped);
    }
    PANDO_ASSIGN(const Reply reply, core_->execute(planned, taken, *this, watch));
    total.write.affected_rows += reply.write.affected_rows;
    total.write.warnings += reply.write.warnings;
    // MySQL tells the first key, SQLite the last.
    const std::uint64_t key = reply.write.generated_key;
    const bool last = core_->rules().dialect() == Dialect::kSqlite;
    if (key != 0 && (total.write.generated_key == 0 || last)) total.write.generated_key = key;
  }
  if (plan.into->names_rows && total.write.affected_rows > named) {
    return fail(ErrorCode::kLimitedWrite,
                "the primary key names " + std::to_string(named) + " rows, and " +
                    std::to_string(total.write.affected_rows) +
                    " have it: the table has changed, and its key is none any more");
  }
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before its commit");
  return total;
}

}  // namespace pando::router
