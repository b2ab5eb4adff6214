// Grouping: the shards' groups become one row per group; see plan::Grouping.
//
// Memory: hashed, one row and the aggregates of every group, within the budget. Streamed, one
// group.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include "pando/row_stream.h"
#include "router/merge/aggregate.h"
#include "router/merge/compare.h"
#include "router/merge/memory.h"

namespace pando::merge {

// Groups come out in the order in which their first rows came. Without keys: one row, always.
// Errors from next(): kMergeMemory, kMergeType, kNumericOverflow.
RowStreamPtr group_hashed(RowStreamPtr input, RowComparator keys, Aggregates aggregates,
                          MemoryBudgetPtr budget);

// Requires: at least one key; rows of one group are neighbours.
RowStreamPtr group_neighbours(RowStreamPtr input, RowComparator keys, Aggregates aggregates,
                              MemoryBudgetPtr budget);

}  // namespace pando::merge
