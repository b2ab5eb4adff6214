// Schema changes: every physical table is tried, whatever happens to the others. A change over
// several data sources is not atomic; running the statement again completes it, because tables that
// are done are recognised by their errors (plan::DoneSigns).
//
// Threads: any; the connections belong to the caller's meanwhile.

#pragma once

#include "router/execute/executor.h"

namespace pando::execute {

// Requires: the plan's write is kDdl.
// Errors: if no table was changed, the first error of them; kPartialDdl, naming what failed.
Result<Reply> change_schema(const plan::Plan& plan, std::span<const Value> parameters,
                            Connections& connections, const ExecuteOptions& options);

}  // namespace pando::execute
