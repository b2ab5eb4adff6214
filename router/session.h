// SessionState: what a Session or a Transaction is made of.
//
// Without a transaction and without settings a session holds no connection. A transaction takes one
// connection per data source when its first statement reaches that data source, and sends BEGIN
// with it. Settings (SET ...) are carried over to every connection the session comes to hold.
//
// In SQLite a transaction may change schemas. What follows in it is planned with schemas of its
// own, which it reads through its connections, and which go when it ends.
//
// After an error that ended the transaction on one data source (a deadlock, a lost connection), all
// of it is rolled back, and every statement but ROLLBACK is refused, so that nothing runs outside
// of the transaction by mistake.
//
// Threads: one thread at a time, except cancel().

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "router/core.h"
#include "router/row_batch.h"

namespace pando::router {

class SessionState final : public execute::Connections,
                           public std::enable_shared_from_this<SessionState> {
 public:
  // `token` stops what runs, instead of cancel(); not owned, may be null.
  explicit SessionState(std::shared_ptr<Core> core, execute::CancelToken* token = nullptr);
  ~SessionState() override;
  // The handle is gone: rolls back. Rows that are still being read keep the rest alive.
  void close();

  Result<Reply> run(std::string_view sql, std::span<const Value> parameters);
  // Requires: the plan is not about the session. `watch` is older than the plan.
  Result<Reply> run_plan(const std::shared_ptr<const plan::Plan>& plan,
                         std::span<const Value> parameters, const execute::CancelWatch& watch);

  // From now on, statements that would begin or end a transaction are refused: the owner does that.
  void confine() { confined_ = true; }

  // Opens a transaction; `text` is the statement that each data source will get first.
  // Errors: kTransactionState if one is open.
  Result<void> begin(std::string text);
  // Errors: those of execute::commit_all; kTransactionState if the transaction was lost before.
  // Afterwards there is no transaction, whatever happened; but it goes on if rows are still being
  // read (kTransactionState).
  Result<void> commit();
  void rollback();
  // What BEGIN means for this dialect when nothing else is said.
  std::string default_begin() const;

  bool in_transaction() const override { return active_; }
  bool clock_stands() const override { return !clock_.empty(); }
  void transaction_lost() override { lost_ = active_; }
  void cancel() { token_->cancel(); }
  // How its statements are read: SET sql_mode changes that.
  const sql::ParseOptions& options() const { return options_; }

  // execute::Connections
  Result<std::vector<execute::Loan>> acquire(std::span<const std::size_t> data_sources) override;
  Result<execute::Loan> apart(std::size_t data_source) override;
  drivers::Connection* held(std::size_t data_source) override;
  execute::SchemaCache* own_schemas() override { return own_schemas_.get(); }
  std::size_t per_data_source() const override { return 1; }
  void spoiled(std::size_t data_source) override;
  void count_read_warnings(std::uint64_t count) override { read_warnings_ += count; }

 private:
  class Stream;
  struct Savepoint {
    std::string name;
    std::string text;
    std::size_t after = 0;  // How many settings came before it.
  };

  // Errors: kTransactionState for what confine() keeps out.
  Result<void> check_confined(const plan::Plan& plan) const;
  // Errors: kTransactionState if rows of an earlier statement are still being read.
  Result<void> require_no_rows() const;
  // What a stream tells: its rows have ended, and with this error if there is one.
  void rows_ended(const Error* error);
  // Plan::into: in a transaction of its own, or within a savepoint.
  Result<Reply> write_rows(const plan::Plan& plan, std::span<const Value> parameters,
                           const execute::CancelWatch& watch);
  // Errors: kUnsupportedStatement: the rows cannot be written by several statements.
  Result<void> check_parts(const plan::Piece& rows);
  // Errors: kShardingKeyUpdate: the rows cannot be removed and inserted.
  Result<void> check_moves(const plan::Piece& rows);
  enum class Rest : std::uint8_t { kKept, kWritten };
  Result<void> write_batch(RowBatch& batch, Rest rest, const plan::Piece& source, Reply& total,
                           const execute::CancelWatch& watch);
  Result<Reply> copy_rows(const plan::Plan& plan, std::span<const Value> parameters,
                          const execute::CancelWatch& watch);
  Result<Reply> run_session(const plan::Plan& plan, std::string_view sql);
  Result<void> run_savepoint(const plan::Plan& plan, std::string_view sql);
  Result<void> change_setting(const plan::Plan& plan, std::string_view sql);
  // Lets a data source judge a setting that no connection has got yet.
  Result<void> try_setting();
  // What @@sql_mode is after `setting`; on return it is what it was before.
  Result<std::string> try_sql_mode(std::string_view setting);
  // Connections that may have unlike settings go, and a transaction is lost with them.
  void give_up_connections();
  // A connection that is new to the session gets its settings, BEGIN and savepoints.
  Result<void> prepare(drivers::Connection& connection);
  std::vector<drivers::Connection*> connections();
  // Others read schemas again that this transaction has changed.
  void end_own_schemas();
  // After the end of a transaction: connections without settings go back to the pool.
  void release();
  // After a statement that failed: if the transaction is over on some data source, it is rolled
  // back on all of them at once, and keeps no other waiting.
  void give_up_if_lost(const Error& error);
  // Looks at an error inside a transaction; true if the transaction is over on some data source.
  bool lost_by(const Error& error);
  // The data source on which the transaction has ended without COMMIT; "" if there is none.
  std::string ended_on() const;

  std::shared_ptr<Core> core_;
  sql::ParseOptions options_;
  execute::CancelToken own_token_;
  execute::CancelToken* token_;
  std::map<std::size_t, drivers::Lease> held_;  // By data source.
  std::vector<std::string> settings_;
  std::vector<Savepoint> savepoints_;  // With autocommit = 0, some may be older than BEGIN.
  std::string begin_text_;
  std::size_t begun_after_ = 0;      // How many settings came before BEGIN.
  bool begun_by_savepoint_ = false;  // SQLite: releasing the first savepoint commits.
  std::string clock_;  // Stops the clock of each connection that joins; "" while it runs.
  bool confined_ = false;
  bool autocommit_ = true;
  bool tables_locked_ = false;  // LOCK TABLES locks nothing, but UNLOCK TABLES commits then.
  // Once this transaction has changed a schema (SQLite).
  std::unique_ptr<execute::SchemaCache> own_schemas_;
  bool active_ = false;  // A transaction is open.
  std::uint64_t read_warnings_ = 0;
  std::size_t open_rows_ = 0;  // Streams that read from held connections.
  bool lost_ = false;          // It was rolled back by a data source; only ROLLBACK goes on.
};

}  // namespace pando::router
