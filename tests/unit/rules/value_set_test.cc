// The algebra of key sets: exact for integers and points, never too small for anything.

#include "rules/value_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "rules/shard_set.h"

namespace pando::rules {
namespace {

Value num(std::int64_t v) { return Value::of_int(v); }
Value text(std::string_view v) { return Value::of_text(v); }
ValueSet from(std::int64_t low) { return ValueSet::range({.low = num(low), .high = {}}); }
ValueSet to(std::int64_t high) { return ValueSet::range({.low = {}, .high = num(high)}); }
ValueSet between(std::int64_t low, std::int64_t high) {
  return ValueSet::range({.low = num(low), .high = num(high)});
}

TEST(CompareKeysTest, IsATotalOrderOfNullNumbersAndText) {
  const std::vector<Value> order = {Value::null(),
                                    num(std::numeric_limits<std::int64_t>::min()),
                                    num(-1),
                                    num(0),
                                    Value::of_uint(7),
                                    num(8),
                                    num(std::numeric_limits<std::int64_t>::max()),
                                    Value::of_uint(std::uint64_t{1} << 63),
                                    Value::of_uint(std::numeric_limits<std::uint64_t>::max()),
                                    text(""),
                                    text("a"),
                                    text("a\t"),
                                    text("b"),
                                    text("\xC3\xA4")};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      const int expected = i < j ? -1 : (i > j ? 1 : 0);
      EXPECT_EQ(compare_keys(order[i], order[j]), expected) << i << " " << j;
    }
  }
  EXPECT_EQ(compare_keys(num(7), Value::of_uint(7)), 0);
}

TEST(ValueSetTest, NullIsAMemberOfItsOwn) {
  EXPECT_TRUE(ValueSet::all().contains(Value::null()));
  EXPECT_FALSE(ValueSet::all_but_null().contains(Value::null()));
  EXPECT_TRUE(ValueSet::null().contains(Value::null()));
  EXPECT_FALSE(ValueSet::null().contains(num(0)));
  EXPECT_TRUE(ValueSet::intersect(ValueSet::null(), ValueSet::all_but_null()).is_none());
  EXPECT_TRUE(ValueSet::unite(ValueSet::null(), ValueSet::all_but_null()).is_all());
  EXPECT_TRUE(ValueSet::point(Value::null()).has_null());
  EXPECT_TRUE(ValueSet::points({num(1), Value::null()}).has_null());
  EXPECT_FALSE(from(1).has_null());
}

TEST(ValueSetTest, PointsAreSortedAndSingle) {
  const ValueSet set = ValueSet::points({num(3), num(1), Value::of_uint(3), num(2), num(1)});
  ASSERT_EQ(set.points().size(), 3U);
  EXPECT_EQ(set.points()[0], num(1));
  EXPECT_EQ(set.points()[2].as_int(), 3);
  EXPECT_TRUE(set.is_points());
}

TEST(ValueSetTest, DegenerateRangesAreWhatTheyMean) {
  EXPECT_TRUE(between(3, 2).is_none());
  EXPECT_TRUE(between(3, 3).is_points());
  EXPECT_TRUE(ValueSet::range({}).is_unbounded());
  EXPECT_TRUE(ValueSet::range({.low = Value::null(), .high = num(3)}).is_none());
}

TEST(ValueSetTest, TextBoundsDoNotNarrowBecausePadSpaceOrdersOtherwise) {
  const ValueSet below_a = ValueSet::range({.low = {}, .high = text("a")});
  EXPECT_TRUE(below_a.is_unbounded());
  EXPECT_FALSE(below_a.has_null());
  // Under PAD SPACE 'a\t' < 'a', so the row must stay in the set.
  EXPECT_TRUE(ValueSet::intersect(below_a, ValueSet::point(text("a\t"))).contains(text("a\t")));
}

TEST(ValueSetTest, RangesThatMeetBecomeOne) {
  const ValueSet set = ValueSet::unite(between(1, 3), between(4, 9));
  ASSERT_EQ(set.ranges().size(), 1U);
  EXPECT_EQ(set.ranges()[0].low, num(1));
  EXPECT_EQ(set.ranges()[0].high, num(9));
  EXPECT_TRUE(ValueSet::unite(to(5), from(6)).is_unbounded());
  EXPECT_TRUE(ValueSet::unite(to(5), from(7)).ranges().size() == 2);
}

TEST(ValueSetTest, ManyRangesAreWidenedRatherThanKept) {
  ValueSet set = ValueSet::none();
  for (int i = 0; i < 3000; ++i) set = ValueSet::unite(std::move(set), between(i * 10, i * 10 + 2));
  EXPECT_LE(set.ranges().size(), 1024U);
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(set.contains(num(i * 10 + 1)));
}

class Sampler {
 public:
  explicit Sampler(std::uint64_t seed) : random_(seed) {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  ValueSet set(int depth) {
    if (depth > 0) {
      const ValueSet a = set(depth - 1);
      const ValueSet b = set(depth - 1);
      return number(0, 1) == 0 ? ValueSet::intersect(a, b) : ValueSet::unite(a, b);
    }
    switch (number(0, 7)) {
      case 0:
        return ValueSet::all();
      case 1:
        return ValueSet::none();
      case 2:
        return ValueSet::null();
      case 3:
        return ValueSet::all_but_null();
      case 4:
        return from(number(-20, 20));
      case 5:
        return to(number(-20, 20));
      case 6:
        return between(number(-20, 20), number(-20, 20));
      default: {
        std::vector<Value> points;
        for (std::int64_t i = number(0, 5); i > 0; --i) points.push_back(num(number(-20, 20)));
        if (number(0, 3) == 0) points.push_back(text("x"));
        return ValueSet::points(std::move(points));
      }
    }
  }

 private:
  std::mt19937_64 random_;
};

// All integers that could tell two of the sampled sets apart, and NULL.
std::vector<Value> universe() {
  std::vector<Value> values{Value::null()};
  for (int i = -23; i <= 23; ++i) values.push_back(num(i));
  values.push_back(num(std::numeric_limits<std::int64_t>::max()));
  values.push_back(num(std::numeric_limits<std::int64_t>::min()));
  values.push_back(Value::of_uint(std::numeric_limits<std::uint64_t>::max()));
  return values;
}

TEST(ValueSetTest, IntersectAndUniteAreExactForIntegersAndNull) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Sampler sampler(seed);
  for (int round = 0; round < 3000; ++round) {
    const ValueSet a = sampler.set(static_cast<int>(sampler.number(0, 3)));
    const ValueSet b = sampler.set(static_cast<int>(sampler.number(0, 3)));
    const ValueSet both = ValueSet::intersect(a, b);
    const ValueSet either = ValueSet::unite(a, b);
    for (const Value& v : universe()) {
      ASSERT_EQ(both.contains(v), a.contains(v) && b.contains(v)) << round;
      ASSERT_EQ(either.contains(v), a.contains(v) || b.contains(v)) << round;
    }
    const Value x = text("x");  // A superset is enough for what no integer column holds.
    ASSERT_GE(both.contains(x), a.contains(x) && b.contains(x));
    ASSERT_GE(either.contains(x), a.contains(x) || b.contains(x));
  }
}

TEST(ShardSetTest, IsSortedWithoutDuplicates) {
  const ShardSet set({3, 1, 3, 2});
  EXPECT_EQ(std::vector<ShardIndex>(set.begin(), set.end()), (std::vector<ShardIndex>{1, 2, 3}));
  EXPECT_TRUE(set.contains(2));
  EXPECT_FALSE(set.contains(0));
  EXPECT_EQ(ShardSet::all(3), ShardSet({0, 1, 2}));
  EXPECT_EQ(ShardSet::intersect(set, ShardSet({2, 3, 4})), ShardSet({2, 3}));
  EXPECT_EQ(ShardSet::unite(set, ShardSet::one(7)), ShardSet({1, 2, 3, 7}));
  EXPECT_TRUE(ShardSet::intersect(set, ShardSet()).empty());
}

}  // namespace
}  // namespace pando::rules
