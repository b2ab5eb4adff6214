// Writes. One query: the database makes it atomic. Several: one local transaction per data source,
// in which all succeed or none; within a session's transaction, a savepoint per data source.
//
// Rows of RETURNING are read into memory before anything is committed.
//
// Threads: any; the connections belong to the caller's meanwhile.

#pragma once

#include "router/execute/executor.h"

namespace pando::execute {

// Requires: the plan's write is kSum or kBroadcast.
// Errors: kCopiesDisagree, kPartialCommit, kOutcomeUnknown, kMergeMemory, those of the data
// sources.
Result<Reply> write(const plan::Plan& plan, std::span<const Value> parameters,
                    Connections& connections, const ExecuteOptions& options);

}  // namespace pando::execute
