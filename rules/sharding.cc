#include "rules/sharding.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

namespace pando::rules {
namespace {

// Finite key sets up to this many combinations are located one by one, which is exact.
constexpr std::size_t kMaxCombinations = 65536;

// Places found so far.
class PlaceCollector {
 public:
  explicit PlaceCollector(std::size_t count) : found_(count, false), missing_(count) {}
  void add(std::size_t place) {
    if (found_[place]) return;
    found_[place] = true;
    --missing_;
  }
  void add_all() {
    found_.assign(found_.size(), true);
    missing_ = 0;
  }
  bool complete() const { return missing_ == 0; }
  ShardSet take() const {
    if (complete()) return ShardSet::all(found_.size());
    std::vector<ShardIndex> places;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (found_[i]) places.push_back(static_cast<ShardIndex>(i));
    }
    return ShardSet(std::move(places));
  }

 private:
  std::vector<bool> found_;
  std::size_t missing_;
};

// The place of one key, with NULL at place 0.
Result<std::size_t> place_of_key(const PlaceFunction& function, std::span<const Value> key) {
  for (const Value& v : key) {
    if (v.is_null()) return std::size_t{0};
  }
  return function.place(key);
}

// Adds what locating one key of a read gave. Only "no shard" may leave shards out: after any other
// error the rows could be anywhere.
template <typename Place>
void collect(const Result<Place>& place, PlaceCollector& places) {
  if (place) {
    places.add(*place);
  } else if (place.error().code() != ErrorCode::kNoShardForKey) {
    places.add_all();
  }
}

std::size_t member_count(const ValueSet& set) {
  return set.points().size() + (set.has_null() ? 1 : 0);
}

// The number of combinations of finite sets; nullopt if a set is infinite or there are too many.
std::optional<std::size_t> combinations(std::span<const ValueSet> sets) {
  std::size_t count = 1;
  for (const ValueSet& set : sets) {
    if (!set.is_points()) return std::nullopt;
    count *= member_count(set);
    if (count > kMaxCombinations) return std::nullopt;
  }
  return count;
}

Value member(const ValueSet& set, std::size_t i) {
  return i < set.points().size() ? set.points()[i] : Value::null();
}

// Calls `visit` with each combination of one member per set, until it returns false.
template <typename Visit>
void for_each_combination(std::span<const ValueSet> sets, Visit visit) {
  std::vector<std::size_t> at(sets.size(), 0);
  std::vector<Value> key;
  for (const ValueSet& set : sets) key.push_back(member(set, 0));
  for (;;) {
    if (!visit(std::span<const Value>(key))) return;
    std::size_t column = 0;
    for (; column < sets.size(); ++column) {
      at[column] = at[column] + 1 == member_count(sets[column]) ? 0 : at[column] + 1;
      key[column] = member(sets[column], at[column]);
      if (at[column] != 0) break;
    }
    if (column == sets.size()) return;
  }
}

ShardSet places_of_one_column(const PlaceFunction& function, const ValueSet& set) {
  if (set.is_unbounded()) return ShardSet::all(function.places());
  PlaceCollector places(function.places());
  if (set.has_null()) places.add(0);
  for (const Value& point : set.points()) {
    if (places.complete()) break;
    collect(function.place({&point, 1}), places);
  }
  for (const ValueSet::Range& range : set.ranges()) {
    if (places.complete()) break;
    const std::optional<ShardSet> in_range = function.places_in(range);
    if (!in_range) return ShardSet::all(function.places());
    for (const ShardIndex place : *in_range) places.add(place);
  }
  return places.take();
}

bool is_identity(const std::vector<std::size_t>& columns, std::size_t count) {
  if (columns.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (columns[i] != i) return false;
  }
  return true;
}

}  // namespace

Sharding::Sharding(std::vector<KeyColumn> key_columns, std::vector<Part> parts)
    : key_columns_(std::move(key_columns)), parts_(std::move(parts)), shard_count_(1) {
  assert(!key_columns_.empty() && !parts_.empty() && parts_.size() <= 2);
  for (const Part& part : parts_) {
    assert(part.columns.size() <= kMaxKeyColumns);
    shard_count_ *= part.function->places();
  }
  reads_key_as_is_ = parts_.size() == 1 && is_identity(parts_[0].columns, key_columns_.size());
}

Result<ShardIndex> Sharding::locate(std::span<const Value> key) const {
  assert(key.size() == key_columns_.size());
  if (reads_key_as_is_) {
    PANDO_ASSIGN(const std::size_t place, place_of_key(*parts_[0].function, key));
    return static_cast<ShardIndex>(place);
  }
  std::size_t shard = 0;
  std::array<Value, kMaxKeyColumns> values;
  for (const Part& part : parts_) {
    for (std::size_t i = 0; i < part.columns.size(); ++i) values[i] = key[part.columns[i]];
    PANDO_ASSIGN(const std::size_t place,
                 place_of_key(*part.function, {values.data(), part.columns.size()}));
    shard = shard * part.function->places() + place;
  }
  return static_cast<ShardIndex>(shard);
}

ShardSet Sharding::places_of(const Part& part, std::span<const ValueSet> sets) const {
  if (part.columns.size() == 1) return places_of_one_column(*part.function, sets[part.columns[0]]);
  std::vector<ValueSet> own;
  for (const std::size_t column : part.columns) own.push_back(sets[column]);
  if (!combinations(own)) return ShardSet::all(part.function->places());
  PlaceCollector places(part.function->places());
  for_each_combination(own, [&](std::span<const Value> key) {
    collect(place_of_key(*part.function, key), places);
    return !places.complete();
  });
  return places.take();
}

ShardSet Sharding::shards_of(std::span<const ValueSet> sets) const {
  assert(sets.size() == key_columns_.size());
  for (const ValueSet& set : sets) {
    if (set.is_none()) return ShardSet();
  }
  if (parts_.size() == 1) return places_of(parts_[0], sets);
  if (const auto count = combinations(sets); count && *count <= shard_count_) {
    PlaceCollector shards(shard_count_);
    for_each_combination(sets, [&](std::span<const Value> key) {
      collect(locate(key), shards);
      return true;
    });
    return shards.take();
  }
  const ShardSet databases = places_of(parts_[0], sets);
  const ShardSet tables = places_of(parts_[1], sets);
  const auto tables_per_database = static_cast<ShardIndex>(parts_[1].function->places());
  std::vector<ShardIndex> shards;
  shards.reserve(databases.size() * tables.size());
  for (const ShardIndex database : databases) {
    for (const ShardIndex table : tables) shards.push_back(database * tables_per_database + table);
  }
  return ShardSet(std::move(shards));
}

std::string Sharding::describe() const {
  if (parts_.size() == 1) return parts_[0].function->describe();
  return "database by " + parts_[0].function->describe() + ", table by " +
         parts_[1].function->describe();
}

}  // namespace pando::rules
