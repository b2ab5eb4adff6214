// Ordered merge: N streams, each sorted by the same keys, become one sorted stream.
//
// Memory: none beyond the one row that each input holds itself.
// Cost: one row pulled from every input on the first next(), then about log2(N) comparisons per
// row.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <vector>

#include "pando/row_stream.h"
#include "router/merge/compare.h"

namespace pando::merge {

// Rows with equal keys come out in the order of their inputs.
// Requires: at least one input, each sorted by `order`.
// Errors: kMergeType from next() if a value is not of its column's type.
RowStreamPtr merge_ordered(std::vector<RowStreamPtr> inputs, RowComparator order);

}  // namespace pando::merge
