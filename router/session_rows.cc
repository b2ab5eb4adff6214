// Rows that go through Pando: what a query found, written by statements of their own.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/buffered_stream.h"
#include "router/execute/clock.h"
#include "router/execute/commit.h"
#include "router/named_rows.h"
#include "router/plan/write_common.h"
#include "router/session.h"

namespace pando::router {
namespace {

std::vector<std::size_t> sources_of(const plan::Plan& plan, const rules::RuleSet& rules) {
  std::vector<std::size_t> sources;
  const plan::Piece& rows = plan.pieces.front();
  plan::each_query(*rows.plan, [&](const plan::PhysicalQuery& query) {
    if (query.data_source < rules.data_sources().size()) sources.push_back(query.data_source);
  });
  if (const plan::TablePtr table = plan::table_named(rows.table, rules)) {
    for (const rules::Node& node : table->nodes) sources.push_back(node.data_source);
  }
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

}  // namespace

// SQLite judges foreign keys when a statement ends. Between two parts of one, a row may refer to
// another of the same table that comes later, or has gone before.
Result<void> SessionState::check_parts(const plan::Piece& rows) {
  if (core_->rules().dialect() != Dialect::kSqlite) return {};
  const plan::TablePtr table = plan::table_named(rows.table, core_->rules());
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

// Removing a row and inserting it is not an update for those who watch the table.
Result<void> SessionState::check_moves(const plan::Piece& rows) {
  const plan::TablePtr table = plan::table_named(rows.table, core_->rules());
  const bool sqlite = core_->rules().dialect() == Dialect::kSqlite;
  for (const rules::Node& node : table->nodes) {
    const auto held = held_.find(node.data_source);
    if (held == held_.end()) continue;
    const std::array<Value, 2> names = {Value::of_text(node.table), Value::of_text(node.table)};
    PANDO_ASSIGN(
        Reply reply,
        held->second->run(
            {.sql = sqlite ? "SELECT 'a trigger' FROM sqlite_schema WHERE type = 'trigger' AND "
                             "tbl_name = ? COLLATE NOCASE UNION ALL SELECT 'a foreign key' FROM "
                             "sqlite_schema t, pragma_foreign_key_list(t.name) k WHERE t.type = "
                             "'table' AND k.\"table\" = ? COLLATE NOCASE"
                           : "SELECT 'a trigger' FROM information_schema.TRIGGERS WHERE "
                             "EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? UNION "
                             "ALL SELECT 'a foreign key' FROM "
                             "information_schema.REFERENTIAL_CONSTRAINTS WHERE "
                             "UNIQUE_CONSTRAINT_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = ?",
             .parameters = names}));
    PANDO_ASSIGN(const bool found, reply.rows->next());
    if (!found) return {};
    const std::string what(reply.rows->row()[0].as_string());
    return fail(ErrorCode::kShardingKeyUpdate,
                "table " + rows.table + " has " + what +
                    " on it, for which a row that is removed and inserted is not one that changes");
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

// Writes what is due, or all that is there.
Result<void> SessionState::write_batch(RowBatch& batch, Rest rest, const plan::Piece& source,
                                       Reply& total, const execute::CancelWatch& watch) {
  while (rest == Rest::kWritten ? !batch.empty() : batch.full()) {
    if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled between two of its parts");
    const bool first = !batch.taken_any();
    const auto [sql, taken] = batch.take();
    auto made = core_->plan(sql, taken, options_, *this);
    // Its place is one of a text that nobody wrote.
    if (!made) return fail(std::move(made).error().with_span(0, 0));
    if (!batch.empty() || rest == Rest::kKept) PANDO_TRY(check_parts(source));
    PANDO_ASSIGN(const Reply reply, core_->execute(*made, taken, *this, watch));
    total.write.affected_rows += reply.write.affected_rows;
    // What is said of the statement is said once.
    const std::size_t notes = first ? 0 : (*made)->notes.size();
    total.write.warnings += reply.write.warnings - static_cast<std::uint32_t>(notes);
    // MySQL tells the first key, SQLite the last.
    const std::uint64_t key = reply.write.generated_key;
    const bool last = core_->rules().dialect() == Dialect::kSqlite;
    if (key != 0 && (total.write.generated_key == 0 || last)) total.write.generated_key = key;
  }
  return {};
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
  const plan::RowsInto& into = *plan.into;
  if (into.columns != 0 && into.columns != columns) {
    return fail(ErrorCode::kDatabase, "the query has " + std::to_string(columns) +
                                          " columns, and " + std::to_string(into.columns) +
                                          " are to be filled");
  }
  Reply total;
  total.write.warnings = static_cast<std::uint32_t>(plan.notes.size());
  const bool sqlite = core_->rules().dialect() == Dialect::kSqlite;
  const auto make_batch = [&](const plan::RowsWrite& write) {
    return RowBatch(write, parameters, columns, {options_.max_list_items, sqlite});
  };
  const plan::RowsMove none;
  const plan::RowsMove& move = into.move ? *into.move : none;
  RowBatch written = make_batch(into.write);
  RowBatch removed = make_batch(move.remove);
  RowBatch inserted = make_batch(move.insert);
  NamedRows names(into.keys);
  MovedRows moves(move);
  std::uint64_t named = 0;
  std::uint64_t kept = 0;  // Rows that are as they should be.
  while (true) {
    PANDO_ASSIGN(const bool more, rows->next());
    if (!more) break;
    const Row row = rows->row();
    if (into.keys != 0) {
      PANDO_ASSIGN(const bool fresh, names.add(row));
      if (!fresh) continue;
      ++named;
    }
    PANDO_ASSIGN(const bool moves_on, into.move ? moves.add(row) : Result<bool>(false));
    if (moves_on) {
      if (removed.empty() && !removed.taken_any()) PANDO_TRY(check_moves(source));
      removed.add(row);
      inserted.add(row);
      PANDO_TRY(write_batch(removed, Rest::kKept, source, total, watch));
    } else if (!into.write.head.empty()) {
      written.add(row);
      PANDO_TRY(write_batch(written, Rest::kKept, source, total, watch));
    } else {
      ++kept;
    }
  }
  PANDO_TRY(write_batch(written, Rest::kWritten, source, total, watch));
  PANDO_TRY(write_batch(removed, Rest::kWritten, source, total, watch));
  std::uint64_t affected = total.write.affected_rows;
  if (into.keys != 0 && affected > named) {
    return fail(ErrorCode::kRowsNotNamed, "the primary key names " + std::to_string(named) +
                                              " rows, and " + std::to_string(affected) +
                                              " have it: the table has changed, and its key is "
                                              "none any more");
  }
  PANDO_TRY(write_batch(inserted, Rest::kWritten, source, total, watch));
  if (into.move) {
    // Those that were removed are those that came. SQLite counts what it was to change, too.
    if (sqlite) affected += kept;
    total.write.affected_rows = affected;
    total.write.generated_key = 0;
  }
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before its commit");
  return total;
}

}  // namespace pando::router
