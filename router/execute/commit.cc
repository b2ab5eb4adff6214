#include "router/execute/commit.h"

#include <string>
#include <utility>
#include <vector>

namespace pando::execute {
namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

// A COMMIT whose answer was lost may have taken effect.
bool answer_lost(const Error& error, const drivers::Connection& connection) {
  return error.outcome() == Outcome::kUnknown || !connection.usable();
}

}  // namespace

void rollback_all(std::span<drivers::Connection* const> connections) {
  for (drivers::Connection* connection : connections) {
    // A failure leaves the connection in its transaction, so the pool closes it.
    if (connection->usable()) (void)connection->run("ROLLBACK");
  }
}

Result<void> commit_all(std::span<drivers::Connection* const> connections) {
  std::vector<std::string> committed, rolled_back, unknown;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    drivers::Connection& connection = *connections[i];
    auto reply = connection.run("COMMIT");
    if (reply) {
      committed.push_back(connection.name());
      continue;
    }
    Error error = std::move(reply).error();
    const bool lost = answer_lost(error, connection);
    rollback_all(connections.subspan(i));
    (lost ? unknown : rolled_back).push_back(connection.name());
    for (std::size_t j = i + 1; j < connections.size(); ++j) {
      rolled_back.push_back(connections[j]->name());
    }
    if (committed.empty() && !lost) return fail(std::move(error));
    std::string message = error.message();
    if (!committed.empty()) message += "; committed: " + join(committed);
    if (!rolled_back.empty()) message += "; rolled back: " + join(rolled_back);
    if (!unknown.empty()) message += "; unknown: " + join(unknown);
    Error result(committed.empty() ? ErrorCode::kOutcomeUnknown : ErrorCode::kPartialCommit,
                 std::move(message));
    return fail(std::move(result)
                    .with_data_source(connection.name())
                    .with_native_of(error)
                    .with_outcome(committed.empty() ? Outcome::kUnknown : Outcome::kPartial));
  }
  return {};
}

}  // namespace pando::execute
