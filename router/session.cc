#include "router/session.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "router/execute/commit.h"

namespace pando::router {

using plan::SessionAction;

SessionState::SessionState(std::shared_ptr<Core> core)
    : core_(std::move(core)), options_(core_->parse_options()) {}

SessionState::~SessionState() {
  if (active_) rollback();
  for (auto& [data_source, lease] : held_) lease.mark_dirty();
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

void SessionState::release() {
  if (settings_.empty()) {
    held_.clear();
    return;
  }
  std::erase_if(held_, [](const auto& entry) { return !entry.second->usable(); });
}

Result<void> SessionState::begin(std::string text) {
  if (active_) return fail(ErrorCode::kTransactionState, "a transaction is already open");
  begin_text_ = std::move(text);
  savepoints_.clear();
  active_ = true;
  lost_ = false;
  // Connections that are held because of settings join now; others when they are acquired.
  for (drivers::Connection* connection : connections()) {
    if (auto begun = connection->run(begin_text_); !begun) {
      rollback();
      return fail(std::move(begun).error());
    }
  }
  return {};
}

Result<void> SessionState::commit() {
  if (!active_) return {};
  if (lost_) {
    rollback();
    return fail(ErrorCode::kTransactionState,
                "the transaction was rolled back by an earlier error; nothing was committed");
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

bool SessionState::lost_by(const Error& error) {
  const bool broken = std::any_of(held_.begin(), held_.end(), [](const auto& entry) {
    return !entry.second->usable() || !entry.second->in_transaction();
  });
  // A server that rolled the transaction back says so in its status; some only by the error.
  return broken || (error.code() == ErrorCode::kDeadlock && error.native_code() == 1213);
}

Result<void> SessionState::prepare(drivers::Connection& connection) {
  for (const std::string& setting : settings_) PANDO_TRY(connection.run(setting));
  if (!active_) return {};
  PANDO_TRY(connection.run(begin_text_));
  for (const Savepoint& savepoint : savepoints_) PANDO_TRY(connection.run(savepoint.text));
  return {};
}

Result<std::vector<execute::Loan>> SessionState::acquire(
    std::span<const std::size_t> data_sources) {
  std::vector<std::size_t> missing;
  for (const std::size_t data_source : data_sources) {
    if (!held_.contains(data_source)) missing.push_back(data_source);
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

Result<Reply> SessionState::run(std::string_view sql, std::span<const Value> parameters) {
  PANDO_ASSIGN(auto plan, core_->plan(sql, parameters, options_));
  if (lost_ && plan->session != SessionAction::kRollback) {
    return fail(ErrorCode::kTransactionState,
                "the transaction was rolled back by an earlier error; only ROLLBACK can follow");
  }
  if (plan->session != SessionAction::kNone) return run_session(*plan, sql);
  return run_plan(std::move(plan), parameters);
}

Result<Reply> SessionState::run_plan(std::shared_ptr<const plan::Plan> plan,
                                     std::span<const Value> parameters) {
  // MySQL commits before a schema change, and so does Pando: the change could not be undone.
  if (plan->write == plan::WriteKind::kDdl && core_->rules().dialect() == Dialect::kMySql) {
    PANDO_TRY(commit());
  } else if (!autocommit_ && !active_) {
    PANDO_TRY(begin(default_begin()));
  }
  if (!active_ && settings_.empty()) {
    return core_->execute(std::move(plan), parameters, core_->pooled(), &token_);
  }
  auto reply = core_->execute(std::move(plan), parameters, *this, &token_);
  if (!reply && active_ && lost_by(reply.error())) {
    execute::rollback_all(connections());
    lost_ = true;
  }
  return reply;
}

Result<Reply> SessionState::run_session(const plan::Plan& plan, std::string_view sql) {
  const bool mysql = core_->rules().dialect() == Dialect::kMySql;
  switch (plan.session) {
    case SessionAction::kBegin:
      if (mysql) PANDO_TRY(commit());  // As MySQL does: BEGIN ends what was open.
      PANDO_TRY(begin(mysql ? std::string(sql) : default_begin()));
      return Reply{};
    case SessionAction::kCommit:
      PANDO_TRY(commit());
      return Reply{};
    case SessionAction::kRollback:
      rollback();
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
      PANDO_TRY(commit());
      autocommit_ = true;
      return Reply{};
    default:
      break;
  }
  Reply reply;
  reply.write.warnings = static_cast<std::uint32_t>(plan.notes.size());
  return reply;
}

Result<void> SessionState::run_savepoint(const plan::Plan& plan, std::string_view sql) {
  if (!active_) {
    if (autocommit_ && core_->rules().dialect() == Dialect::kMySql) return {};  // No effect there.
    return fail(ErrorCode::kTransactionState, "a savepoint needs a transaction");
  }
  const std::string& name = plan.session_text;
  const auto known = std::find_if(savepoints_.begin(), savepoints_.end(),
                                  [&](const Savepoint& s) { return s.name == name; });
  if (plan.session != SessionAction::kSavepoint && known == savepoints_.end()) {
    return fail(ErrorCode::kTransactionState, "there is no savepoint named " + name);
  }
  for (drivers::Connection* connection : connections()) {
    auto done = connection->run(sql);
    if (!done) {
      execute::rollback_all(connections());
      lost_ = true;
      return fail(std::move(done).error());
    }
  }
  switch (plan.session) {
    case SessionAction::kSavepoint:
      if (known != savepoints_.end()) savepoints_.erase(known);
      savepoints_.push_back({name, std::string(sql)});
      break;
    case SessionAction::kRollbackTo:
      savepoints_.erase(known + 1, savepoints_.end());
      break;
    default:
      savepoints_.erase(known, savepoints_.end());
      break;
  }
  return {};
}

Result<void> SessionState::change_setting(const plan::Plan& plan, std::string_view sql) {
  // Every connection must end up with the same settings: one that fails is given up.
  for (auto entry = held_.begin(); entry != held_.end(); ++entry) {
    auto done = entry->second->run(sql);
    if (!done) {
      for (auto& [data_source, lease] : held_) lease.discard();
      if (active_) rollback();
      held_.clear();
      return fail(std::move(done).error());
    }
  }
  settings_.emplace_back(plan.session_text.empty() ? sql : std::string_view(plan.session_text));
  if (plan.sql_mode_changed) return adopt_sql_mode(plan);
  return {};
}

Result<void> SessionState::adopt_sql_mode(const plan::Plan& plan) {
  std::string mode;
  if (plan.sql_mode) {
    mode = *plan.sql_mode;
  } else {
    // The value is an expression: the server knows what came of it.
    const std::size_t first[] = {held_.empty() ? 0 : held_.begin()->first};
    PANDO_ASSIGN(const auto loans, acquire(first));
    PANDO_ASSIGN(const Reply reply, loans.front()->run("SELECT @@sql_mode"));
    PANDO_ASSIGN(const bool found, reply.rows->next());
    if (found && !reply.rows->row()[0].is_null()) mode = reply.rows->row()[0].as_string();
  }
  std::transform(mode.begin(), mode.end(), mode.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto has = [&](std::string_view word) {
    for (std::size_t at = 0; at <= mode.size();) {
      const std::size_t comma = std::min(mode.find(',', at), mode.size());
      if (std::string_view(mode).substr(at, comma - at) == word) return true;
      at = comma + 1;
    }
    return false;
  };
  bool ansi = false;
  for (const std::string_view word : {"ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"}) {
    ansi = ansi || has(word);
  }
  options_.ansi_quotes = ansi || has("ANSI_QUOTES");
  options_.pipes_as_concat = ansi || has("PIPES_AS_CONCAT");
  options_.ignore_space = ansi || has("IGNORE_SPACE");
  options_.no_backslash_escapes = has("NO_BACKSLASH_ESCAPES");
  options_.high_not_precedence = has("HIGH_NOT_PRECEDENCE");
  return {};
}

}  // namespace pando::router
