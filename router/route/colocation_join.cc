// Which tables of one FROM meet on one shard.

#include <algorithm>
#include <numeric>
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

// The sharded occurrences of one block, tied together by equalities of all key columns. The anchor
// stands for all sharded occurrences of the blocks around.
class Colocation::Ties {
 public:
  Ties(Colocation& colocation, BlockId block, const Relation& relation)
      : colocation_(colocation),
        scopes_(colocation.scopes_),
        id_(block),
        block_(scopes_.block(block)),
        relation_(relation),
        all_keys_(relation.key_count >= 64 ? ~std::uint64_t{0}
                                           : (std::uint64_t{1} << relation.key_count) - 1),
        anchor_(block_.last - block_.first),
        root_(anchor_ + 1) {
    std::iota(root_.begin(), root_.end(), std::size_t{0});
  }

  // By all equalities that hold for the rows that the block keeps.
  Result<void> add_all() {
    bool outer_joins = false;
    for (const Equality& equality : colocation_.keys_.equalities()) {
      if (!concerns(equality)) continue;
      if (equality.join != kNoIndex && keeps_rows(scopes_.joins()[equality.join])) {
        outer_joins = true;
      } else if (equality.applies_to_a || equality.applies_to_b) {
        add(equality);
      }
    }
    return outer_joins ? add_outer_joins() : Result<void>();
  }

  // The first sharded occurrence of [from, to); kNoIndex: none.
  // Errors: kNotColocated if the others are not tied to it.
  Result<OccurrenceId> require_tied(OccurrenceId from, OccurrenceId to) {
    OccurrenceId first = kNoIndex;
    for (OccurrenceId id = from; id < to; ++id) {
      if (!colocation_.member_sharded(id)) continue;
      if (first == kNoIndex) first = id;
      if (find(place(id)) == find(place(first))) continue;
      return refuse(ErrorCode::kNotColocated,
                    scopes_.statement().node(scopes_.occurrence(id).node).span,
                    scopes_.label(id) + " is not joined to " + scopes_.label(first) +
                        " by equality of all their sharding keys");
    }
    return first;
  }

  bool anchored(OccurrenceId id) { return find(place(id)) == find(anchor_); }

 private:
  static bool keeps_rows(const Join& join) {
    return join.kind == JoinKind::kLeft || join.kind == JoinKind::kRight ||
           join.kind == JoinKind::kFull;
  }
  bool inside(OccurrenceId id) const { return id >= block_.first && id < block_.last; }
  std::size_t place(OccurrenceId id) const { return inside(id) ? id - block_.first : anchor_; }
  bool concerns(const Equality& equality) const {
    return equality.block == id_ && (inside(equality.a) || inside(equality.b));
  }

  std::size_t find(std::size_t i) {
    while (root_[i] != i) i = root_[i] = root_[root_[i]];
    return i;
  }

  void add(const Equality& equality) {
    const auto a = colocation_.carried(equality.a, equality.a_name);
    const auto b = colocation_.carried(equality.b, equality.b_name);
    if (!a || !b || a->key != b->key || a->family != b->family || a->family != relation_.family ||
        a->key >= 64) {
      return;
    }
    if (!colocation_.member_sharded(equality.a) || !colocation_.member_sharded(equality.b)) return;
    std::size_t x = place(equality.a);
    std::size_t y = place(equality.b);
    if (x > y) std::swap(x, y);
    auto pair = std::find_if(pairs_.begin(), pairs_.end(),
                             [&](const Pair& p) { return p.a == x && p.b == y; });
    if (pair == pairs_.end()) pair = pairs_.insert(pairs_.end(), {x, y, 0});
    pair->keys |= std::uint64_t{1} << a->key;
    if (pair->keys == all_keys_) root_[find(x)] = find(y);
  }

  // The ON of an outer join does not hold for rows it keeps without a partner. So it ties the other
  // side to what it keeps, but never two tables of what it keeps to each other, be it through a
  // third: `(a CROSS JOIN c) LEFT JOIN b ON a.k = b.k AND c.k = b.k`.
  Result<void> add_outer_joins() {
    std::vector<std::uint32_t> order;
    for (std::uint32_t j = block_.first_join; j < block_.last_join; ++j) order.push_back(j);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
      const Join& left = scopes_.joins()[x];
      const Join& right = scopes_.joins()[y];
      return left.last - left.first < right.last - right.first;  // From the inside out.
    });
    for (const std::uint32_t j : order) {
      if (keeps_rows(scopes_.joins()[j])) PANDO_TRY(add_outer_join(j));
    }
    return {};
  }

  Result<void> add_outer_join(std::uint32_t j) {
    const Join& join = scopes_.joins()[j];
    OccurrenceId kept = kNoIndex;  // One of what it keeps.
    if (join.kind != JoinKind::kRight) {
      PANDO_ASSIGN(kept, require_tied(join.first, join.middle));
    }
    if (join.kind != JoinKind::kLeft) {
      PANDO_ASSIGN(const OccurrenceId right, require_tied(join.middle, join.last));
      if (kept == kNoIndex) kept = right;
    }
    for (const Equality& equality : colocation_.keys_.equalities()) {
      if (equality.join != j || !concerns(equality)) continue;
      const bool applies = equality.applies_to_a || equality.applies_to_b;
      if (!inside(equality.a) || !inside(equality.b)) {
        // With a table of the query around it.
        if (applies && (kept == kNoIndex || anchored(kept))) add(equality);
      } else if (join.kind == JoinKind::kFull) {
        // Rows without a partner stay, each on its own shard: between the sides only.
        if ((equality.a < join.middle) != (equality.b < join.middle)) add(equality);
      } else if (applies) {
        add(equality);
      }
    }
    return {};
  }

  struct Pair {
    std::size_t a, b;
    std::uint64_t keys;  // The key columns in which the two are equal, as bits.
  };

  Colocation& colocation_;
  const analyze::Scopes& scopes_;
  const BlockId id_;
  const Block& block_;
  const Relation& relation_;
  const std::uint64_t all_keys_;
  const std::size_t anchor_;
  std::vector<std::size_t> root_;  // Of each occurrence of the block, and of the anchor.
  std::vector<Pair> pairs_;
};

// Requires that all sharded members of the block meet on one shard.
Result<void> Colocation::connect(BlockId block, Relation& relation) {
  Ties ties(*this, block, relation);
  PANDO_TRY(ties.add_all());
  const Block& at = scopes_.block(block);
  PANDO_ASSIGN(const OccurrenceId first, ties.require_tied(at.first, at.last));
  relation.anchored = first != kNoIndex && ties.anchored(first);
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
