#include "router/execute/write.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/borrowed.h"
#include "router/execute/bound_query.h"
#include "router/execute/branches.h"
#include "router/execute/buffered_stream.h"
#include "router/execute/clock.h"
#include "router/execute/commit.h"
#include "router/execute/exchange.h"
#include "router/merge/memory.h"
#include "router/merge/merge.h"

namespace pando::execute {
namespace {

constexpr std::string_view kSavepoint = "SAVEPOINT pando_statement";
constexpr std::string_view kRollbackToSavepoint = "ROLLBACK TO SAVEPOINT pando_statement";
constexpr std::string_view kReleaseSavepoint = "RELEASE SAVEPOINT pando_statement";
static_assert(kSavepoint.ends_with(plan::kStatementSavepoint));

// `reported` is what the database says.
std::uint64_t generated_key(const plan::Plan& plan, std::uint64_t reported) {
  if (plan.generated_key) return static_cast<std::uint64_t>(*plan.generated_key);
  return plan.makes_key ? reported : 0;
}

class AtomicWrite {
 public:
  AtomicWrite(const plan::Plan& plan, std::span<const Value> parameters, Connections& connections,
              const ExecuteOptions& options)
      : plan_(plan),
        parameters_(parameters),
        connections_(connections),
        options_(options),
        in_transaction_(connections.in_transaction()),
        fixes_timestamp_(plan.fix_timestamp && options.dialect == Dialect::kMySql &&
                         !connections.clock_stands()),
        rows_(plan.queries.size()),
        budget_(std::make_shared<merge::MemoryBudget>(options.merge_bytes)) {}

  Result<Reply> run() {
    PANDO_ASSIGN(branches_, borrow_branches(plan_, connections_, options_.cancel));
    if (auto begun = begin(); !begun) return fail(undo(std::move(begun).error()));
    if (auto done = write_all(); !done) return fail(undo(std::move(done).error()));
    if (in_transaction_) {
      // The savepoint itself does no harm if it stays.
      (void)everywhere(kReleaseSavepoint, OnFailure::kFinish);
    } else {
      if (auto done = commit_all(connections_of(branches_)); !done) {
        mark_dirty();
        return fail(std::move(done).error());
      }
    }
    reply_.write.generated_key = generated_key(plan_, first_key());
    return std::move(reply_);
  }

 private:
  Result<void> everywhere(std::string_view sql, OnFailure on_failure) {
    std::vector<Call> calls;
    for (const Branch& branch : branches_) {
      calls.push_back({branch.borrowed.get(), drivers::Query{.sql = sql, .prepare = false}});
    }
    Answers answers = exchange_all(calls, on_failure, options_.read_timeout);
    if (answers.failure) return fail(*std::move(answers.failure));
    return {};
  }

  Result<void> begin() {
    if (fixes_timestamp_) {
      for (const Branch& branch : branches_) branch.borrowed->restore_with(kOwnClock);
      PANDO_TRY(everywhere(set_clock(), OnFailure::kCancelOthers));
    }
    if (in_transaction_) return everywhere(kSavepoint, OnFailure::kCancelOthers);
    // SQLite: the write lock at once, in the order of the data sources. Taking it later could fail
    // in the middle, and in another order two writes could wait for each other.
    const bool sqlite = options_.dialect == Dialect::kSqlite;
    return everywhere(sqlite ? "BEGIN IMMEDIATE" : "BEGIN", OnFailure::kCancelOthers);
  }

  Result<void> write_all() {
    const std::size_t rounds = most_queries(branches_);
    for (std::size_t round = 0; round < rounds; ++round) PANDO_TRY(write_round(round));
    PANDO_TRY(check_copies());
    for (const WriteResult& result : results_) {
      reply_.write.warnings += result.warnings;
      reply_.write.affected_rows += result.affected_rows;
    }
    if (plan_.write == plan::WriteKind::kBroadcast) {
      reply_.write = results_.front();
      rows_.resize(1);
    }
    return merge_rows();
  }

  Result<void> write_round(std::size_t round) {
    std::vector<BoundQuery> bound;
    bound.reserve(branches_.size());
    std::vector<Call> calls;
    std::vector<std::size_t> queries;
    for (const Branch& branch : branches_) {
      if (round >= branch.queries.size()) continue;
      queries.push_back(branch.queries[round]);
      PANDO_ASSIGN(BoundQuery query, bind_query(plan_, queries.back(), parameters_));
      bound.push_back(std::move(query));
      calls.push_back({branch.borrowed.get(), bound.back().view(false)});
    }
    Answers answers = exchange_all(calls, OnFailure::kCancelOthers, options_.read_timeout);
    if (answers.failure) return fail(*std::move(answers.failure));
    for (std::size_t i = 0; i < calls.size(); ++i) {
      Reply& reply = *answers.replies[i];
      results_.push_back(reply.write);
      if (!reply.rows) continue;
      PANDO_ASSIGN(rows_[queries[i]], buffer_rows(*reply.rows, budget_));
      reply.rows.reset();
    }
    return {};
  }

  Result<void> check_copies() const {
    if (plan_.write != plan::WriteKind::kBroadcast) return {};
    // SQLite's generated key is a rowid even where the table has a key of its own.
    const bool same_keys = options_.dialect == Dialect::kMySql && !plan_.generated_key;
    const WriteResult& first = results_.front();
    for (const WriteResult& other : results_) {
      if (other.affected_rows != first.affected_rows) {
        return fail(ErrorCode::kCopiesDisagree,
                    "one copy changed " + std::to_string(first.affected_rows) + " rows, another " +
                        std::to_string(other.affected_rows));
      }
      if (same_keys && other.generated_key != first.generated_key) {
        return fail(ErrorCode::kCopiesDisagree, "the copies generated different keys");
      }
    }
    return {};
  }

  Result<void> merge_rows() {
    std::erase(rows_, nullptr);
    if (rows_.empty()) return {};
    PANDO_ASSIGN(reply_.rows, merge::merge(std::move(rows_), plan_.merge,
                                           {options_.dialect, options_.merge_bytes}));
    reply_.wrote = true;
    return {};
  }

  // A key that the database generated says something only if all queries agree on it.
  std::uint64_t first_key() const {
    return plan_.write == plan::WriteKind::kBroadcast ? results_.front().generated_key : 0;
  }

  // Nothing was committed, so nothing took effect, whatever became of the connections.
  Error undo(Error error) {
    reply_.rows.reset();
    rows_.clear();
    if (in_transaction_) {
      roll_back_to_savepoints();
    } else {
      rollback_all(connections_of(branches_));
    }
    mark_dirty();
    return std::move(error).with_outcome(Outcome::kNotApplied);
  }

  void roll_back_to_savepoints() {
    for (const Branch& branch : branches_) {
      drivers::Connection& connection = branch.borrowed->connection();
      const bool kept = connection.usable() && connection.run(kRollbackToSavepoint).has_value() &&
                        connection.run(kReleaseSavepoint).has_value();
      if (!kept) connections_.transaction_lost();
    }
  }

  void mark_dirty() {
    for (const Branch& branch : branches_) branch.borrowed->mark_dirty();
  }

  const plan::Plan& plan_;
  std::span<const Value> parameters_;
  Connections& connections_;
  const ExecuteOptions& options_;
  const bool in_transaction_;
  const bool fixes_timestamp_;
  std::vector<Branch> branches_;
  std::vector<WriteResult> results_;
  std::vector<RowStreamPtr> rows_;  // RETURNING, one per query.
  merge::MemoryBudgetPtr budget_;
  Reply reply_;
};

Result<Reply> write_one(const plan::Plan& plan, std::span<const Value> parameters,
                        Connections& connections, const ExecuteOptions& options) {
  PANDO_ASSIGN(const BoundQuery query, bind_query(plan, 0, parameters));
  const std::size_t source = query.query->data_source;
  PANDO_ASSIGN(std::vector<Loan> loans, connections.acquire(std::span(&source, 1)));
  Borrowed borrowed(std::move(loans.front()), connections, options.cancel);
  auto reply = borrowed.run(query.view(true));
  if (!reply) {
    const bool open = connections.in_transaction();
    if (open && !borrowed.connection().in_transaction()) connections.transaction_lost();
    return reply;
  }
  reply->write.generated_key = generated_key(plan, reply->write.generated_key);
  if (!reply->rows) return reply;
  reply->wrote = true;
  const auto budget = std::make_shared<merge::MemoryBudget>(options.merge_bytes);
  auto rows = buffer_rows(*reply->rows, budget);
  if (!rows) {
    // The write itself may be done already.
    const bool open = connections.in_transaction();
    if (open) connections.transaction_lost();
    return fail(
        std::move(rows).error().with_outcome(open ? Outcome::kNotApplied : Outcome::kUnknown));
  }
  std::vector<RowStreamPtr> inputs;
  inputs.push_back(*std::move(rows));
  PANDO_ASSIGN(reply->rows,
               merge::merge(std::move(inputs), plan.merge, {options.dialect, options.merge_bytes}));
  return reply;
}

}  // namespace

Result<Reply> write(const plan::Plan& plan, std::span<const Value> parameters,
                    Connections& connections, const ExecuteOptions& options) {
  if (plan.queries.size() == 1) return write_one(plan, parameters, connections, options);
  return AtomicWrite(plan, parameters, connections, options).run();
}

}  // namespace pando::execute
