// ShardSet: a set of shard indexes of one table family, sorted.
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pando::rules {

// The index of a shard in its family: 0-based, the same for all tables bound together.
using ShardIndex = std::uint32_t;

class ShardSet {
 public:
  ShardSet() = default;
  static ShardSet all(std::size_t count);
  static ShardSet one(ShardIndex shard) { return ShardSet({shard}); }
  // `shards` in any order, duplicates allowed.
  explicit ShardSet(std::vector<ShardIndex> shards);

  bool empty() const { return shards_.empty(); }
  std::size_t size() const { return shards_.size(); }
  ShardIndex front() const { return shards_.front(); }
  bool contains(ShardIndex shard) const;
  auto begin() const { return shards_.begin(); }
  auto end() const { return shards_.end(); }

  static ShardSet intersect(const ShardSet& a, const ShardSet& b);
  static ShardSet unite(const ShardSet& a, const ShardSet& b);
  friend bool operator==(const ShardSet&, const ShardSet&) = default;

 private:
  std::vector<ShardIndex> shards_;
};

}  // namespace pando::rules
