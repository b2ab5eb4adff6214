// Rows that go through Pando: what a query found, written by statements of their own.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <unordered_map>
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
    for (const plan::RowsInto::Source& each : into.head_parameters) {
      head_.push_back(each.of_row ? Value() : parameters[each.index]);
      if (each.of_row) most_ = 1;
    }
    for (const auto& each : into.tail_parameters) tail_.push_back(parameters[each.index]);
    listed_ = into.keys != 0 ? into.keys : columns;
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
    for (std::size_t i = 0; i < head_.size(); ++i) {
      const plan::RowsInto::Source& source = into_.head_parameters[i];
      if (source.of_row) taken_[i] = values_[source.index];
    }
    for (auto row = values_.begin(); row != end; row += static_cast<std::ptrdiff_t>(columns_)) {
      taken_.insert(taken_.end(), row, row + static_cast<std::ptrdiff_t>(listed_));
    }
    taken_.insert(taken_.end(), tail_.begin(), tail_.end());
    values_.erase(values_.begin(), end);
    bytes_ = 0;
    if (text_rows_ != count) {
      std::string row = "(?";
      for (std::size_t i = 1; i < listed_; ++i) row += ",?";
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
  std::size_t listed_ = 0;  // Of them, those in parentheses.
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

// The rows that were named so far.
class NamedRows {
 public:
  explicit NamedRows(std::size_t keys) : keys_(keys) {}

  // False: the row was there already, with the same values; or there is none, since an outer join
  // has found no partner in the table that is written.
  // Errors: kRowsNotNamed: a row with NULL among its keys would be passed over, and one with two
  // values be given either.
  Result<bool> add(Row row) {
    const auto nulls = std::count_if(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys_),
                                     [](const Value& value) { return value.is_null(); });
    if (static_cast<std::size_t>(nulls) == keys_) return false;
    if (nulls > 0) {
      return fail(ErrorCode::kRowsNotNamed,
                  "a row that is to be written has NULL in its primary key or its sharding key");
    }
    if (row.size() == keys_) return true;  // They are read once each.
    const auto [entry, fresh] =
        rows_.try_emplace(bytes(row.first(keys_)), bytes(row.subspan(keys_)));
    if (fresh || entry->second == bytes(row.subspan(keys_))) return fresh;
    return fail(ErrorCode::kRowsNotNamed,
                "a row is joined with several others, of which each would give it another value");
  }

 private:
  static std::string bytes(Row values) {
    std::string out;
    const auto add = [&out](const auto& plain) {
      out.append(reinterpret_cast<const char*>(&plain), sizeof plain);
    };
    for (const Value& value : values) {
      add(value.kind());
      switch (value.kind()) {
        case ValueKind::kNull:
          break;
        case ValueKind::kInt:
          add(value.as_int());
          break;
        case ValueKind::kUint:
          add(value.as_uint());
          break;
        case ValueKind::kDouble:
          add(value.as_double());
          break;
        case ValueKind::kText:
        case ValueKind::kBytes:
          add(value.as_string().size());
          out += value.as_string();
      }
    }
    return out;
  }

  std::size_t keys_;
  std::unordered_map<std::string, std::string> rows_;
};

}  // namespace

// SQLite judges foreign keys when a statement ends. Between two parts of one, a row may refer to
// another of the same table that comes later, or has gone before.
Result<void> SessionState::check_parts(const plan::Piece& rows) {
  if (core_->rules().dialect() != Dialect::kSqlite) return {};
  const rules::LogicalTable* table = core_->rules().find_table(rows.table);
  if (table == nullptr) return {};
  for (const rules::Node& node : table->nodes) {
    const auto held = held_.find(node.data_source);
    if (held == held_.end()) continue;
    const std::array<Value, 1> name = {Value::of_text(node.table)};
    PANDO_ASSIGN(Reply reply,
                 held->second->run({.sql = "SELECT 1 FROM pragma_foreign_key_list(?1) WHERE "
                                           "\"table\" = ?1 COLLATE NOCASE",
                                    .parameters = name}));
    PANDO_ASSIGN(const bool refers, reply.rows->next());
    if (!refers) return {};
    return fail(Error(ErrorCode::kUnsupportedStatement,
                      "table " + rows.table +
                          " refers to itself, and so many rows are written by several statements")
                    .with_remedy("Write fewer rows at once."));
  }
  return {};
}

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
  if (!reply) give_up_if_lost(reply.error());
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
  NamedRows names(plan.into->keys);
  std::uint64_t named = 0;
  bool first = true;
  for (bool more = true; more || !batch.empty();) {
    if (more) {
      PANDO_ASSIGN(more, rows->next());
      bool fresh = more;
      if (more && plan.into->keys != 0) {
        PANDO_ASSIGN(fresh, names.add(rows->row()));
      }
      if (fresh) batch.add(rows->row());
      named += fresh ? 1 : 0;
      if (more ? !batch.full() : batch.empty()) continue;
    }
    if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled between two of its parts");
    if (more && first) PANDO_TRY(check_parts(source));
    const auto [sql, taken] = batch.take();
    auto made = core_->plan(sql, taken, options_, *this);
    // Its place is one of a text that nobody wrote.
    if (!made) return fail(std::move(made).error().with_span(0, 0));
    PANDO_ASSIGN(const Reply reply, core_->execute(*made, taken, *this, watch));
    total.write.affected_rows += reply.write.affected_rows;
    // What is said of the statement is said once.
    const std::size_t notes = std::exchange(first, false) ? 0 : (*made)->notes.size();
    total.write.warnings += reply.write.warnings - static_cast<std::uint32_t>(notes);
    // MySQL tells the first key, SQLite the last.
    const std::uint64_t key = reply.write.generated_key;
    const bool last = core_->rules().dialect() == Dialect::kSqlite;
    if (key != 0 && (total.write.generated_key == 0 || last)) total.write.generated_key = key;
  }
  if (plan.into->keys != 0 && total.write.affected_rows > named) {
    return fail(ErrorCode::kRowsNotNamed,
                "the primary key names " + std::to_string(named) + " rows, and " +
                    std::to_string(total.write.affected_rows) +
                    " have it: the table has changed, and its key is none any more");
  }
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before its commit");
  return total;
}

}  // namespace pando::router
