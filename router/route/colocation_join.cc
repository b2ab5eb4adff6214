// Which tables of one FROM meet on one shard.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "router/route/colocation.h"
#include "router/sql/refuse.h"

namespace pando::route {

using analyze::Block;
using analyze::Join;
using sql::JoinKind;
using sql::refuse;

// Ties the sharded members together by the equalities of all key columns.
Result<void> Colocation::connect(BlockId block, Relation& relation) {
  const Block& at = scopes_.block(block);
  const std::size_t count = at.last - at.first;
  const std::size_t anchor = count;  // Stands for all sharded occurrences of the blocks around.
  std::vector<std::size_t> root(count + 1);
  for (std::size_t i = 0; i <= count; ++i) root[i] = i;
  const auto find = [&root](std::size_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  // Which key columns each pair is equal in, as bits.
  struct Pair {
    std::size_t a, b;
    std::uint64_t keys;
  };
  std::vector<Pair> pairs;
  const std::uint64_t all =
      relation.key_count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << relation.key_count) - 1;
  const auto inside = [&at](OccurrenceId id) { return id >= at.first && id < at.last; };
  const auto tie = [&](const Equality& equality) {
    const auto a = carried(equality.a, equality.a_name);
    const auto b = carried(equality.b, equality.b_name);
    if (!a || !b || a->key != b->key || a->family != b->family || a->family != relation.family ||
        a->key >= 64) {
      return;
    }
    if (!member_sharded(equality.a) || !member_sharded(equality.b)) return;
    std::size_t x = inside(equality.a) ? equality.a - at.first : anchor;
    std::size_t y = inside(equality.b) ? equality.b - at.first : anchor;
    if (x > y) std::swap(x, y);
    auto pair = std::find_if(pairs.begin(), pairs.end(),
                             [&](const Pair& p) { return p.a == x && p.b == y; });
    if (pair == pairs.end()) pair = pairs.insert(pairs.end(), {x, y, 0});
    pair->keys |= std::uint64_t{1} << a->key;
    if (pair->keys == all) root[find(x)] = find(y);
  };
  const auto outer_join = [&](const Equality& equality) {
    if (equality.join == kNoIndex) return false;
    const JoinKind kind = scopes_.joins()[equality.join].kind;
    return kind == JoinKind::kLeft || kind == JoinKind::kRight || kind == JoinKind::kFull;
  };
  bool outer_joins = false;
  for (const Equality& equality : keys_.equalities()) {
    if (equality.block != block || (!inside(equality.a) && !inside(equality.b))) continue;
    if (outer_join(equality)) {
      outer_joins = true;
    } else if (equality.applies_to_a || equality.applies_to_b) {
      tie(equality);
    }
  }
  if (outer_joins) {
    // The ON of an outer join does not hold for rows it keeps without a partner. So it ties the
    // other side to what it keeps, but never two tables of what it keeps to each other, be it
    // through a third: `(a CROSS JOIN c) LEFT JOIN b ON a.k = b.k AND c.k = b.k`.
    std::vector<std::uint32_t> order;
    for (std::uint32_t j = at.first_join; j < at.last_join; ++j) order.push_back(j);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
      const Join& left = scopes_.joins()[x];
      const Join& right = scopes_.joins()[y];
      return left.last - left.first < right.last - right.first;  // From the inside out.
    });
    for (const std::uint32_t j : order) {
      const Join& join = scopes_.joins()[j];
      const bool keeps_left = join.kind == JoinKind::kLeft || join.kind == JoinKind::kFull;
      const bool keeps_right = join.kind == JoinKind::kRight || join.kind == JoinKind::kFull;
      if (!keeps_left && !keeps_right) continue;
      OccurrenceId kept = kNoIndex;
      const auto check_side = [&](OccurrenceId from, OccurrenceId to) -> Result<void> {
        OccurrenceId lead = kNoIndex;
        for (OccurrenceId id = from; id < to; ++id) {
          if (!member_sharded(id)) continue;
          if (lead == kNoIndex) {
            lead = id;
            continue;
          }
          if (find(id - at.first) == find(lead - at.first)) continue;
          return refuse(ErrorCode::kNotColocated, statement_.node(scopes_.occurrence(id).node).span,
                        scopes_.label(id) + " is not joined to " + scopes_.label(lead) +
                            " by equality of all their sharding keys");
        }
        if (kept == kNoIndex) kept = lead;
        return {};
      };
      if (keeps_left) PANDO_TRY(check_side(join.first, join.middle));
      if (keeps_right) PANDO_TRY(check_side(join.middle, join.last));
      for (const Equality& equality : keys_.equalities()) {
        if (equality.block != block || equality.join != j) continue;
        const bool a_inside = inside(equality.a);
        const bool b_inside = inside(equality.b);
        if (!a_inside && !b_inside) continue;
        if (!a_inside || !b_inside) {
          // With a table of the query around it.
          if (!equality.applies_to_a && !equality.applies_to_b) continue;
          if (kept != kNoIndex && find(kept - at.first) != find(anchor)) continue;
        } else if (join.kind == JoinKind::kFull) {
          // Rows without a partner stay, each on its own shard: between the sides only.
          if ((equality.a < join.middle) == (equality.b < join.middle)) continue;
        } else if (!equality.applies_to_a && !equality.applies_to_b) {
          continue;
        }
        tie(equality);
      }
    }
  }
  OccurrenceId first = kNoIndex;
  for (OccurrenceId id = at.first; id < at.last; ++id) {
    if (!member_sharded(id)) continue;
    if (first == kNoIndex) {
      first = id;
      continue;
    }
    if (find(id - at.first) == find(first - at.first)) continue;
    return refuse(ErrorCode::kNotColocated, statement_.node(scopes_.occurrence(id).node).span,
                  scopes_.label(id) + " is not joined to " + scopes_.label(first) +
                      " by equality of all their sharding keys");
  }
  relation.anchored = first != kNoIndex && find(first - at.first) == find(anchor);
  return {};
}

// An outer join keeps rows of its preserved side once; if every shard has them all, each shard
// would keep them.
Result<void> Colocation::check_outer_joins(BlockId block) {
  const Block& at = scopes_.block(block);
  for (std::uint32_t j = at.first_join; j < at.last_join; ++j) {
    const Join& join = scopes_.joins()[j];
    if (join.kind != JoinKind::kLeft && join.kind != JoinKind::kRight &&
        join.kind != JoinKind::kFull) {
      continue;
    }
    bool left = false;
    bool right = false;
    for (OccurrenceId id = join.first; id < join.last; ++id) {
      if (member_sharded(id)) (id < join.middle ? left : right) = true;
    }
    const bool bad = (join.kind == JoinKind::kLeft && right && !left) ||
                     (join.kind == JoinKind::kRight && left && !right) ||
                     (join.kind == JoinKind::kFull && left != right);
    if (!bad) continue;
    return refuse(ErrorCode::kNeedsCompute, statement_.node(join.node).span,
                  "the rows that this outer join keeps are on every shard, and each shard would "
                  "return those that have no match there");
  }
  return {};
}

}  // namespace pando::route
