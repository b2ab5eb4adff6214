#include "router/execute/executor.h"

#include "router/execute/ddl.h"
#include "router/execute/read.h"
#include "router/execute/write.h"

namespace pando::execute {

Result<Reply> execute(const std::shared_ptr<const plan::Plan>& plan,
                      std::span<const Value> parameters, Connections& connections,
                      const ExecuteOptions& options) {
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
