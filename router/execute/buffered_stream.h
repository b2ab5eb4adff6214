// Rows read into memory: for a connection that must be free before its rows are wanted.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/merge/memory.h"

namespace pando::execute {

// Reads `rows` to its end. Errors: kMergeMemory, and those of `rows`.
Result<RowStreamPtr> buffer_rows(RowStream& rows, merge::MemoryBudgetPtr budget);

}  // namespace pando::execute
