// Concatenation: the rows of one input after the other. No row is kept.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <vector>

#include "pando/row_stream.h"

namespace pando::merge {

// Requires: at least one input. The columns are those of the first.
RowStreamPtr concatenate(std::vector<RowStreamPtr> inputs);

}  // namespace pando::merge
