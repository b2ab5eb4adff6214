// Sharding functions: where keys go, for ever, and that no read misses one.

#include "rules/sharding.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rules/functions/functions.h"

namespace pando::rules {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;

Value num(std::int64_t v) { return Value::of_int(v); }
FunctionName name(std::string function) {
  return {.function = std::move(function), .columns = {"k"}};
}
std::vector<std::uint32_t> identity(std::size_t n) { return spread_slots(n, n); }

Result<std::size_t> place(const PlaceFunction& function, const Value& key) {
  return function.place({&key, 1});
}

// These numbers are a promise: rows are found by computing them again.
TEST(HashTest, NeverChanges) {
  const auto hash = [](std::vector<Value> key) { return hash_key(key); };
  EXPECT_EQ(hash({num(0)}), 0xc77b3abb6f87acd9ULL);
  EXPECT_EQ(hash({num(1)}), 0x2fbc593564db792eULL);
  EXPECT_EQ(hash({num(-1)}), 0x5111c7e47d784413ULL);
  EXPECT_EQ(hash({Value::of_uint(std::numeric_limits<std::uint64_t>::max())}), hash({num(-1)}));
  EXPECT_EQ(hash({Value::of_text("")}), 0x2d06800538d394c2ULL);
  EXPECT_EQ(hash({Value::of_text("pando")}), 0x3475a527038c7151ULL);
  EXPECT_EQ(hash({num(1), num(2)}), 0x07ee86c281446befULL);
  EXPECT_EQ(hash({Value::of_text("a"), Value::of_text("bc")}), 0xf42ee0df2a023ef1ULL);
  EXPECT_NE(hash({Value::of_text("a"), Value::of_text("bc")}),
            hash({Value::of_text("ab"), Value::of_text("c")}));
}

TEST(HashTest, SlotsAreSpreadEvenlyAndInOrder) {
  EXPECT_EQ(spread_slots(8, 4), (std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(spread_slots(7, 3), (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 2, 2}));
  const auto slots = spread_slots(1024, 48);
  std::vector<int> count(48);
  for (const std::uint32_t p : slots) ++count[p];
  for (const int c : count) EXPECT_TRUE(c == 21 || c == 22);
}

TEST(ModTest, IsTheMathematicalRemainder) {
  const auto mod = make_mod(name("mod"), identity(4), 4);
  EXPECT_EQ(place(*mod, num(7)), 3U);
  EXPECT_EQ(place(*mod, num(0)), 0U);
  EXPECT_EQ(place(*mod, num(-1)), 3U);
  EXPECT_EQ(place(*mod, num(-4)), 0U);
  EXPECT_EQ(place(*mod, num(std::numeric_limits<std::int64_t>::min())), 0U);
  EXPECT_EQ(place(*mod, Value::of_uint(std::numeric_limits<std::uint64_t>::max())), 3U);
  EXPECT_EQ(place(*mod, Value::of_text("7")).error().code(), ErrorCode::kUnroutableKey);
}

TEST(ModTest, BucketsMapRemainders) {
  const auto mod = make_mod(name("mod"), {0, 0, 1, 0}, 2);
  EXPECT_EQ(place(*mod, num(6)), 1U);
  EXPECT_EQ(place(*mod, num(7)), 0U);
}

TEST(RangeTest, LowIsIncludedAndHighIsNot) {
  const auto range = make_range(name("range"), {{{}, 0, 2}, {0, 1000, 0}, {1000, 2000, 1}}, 3);
  EXPECT_EQ(place(*range, num(std::numeric_limits<std::int64_t>::min())), 2U);
  EXPECT_EQ(place(*range, num(-1)), 2U);
  EXPECT_EQ(place(*range, num(0)), 0U);
  EXPECT_EQ(place(*range, num(999)), 0U);
  EXPECT_EQ(place(*range, num(1000)), 1U);
  EXPECT_EQ(place(*range, num(2000)).error().code(), ErrorCode::kNoShardForKey);
  EXPECT_EQ(range->places_in({.low = num(-5), .high = num(-1)}), ShardSet({2}));
  EXPECT_EQ(range->places_in({.low = num(-5), .high = num(0)}), ShardSet({0, 2}));
  EXPECT_EQ(range->places_in({.low = num(999), .high = {}}), ShardSet({0, 1}));
  EXPECT_EQ(range->places_in({.low = num(2000), .high = {}}), ShardSet());
  const auto open = make_range(name("range"), {{{}, 5, 0}, {5, {}, 1}}, 2);
  EXPECT_EQ(place(*open, Value::of_uint(std::numeric_limits<std::uint64_t>::max())), 1U);
  EXPECT_EQ(place(*open, num(std::numeric_limits<std::int64_t>::max())), 1U);
}

TEST(ListTest, FindsIntegersAndText) {
  const auto list =
      make_list(name("list"), {{false, 3, "", 1}, {false, 1, "", 0}, {true, 0, "DE", 1}}, {}, 2);
  EXPECT_EQ(place(*list, num(1)), 0U);
  EXPECT_EQ(place(*list, num(3)), 1U);
  EXPECT_EQ(place(*list, Value::of_text("DE")), 1U);
  EXPECT_EQ(place(*list, num(2)).error().code(), ErrorCode::kNoShardForKey);
  EXPECT_EQ(list->places_in({.low = num(2), .high = num(9)}), ShardSet({1}));
  const auto open = make_list(name("list"), {{false, 1, "", 0}}, 1, 2);
  EXPECT_EQ(place(*open, num(2)), 1U);
  EXPECT_EQ(open->places_in({.low = num(5), .high = num(9)}), ShardSet({1}));
}

TEST(TimeTest, EachUnitOfThePeriodHasAPlace) {
  // 2023-11 to 2024-02.
  const auto month = make_time(name("month"), {TimeUnit::kMonth, 2023 * 12 + 10, 2024 * 12 + 1});
  const auto at = [](std::string_view text) { return num(*parse_date_time(text)); };
  EXPECT_EQ(month->places(), 4U);
  EXPECT_EQ(place(*month, at("2023-11-01")), 0U);
  EXPECT_EQ(place(*month, at("2023-12-31 23:59:59.999999")), 1U);
  EXPECT_EQ(place(*month, at("2024-02-29 23:59:59")), 3U);
  EXPECT_EQ(place(*month, at("2024-03-01")).error().code(), ErrorCode::kNoShardForKey);
  EXPECT_EQ(place(*month, at("2023-10-31 23:59:59")).error().code(), ErrorCode::kNoShardForKey);
  EXPECT_EQ(month->places_in({.low = at("2023-12-31"), .high = at("2024-01-01")}),
            ShardSet({1, 2}));
  EXPECT_EQ(month->places_in({.low = {}, .high = at("2023-10-31")}), ShardSet());
  EXPECT_EQ(month->places_in({.low = at("2024-02-01"), .high = {}}), ShardSet({3}));
  EXPECT_EQ(month->describe(), "month(k) from 2023-11 until 2024-02");
}

TEST(TimeTest, CyclesRepeatEachYearOrMonth) {
  const auto at = [](std::string_view text) { return num(*parse_date_time(text)); };
  const auto month = make_cyclic_time(name("month"), TimeUnit::kMonth);
  EXPECT_EQ(place(*month, at("1969-12-31")), 11U);
  EXPECT_EQ(place(*month, at("2024-01-31")), 0U);
  EXPECT_EQ(month->places_in({.low = at("2023-12-31"), .high = at("2024-01-01")}),
            ShardSet({0, 11}));
  EXPECT_EQ(month->places_in({.low = at("2023-12-31"), .high = at("2024-12-01")}), std::nullopt);
  const auto day = make_cyclic_time(name("day"), TimeUnit::kDay);
  EXPECT_EQ(day->places(), 31U);
  EXPECT_EQ(place(*day, at("2024-02-29 12:00:00")), 28U);
  EXPECT_EQ(place(*day, num(-1)), 30U);  // 1969-12-31
}

class EvenOdd final : public ShardingFunction {
 public:
  Result<std::size_t> locate(std::span<const Value> key, std::size_t) const override {
    if (key[0].as_int() == 13) return fail(ErrorCode::kNoShardForKey, "unlucky");
    if (key[0].as_int() == 14) throw std::runtime_error("secret 14");
    if (key[0].as_int() == 15) return std::size_t{99};
    if (key[0].as_int() == 16) throw "secret 16";  // No std::exception.
    return static_cast<std::size_t>((key[0].as_int() + key[1].as_int()) & 1);
  }
};

TEST(UserFunctionTest, ItsMistakesAreErrorsAndNeverNarrowARead) {
  const auto function = make_user({"even_odd", {"a", "b"}}, std::make_shared<EvenOdd>(), 2);
  const Sharding sharding({{.name = "a"}, {.name = "b"}}, {{function, {0, 1}}});
  const auto locate = [&](std::int64_t a) {
    const Value key[] = {num(a), num(0)};
    return sharding.locate(key);
  };
  EXPECT_EQ(locate(3), 1U);
  EXPECT_EQ(locate(13).error().code(), ErrorCode::kNoShardForKey);
  EXPECT_EQ(locate(14).error().code(), ErrorCode::kUnroutableKey);
  EXPECT_EQ(locate(14).error().message().find("secret"), std::string::npos);
  EXPECT_EQ(locate(15).error().code(), ErrorCode::kConfigPlacement);
  EXPECT_EQ(locate(16).error().code(), ErrorCode::kUnroutableKey);
  const auto shards = [&](std::int64_t a) {
    const ValueSet sets[] = {ValueSet::point(num(a)), ValueSet::point(num(0))};
    return sharding.shards_of(sets);
  };
  EXPECT_EQ(shards(3), ShardSet({1}));
  EXPECT_TRUE(shards(13).empty());
  EXPECT_EQ(shards(14).size(), 2U);
  EXPECT_EQ(shards(15).size(), 2U);
}

TEST(ShardingTest, ANullKeyLivesAtPlaceZero) {
  const Sharding one({{.name = "k"}}, {{make_mod(name("mod"), identity(4), 4), {0}}});
  const Value null[] = {Value::null()};
  EXPECT_EQ(one.locate(null), 0U);
  const ValueSet sets[] = {ValueSet::null()};
  EXPECT_EQ(one.shards_of(sets), ShardSet({0}));

  const Sharding two(
      {{.name = "a"}, {.name = "b"}},
      {{make_mod(name("mod"), identity(2), 2), {0}}, {make_mod(name("mod"), identity(3), 3), {1}}});
  const Value half_null[] = {Value::null(), num(2)};
  EXPECT_EQ(two.locate(half_null), 2U);
}

TEST(ShardingTest, ShardIsDatabaseTimesTablesPlusTable) {
  const Sharding sharding(
      {{.name = "a"}, {.name = "b"}},
      {{make_mod(name("mod"), identity(2), 2), {0}}, {make_mod(name("mod"), identity(3), 3), {1}}});
  EXPECT_EQ(sharding.shard_count(), 6U);
  const Value key[] = {num(1), num(2)};
  EXPECT_EQ(sharding.locate(key), 5U);
  const ValueSet only_a[] = {ValueSet::point(num(1)), ValueSet::all()};
  EXPECT_EQ(sharding.shards_of(only_a), ShardSet({3, 4, 5}));
  const ValueSet only_b[] = {ValueSet::all(), ValueSet::point(num(0))};
  EXPECT_EQ(sharding.shards_of(only_b), ShardSet({0, 3}));
  const ValueSet nothing[] = {ValueSet::none(), ValueSet::all()};
  EXPECT_TRUE(sharding.shards_of(nothing).empty());
}

TEST(ShardingTest, PointsOfASharedColumnAreLocatedTogether) {
  const Sharding sharding({{.name = "k"}}, {{make_mod(name("mod"), identity(2), 2), {0}},
                                            {make_mod(name("mod"), identity(4), 4), {0}}});
  const ValueSet sets[] = {ValueSet::points({num(1), num(2)})};
  EXPECT_EQ(sharding.shards_of(sets), ShardSet({2, 5}));  // Not {1, 2, 5, 6} as well.
}

TEST(ShardingTest, LongRangesOfHashAndModAskAllShards) {
  const Sharding sharding({{.name = "k"}}, {{make_mod(name("mod"), identity(16), 16), {0}}});
  const auto shards = [&](std::int64_t low, std::int64_t high) {
    const ValueSet sets[] = {ValueSet::range({.low = num(low), .high = num(high)})};
    return sharding.shards_of(sets);
  };
  EXPECT_EQ(shards(14, 17), ShardSet({0, 1, 14, 15}));
  EXPECT_EQ(shards(-2, 1), ShardSet({0, 1, 14, 15}));
  EXPECT_EQ(shards(0, 1'000'000).size(), 16U);
  EXPECT_EQ(
      shards(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max())
          .size(),
      16U);
  EXPECT_EQ(shards(std::numeric_limits<std::int64_t>::max() - 1,
                   std::numeric_limits<std::int64_t>::max()),
            ShardSet({14, 15}));
}

// The property that everything stands on: the shard of a key in the set is in the set's shards.
class NoKeyIsMissed : public ::testing::Test {
 protected:
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  ValueSet random_set(std::int64_t scale) {
    const auto one = [&] {
      switch (number(0, 5)) {
        case 0:
          return ValueSet::range({.low = num(number(-50, 50) * scale), .high = {}});
        case 1:
          return ValueSet::range({.low = {}, .high = num(number(-50, 50) * scale)});
        case 2: {
          const std::int64_t low = number(-50, 50);
          return ValueSet::range(
              {.low = num(low * scale), .high = num((low + number(0, 9)) * scale)});
        }
        case 3:
          return ValueSet::null();
        default:
          return ValueSet::points({num(number(-50, 50) * scale), num(number(-50, 50) * scale)});
      }
    };
    const ValueSet a = one();
    return number(0, 1) == 0 ? a : ValueSet::unite(a, one());
  }
  PlaceFunctionPtr random_function(std::int64_t& scale) {
    scale = 1;
    switch (number(0, 5)) {
      case 0:
        return make_hash(name("hash"), spread_slots(64, 5), 5);
      case 1:
        return make_mod(name("mod"), identity(7), 7);
      case 2:
        return make_range(name("range"), {{{}, -20, 3}, {-20, 0, 0}, {0, 10, 1}, {10, 40, 2}}, 4);
      case 3:
        return make_list(name("list"), {{false, 3, "", 0}, {false, -7, "", 1}}, 2, 3);
      case 4:
        scale = kDay * 9;
        return make_time(name("month"), {TimeUnit::kMonth, 1969 * 12, 1970 * 12 + 6});
      default:
        scale = kDay * 9;
        return make_cyclic_time(name("day"), TimeUnit::kDay);
    }
  }
  void SetUp() override {
    const std::uint64_t seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    random_.seed(seed);
  }
  std::mt19937_64 random_;
};

TEST_F(NoKeyIsMissed, ByOneFunctionOrTwo) {
  for (int round = 0; round < 4000; ++round) {
    std::int64_t first_scale = 1;
    std::int64_t second_scale = 1;
    std::vector<Sharding::Part> parts{{random_function(first_scale), {0}}};
    std::vector<KeyColumn> columns{{.name = "a"}};
    const bool two = number(0, 1) == 0;
    if (two) {
      parts.push_back({random_function(second_scale), {1}});
      columns.push_back({.name = "b"});
    }
    const Sharding sharding(columns, parts);
    std::vector<ValueSet> sets{random_set(first_scale)};
    if (two) sets.push_back(random_set(second_scale));
    const ShardSet shards = sharding.shards_of(sets);
    for (int sample = 0; sample < 40; ++sample) {
      std::vector<Value> key;
      for (std::size_t c = 0; c < sets.size(); ++c) {
        const std::int64_t scale = c == 0 ? first_scale : second_scale;
        key.push_back(number(0, 9) == 0 ? Value::null() : num(number(-60, 60) * scale));
      }
      bool inside = true;
      for (std::size_t c = 0; c < sets.size(); ++c) inside = inside && sets[c].contains(key[c]);
      const auto shard = sharding.locate(key);
      if (inside && shard) {
        ASSERT_TRUE(shards.contains(*shard)) << "round " << round << " " << sharding.describe();
      }
    }
  }
}

}  // namespace
}  // namespace pando::rules
