// What SET does to a session, and to the connections that it holds.

#include <optional>
#include <utility>

#include "pando/names.h"
#include "router/execute/commit.h"
#include "router/plan/sql_mode.h"
#include "router/session.h"

namespace pando::router {
namespace {

// In upper case.
Result<std::string> read_sql_mode(drivers::Connection& connection) {
  std::string modes;
  PANDO_ASSIGN(const Reply reply, connection.run("SELECT @@sql_mode"));
  if (!reply.rows) return fail(ErrorCode::kInternal, "@@sql_mode was answered without rows");
  PANDO_ASSIGN(const bool found, reply.rows->next());
  if (found && reply.rows->row()[0].kind() == ValueKind::kText) {
    modes = reply.rows->row()[0].as_string();
  }
  return to_upper(modes);
}

// Requires: modes as the server lists them, so without a quote.
std::string set_sql_mode(const std::string& modes) { return "SET sql_mode = '" + modes + "'"; }

}  // namespace

Result<void> SessionState::change_setting(const plan::Plan& plan, std::string_view sql) {
  // In SQLite, a transaction takes no notice of the one pragma that there is.
  if (active_ && core_->rules().dialect() == Dialect::kSqlite) return {};
  // What is kept is also what held connections get: the planner may have left items out.
  std::string setting(plan.session_text.empty() ? sql : std::string_view(plan.session_text));
  const auto repeats = [&] { return !settings_.empty() && settings_.back() == setting; };
  bool known = plan.setting != plan::SettingValue::kVaries && repeats();
  if (plan.setting == plan::SettingValue::kInitial && settings_.empty()) return {};
  // A new connection repeats them all.
  const std::size_t most = core_->rules().limits().session_settings;
  if (!known && settings_.size() >= most) {
    return fail(Error(ErrorCode::kSessionStatement,
                      "this session carries as many SET statements as limits.session_settings "
                      "allows, which is " +
                          std::to_string(most))
                    .with_remedy("Open a new session, or raise the limit."));
  }
  std::optional<std::string> modes = plan.sql_mode;
  if (plan.sql_mode_changed && !modes) {
    // The planner lets such a SET set nothing else.
    PANDO_ASSIGN(modes, try_sql_mode(setting));
    if (const auto refused = plan::refused_sql_mode(*modes)) {
      return fail(ErrorCode::kSessionStatement, plan::refusal_of_sql_mode(*refused));
    }
    setting = set_sql_mode(*modes);
    known = repeats();  // What became of an expression is a constant.
  }
  // Every connection must end up with the same settings: one that fails is given up.
  if (held_.empty()) PANDO_TRY(try_setting());
  for (auto entry = held_.begin(); entry != held_.end(); ++entry) {
    auto done = entry->second->run(setting);
    if (done) continue;
    // The first one refused it, and nothing has changed.
    const bool intact = entry->second->usable() && (!active_ || entry->second->in_transaction());
    if (entry == held_.begin() && intact) return fail(std::move(done).error());
    give_up_connections();
    return fail(std::move(done).error());
  }
  if (!known) settings_.push_back(std::move(setting));
  if (modes) plan::follow_sql_mode(*modes, options_);
  return {};
}

void SessionState::give_up_connections() {
  execute::rollback_all(connections());
  for (auto& [data_source, lease] : held_) lease.discard();
  held_.clear();
  lost_ = active_;
}

Result<void> SessionState::try_setting() {
  const std::size_t first[] = {0};
  auto loans = acquire(first);
  if (loans || loans.error().category() == ErrorCategory::kUnreachable) return {};
  return fail(std::move(loans).error());
}

// The value is an expression, or a text that the server may read in its own way: it knows what
// comes of it.
Result<std::string> SessionState::try_sql_mode(std::string_view setting) {
  const std::size_t first[] = {held_.empty() ? 0 : held_.begin()->first};
  PANDO_ASSIGN(const auto loans, acquire(first));
  drivers::Connection& connection = *loans.front().connection;
  PANDO_ASSIGN(const std::string before, read_sql_mode(connection));
  PANDO_TRY(connection.run(setting));
  auto after = read_sql_mode(connection);
  // It gets what all others get, or what it had.
  if (auto restored = connection.run(set_sql_mode(before)); !restored) {
    give_up_connections();
    return fail(std::move(restored).error());
  }
  return after;
}

}  // namespace pando::router
