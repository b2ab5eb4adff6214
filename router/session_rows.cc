// Rows that go through Pando: a query's rows, written by INSERT statements of their own.

#include <algorithm>
#include <utility>
#include <vector>

#include "router/execute/buffered_stream.h"
#include "router/execute/commit.h"
#include "router/session.h"

namespace pando::router {
namespace {

constexpr std::size_t kBatchValues = 4000;
constexpr std::size_t kBatchRows = 500;
constexpr std::size_t kBatchBytes = 1u << 20;

// The INSERT statements for rows that come one after the other.
class Batches {
 public:
  Batches(const plan::RowsInto& into, std::span<const Value> parameters, std::size_t columns)
      : into_(into), columns_(columns) {
    for (const std::uint32_t index : into.tail_parameters) tail_.push_back(parameters[index]);
  }

  // Requires: the row's memory lives until clear().
  void add(Row row) {
    values_.insert(values_.end(), row.begin(), row.end());
    for (const Value& value : row) {
      if (value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes) {
        bytes_ += value.as_string().size();
      }
    }
    ++rows_;
  }
  bool full() const {
    return rows_ >= kBatchRows || values_.size() >= kBatchValues || bytes_ >= kBatchBytes;
  }
  bool empty() const { return rows_ == 0; }
  void clear() {
    values_.clear();
    rows_ = bytes_ = 0;
  }

  const std::string& sql() {
    if (text_rows_ == rows_) return text_;
    std::string row = "(?";
    for (std::size_t i = 1; i < columns_; ++i) row += ",?";
    row += ')';
    text_ = into_.head + " VALUES ";
    for (std::size_t i = 0; i < rows_; ++i) text_.append(i == 0 ? "" : ",").append(row);
    text_ += into_.tail;
    text_rows_ = rows_;
    return text_;
  }
  // Once for each sql().
  std::span<const Value> values() {
    values_.insert(values_.end(), tail_.begin(), tail_.end());
    return values_;
  }

 private:
  const plan::RowsInto& into_;
  std::size_t columns_;
  std::vector<Value> tail_;
  std::vector<Value> values_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
  std::string text_;
  std::size_t text_rows_ = 0;
};

// A FLOAT's text has six digits.
Result<void> check_exact(const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    if (column.type != SqlType::kFloat) continue;
    return fail(Error(ErrorCode::kUnsupportedStatement,
                      "column " + column.name + " is a FLOAT, and would lose digits on its way")
                    .with_remedy("Select it as " + column.name + " + 0e0."));
  }
  return {};
}

}  // namespace

Result<Reply> SessionState::write_rows(const plan::Plan& plan, std::span<const Value> parameters) {
  PANDO_TRY(require_no_rows());
  const bool own = !active_;
  const std::string name(plan::kRowsSavepoint);
  const auto savepoint = [&](plan::SessionAction action, const char* verb) {
    plan::Plan about;
    about.session = action;
    about.session_text = name;
    return run_savepoint(about, verb + name);
  };
  PANDO_TRY(own ? begin(default_begin())
                : savepoint(plan::SessionAction::kSavepoint, "SAVEPOINT "));

  const auto write = [&]() -> Result<Reply> {
    const plan::Piece& source = plan.pieces.front();
    std::vector<Value> values;
    for (const std::uint32_t index : source.parameters) values.push_back(parameters[index]);
    PANDO_ASSIGN(Reply read, core_->execute(source.plan, values, *this, token_));
    if (!read.rows) return fail(ErrorCode::kInternal, "a query answered without rows");
    PANDO_TRY(check_exact(read.rows->columns()));
    // All of them before the first is written: the query may read the table that they go to.
    PANDO_ASSIGN(const RowStreamPtr rows,
                 execute::buffer_rows(*read.rows, std::make_shared<merge::MemoryBudget>(
                                                      core_->rules().limits().merge_bytes)));
    read.rows.reset();

    Reply total;
    Batches batch(*plan.into, parameters, rows->columns().size());
    const auto flush = [&]() -> Result<void> {
      if (batch.empty()) return {};
      const std::string& sql = batch.sql();
      const std::span<const Value> all = batch.values();
      PANDO_ASSIGN(auto planned, core_->plan(sql, all, options_));
      PANDO_ASSIGN(const Reply reply, core_->execute(std::move(planned), all, *this, token_));
      total.write.affected_rows += reply.write.affected_rows;
      total.write.warnings += reply.write.warnings;
      // MySQL tells the first key, SQLite the last.
      if (total.write.generated_key == 0 || core_->rules().dialect() == Dialect::kSqlite) {
        total.write.generated_key = reply.write.generated_key;
      }
      batch.clear();
      return {};
    };
    for (;;) {
      PANDO_ASSIGN(const bool more, rows->next());
      if (!more) break;
      batch.add(rows->row());
      if (batch.full()) PANDO_TRY(flush());
    }
    PANDO_TRY(flush());
    return total;
  };

  Result<Reply> reply = write();
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
  if (!reply) PANDO_TRY(savepoint(plan::SessionAction::kRollbackTo, "ROLLBACK TO SAVEPOINT "));
  PANDO_TRY(savepoint(plan::SessionAction::kReleaseSavepoint, "RELEASE SAVEPOINT "));
  return reply;
}

}  // namespace pando::router
