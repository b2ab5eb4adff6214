#include "router/merge/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/merge/vector_stream.h"

namespace pando::merge {
namespace {

using plan::MergeKey;
using testing::column;
using testing::drain;
using testing::VectorStream;
using Lines = std::vector<std::string>;
using Rows = std::vector<std::vector<Value>>;

const std::vector<Column> kPair = {column("k", SqlType::kInt64), column("v", SqlType::kInt64)};

Value n(std::int64_t number) { return Value::of_int(number); }

RowStreamPtr rows(Rows values, std::optional<Error> error = {},
                  VectorStream::Counters* counters = nullptr) {
  return std::make_unique<VectorStream>(kPair, std::move(values), std::move(error), counters);
}

template <typename... Inputs>
std::vector<RowStreamPtr> inputs(Inputs... input) {
  std::vector<RowStreamPtr> result;
  (result.push_back(std::move(input)), ...);
  return result;
}

Lines run(std::vector<RowStreamPtr> streams, const plan::Merge& how, MergeOptions options = {}) {
  auto merged = merge(std::move(streams), how, options);
  if (!merged) return {"error " + std::string(merged.error().info().name)};
  return drain(**merged);
}

TEST(MergeTest, ConcatenatesInTheOrderOfTheInputs) {
  EXPECT_EQ(run(inputs(rows({{n(2), n(0)}}), rows({}), rows({{n(1), n(1)}, {n(1), n(2)}})), {}),
            (Lines{"2|0", "1|1", "1|2"}));
}

TEST(MergeTest, OrderedRowsWithEqualKeysKeepTheOrderOfTheInputs) {
  plan::Merge how;
  how.order = {MergeKey{.value = 0}};
  EXPECT_EQ(run(inputs(rows({{n(1), n(10)}, {n(3), n(11)}, {n(3), n(12)}}), rows({}),
                       rows({{n(1), n(20)}, {n(2), n(21)}, {n(3), n(22)}})),
                how),
            (Lines{"1|10", "1|20", "2|21", "3|11", "3|12", "3|22"}));
}

TEST(MergeTest, OrderedMergeEqualsASortOfAllRows) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = 1 + random() % 9;
    const bool descending = random() % 2 == 0;
    const auto before = [descending](const std::vector<Value>& a, const std::vector<Value>& b) {
      return descending ? a[0].as_int() > b[0].as_int() : a[0].as_int() < b[0].as_int();
    };
    Rows all;
    std::vector<RowStreamPtr> streams;
    for (std::size_t i = 0; i < count; ++i) {
      Rows part(random() % 20);
      for (auto& row : part) row = {n(static_cast<std::int64_t>(random() % 15)), n(0)};
      std::stable_sort(part.begin(), part.end(), before);
      for (std::size_t j = 0; j < part.size(); ++j)
        part[j][1] = n(static_cast<std::int64_t>(i * 100 + j));
      all.insert(all.end(), part.begin(), part.end());
      streams.push_back(rows(std::move(part)));
    }
    std::stable_sort(all.begin(), all.end(), before);
    plan::Merge how;
    how.order = {MergeKey{.value = 0, .descending = descending}};
    EXPECT_EQ(run(std::move(streams), how), drain(*rows(all)));
  }
}

TEST(MergeTest, OrderedMergeReadsOneRowOfEachInputAhead) {
  VectorStream::Counters a, b;
  plan::Merge how;
  how.order = {MergeKey{.value = 0}};
  auto merged = merge(inputs(rows({{n(1), n(1)}, {n(2), n(1)}, {n(3), n(1)}}, {}, &a),
                             rows({{n(9), n(2)}, {n(9), n(2)}}, {}, &b)),
                      how, {});
  ASSERT_TRUE(merged);
  EXPECT_EQ(a.pulled + b.pulled, 0);
  ASSERT_TRUE(*(*merged)->next());
  EXPECT_EQ(a.pulled, 1);
  EXPECT_EQ(b.pulled, 1);
  ASSERT_TRUE(*(*merged)->next());
  EXPECT_EQ(a.pulled, 2);
  EXPECT_EQ(b.pulled, 1);
}

TEST(MergeTest, LimitAndOffsetCountMergedRows) {
  plan::Merge how;
  how.order = {MergeKey{.value = 0}};
  how.offset = 1;
  how.limit = 2;
  const auto streams = [] {
    return inputs(rows({{n(1), n(0)}, {n(3), n(0)}}), rows({{n(2), n(0)}, {n(4), n(0)}}));
  };
  EXPECT_EQ(run(streams(), how), (Lines{"2|0", "3|0"}));
  how.limit = 0;
  EXPECT_EQ(run(streams(), how), Lines{});
  how.limit = 9;
  how.offset = 3;
  EXPECT_EQ(run(streams(), how), (Lines{"4|0"}));
  how.offset = 9;
  EXPECT_EQ(run(streams(), how), Lines{});
  how.limit.reset();
  how.offset = 2;
  EXPECT_EQ(run(streams(), how), (Lines{"3|0", "4|0"}));
}

TEST(MergeTest, ReachedLimitCancelsTheInputs) {
  VectorStream::Counters counters;
  plan::Merge how;
  how.limit = 1;
  auto merged = merge(inputs(rows({{n(1), n(1)}, {n(2), n(2)}}, {}, &counters)), how, {});
  ASSERT_TRUE(merged);
  EXPECT_TRUE(*(*merged)->next());
  EXPECT_FALSE(*(*merged)->next());
  EXPECT_EQ(counters.destroyed, 1);
  EXPECT_EQ(counters.pulled, 1);
}

TEST(MergeTest, HiddenColumnsAreNotSeen) {
  plan::Merge how;
  how.order = {MergeKey{.value = -1}};
  how.hidden_columns = 1;
  auto merged = merge(inputs(rows({{n(1), n(5)}}), rows({{n(2), n(4)}})), how, {});
  ASSERT_TRUE(merged);
  ASSERT_EQ((*merged)->columns().size(), 1u);
  EXPECT_EQ((*merged)->columns()[0].name, "k");
  EXPECT_EQ(drain(**merged), (Lines{"2", "1"}));
}

TEST(MergeTest, DistinctKeepsTheFirstOfEqualRows) {
  plan::Merge how;
  how.distinct = {MergeKey{.value = 0}};
  EXPECT_EQ(
      run(inputs(rows({{n(1), n(1)}, {n(2), n(2)}}),
                 rows({{n(2), n(3)}, {Value::null(), n(4)}, {n(1), n(5)}, {Value::null(), n(6)}})),
          how),
      (Lines{"1|1", "2|2", "NULL|4"}));
}

TEST(MergeTest, DistinctOfSortedRowsAgreesWithHashing) {
  const auto streams = [] {
    return inputs(rows({{n(1), n(1)}, {n(1), n(2)}, {n(3), n(1)}}),
                  rows({{n(1), n(1)}, {n(2), n(2)}, {n(3), n(1)}}));
  };
  const Lines expected = {"1|1", "1|2", "2|2", "3|1"};
  plan::Merge how;
  how.order = {MergeKey{.value = 0}, MergeKey{.value = 1}};
  how.distinct = {MergeKey{.value = 1}, MergeKey{.value = 0}};  // Neighbours.
  EXPECT_EQ(run(streams(), how), expected);
  how.order = {MergeKey{.value = 0}};  // Not neighbours.
  EXPECT_EQ(run(streams(), how), expected);
}

TEST(MergeTest, ErrorOfAnyInputEndsTheAnswerAndStays) {
  for (const bool ordered : {false, true}) {
    VectorStream::Counters counters;
    plan::Merge how;
    if (ordered) how.order = {MergeKey{.value = 0}};
    auto merged = merge(inputs(rows({{n(1), n(1)}}, Error(ErrorCode::kConnectionLost, "gone")),
                               rows({{n(2), n(2)}, {n(3), n(3)}}, {}, &counters)),
                        how, {});
    ASSERT_TRUE(merged);
    EXPECT_EQ(drain(**merged), (Lines{"1|1", "error kConnectionLost"}));
    EXPECT_EQ(drain(**merged), (Lines{"error kConnectionLost"}));
    EXPECT_EQ(counters.destroyed, 1) << "the other input must be cancelled";
  }
}

TEST(MergeTest, EndStaysTheEnd) {
  auto merged = merge(inputs(rows({{n(1), n(1)}}), rows({})), {}, {});
  ASSERT_TRUE(merged);
  EXPECT_EQ(drain(**merged).size(), 1u);
  EXPECT_EQ(drain(**merged).size(), 0u);
}

TEST(MergeTest, ShardsWithOtherColumnsAreRefused) {
  auto narrow = std::make_unique<VectorStream>(std::vector{column("k", SqlType::kInt64)}, Rows{});
  EXPECT_EQ(run(inputs(rows({}), RowStreamPtr(std::move(narrow))), {}),
            (Lines{"error kMergeType"}));
  auto text = std::make_unique<VectorStream>(
      std::vector{column("k", SqlType::kText), column("v", SqlType::kInt64)}, Rows{});
  EXPECT_EQ(run(inputs(rows({}), RowStreamPtr(std::move(text))), {}), (Lines{"error kMergeType"}));
  auto wide = std::make_unique<VectorStream>(
      std::vector{column("k", SqlType::kInt32), column("v", SqlType::kInt8)}, Rows{});
  EXPECT_EQ(run(inputs(rows({}), RowStreamPtr(std::move(wide))), {}), Lines{});
}

TEST(MergeTest, OrderOfUnorderedTypesIsRefusedBeforeTheFirstRow) {
  plan::Merge how;
  how.order = {MergeKey{.value = 0}};
  const std::vector<Column> columns = {column("e", SqlType::kEnum)};
  std::vector<RowStreamPtr> streams;
  streams.push_back(std::make_unique<VectorStream>(columns, Rows{}));
  streams.push_back(std::make_unique<VectorStream>(columns, Rows{}));
  auto merged = merge(std::move(streams), how, {});
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code(), ErrorCode::kOrderUnsupported);
}

TEST(MergeTest, DistinctStopsAtItsMemoryLimit) {
  Rows many;
  for (int i = 0; i < 5000; ++i) many.push_back({n(i), n(i)});
  plan::Merge how;
  how.distinct = {MergeKey{.value = 0}};
  const Lines lines = run(inputs(rows(many)), how, {.memory_limit = 20000});
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "error kMergeMemory");
  EXPECT_EQ(run(inputs(rows(many)), how, {.memory_limit = 1 << 20}).size(), 5000u);
}

}  // namespace
}  // namespace pando::merge
