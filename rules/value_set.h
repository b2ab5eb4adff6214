// ValueSet: what a predicate says of a sharding key, as All, None, Points or Ranges.
//
// A set is always a superset of the keys that can make the predicate true; All is always a right
// answer. Values are canonical (see rules/key_column.h), so they compare by number or by bytes.
// NULL is a member of its own: comparisons exclude it, IS NULL gives just it.
//
// Threads: a value. Lifetime: text inside points views memory of the statement or of the caller.

#pragma once

#include <optional>
#include <vector>

#include "pando/value.h"

namespace pando::rules {

// Total order of canonical values: NULL < integers (by number) < text (by bytes).
int compare_keys(const Value& a, const Value& b);

class ValueSet {
 public:
  // Closed interval; an absent bound is unbounded. Open bounds of integers are closed by the caller
  // where it can; a superset is right anyway.
  struct Range {
    std::optional<Value> low;
    std::optional<Value> high;
  };

  static ValueSet all();  // Every value, and NULL.
  static ValueSet all_but_null();
  static ValueSet none();
  static ValueSet null();              // Just NULL.
  static ValueSet point(Value value);  // NULL counts as the member NULL.
  static ValueSet points(std::vector<Value> values);
  // A range with a text bound is every value but NULL: under a PAD SPACE collation 'a\t' < 'a', so
  // the order of bytes is not the order of the comparison. A NULL bound gives none().
  static ValueSet range(Range range);

  bool is_all() const { return unbounded_ && has_null_; }
  bool is_none() const { return !unbounded_ && !has_null_ && points_.empty() && ranges_.empty(); }
  bool has_null() const { return has_null_; }
  // Every value but NULL is possible.
  bool is_unbounded() const { return unbounded_; }
  // Only points (and perhaps NULL): the set is finite.
  bool is_points() const { return !unbounded_ && ranges_.empty(); }
  const std::vector<Value>& points() const { return points_; }  // Sorted, without duplicates.
  const std::vector<Range>& ranges() const { return ranges_; }  // Sorted, disjoint, of integers.
  bool contains(const Value& value) const;

  // Exact, except that more than a thousand ranges may be widened.
  static ValueSet intersect(const ValueSet& a, const ValueSet& b);
  static ValueSet unite(ValueSet a, const ValueSet& b);

 private:
  bool in_ranges(const Value& value) const;
  void normalise_ranges();

  bool unbounded_ = false;
  bool has_null_ = false;
  std::vector<Value> points_;
  std::vector<Range> ranges_;
};

}  // namespace pando::rules
