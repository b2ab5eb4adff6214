#include "pando/database.h"

#include <filesystem>
#include <utility>

#include "router/core.h"
#include "router/session.h"
#include "rules/config.h"

namespace pando {

Result<Reply> Transaction::run(std::string_view sql, std::span<const Value> parameters) {
  return session_.run(sql, parameters);
}

Session::Session(std::shared_ptr<router::SessionState> state) : state_(std::move(state)) {}
Session::~Session() { close(); }
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  close();
  state_ = std::move(other.state_);
  return *this;
}

void Session::close() {
  if (state_) state_->close();
}

Result<Reply> Session::run(std::string_view sql, std::span<const Value> parameters) {
  return state_->run(sql, parameters);
}
bool Session::in_transaction() const { return state_->in_transaction(); }
void Session::cancel() { state_->cancel(); }

Result<Reply> Database::run(std::string_view sql, std::span<const Value> parameters) {
  return core_->run(sql, parameters);
}

Session Database::session() { return Session(std::make_shared<router::SessionState>(core_)); }

Explanation Database::explain_values(std::string_view sql, std::span<const Value> parameters) {
  return core_->explain(sql, parameters);
}

void Database::transact_erased(const std::function<void(Transaction&)>& function,
                               TransactOptions options) {
  for (int attempt = 0;; ++attempt) {
    Session session = this->session();  // Rolls back when it is destroyed, whatever is thrown.
    router::SessionState& state = *session.state_;
    try {
      if (auto begun = state.begin(state.default_begin()); !begun) {
        throw std::move(begun).error();
      }
      state.confine();
      Transaction transaction(state);
      function(transaction);
      if (auto committed = state.commit(); !committed) throw std::move(committed).error();
      return;
    } catch (const Error& error) {
      if (attempt >= options.retry || !error.retryable()) throw;
    }
  }
}

Result<Database> try_open(const std::string& path, const Options& options) {
  rules::ConfigOptions config;
  config.functions = options.functions;
  config.directory = options.directory;
  if (config.directory.empty()) {
    config.directory = std::filesystem::path(path).parent_path().string();
    if (config.directory.empty()) config.directory = ".";
  }
  PANDO_ASSIGN(rules::RuleSetPtr rules, rules::load_config(path, config));
  return Database(std::make_shared<router::Core>(std::move(rules)));
}

}  // namespace pando
