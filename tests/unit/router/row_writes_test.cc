// How rows that were read become statements, and which of them must not.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "router/named_rows.h"
#include "router/row_batch.h"

namespace pando::router {
namespace {

using plan::RowsMove;
using plan::RowsWrite;

plan::RowsWrite delete_by_key() {
  RowsWrite write;
  write.head = "DELETE FROM t WHERE (id) IN (";
  write.tail = ")";
  write.count = 1;
  return write;
}

// What the statements for `rows` rows of one column have each.
std::vector<std::size_t> sizes(std::size_t rows, RowBatch::Sizes limits) {
  const RowsWrite write = delete_by_key();
  RowBatch batch(write, {}, 1, limits);
  for (std::size_t i = 0; i < rows; ++i) {
    batch.add(std::array{Value::of_int(static_cast<std::int64_t>(i))});
  }
  std::vector<std::size_t> taken;
  std::int64_t next = 0;
  while (!batch.empty()) {
    const auto [sql, values] = batch.take();
    for (const Value& value : values) EXPECT_EQ(value, Value::of_int(next++));
    taken.push_back(values.size());
  }
  return taken;
}

TEST(RowBatchTest, TakesTextsThatComeAgainOrTheRestAtOnce) {
  EXPECT_EQ(sizes(7, {.most = 100, .whole = false}), (std::vector<std::size_t>{4, 2, 1}));
  EXPECT_EQ(sizes(7, {.most = 100, .whole = true}), (std::vector<std::size_t>{7}));
  EXPECT_EQ(sizes(7, {.most = 3, .whole = true}), (std::vector<std::size_t>{2, 2, 2, 1}));
  EXPECT_EQ(sizes(600, {.most = 1000, .whole = true}), (std::vector<std::size_t>{256, 256, 88}));
}

TEST(RowBatchTest, ListsTheColumnsThatTheWriteNames) {
  RowsWrite write;
  write.head = "INSERT INTO t (a, b) VALUES ";
  write.tail = " -- ?";
  write.first = 1;
  write.count = 2;
  write.tail_parameters.push_back({.of_row = false, .index = 1});
  const std::array parameters = {Value::of_int(70), Value::of_int(80)};
  RowBatch batch(write, parameters, 4, {.most = 8, .whole = false});
  for (const std::int64_t i : {10, 20}) {
    batch.add(std::array{Value::of_int(i), Value::of_int(i + 1), Value::of_int(i + 2),
                         Value::of_int(i + 3)});
  }
  const auto [sql, values] = batch.take();
  EXPECT_EQ(sql, "INSERT INTO t (a, b) VALUES (?,?),(?,?) -- ?");
  std::vector<std::int64_t> given;
  for (const Value& value : values) given.push_back(value.as_int());
  EXPECT_EQ(given, (std::vector<std::int64_t>{11, 12, 21, 22, 80}));
}

TEST(RowBatchTest, AValueOfTheRowInTheHeadMakesOneStatementOfEachRow) {
  RowsWrite write = delete_by_key();
  write.head = "UPDATE t SET a = ? WHERE (id) IN (";
  write.head_parameters.push_back({.of_row = true, .index = 1});
  RowBatch batch(write, {}, 2, {.most = 8, .whole = true});
  batch.add(std::array{Value::of_int(1), Value::of_int(100)});
  EXPECT_TRUE(batch.full());
  const auto [sql, values] = batch.take();
  EXPECT_EQ(sql, "UPDATE t SET a = ? WHERE (id) IN ((?))");
  EXPECT_EQ(values[0], Value::of_int(100));
  EXPECT_EQ(values[1], Value::of_int(1));
}

// Rows (key before, key after, number).
RowsMove by_integer(RowsMove::Unique unique) {
  RowsMove move;
  move.unique = unique;
  move.number = 2;
  move.keys.push_back({.before = 0, .after = 1, .column = {.name = "k"}});
  return move;
}

// "m" for a row that moves, "s" for one that stays, "!" for a refusal, which ends it.
std::string fate(const RowsMove& move, const std::vector<std::pair<Value, Value>>& rows) {
  MovedRows moved(move);
  std::string out;
  for (const auto& [before, after] : rows) {
    const auto moves = moved.add(std::array{before, after, Value::of_int(1)});
    if (!moves) {
      EXPECT_EQ(moves.error().code(), ErrorCode::kShardingKeyUpdate);
      return out + '!';
    }
    out += *moves ? 'm' : 's';
  }
  return out;
}

std::string fate(RowsMove::Unique unique,
                 const std::vector<std::pair<std::int64_t, std::int64_t>>& rows) {
  std::vector<std::pair<Value, Value>> values;
  for (const auto& [before, after] : rows) {
    values.emplace_back(Value::of_int(before), Value::of_int(after));
  }
  return fate(by_integer(unique), values);
}

TEST(MovedRowsTest, RefuseWhatTheOrderOfWritingDecides) {
  using Unique = RowsMove::Unique;
  EXPECT_EQ(fate(Unique::kStays, {{1, 2}, {2, 3}}), "mm");
  EXPECT_EQ(fate(Unique::kWithKey, {{1, 11}, {2, 12}}), "mm");
  EXPECT_EQ(fate(Unique::kWithKey, {{1, 5}, {1, 5}, {2, 5}}), "mmm");
  EXPECT_EQ(fate(Unique::kWithKey, {{1, 2}, {2, 3}}), "m!");
  EXPECT_EQ(fate(Unique::kWithKey, {{2, 3}, {1, 2}}), "m!");
  EXPECT_EQ(fate(Unique::kWithKey, {{5, 5}, {5, 5}}), "ss");
  EXPECT_EQ(fate(Unique::kWithKey, {{5, 5}, {4, 5}}), "s!");
  EXPECT_EQ(fate(Unique::kWithKey, {{4, 5}, {5, 5}}), "m!");
  EXPECT_EQ(fate(Unique::kWithoutKey, {{1, 2}}), "m");
  EXPECT_EQ(fate(Unique::kWithoutKey, {{1, 2}, {8, 9}}), "m!");
  EXPECT_EQ(fate(Unique::kWithoutKey, {{1, 1}, {2, 2}, {3, 4}}), "ss!");
}

TEST(MovedRowsTest, ATextThatIsWrittenOtherwiseMovesAndANumberStays) {
  const RowsMove number = by_integer(RowsMove::Unique::kWithKey);
  EXPECT_EQ(fate(number, {{Value::of_int(7), Value::of_text("7")}}), "s");
  EXPECT_EQ(fate(number, {{Value::of_int(7), Value::of_text("7x")}}), "m");
  EXPECT_EQ(fate(number, {{Value::of_int(7), Value::null()}}), "m");
  RowsMove text = number;
  text.keys[0].column.type = rules::KeyType::kText;
  text.keys[0].column.fold_ascii_case = true;
  EXPECT_EQ(fate(text, {{Value::of_text("a"), Value::of_text("A")}}), "m");
  EXPECT_EQ(fate(text, {{Value::of_text("a"), Value::of_text("a")}}), "s");
  EXPECT_EQ(fate(text, {{Value::of_text("a"), Value::of_text("b")},
                        {Value::of_text("B"), Value::of_text("c")}}),
            "m!");
}

TEST(MovedRowsTest, ANumberThatWouldBeTakenForNoneIsRefused) {
  const RowsMove move = by_integer(RowsMove::Unique::kStays);
  const std::array row = {Value::of_int(1), Value::of_int(2), Value::of_int(0)};
  const auto moves = MovedRows(move).add(row);
  ASSERT_FALSE(moves);
  EXPECT_EQ(moves.error().code(), ErrorCode::kRowsNotNamed);
}

TEST(NamedRowsTest, ARowHasOneValueAndAKey) {
  NamedRows rows(1);
  const auto add = [&](const Value& key, std::int64_t value) {
    return rows.add(std::array{key, Value::of_int(value)});
  };
  EXPECT_EQ(*add(Value::of_int(1), 5), true);
  EXPECT_EQ(*add(Value::of_int(1), 5), false);
  EXPECT_EQ(*add(Value::null(), 5), false);
  const auto other = add(Value::of_int(1), 6);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kRowsNotNamed);
  NamedRows pairs(2);
  const auto half = pairs.add(std::array{Value::of_int(1), Value::null()});
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().code(), ErrorCode::kRowsNotNamed);
}

}  // namespace
}  // namespace pando::router
