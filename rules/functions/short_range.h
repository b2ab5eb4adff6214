// Functions that keep no order can still be asked for each integer of a short range.

#pragma once

#include <optional>

#include "rules/sharding.h"

namespace pando::rules {

// The places of all integers in `range`, or nullopt if it is unbounded or long: then asking every
// place costs no more than finding out. Bounded by four keys per place and 4096 keys.
std::optional<ShardSet> places_in_short_range(const PlaceFunction& function,
                                              const ValueSet::Range& range);

}  // namespace pando::rules
