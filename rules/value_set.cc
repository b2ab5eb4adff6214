#include "rules/value_set.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

namespace pando::rules {
namespace {

using Range = ValueSet::Range;

// More ranges than this are no longer worth their bookkeeping; see normalise_ranges.
constexpr std::size_t kMaxRanges = 1024;

bool less(const Value& a, const Value& b) { return compare_keys(a, b) < 0; }
bool same(const Value& a, const Value& b) { return compare_keys(a, b) == 0; }

int rank(const Value& v) {
  switch (v.kind()) {
    case ValueKind::kNull:
      return 0;
    case ValueKind::kInt:
    case ValueKind::kUint:
      return 1;
    case ValueKind::kDouble:
      return 2;  // Never canonical; ordered all the same.
    case ValueKind::kText:
    case ValueKind::kBytes:
      return 3;
  }
  return 0;
}

template <typename T>
int three_way(T a, T b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_integers(const Value& a, const Value& b) {
  const bool a_big =
      a.kind() == ValueKind::kUint &&
      a.as_uint() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool b_big =
      b.kind() == ValueKind::kUint &&
      b.as_uint() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (a_big != b_big) return a_big ? 1 : -1;
  if (a_big) return three_way(a.as_uint(), b.as_uint());
  const auto number = [](const Value& v) {
    return v.kind() == ValueKind::kUint ? static_cast<std::int64_t>(v.as_uint()) : v.as_int();
  };
  return three_way(number(a), number(b));
}

bool is_integer(const Value& v) {
  return v.kind() == ValueKind::kInt || v.kind() == ValueKind::kUint;
}

// True if no integer lies between `high` and `low`: 1..3 and 4..9 are one range.
bool touch(const Value& high, const Value& low) {
  if (!less(high, low)) return true;
  return high.kind() == ValueKind::kInt && low.kind() == ValueKind::kInt &&
         high.as_int() != std::numeric_limits<std::int64_t>::max() &&
         high.as_int() + 1 == low.as_int();
}

bool low_before(const Range& a, const Range& b) {
  if (!a.low || !b.low) return !a.low && b.low;
  return less(*a.low, *b.low);
}

std::optional<Range> overlap(const Range& a, const Range& b) {
  Range r = a;
  if (!r.low || (b.low && less(*r.low, *b.low))) r.low = b.low;
  if (!r.high || (b.high && less(*b.high, *r.high))) r.high = b.high;
  if (r.low && r.high && less(*r.high, *r.low)) return std::nullopt;
  return r;
}

void sort_points(std::vector<Value>& points) {
  if (!std::is_sorted(points.begin(), points.end(), less)) {
    std::sort(points.begin(), points.end(), less);
  }
  points.erase(std::unique(points.begin(), points.end(), same), points.end());
}

}  // namespace

int compare_keys(const Value& a, const Value& b) {
  const int a_rank = rank(a);
  const int b_rank = rank(b);
  if (a_rank != b_rank) return a_rank < b_rank ? -1 : 1;
  switch (a_rank) {
    case 0:
      return 0;
    case 1:
      return compare_integers(a, b);
    case 2:
      return three_way(a.as_double(), b.as_double());
    default:
      return three_way(a.as_string().compare(b.as_string()), 0);
  }
}

ValueSet ValueSet::all() {
  ValueSet set = all_but_null();
  set.has_null_ = true;
  return set;
}

ValueSet ValueSet::all_but_null() {
  ValueSet set;
  set.unbounded_ = true;
  return set;
}

ValueSet ValueSet::none() { return ValueSet(); }

ValueSet ValueSet::null() {
  ValueSet set;
  set.has_null_ = true;
  return set;
}

ValueSet ValueSet::point(Value value) {
  if (value.is_null()) return null();
  ValueSet set;
  set.points_.push_back(value);
  return set;
}

ValueSet ValueSet::points(std::vector<Value> values) {
  ValueSet set;
  set.points_ = std::move(values);
  sort_points(set.points_);
  if (!set.points_.empty() && set.points_.front().is_null()) {
    set.has_null_ = true;
    set.points_.erase(set.points_.begin());
  }
  return set;
}

ValueSet ValueSet::range(Range range) {
  if ((range.low && range.low->is_null()) || (range.high && range.high->is_null())) return none();
  if ((range.low && !is_integer(*range.low)) || (range.high && !is_integer(*range.high))) {
    return all_but_null();
  }
  if (!range.low && !range.high) return all_but_null();
  if (range.low && range.high) {
    const int order = compare_keys(*range.low, *range.high);
    if (order > 0) return none();
    if (order == 0) return point(*range.low);
  }
  ValueSet set;
  set.ranges_.push_back(range);
  return set;
}

bool ValueSet::in_ranges(const Value& value) const {
  for (const Range& r : ranges_) {
    if (r.low && less(value, *r.low)) return false;  // They are sorted.
    if (!r.high || !less(*r.high, value)) return true;
  }
  return false;
}

bool ValueSet::contains(const Value& value) const {
  if (value.is_null()) return has_null_;
  return unbounded_ || std::binary_search(points_.begin(), points_.end(), value, less) ||
         in_ranges(value);
}

// Sorts the ranges, joins those that overlap or touch, and drops the points inside them.
void ValueSet::normalise_ranges() {
  if (ranges_.empty()) return;
  std::sort(ranges_.begin(), ranges_.end(), low_before);
  std::vector<Range> joined;
  for (const Range& r : ranges_) {
    if (joined.empty()) {
      joined.push_back(r);
      continue;
    }
    Range& last = joined.back();
    if (last.high && r.low && !touch(*last.high, *r.low)) {
      joined.push_back(r);
    } else if (!r.high || (last.high && less(*last.high, *r.high))) {
      last.high = r.high;
    }
  }
  if (joined.size() > kMaxRanges) {
    joined = {Range{.low = joined.front().low, .high = joined.back().high}};
  }
  ranges_ = std::move(joined);
  if (!ranges_.front().low && !ranges_.front().high) {
    unbounded_ = true;
    ranges_.clear();
    points_.clear();
    return;
  }
  std::erase_if(points_, [&](const Value& v) { return in_ranges(v); });
}

ValueSet ValueSet::intersect(const ValueSet& a, const ValueSet& b) {
  ValueSet set;
  if (a.unbounded_ || b.unbounded_) {
    set = a.unbounded_ ? b : a;
    set.has_null_ = a.has_null_ && b.has_null_;
    return set;
  }
  set.has_null_ = a.has_null_ && b.has_null_;
  for (const Value& v : a.points_) {
    if (b.contains(v)) set.points_.push_back(v);
  }
  for (const Value& v : b.points_) {
    if (a.in_ranges(v)) set.points_.push_back(v);
  }
  for (auto i = a.ranges_.begin(), j = b.ranges_.begin();
       i != a.ranges_.end() && j != b.ranges_.end();) {
    if (const auto r = overlap(*i, *j)) {
      if (r->low && r->high && same(*r->low, *r->high)) {
        set.points_.push_back(*r->low);
      } else {
        set.ranges_.push_back(*r);
      }
    }
    // The range that ends first can meet nothing more.
    if (!j->high || (i->high && less(*i->high, *j->high))) {
      ++i;
    } else {
      ++j;
    }
  }
  sort_points(set.points_);
  set.normalise_ranges();
  return set;
}

ValueSet ValueSet::unite(ValueSet a, const ValueSet& b) {
  const bool null = a.has_null_ || b.has_null_;
  if (a.unbounded_ || b.unbounded_) {
    a = all_but_null();
  } else {
    const bool in_order =
        a.points_.empty() || b.points_.empty() || less(a.points_.back(), b.points_.front());
    const auto middle = static_cast<std::ptrdiff_t>(a.points_.size());
    a.points_.insert(a.points_.end(), b.points_.begin(), b.points_.end());
    if (!in_order) {
      std::inplace_merge(a.points_.begin(), a.points_.begin() + middle, a.points_.end(), less);
      sort_points(a.points_);
    }
    a.ranges_.insert(a.ranges_.end(), b.ranges_.begin(), b.ranges_.end());
    a.normalise_ranges();
  }
  a.has_null_ = null;
  return a;
}

}  // namespace pando::rules
