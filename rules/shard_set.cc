#include "rules/shard_set.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace pando::rules {

ShardSet::ShardSet(std::vector<ShardIndex> shards) : shards_(std::move(shards)) {
  std::sort(shards_.begin(), shards_.end());
  shards_.erase(std::unique(shards_.begin(), shards_.end()), shards_.end());
}

ShardSet ShardSet::all(std::size_t count) {
  ShardSet set;
  set.shards_.resize(count);
  std::iota(set.shards_.begin(), set.shards_.end(), ShardIndex{0});
  return set;
}

bool ShardSet::contains(ShardIndex shard) const {
  return std::binary_search(shards_.begin(), shards_.end(), shard);
}

ShardSet ShardSet::intersect(const ShardSet& a, const ShardSet& b) {
  ShardSet set;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(set.shards_));
  return set;
}

ShardSet ShardSet::unite(const ShardSet& a, const ShardSet& b) {
  ShardSet set;
  set.shards_.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(set.shards_));
  return set;
}

}  // namespace pando::rules
