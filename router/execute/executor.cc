#include "router/execute/executor.h"

#include <algorithm>

#include "router/execute/borrowed.h"
#include "router/execute/ddl.h"
#include "router/execute/read.h"
#include "router/execute/write.h"

namespace pando::execute {

void CancelToken::cancel() {
  const std::lock_guard lock(mutex_);
  for (drivers::Connection* connection : running_) connection->cancel();
}

CancelScope::CancelScope(CancelToken* token, drivers::Connection* connection)
    : token_(token), connection_(connection) {
  if (!token_) return;
  const std::lock_guard lock(token_->mutex_);
  token_->running_.push_back(connection_);
}

CancelScope::~CancelScope() {
  if (!token_) return;
  const std::lock_guard lock(token_->mutex_);
  const auto found = std::find(token_->running_.begin(), token_->running_.end(), connection_);
  if (found != token_->running_.end()) token_->running_.erase(found);
}

Result<Reply> execute(std::shared_ptr<const plan::Plan> plan, std::span<const Value> parameters,
                      Connections& connections, const ExecuteOptions& options) {
  if (plan->refusal) return fail(*plan->refusal);
  if (plan->queries.empty()) return fail(ErrorCode::kInternal, "a plan without queries");
  switch (plan->write) {
    case plan::WriteKind::kNone:
      return read(plan, parameters, connections, options);
    case plan::WriteKind::kSum:
    case plan::WriteKind::kBroadcast:
      return write(*plan, parameters, connections, options);
    case plan::WriteKind::kDdl:
      return change_schema(*plan, parameters, connections, options);
  }
  return fail(ErrorCode::kInternal, "a plan of unknown kind");
}

}  // namespace pando::execute
