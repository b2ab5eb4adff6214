// Hides trailing columns that the plan added for the merge alone.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <cstddef>

#include "pando/row_stream.h"

namespace pando::merge {

// Requires: `hidden` is not more than the number of columns.
RowStreamPtr hide_columns(RowStreamPtr input, std::size_t hidden);

}  // namespace pando::merge
