#include "rules/functions/short_range.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pando::rules {

std::optional<ShardSet> places_in_short_range(const PlaceFunction& function,
                                              const ValueSet::Range& range) {
  if (!range.low || !range.high) return std::nullopt;
  if (range.low->kind() != ValueKind::kInt || range.high->kind() != ValueKind::kInt) {
    return std::nullopt;
  }
  const auto low = static_cast<std::uint64_t>(range.low->as_int());
  const auto high = static_cast<std::uint64_t>(range.high->as_int());
  const std::uint64_t limit = std::min<std::uint64_t>(4096, 4 * function.places());
  if (high - low >= limit) return std::nullopt;  // Wraps to a huge number if the range is empty.
  std::vector<ShardIndex> places;
  for (std::uint64_t i = 0; i <= high - low; ++i) {
    const Value key = Value::of_int(static_cast<std::int64_t>(low + i));
    const auto place = function.place({&key, 1});
    if (!place) return std::nullopt;
    places.push_back(static_cast<ShardIndex>(*place));
  }
  return ShardSet(std::move(places));
}

}  // namespace pando::rules
