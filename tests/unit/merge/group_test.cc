#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "router/merge/merge.h"
#include "tests/unit/merge/vector_stream.h"

namespace pando::merge {
namespace {

using plan::Aggregate;
using plan::AggregateKind;
using plan::MergeKey;
using testing::column;
using testing::drain;
using testing::VectorStream;
using Lines = std::vector<std::string>;
using Rows = std::vector<std::vector<Value>>;

Value n(std::int64_t number) { return Value::of_int(number); }
Value t(std::string_view text) { return Value::of_text(text); }
Value r(double real) { return Value::of_double(real); }
const Value null = Value::null();

struct Case {
  std::vector<Column> columns;
  std::vector<Rows> shards;
  plan::Merge how;
  Dialect dialect = Dialect::kMySql;
  std::uint64_t memory = 256u << 20;
};

Lines run(const Case& test) {
  std::vector<RowStreamPtr> streams;
  for (const Rows& shard : test.shards) {
    streams.push_back(std::make_unique<VectorStream>(test.columns, shard));
  }
  auto merged = merge(std::move(streams), test.how, {test.dialect, test.memory});
  if (!merged) return {"error " + std::string(merged.error().info().name)};
  return drain(**merged);
}

Case single(Column of, std::vector<Value> parts, AggregateKind kind,
            Dialect dialect = Dialect::kMySql) {
  Case test;
  test.columns = {std::move(of)};
  for (const Value& part : parts) test.shards.push_back({{part}});
  test.how.grouping.emplace();
  test.how.grouping->aggregates = {Aggregate{.kind = kind}};
  test.dialect = dialect;
  return test;
}

TEST(GroupTest, CountsAddUp) {
  const Column count = column("COUNT(*)", SqlType::kInt64);
  EXPECT_EQ(run(single(count, {n(2), n(0), n(40)}, AggregateKind::kCount)), (Lines{"42"}));
  EXPECT_EQ(run(single(count, {n(INT64_MAX), n(1)}, AggregateKind::kCount)),
            (Lines{"error kNumericOverflow"}));
  EXPECT_EQ(run(single(count, {t("x")}, AggregateKind::kCount)), (Lines{"error kMergeType"}));
}

TEST(GroupTest, DecimalSumsAreExact) {
  const Column sum = column("SUM(x)", SqlType::kDecimal, 2);
  EXPECT_EQ(run(single(sum, {t("0.10"), t("0.20"), null}, AggregateKind::kSum)), (Lines{"0.30"}));
  EXPECT_EQ(run(single(sum, {null, null}, AggregateKind::kSum)), (Lines{"NULL"}));
  EXPECT_EQ(run(single(sum, {t("90071992547409930000000.01"), t("0.02")}, AggregateKind::kSum)),
            (Lines{"90071992547409930000000.03"}));
  EXPECT_EQ(run(single(column("s", SqlType::kDecimal), {t(std::string(65, '9')), t("1")},
                       AggregateKind::kSum)),
            (Lines{"error kNumericOverflow"}));
}

TEST(GroupTest, DoubleSumsAreDoubles) {
  const Column sum = column("SUM(x)", SqlType::kDouble);
  EXPECT_EQ(run(single(sum, {r(0.5), null, r(0.25)}, AggregateKind::kSum)), (Lines{"d0.750000"}));
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(run(single(sum, {r(most), r(most)}, AggregateKind::kSum)),
            (Lines{"error kNumericOverflow"}));
  EXPECT_EQ(run(single(column("s", SqlType::kText), {null}, AggregateKind::kSum)),
            (Lines{"error kMergeType"}));
}

TEST(GroupTest, SqliteSumsAreIntegersUntilOneIsReal) {
  const Column sum = column("sum(x)", SqlType::kDynamic);
  const auto sqlite = [&](std::vector<Value> parts) {
    return run(single(sum, std::move(parts), AggregateKind::kSum, Dialect::kSqlite));
  };
  EXPECT_EQ(sqlite({n(1), null, n(2)}), (Lines{"3"}));
  EXPECT_EQ(sqlite({n(1), r(0.5)}), (Lines{"d1.500000"}));
  EXPECT_EQ(sqlite({null, null}), (Lines{"NULL"}));
  EXPECT_EQ(sqlite({n(INT64_MAX), n(1)}), (Lines{"error kNumericOverflow"}));
  EXPECT_EQ(sqlite({n(INT64_MAX), n(1), n(-1)}), (Lines{std::to_string(INT64_MAX)}));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sqlite({r(infinity), r(-infinity)}), (Lines{"NULL"}));
  EXPECT_EQ(sqlite({t("1")}), (Lines{"error kMergeType"}));
}

TEST(GroupTest, ExtremesIgnoreNull) {
  const Column number = column("MAX(x)", SqlType::kInt32);
  EXPECT_EQ(run(single(number, {null, n(-3), n(-2)}, AggregateKind::kMax)), (Lines{"-2"}));
  EXPECT_EQ(run(single(number, {null, n(-3), n(-2)}, AggregateKind::kMin)), (Lines{"-3"}));
  EXPECT_EQ(run(single(number, {null, null}, AggregateKind::kMin)), (Lines{"NULL"}));
  EXPECT_EQ(
      run(single(column("m", SqlType::kDecimal, 1), {t("9.5"), t("10.5")}, AggregateKind::kMax)),
      (Lines{"10.5"}));
  EXPECT_EQ(run(single(column("m", SqlType::kDynamic), {t("b"), Value::of_bytes("a"), n(7)},
                       AggregateKind::kMax, Dialect::kSqlite)),
            (Lines{"xa"}));
}

TEST(GroupTest, ExtremeOfTextKeepsItsWeightForALaterSort) {
  Case test;
  test.columns = {column("g", SqlType::kInt32), column("MAX(s)", SqlType::kText),
                  column("w", SqlType::kBytes)};
  const auto b = [](std::string_view text) { return Value::of_bytes(text); };
  test.shards = {{{n(1), t("z"), b("A")}, {n(2), t("y"), b("B")}},
                 {{n(1), t("x"), b("C")}, {n(2), t("w"), b("A")}}};
  const MergeKey text{.value = 1, .weight = 2};
  test.how.grouping.emplace();
  test.how.grouping->keys = {MergeKey{.value = 0}};
  test.how.grouping->aggregates = {
      Aggregate{.kind = AggregateKind::kMax, .column = 1, .key = text}};
  test.how.order = {text};
  test.how.hidden_columns = 1;
  EXPECT_EQ(run(test), (Lines{"2|y", "1|x"}));
}

Case averages(SqlType type, unsigned sum_scale, unsigned decimals, std::vector<Rows> shards,
              Dialect dialect = Dialect::kMySql) {
  Case test;
  test.columns = {column("AVG(x)", type, static_cast<std::uint8_t>(decimals)),
                  column("s", type, static_cast<std::uint8_t>(sum_scale)),
                  column("c", SqlType::kInt64)};
  test.shards = std::move(shards);
  test.how.grouping.emplace();
  test.how.grouping->aggregates = {
      Aggregate{.kind = AggregateKind::kAvg, .column = 0, .sum = -2, .count = -1}};
  test.how.hidden_columns = 2;
  test.dialect = dialect;
  return test;
}

TEST(GroupTest, AveragesWeighEachShardByItsCount) {
  EXPECT_EQ(
      run(averages(
          SqlType::kDecimal, 0, 4,
          {{{t("1.0000"), t("2"), n(2)}}, {{null, null, n(0)}}, {{t("5.0000"), t("5"), n(1)}}})),
      (Lines{"2.3333"}));
  EXPECT_EQ(run(averages(SqlType::kDecimal, 0, 4, {{{null, null, n(0)}}, {{null, null, n(0)}}})),
            (Lines{"NULL"}));
  EXPECT_EQ(run(averages(SqlType::kDouble, 0, 0, {{{r(1), r(2), n(2)}}, {{r(4), r(4), n(1)}}})),
            (Lines{"d2.000000"}));
  EXPECT_EQ(run(averages(SqlType::kDynamic, 0, 0, {{{r(1), n(2), n(2)}}, {{r(5), n(5), n(2)}}},
                         Dialect::kSqlite)),
            (Lines{"d1.750000"}));
}

// The shards' sums come rounded to D digits, and the sum of rounded sums is not the rounded sum.
TEST(GroupTest, SumsOfDoublesWithFixedDigitsAreRefused) {
  const auto sum = [](std::uint8_t digits) {
    return run(
        single(column("SUM(x)", SqlType::kDouble, digits), {r(0.25), r(0.5)}, AggregateKind::kSum));
  };
  EXPECT_EQ(sum(2), (Lines{"error kMergeType"}));
  EXPECT_EQ(sum(0), (Lines{"d0.750000"}));
}

TEST(GroupTest, WithoutKeysThereIsOneRowAlways) {
  Case test;
  test.columns = {column("COUNT(*)", SqlType::kInt64), column("SUM(x)", SqlType::kDecimal),
                  column("MAX(x)", SqlType::kInt32)};
  test.shards = {{}, {}};
  test.how.grouping.emplace();
  test.how.grouping->aggregates = {
      Aggregate{.kind = AggregateKind::kCount, .column = 0},
      Aggregate{.kind = AggregateKind::kSum, .column = 1},
      Aggregate{.kind = AggregateKind::kMax, .column = 2, .key = {.value = 2}}};
  EXPECT_EQ(run(test), (Lines{"0|NULL|NULL"}));
  test.how.grouping->sorted = true;
  EXPECT_EQ(run(test), (Lines{"0|NULL|NULL"}));
}

TEST(GroupTest, WithKeysAndWithoutRowsThereAreNoGroups) {
  Case test;
  test.columns = {column("k", SqlType::kInt64), column("COUNT(*)", SqlType::kInt64)};
  test.shards = {{}, {}};
  test.how.grouping.emplace();
  test.how.grouping->keys = {MergeKey{.value = 0}};
  test.how.grouping->aggregates = {Aggregate{.kind = AggregateKind::kCount, .column = 1}};
  EXPECT_EQ(run(test), Lines{});
  test.how.grouping->sorted = true;
  EXPECT_EQ(run(test), Lines{});
}

TEST(GroupTest, SqliteGroupsByItsOwnEquality) {
  Case test;
  test.columns = {column("k", SqlType::kDynamic), column("count(*)", SqlType::kDynamic)};
  test.shards = {{{n(1), n(1)}, {t("1"), n(1)}, {t("a"), n(1)}, {null, n(1)}},
                 {{r(1.0), n(1)}, {Value::of_bytes("a"), n(1)}, {t("A"), n(1)}, {null, n(1)}}};
  test.how.grouping.emplace();
  test.how.grouping->keys = {MergeKey{.value = 0, .text_order = plan::TextOrder::kNoCase}};
  test.how.grouping->aggregates = {Aggregate{.kind = AggregateKind::kCount, .column = 1}};
  test.dialect = Dialect::kSqlite;
  EXPECT_EQ(run(test), (Lines{"1|2", "1|1", "a|2", "NULL|2", "xa|1"}));
}

TEST(GroupTest, GroupsAreSortedAndLimitedAfterMerging) {
  Case test;
  test.columns = {column("k", SqlType::kInt64), column("COUNT(*)", SqlType::kInt64)};
  test.shards = {{{n(1), n(5)}, {n(2), n(1)}, {n(3), n(3)}}, {{n(2), n(9)}, {n(4), n(4)}}};
  test.how.grouping.emplace();
  test.how.grouping->keys = {MergeKey{.value = 0}};
  test.how.grouping->aggregates = {Aggregate{.kind = AggregateKind::kCount, .column = 1}};
  test.how.order = {MergeKey{.value = 1, .descending = true}};
  test.how.limit = 2;
  test.how.offset = 1;
  EXPECT_EQ(run(test), (Lines{"1|5", "4|4"}));
  test.how.grouping->sorted = true;
  EXPECT_EQ(run(test), (Lines{"1|5", "4|4"}));
}

TEST(GroupTest, StreamedAndHashedGroupingAgreeWithAModel) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 100; ++round) {
    Case test;
    test.columns = {column("k", SqlType::kInt64), column("COUNT(*)", SqlType::kInt64),
                    column("MIN(v)", SqlType::kInt64)};
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> model;
    const std::size_t shards = 1 + random() % 6;
    for (std::size_t s = 0; s < shards; ++s) {
      Rows rows;
      for (std::int64_t key = 0; key < 30; ++key) {
        if (random() % 3 == 0) continue;
        const std::int64_t count = random() % 100;
        const std::int64_t least = random() % 1000;
        rows.push_back({n(key), n(count), n(least)});
        auto [place, fresh] = model.try_emplace(key, count, least);
        if (fresh) continue;
        place->second.first += count;
        place->second.second = std::min(place->second.second, least);
      }
      test.shards.push_back(std::move(rows));
    }
    test.how.grouping.emplace();
    test.how.grouping->keys = {MergeKey{.value = 0}};
    test.how.grouping->aggregates = {
        Aggregate{.kind = AggregateKind::kCount, .column = 1},
        Aggregate{.kind = AggregateKind::kMin, .column = 2, .key = {.value = 2}}};
    test.how.order = {MergeKey{.value = 0}};
    Lines expected;
    for (const auto& [key, value] : model) {
      expected.push_back(std::to_string(key) + "|" + std::to_string(value.first) + "|" +
                         std::to_string(value.second));
    }
    for (const bool sorted : {false, true}) {
      test.how.grouping->sorted = sorted;
      EXPECT_EQ(run(test), expected);
    }
  }
}

TEST(GroupTest, HashedGroupingStopsAtItsMemoryLimitAndStreamedDoesNot) {
  Case test;
  test.columns = {column("k", SqlType::kInt64), column("COUNT(*)", SqlType::kInt64)};
  Rows rows;
  for (int i = 0; i < 5000; ++i) rows.push_back({n(i), n(1)});
  test.shards = {rows, rows};
  test.how.grouping.emplace();
  test.how.grouping->keys = {MergeKey{.value = 0}};
  test.how.grouping->aggregates = {Aggregate{.kind = AggregateKind::kCount, .column = 1}};
  test.memory = 100000;
  EXPECT_EQ(run(test), (Lines{"error kMergeMemory"}));
  test.how.grouping->sorted = true;
  EXPECT_EQ(run(test).size(), 5000u);
  // The first few of many sorted groups do not need memory for all of them.
  test.how.order = {MergeKey{.value = 0, .descending = true}};
  EXPECT_EQ(run(test), (Lines{"error kMergeMemory"}));
  test.how.limit = 2;
  test.memory = 400000;
  EXPECT_EQ(run(test), (Lines{"4999|2", "4998|2"}));
}

}  // namespace
}  // namespace pando::merge
