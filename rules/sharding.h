// Sharding: from the key columns of a row to the index of its shard.
//
// One Sharding belongs to a family: a sharded table and the tables bound to it share it. It is
// either one function over all places, or a database function times a table function, in which case
// shard = database index * tables per database + table index.
//
// Cost: locate() of one integer or text key is a hash and two table look-ups, without allocation.
// Threads: immutable.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pando/result.h"
#include "pando/value.h"
#include "rules/key_column.h"
#include "rules/shard_set.h"
#include "rules/value_set.h"

namespace pando::rules {

// Columns that one function may read.
inline constexpr std::size_t kMaxKeyColumns = 16;

// A function of the rules, bound to its number of places. User functions are adapted to it.
class PlaceFunction {
 public:
  virtual ~PlaceFunction() = default;
  // Requires: one canonical, non-NULL value per key column of the function.
  // Errors: kNoShardForKey.
  virtual Result<std::size_t> place(std::span<const Value> key) const = 0;
  // A superset of the places of all keys in [low, high], for functions that keep order (range,
  // time; mod and hash for short integer ranges). nullopt: all places. Only for one-column
  // functions.
  virtual std::optional<ShardSet> places_in(const ValueSet::Range& range) const = 0;
  // "hash(user_id) over 1024 slots": for explain.
  virtual std::string describe() const = 0;
  std::size_t places() const { return places_; }

 protected:
  explicit PlaceFunction(std::size_t places) : places_(places) {}

 private:
  std::size_t places_;
};

class Sharding {
 public:
  struct Part {
    std::shared_ptr<const PlaceFunction> function;
    std::vector<std::size_t> columns;  // Indexes into key_columns(), in the function's order.
  };
  // One part, or a database part and a table part.
  Sharding(std::vector<KeyColumn> key_columns, std::vector<Part> parts);

  // The distinct columns the functions read, in order of first use. Bound tables have columns of
  // their own names in the same order (LogicalTable::key_columns).
  const std::vector<KeyColumn>& key_columns() const { return key_columns_; }
  std::size_t shard_count() const { return shard_count_; }

  // The shard of the row with these canonical key values, one per key column. A part with a NULL
  // among its columns gives its place 0.
  // Errors: kNoShardForKey.
  Result<ShardIndex> locate(std::span<const Value> key) const;

  // A superset of the shards that hold rows whose key columns lie in `sets`, one per key column.
  // Keys without a shard (kNoShardForKey) add none.
  ShardSet shards_of(std::span<const ValueSet> sets) const;

  std::string describe() const;

 private:
  ShardSet places_of(const Part& part, std::span<const ValueSet> sets) const;

  std::vector<KeyColumn> key_columns_;
  std::vector<Part> parts_;
  std::size_t shard_count_ = 0;
  bool reads_key_as_is_ = false;  // One part, whose columns are the key columns in order.
};

}  // namespace pando::rules
