#include "router/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pando/names.h"
#include "router/execute/commit.h"

namespace pando::router {

using plan::SessionAction;

SessionState::SessionState(std::shared_ptr<Core> core, execute::CancelToken* token)
    : core_(std::move(core)),
      options_(core_->parse_options()),
      token_(token != nullptr ? token : &own_token_) {}

SessionState::~SessionState() { close(); }

// The rows of a statement. Keeps the session's connections, its token and the core alive.
class SessionState::Stream final : public RowStream {
 public:
  // `holds`: the rows come from a connection that the session holds.
  Stream(std::shared_ptr<SessionState> session, RowStreamPtr rows, bool holds)
      : session_(std::move(session)), rows_(std::move(rows)), open_(holds) {
    columns_ = rows_->columns();
    if (open_) ++session_->open_rows_;
  }
  ~Stream() override {
    rows_.reset();
    end(nullptr);
  }
  Result<bool> next() override {
    auto more = rows_->next();
    if (more && *more) {
      row_ = rows_->row();
    } else {
      row_ = {};
      end(more ? nullptr : &more.error());
    }
    return more;
  }

 private:
  void end(const Error* error) {
    if (std::exchange(open_, false)) session_->rows_ended(error);
  }

  std::shared_ptr<SessionState> session_;  // Destroyed after the rows that read from it.
  RowStreamPtr rows_;
  bool open_;
};

void SessionState::close() {
  for (auto& [data_source, lease] : held_) {
    lease.mark_dirty();
    if (active_ && lease->ready() && lease->usable()) (void)lease->run("ROLLBACK");
    if (open_rows_ > 0) lease.discard();
  }
  end_own_schemas();
  active_ = lost_ = false;
  // Rows that are still being read need their connections.
  if (open_rows_ == 0) held_.clear();
}

Result<void> SessionState::require_no_rows() const {
  if (open_rows_ == 0) return {};
  return fail(Error(ErrorCode::kTransactionState,
                    "rows of an earlier statement of this session are still being read")
                  .with_remedy("Read them to the end, or drop them, before the next statement."));
}

void SessionState::rows_ended(const Error* error) {
  --open_rows_;
  if (error && !lost_) give_up_if_lost(*error);
}

std::string SessionState::default_begin() const {
  // SQLite: taking the write lock at once waits for other writers; a reader that wants to become a
  // writer later could only fail.
  return core_->rules().dialect() == Dialect::kMySql ? "START TRANSACTION" : "BEGIN IMMEDIATE";
}

std::vector<drivers::Connection*> SessionState::connections() {
  std::vector<drivers::Connection*> connections;
  connections.reserve(held_.size());
  for (auto& [data_source, lease] : held_) connections.push_back(&*lease);
  return connections;
}

void SessionState::end_own_schemas() {
  if (std::exchange(own_schemas_, nullptr)) core_->forget_schemas();
}

void SessionState::release() {
  end_own_schemas();
  if (settings_.empty()) {
    held_.clear();
    return;
  }
  // One whose ROLLBACK or COMMIT failed may still be in the transaction: its end is the
  // connection's.
  for (auto entry = held_.begin(); entry != held_.end();) {
    drivers::Lease& lease = entry->second;
    const bool over = lease->usable() && !lease->in_transaction();
    if (!over) lease.discard();
    entry = over ? std::next(entry) : held_.erase(entry);
  }
}

Result<void> SessionState::begin(std::string text) {
  if (active_) return fail(ErrorCode::kTransactionState, "a transaction is already open");
  begin_text_ = std::move(text);
  begun_after_ = settings_.size();
  begun_by_savepoint_ = false;
  active_ = true;
  lost_ = false;
  // Connections that are held because of settings join now; others when they are acquired.
  for (drivers::Connection* connection : connections()) {
    auto begun = connection->run(begin_text_);
    for (const Savepoint& savepoint : savepoints_) {
      if (begun) begun = connection->run(savepoint.text);
    }
    if (!begun) {
      rollback();
      return fail(std::move(begun).error());
    }
  }
  return {};
}

Result<void> SessionState::commit() {
  if (!active_) {
    savepoints_.clear();
    return {};
  }
  PANDO_TRY(require_no_rows());
  if (lost_) {
    rollback();
    return fail(ErrorCode::kTransactionState,
                "the transaction was rolled back by an earlier error; nothing was committed");
  }
  // Asked before the first COMMIT: found out at the second, it would be half a commit.
  if (const std::string name = ended_on(); !name.empty()) {
    rollback();
    return fail(Error(ErrorCode::kTransactionState,
                      name + ": the transaction ended there before its COMMIT; it was rolled back")
                    .with_data_source(name));
  }
  auto committed = execute::commit_all(connections());
  active_ = false;
  savepoints_.clear();
  release();
  return committed;
}

void SessionState::rollback() {
  execute::rollback_all(connections());
  active_ = false;
  lost_ = false;
  savepoints_.clear();
  release();
}

std::string SessionState::ended_on() const {
  for (const auto& [data_source, lease] : held_) {
    if (!lease->usable() || !lease->in_transaction()) return lease->name();
  }
  return {};
}

void SessionState::give_up_if_lost(const Error& error) {
  if (!active_ || (!lost_ && !lost_by(error))) return;
  execute::rollback_all(connections());
  lost_ = true;
}

bool SessionState::lost_by(const Error& error) {
  if (core_->rules().dialect() == Dialect::kMySql) {
    // An error does not carry the transaction's status; the answer to a ping does. (A lock timeout
    // ends the statement or, by the server's settings, the transaction.)
    for (drivers::Connection* connection : connections()) {
      if (connection->usable() && connection->ready()) (void)connection->ping();
    }
  }
  return !ended_on().empty() || error.fault() == DatabaseFault::kDeadlock;
}

Result<void> SessionState::prepare(drivers::Connection& connection) {
  // In the order in which the others got them: what a transaction may do is settled by its BEGIN.
  std::size_t done = 0;
  const auto settle = [&](std::size_t count) -> Result<void> {
    for (; done < count; ++done) PANDO_TRY(connection.run(settings_[done]));
    return {};
  };
  PANDO_TRY(settle(active_ ? begun_after_ : settings_.size()));
  if (!clock_.empty()) PANDO_TRY(connection.run(clock_));
  if (!active_) return {};
  PANDO_TRY(connection.run(begin_text_));
  for (const Savepoint& savepoint : savepoints_) {
    PANDO_TRY(settle(savepoint.after));
    PANDO_TRY(connection.run(savepoint.text));
  }
  return settle(settings_.size());
}

Result<std::vector<execute::Loan>> SessionState::acquire(
    std::span<const std::size_t> data_sources) {
  std::vector<std::size_t> missing;
  for (const std::size_t data_source : data_sources) {
    auto held = held_.find(data_source);
    // One that broke between transactions is replaced: settings are all that it had.
    if (held != held_.end() && !active_ && open_rows_ == 0 && !held->second->usable()) {
      held->second.discard();
      held_.erase(held);
      held = held_.end();
    }
    if (held == held_.end()) {
      missing.push_back(data_source);
    } else if (held->second->busy() && !held->second->can_interleave()) {
      PANDO_TRY(require_no_rows());
    }
  }
  PANDO_ASSIGN(std::vector<drivers::Lease> leases, core_->pool().acquire(missing));
  for (drivers::Lease& lease : leases) {
    lease.mark_dirty();
    if (auto prepared = prepare(*lease); !prepared) {
      lease.discard();
      return fail(std::move(prepared).error());
    }
  }
  for (drivers::Lease& lease : leases) held_[lease.data_source()] = std::move(lease);
  std::vector<execute::Loan> loans;
  loans.reserve(data_sources.size());
  for (const std::size_t data_source : data_sources) {
    execute::Loan& loan = loans.emplace_back();
    loan.connection = &*held_[data_source];
    loan.data_source = data_source;
  }
  return loans;
}

// Under settings of the session, a table might describe itself in other words (SQLite has none that
// matter).
drivers::Connection* SessionState::held(std::size_t data_source) {
  const auto found = held_.find(data_source);
  const bool other_words = !settings_.empty() && core_->rules().dialect() == Dialect::kMySql;
  if (found == held_.end() || lost_ || other_words) return nullptr;
  drivers::Connection& connection = *found->second;
  return connection.usable() && connection.ready() ? &connection : nullptr;
}

void SessionState::spoiled(std::size_t data_source) {
  const auto held = held_.find(data_source);
  if (held == held_.end()) return;
  held->second.discard();
  held_.erase(held);
  transaction_lost();
}

Result<execute::Loan> SessionState::apart(std::size_t data_source) {
  execute::Loan loan;
  PANDO_ASSIGN(loan.lease, core_->pool().acquire(data_source));
  loan.lease.mark_dirty();
  loan.connection = &*loan.lease;
  loan.data_source = data_source;
  for (const std::string& setting : settings_) PANDO_TRY(loan.connection->run(setting));
  if (!clock_.empty()) PANDO_TRY(loan.connection->run(clock_));
  return loan;
}

Result<Reply> SessionState::run(std::string_view sql, std::span<const Value> parameters) {
  const execute::CancelWatch watch(token_);  // Planning may wait for a data source.
  PANDO_ASSIGN(auto plan, core_->plan(sql, parameters, options_, *this));
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before it was sent");
  if (confined_) PANDO_TRY(check_confined(*plan));
  if (lost_ && plan->session != SessionAction::kRollback) {
    return fail(ErrorCode::kTransactionState,
                "the transaction was rolled back by an earlier error; only ROLLBACK can follow");
  }
  auto reply = plan->session != SessionAction::kNone ? run_session(*plan, sql)
                                                     : run_plan(plan, parameters, watch);
  if (reply) reply->plan = std::move(plan);
  return reply;
}

Result<void> SessionState::check_confined(const plan::Plan& plan) const {
  const auto refuse = [](std::string message, const char* remedy) -> Result<void> {
    return fail(Error(ErrorCode::kTransactionState, std::move(message)).with_remedy(remedy));
  };
  const bool mysql = core_->rules().dialect() == Dialect::kMySql;
  switch (plan.session) {
    case SessionAction::kBegin:
    case SessionAction::kCommit:
    case SessionAction::kRollback:
    case SessionAction::kAutocommitOff:
    case SessionAction::kAutocommitOn:
      return refuse("transact() itself begins and ends its transaction",
                    "Return from the function to commit, throw to roll back; or use a Session.");
    case SessionAction::kLockTables:
    case SessionAction::kCommitsOnly:
      break;
    default:
      if (!mysql || plan.write != plan::WriteKind::kDdl) return {};
      break;
  }
  return refuse("the statement would commit the transaction of transact() before its end",
                "Run it before or after transact(), or use a Session.");
}

Result<Reply> SessionState::run_plan(const std::shared_ptr<const plan::Plan>& plan,
                                     std::span<const Value> parameters,
                                     const execute::CancelWatch& watch) {
  // MySQL commits before a schema change, and so does Pando: the change could not be undone.
  if (plan->write == plan::WriteKind::kDdl && core_->rules().dialect() == Dialect::kMySql) {
    PANDO_TRY(commit());
  } else if (!autocommit_ && !active_) {
    PANDO_TRY(begin(default_begin()));
  }
  if (plan->into) return write_rows(*plan, parameters, watch);
  const bool holds = active_ || !settings_.empty();
  if (active_ && plan->write == plan::WriteKind::kDdl && !own_schemas_) {
    own_schemas_ = std::make_unique<execute::SchemaCache>(core_->rules(), core_->pool());
  }
  auto reply = core_->execute(
      plan, parameters, holds ? static_cast<execute::Connections&>(*this) : core_->pooled(), watch);
  if (!reply) give_up_if_lost(reply.error());
  if (reply && reply->rows) {
    reply->rows = std::make_unique<Stream>(shared_from_this(), std::move(reply->rows), holds);
  }
  return reply;
}

Result<Reply> SessionState::run_session(const plan::Plan& plan, std::string_view sql) {
  const bool mysql = core_->rules().dialect() == Dialect::kMySql;
  PANDO_TRY(require_no_rows());
  switch (plan.session) {
    case SessionAction::kBegin:
      if (mysql) PANDO_TRY(commit());  // As MySQL does: BEGIN ends what was open.
      tables_locked_ = false;
      PANDO_TRY(begin(mysql ? std::string(sql) : default_begin()));
      return Reply{};
    case SessionAction::kCommit:
    case SessionAction::kRollback:
      if (!active_ && !mysql) return fail(ErrorCode::kTransactionState, "no transaction is open");
      if (plan.session == SessionAction::kRollback) {
        rollback();
      } else {
        PANDO_TRY(commit());
      }
      return Reply{};
    case SessionAction::kSavepoint:
    case SessionAction::kRollbackTo:
    case SessionAction::kReleaseSavepoint:
      PANDO_TRY(run_savepoint(plan, sql));
      return Reply{};
    case SessionAction::kSet:
      PANDO_TRY(change_setting(plan, sql));
      return Reply{};
    case SessionAction::kAutocommitOff:
      autocommit_ = false;
      return Reply{};
    case SessionAction::kAutocommitOn:
      if (!autocommit_) PANDO_TRY(commit());
      autocommit_ = true;
      return Reply{};
    case SessionAction::kLockTables:
      PANDO_TRY(commit());
      tables_locked_ = true;
      break;
    case SessionAction::kUnlockTables:
      if (std::exchange(tables_locked_, false)) PANDO_TRY(commit());
      break;
    case SessionAction::kCommitsOnly:
      PANDO_TRY(commit());
      break;
    default:
      break;
  }
  const bool holds = active_ || !settings_.empty();
  return core_->answer(plan, holds ? static_cast<execute::Connections&>(*this) : core_->pooled(),
                       {});
}

Result<void> SessionState::run_savepoint(const plan::Plan& plan, std::string_view sql) {
  const bool mysql = core_->rules().dialect() == Dialect::kMySql;
  if (!active_ && plan.session == SessionAction::kSavepoint) {
    if (mysql && autocommit_) return {};  // No effect there.
    // With autocommit = 0 the transaction begins with the first statement that reaches a table.
    if (!mysql) PANDO_TRY(begin(default_begin()));
    begun_by_savepoint_ = !mysql;
  }
  const std::string& name = plan.session_text;
  // The last of that name: SQLite's may be nested.
  const auto found = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                  [&](const Savepoint& s) { return same_name(s.name, name); });
  const auto known = found == savepoints_.rend() ? savepoints_.end() : std::prev(found.base());
  if (plan.session != SessionAction::kSavepoint && known == savepoints_.end()) {
    return fail(ErrorCode::kTransactionState, "there is no savepoint named " + name);
  }
  const bool begun = begun_by_savepoint_ && known == savepoints_.begin();
  if (plan.session == SessionAction::kReleaseSavepoint && begun) return commit();
  for (drivers::Connection* connection : connections()) {
    if (!active_) break;
    auto done = connection->run(sql);
    if (!done) {
      execute::rollback_all(connections());
      lost_ = true;
      return fail(std::move(done).error());
    }
  }
  switch (plan.session) {
    case SessionAction::kSavepoint:
      if (known != savepoints_.end() && mysql) savepoints_.erase(known);
      savepoints_.push_back({name, std::string(sql), settings_.size()});
      break;
    case SessionAction::kRollbackTo:
      savepoints_.erase(known + 1, savepoints_.end());
      if (own_schemas_) own_schemas_->forget();
      break;
    default:
      savepoints_.erase(known, savepoints_.end());
      break;
  }
  return {};
}

}  // namespace pando::router
