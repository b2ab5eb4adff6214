// Merge: the shards' streams become the one answer, as a plan::Merge says.
//
// Memory: concatenation and ordered merge hold one row per input. Grouping and DISTINCT hold their
// groups, sorting the groups holds them too; all of it counts against `memory_limit`.
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <cstdint>
#include <vector>

#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/plan/plan.h"

namespace pando::merge {

struct MergeOptions {
  Dialect dialect = Dialect::kMySql;
  std::uint64_t memory_limit = 256ull << 20;
};

// Requires: at least one input; all inputs have the same columns by number and name.
// Errors: kOrderUnsupported or kMergeType before the first row if the columns' types cannot be
// merged exactly; kMergeMemory; the first error of any input ends the answer with that error.
Result<RowStreamPtr> merge(std::vector<RowStreamPtr> inputs, const plan::Merge& how,
                           const MergeOptions& options);

}  // namespace pando::merge
