// The built-in sharding functions, bound to their places. Each is one file; the configuration's
// words for them are in rules/functions/function_table.h.
//
// A mapping gives the place of each slot, remainder or bucket. All factories expect validated
// arguments: the configuration has already refused the others.
//
// Threads: immutable.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pando/sharding_function.h"
#include "rules/period.h"
#include "rules/sharding.h"

namespace pando::rules {

using PlaceFunctionPtr = std::shared_ptr<const PlaceFunction>;

// The names as the user writes them, for describe(): "hash" and {"user_id"}.
struct FunctionName {
  std::string function;
  std::vector<std::string> columns;
  std::string text() const;  // "hash(user_id)"
};

// The 64-bit hash that decides a key's slot; it never changes. XXH3 with seed 0 over the key's
// canonical bytes: an integer is 8 bytes little-endian, text is its bytes. Of several columns, each
// text is preceded by its length as 8 bytes little-endian.
// Requires: canonical, non-NULL values.
std::uint64_t hash_key(std::span<const Value> key);

// Slot = hash_key % slots; `place_of_slot` has one entry per slot.
// Requires: every entry is below `places`.
PlaceFunctionPtr make_hash(FunctionName name, std::vector<std::uint32_t> place_of_slot,
                           std::size_t places);

// Slots spread over places evenly and contiguously: place i holds the slots s with
// s * places / slots = i (rounded down). Requires: 0 < places <= slots.
std::vector<std::uint32_t> spread_slots(std::size_t slots, std::size_t places);

// The remainder of the mathematical division: -1 mod 4 is 3. `place_of_remainder` has an entry for
// each remainder. Keys are integers.
PlaceFunctionPtr make_mod(FunctionName name, std::vector<std::uint32_t> place_of_remainder,
                          std::size_t places);

// Keys from `low`, included, to `high`, excluded; an absent bound is unbounded.
struct KeyRange {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
  std::uint32_t place = 0;
};

// Requires: `ranges` is sorted and disjoint. Keys in none of them have no shard.
PlaceFunctionPtr make_range(FunctionName name, std::vector<KeyRange> ranges, std::size_t places);

// A canonical key and its place.
struct ListedKey {
  bool is_text = false;
  std::int64_t number = 0;
  std::string text;
  std::uint32_t place = 0;
};

// Keys that are not listed go to `otherwise`; without it they have no shard.
PlaceFunctionPtr make_list(FunctionName name, std::vector<ListedKey> keys,
                           std::optional<std::size_t> otherwise, std::size_t places);

// One place for each unit of the period. Keys outside of it have no shard.
PlaceFunctionPtr make_time(FunctionName name, const Period& period);
// Place 0 is January (of kMonth, 12 places) or the first of the month (of kDay, 31 places).
PlaceFunctionPtr make_cyclic_time(FunctionName name, TimeUnit unit);

// The application's own function.
PlaceFunctionPtr make_user(FunctionName name, std::shared_ptr<const ShardingFunction> function,
                           std::size_t places);

}  // namespace pando::rules
