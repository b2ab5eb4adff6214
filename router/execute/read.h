// Reads: every connection is sent to before the first answer is waited for, and the rows stream
// through router/merge.
//
// A data source with more queries than connections (Connections::per_data_source) serves them one
// after the other on each connection, as their rows are consumed, if any order will do. If all must
// be open at once (an ordered merge), short results are read into a small memory; longer ones, and
// all that come from a session's own connection, are cursors, each with a block of rows here. The
// few rows of a LIMIT, results with computed columns (plan::Merge::stored), and those for which
// there is no cursor, are read into memory within merge_bytes. SQLite needs neither: one connection
// runs them all at once.
//
// Threads: any; the connections belong to the caller's, and then to the stream's, which is one at a
// time.

#pragma once

#include "router/execute/executor.h"

namespace pando::execute {

Result<Reply> read(const std::shared_ptr<const plan::Plan>& plan, std::span<const Value> parameters,
                   Connections& connections, const ExecuteOptions& options);

}  // namespace pando::execute
