// DISTINCT: of the rows that are equal in all keys, the first one.
//
// Memory: every distinct key, within the budget. If equal rows are neighbours: one row.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include "pando/row_stream.h"
#include "router/merge/compare.h"
#include "router/merge/memory.h"

namespace pando::merge {

// `keys` is made for Purpose::kEquality. Errors from next(): kMergeMemory, kMergeType.
RowStreamPtr distinct_hashed(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget);

// Requires: equal rows of the input are neighbours.
RowStreamPtr distinct_neighbours(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget);

}  // namespace pando::merge
