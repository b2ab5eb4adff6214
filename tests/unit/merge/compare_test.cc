#include "router/merge/compare.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/merge/vector_stream.h"

namespace pando::merge {
namespace {

using namespace std::string_view_literals;
using plan::MergeKey;
using plan::TextOrder;
using testing::column;
using testing::to_text;

RowComparator make(const MergeKey& key, const std::vector<Column>& columns, Dialect dialect,
                   Purpose purpose = Purpose::kOrder) {
  auto made = RowComparator::make(std::span(&key, 1), columns, dialect, purpose);
  EXPECT_TRUE(made) << made.error().message();
  return made ? *std::move(made) : RowComparator();
}

int sign(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

// Each row is less than the next one, unless it has the same rank.
struct Ranked {
  int rank;
  std::vector<Value> row;
};

void expect_ranks(const RowComparator& keys, const std::vector<Ranked>& rows) {
  for (const Ranked& a : rows) {
    EXPECT_TRUE(keys.check(a.row)) << to_text(Row(a.row));
    for (const Ranked& b : rows) {
      const std::string what = to_text(Row(a.row)) + " and " + to_text(Row(b.row));
      EXPECT_EQ(sign(keys.compare(a.row, b.row)), sign(a.rank - b.rank)) << what;
      std::string x, y;
      keys.append_normalised(a.row, x);
      keys.append_normalised(b.row, y);
      EXPECT_EQ(x == y, a.rank == b.rank) << what;
    }
  }
}

constexpr double kTwoTo53 = 9007199254740992.0;

TEST(CompareTest, NumbersOfAllKindsCompareExactly) {
  const std::vector<Ranked> rows = {
      {0, {Value::null()}},
      {1, {Value::of_double(-std::numeric_limits<double>::infinity())}},
      {2, {Value::of_double(-9223372036854777856.0)}},
      {3, {Value::of_int(INT64_MIN)}},
      {3, {Value::of_double(-9223372036854775808.0)}},
      {4, {Value::of_int(INT64_MIN + 1)}},
      {5, {Value::of_double(-1.5)}},
      {6, {Value::of_int(-1)}},
      {6, {Value::of_double(-1.0)}},
      {7, {Value::of_int(0)}},
      {7, {Value::of_double(-0.0)}},
      {7, {Value::of_uint(0)}},
      {8, {Value::of_double(0.5)}},
      {9, {Value::of_int(1)}},
      {10, {Value::of_int((1LL << 53) - 1)}},
      {11, {Value::of_int(1LL << 53)}},
      {11, {Value::of_double(kTwoTo53)}},
      {12, {Value::of_int((1LL << 53) + 1)}},
      {13, {Value::of_int(INT64_MAX)}},
      {13, {Value::of_uint(INT64_MAX)}},
      {14, {Value::of_uint(1ULL << 63)}},
      {14, {Value::of_double(9223372036854775808.0)}},
      {15, {Value::of_uint(UINT64_MAX)}},
      {16, {Value::of_double(18446744073709551616.0)}},
      {17, {Value::of_double(std::numeric_limits<double>::infinity())}},
  };
  expect_ranks(make({}, {column("n", SqlType::kDouble)}, Dialect::kMySql), rows);
  expect_ranks(make({}, {column("n", SqlType::kDynamic)}, Dialect::kSqlite), rows);
}

TEST(CompareTest, DecimalsCompareByValue) {
  expect_ranks(make({}, {column("d", SqlType::kDecimal, 2)}, Dialect::kMySql),
               {{0, {Value::null()}},
                {1, {Value::of_text("-10.00")}},
                {2, {Value::of_text("-9.99")}},
                {3, {Value::of_text("0.00")}},
                {3, {Value::of_text("-0.00")}},
                {4, {Value::of_text("9.00")}},
                {4, {Value::of_text("9")}},
                {5, {Value::of_text("10.00")}}});
}

TEST(CompareTest, TimesCompareAsDurations) {
  expect_ranks(make({}, {column("t", SqlType::kTime)}, Dialect::kMySql),
               {{0, {Value::of_text("-838:59:59")}},
                {1, {Value::of_text("-02:00:00")}},
                {2, {Value::of_text("-01:59:59")}},
                {3, {Value::of_text("00:00:00")}},
                {3, {Value::of_text("00:00:00.000000")}},
                {4, {Value::of_text("00:00:00.000001")}},
                {5, {Value::of_text("09:00:00")}},
                {6, {Value::of_text("99:59:59")}},
                {7, {Value::of_text("100:00:00")}}});
}

TEST(CompareTest, DatesBytesAndBitsCompareBytewise) {
  expect_ranks(make({}, {column("d", SqlType::kDateTime)}, Dialect::kMySql),
               {{0, {Value::of_text("0000-00-00 00:00:00")}},
                {1, {Value::of_text("1999-12-31 23:59:59")}},
                {2, {Value::of_text("2000-01-01 00:00:00")}}});
  expect_ranks(make({}, {column("b", SqlType::kBytes)}, Dialect::kMySql),
               {{0, {Value::of_bytes("")}},
                {1, {Value::of_bytes("\0"sv)}},
                {2, {Value::of_bytes("a")}},
                {3, {Value::of_bytes("a\0"sv)}},
                {4, {Value::of_bytes("a ")}},
                {5, {Value::of_bytes("\xff")}}});
  expect_ranks(make({}, {column("b", SqlType::kBit)}, Dialect::kMySql),
               {{0, {Value::of_bytes("\0"sv)}},
                {1, {Value::of_bytes("\1"sv)}},
                {1, {Value::of_bytes("\0\1"sv)}},
                {2, {Value::of_bytes("\1\0"sv)}}});
}

TEST(CompareTest, MySqlTextComparesByWeightAndPads) {
  const MergeKey key{.value = 0, .weight = -2, .pad = -1};
  const std::vector<Column> columns = {column("t", SqlType::kText), column("w", SqlType::kBytes),
                                       column("p", SqlType::kBytes)};
  const auto row = [](std::string_view text, std::string_view weight, std::string_view pad) {
    return std::vector<Value>{Value::of_text(text), Value::of_bytes(weight), Value::of_bytes(pad)};
  };
  expect_ranks(make(key, columns, Dialect::kMySql),
               {{0, {Value::null(), Value::null(), Value::null()}},
                {1, row("a\t", "\0A\0\x09"sv, "\0 "sv)},  // Below the space that pads "a".
                {2, row("a", "\0A"sv, "\0 "sv)},
                {2, row("A  ", "\0A\0 \0 "sv, "\0 "sv)},
                {3, row("a  b", "\0A\0 \0 \0B"sv, "\0 "sv)},
                {4, row("ab", "\0A\0B"sv, "\0 "sv)},
                {5, row("b", "\0B"sv, "\0 "sv)}});
}

TEST(CompareTest, MySqlTextWithoutPaddingTellsTrailingSpacesApart) {
  const MergeKey key{.value = 0, .weight = 1, .pad = 2};
  const std::vector<Column> columns = {column("t", SqlType::kText), column("w", SqlType::kBytes),
                                       column("p", SqlType::kBytes)};
  const auto row = [](std::string_view weight) {
    return std::vector<Value>{Value::of_text("?"), Value::of_bytes(weight), Value::null()};
  };
  expect_ranks(make(key, columns, Dialect::kMySql), {{0, row("")}, {1, row("A")}, {2, row("A ")}});
}

TEST(CompareTest, WeightOfANumberIsIgnored) {
  const MergeKey key{.value = 0, .weight = 1, .pad = 1};
  expect_ranks(
      make(key, {column("n", SqlType::kInt32), column("w", SqlType::kBytes)}, Dialect::kMySql),
      {{0, {Value::of_int(2), Value::null()}}, {1, {Value::of_int(10), Value::null()}}});
}

TEST(CompareTest, SqliteOrdersNullNumbersTextBlobs) {
  expect_ranks(make({}, {column("x", SqlType::kDynamic)}, Dialect::kSqlite),
               {{0, {Value::null()}},
                {1, {Value::of_int(1)}},
                {1, {Value::of_double(1.0)}},
                {2, {Value::of_double(1.5)}},
                {3, {Value::of_text("")}},
                {4, {Value::of_text("1")}},
                {5, {Value::of_text("A")}},
                {6, {Value::of_text("a")}},
                {7, {Value::of_text("a ")}},
                {8, {Value::of_bytes("")}},
                {9, {Value::of_bytes("a")}}});
}

TEST(CompareTest, SqliteCollations) {
  expect_ranks(
      make({.text_order = TextOrder::kNoCase}, {column("x", SqlType::kDynamic)}, Dialect::kSqlite),
      {{0, {Value::of_text("[")}},  // '[' lies between 'Z' and 'a'.
       {1, {Value::of_text("A")}},
       {1, {Value::of_text("a")}},
       {2, {Value::of_text("a ")}},
       {3, {Value::of_text("\xc3\x84")}},  // Only ASCII letters fold.
       {4, {Value::of_text("\xc3\xa4")}}});
  expect_ranks(
      make({.text_order = TextOrder::kRtrim}, {column("x", SqlType::kDynamic)}, Dialect::kSqlite),
      {{0, {Value::of_text("")}},
       {0, {Value::of_text("  ")}},
       {1, {Value::of_text("A ")}},
       {1, {Value::of_text("A")}},
       {2, {Value::of_text("a")}},
       {3, {Value::of_text("a\t")}}});
}

TEST(CompareTest, NullsAndDirectionsAreApart) {
  const std::vector<Column> columns = {column("n", SqlType::kInt64)};
  const std::vector<Value> null = {Value::null()}, one = {Value::of_int(1)},
                           two = {Value::of_int(2)};
  const auto ascending = make({}, columns, Dialect::kSqlite);
  EXPECT_LT(ascending.compare(null, one), 0);
  const auto descending = make({.descending = true}, columns, Dialect::kSqlite);
  EXPECT_GT(descending.compare(null, one), 0);
  EXPECT_GT(descending.compare(one, two), 0);
  const auto last = make({.nulls_first = false}, columns, Dialect::kSqlite);
  EXPECT_GT(last.compare(null, one), 0);
  EXPECT_LT(last.compare(one, two), 0);
  const auto first = make({.descending = true, .nulls_first = true}, columns, Dialect::kSqlite);
  EXPECT_LT(first.compare(null, one), 0);
  EXPECT_GT(first.compare(one, two), 0);
  EXPECT_EQ(first.compare(null, null), 0);
}

TEST(CompareTest, TypesWithoutAnOrderAreRefused) {
  const struct {
    SqlType type;
    Purpose purpose;
    bool accepted;
  } cases[] = {
      {SqlType::kEnum, Purpose::kOrder, false},     {SqlType::kEnum, Purpose::kExtreme, false},
      {SqlType::kEnum, Purpose::kEquality, true},   {SqlType::kSet, Purpose::kOrder, false},
      {SqlType::kJson, Purpose::kEquality, false},  {SqlType::kGeometry, Purpose::kEquality, false},
      {SqlType::kText, Purpose::kEquality, false},  {SqlType::kFloat, Purpose::kOrder, false},
      {SqlType::kFloat, Purpose::kEquality, false}, {SqlType::kFloat, Purpose::kExtreme, true},
      {SqlType::kDynamic, Purpose::kOrder, false},  {SqlType::kUnknown, Purpose::kOrder, true},
  };
  for (const auto& c : cases) {
    const MergeKey key;
    const std::vector<Column> columns = {column("c", c.type)};
    const auto made = RowComparator::make(std::span(&key, 1), columns, Dialect::kMySql, c.purpose);
    EXPECT_EQ(made.has_value(), c.accepted) << static_cast<int>(c.type);
    if (!made) {
      EXPECT_EQ(made.error().code(), ErrorCode::kOrderUnsupported);
    }
  }
}

TEST(CompareTest, ValuesThatAreNotOfTheirColumnsTypeAreRefused) {
  const auto check = [](SqlType type, const Value& value) {
    return make({}, {column("c", type)}, Dialect::kMySql).check(std::span(&value, 1));
  };
  EXPECT_FALSE(check(SqlType::kInt32, Value::of_text("1")));
  EXPECT_FALSE(check(SqlType::kDecimal, Value::of_text("1e3")));
  EXPECT_FALSE(check(SqlType::kTime, Value::of_text("12:30")));
  EXPECT_FALSE(check(SqlType::kUnknown, Value::of_int(1)));
  EXPECT_TRUE(check(SqlType::kUnknown, Value::null()));
}

TEST(CompareTest, TextWhoseWeightIsMissingIsRefused) {
  const MergeKey key{.value = 0, .weight = 1};
  const auto keys =
      make(key, {column("t", SqlType::kText), column("w", SqlType::kBytes)}, Dialect::kMySql);
  const std::vector<Value> row = {Value::of_text("a"), Value::null()};
  EXPECT_FALSE(keys.check(row));
}

}  // namespace
}  // namespace pando::merge
