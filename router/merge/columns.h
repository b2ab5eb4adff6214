// Do the columns of two shards' answers go together?

#pragma once

#include <cstdint>
#include <vector>

#include "pando/result.h"
#include "pando/value.h"

namespace pando::merge {

// Digits after the point decide how DECIMAL sums are printed and how dates compare as text.
enum class Digits : std::uint8_t { kMayDiffer, kMustAgree };

// Errors: kMergeType, with the name of the column.
Result<void> check_columns(const std::vector<Column>& first, const std::vector<Column>& other,
                           Digits digits);

}  // namespace pando::merge
