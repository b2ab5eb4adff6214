// LIMIT and OFFSET over the merged rows. When the limit is reached the input is destroyed, which
// cancels what the shards still send.
//
// Threads: like every RowStream, the result belongs to one thread at a time.

#pragma once

#include <cstdint>
#include <optional>

#include "pando/row_stream.h"

namespace pando::merge {

RowStreamPtr limit_rows(RowStreamPtr input, std::optional<std::uint64_t> limit,
                        std::uint64_t offset);

}  // namespace pando::merge
