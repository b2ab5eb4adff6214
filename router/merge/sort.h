// Sorts rows that the shards could not sort, such as merged groups. Rows with equal keys stay in
// the order in which they came.
//
// Memory: all rows, within the budget; with `most`, not much more than that many.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <cstdint>
#include <optional>

#include "pando/row_stream.h"
#include "router/merge/compare.h"
#include "router/merge/memory.h"

namespace pando::merge {

// `most`: only the first so many rows in the order are wanted.
// Errors from next(): kMergeMemory, kMergeType.
RowStreamPtr sort_rows(RowStreamPtr input, RowComparator order, std::optional<std::uint64_t> most,
                       MemoryBudgetPtr budget);

}  // namespace pando::merge
