// Executor: sends a plan's queries, and makes one answer of the shards' answers.
//
// Reads: all connections are acquired at once, every query is sent before the first answer is
// waited for, and rows stream through router/merge. Writes of several queries: one local
// transaction per data source, committed only after all succeeded (a session's transaction: a
// savepoint instead). Schema changes: every physical table is tried; what failed is named.
//
// An answer is whole or an error: the first error of any shard ends it.
//
// Threads: execute() may be called from many threads; a token's cancel() from any.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/execute/cancel.h"
#include "router/execute/connections.h"
#include "router/plan/plan.h"

namespace pando::execute {

// What one stream of rows took: those of one query, or of several that share a connection.
struct ReadCost {
  std::vector<std::size_t> queries;  // Of the plan.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;            // Of values.
  std::chrono::microseconds time{0};  // Waited for its answer, and then for its rows.
};
// One entry per stream, in the order of their first queries. Filled while the rows are read.
using ReadCosts = std::vector<ReadCost>;

struct ExecuteOptions {
  Dialect dialect = Dialect::kMySql;
  std::uint64_t merge_bytes = 256ull << 20;
  CancelWatch cancel = {};  // Its token must outlive the call and the returned stream.
  // How long the answers of one exchange with several servers may take together. 0: for ever.
  std::chrono::milliseconds read_timeout{0};
  // Kept alive for as long as the returned stream has connections: what they come from.
  std::shared_ptr<const void> owner = {};
  // Reads: what their queries took. Null: nobody asks.
  std::shared_ptr<ReadCosts> costs = {};
};

// Requires: plan->session == SessionAction::kNone, and no refusal. `parameters` are the caller's;
// they are copied if the returned stream needs them later. Connections must outlive the stream.
// Errors: those of the data sources, with the data source's name; kPartialCommit, kOutcomeUnknown,
// kCopiesDisagree, kPartialDdl; those of merging.
Result<Reply> execute(const std::shared_ptr<const plan::Plan>& plan,
                      std::span<const Value> parameters, Connections& connections,
                      const ExecuteOptions& options);

}  // namespace pando::execute
