// No text, however long or deep, does more than fail with an error that names the limit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "router/sql/parser.h"

namespace pando::sql {
namespace {

using ::testing::HasSubstr;

std::string repeat(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

std::string code(std::string sql, const ParseOptions& options = {}) {
  const auto statement = parse(std::move(sql), options);
  return statement ? "ok" : std::string(statement.error().info().name);
}

std::size_t depth(const Statement& s) {
  std::size_t deepest = 0;
  std::vector<std::pair<NodeId, std::size_t>> open{{s.root(), 1}};
  while (!open.empty()) {
    const auto [id, level] = open.back();
    open.pop_back();
    deepest = std::max(deepest, level);
    for (const NodeId child : s.children(id)) open.emplace_back(child, level + 1);
  }
  return deepest;
}

constexpr int kMany = 1'000'000;

TEST(LimitsTest, AMillionOfAnythingThatNestsIsTooDeep) {
  EXPECT_EQ(code("SELECT " + repeat("(", kMany)), "kTooDeep");
  EXPECT_EQ(code("SELECT " + repeat("NOT ", kMany) + "1"), "kTooDeep");
  EXPECT_EQ(code("SELECT " + repeat("- ", kMany) + "1"), "kTooDeep");
  EXPECT_EQ(code("SELECT " + repeat("f(", kMany)), "kTooDeep");
  EXPECT_EQ(code("SELECT " + repeat("CASE ", kMany)), "kTooDeep");
  EXPECT_EQ(code(repeat("(", kMany)), "kTooDeep");
  EXPECT_EQ(code("SELECT * FROM " + repeat("(", kMany)), "kTooDeep");
  EXPECT_EQ(code(repeat("SELECT (", kMany)), "kTooDeep");
  EXPECT_EQ(code(repeat("SELECT * FROM (", kMany)), "kTooDeep");
  EXPECT_EQ(code("SELECT * FROM a" + repeat(" JOIN a", kMany)), "kTooDeep");
  EXPECT_EQ(code(repeat("EXPLAIN ", kMany) + "SELECT 1"), "kSyntax");
  EXPECT_EQ(code(repeat("EXPLAIN ", kMany) + "SELECT 1", {.dialect = Dialect::kSqlite}), "kSyntax");
  EXPECT_EQ(code("SELECT " + repeat("@a := ", kMany) + "1"), "kTooDeep");
  EXPECT_EQ(code("SELECT 1" + repeat(" + 1", kMany)), "kTooDeep");
  EXPECT_EQ(code("SELECT 1" + repeat(" UNION SELECT 1", 1000)), "kTooDeep");
  EXPECT_EQ(code("SELECT 1" + repeat(" COLLATE a", kMany)), "kTooDeep");
}

TEST(LimitsTest, ALongChainOfAndIsOneNode) {
  const auto statement = parse("SELECT 1 WHERE a" + repeat(" AND a", kMany), {});
  ASSERT_TRUE(statement);
  EXPECT_LT(depth(*statement), 10u);
  EXPECT_EQ(code("SELECT 1 WHERE a" + repeat(" OR a AND b", kMany)), "ok");
}

TEST(LimitsTest, NoTreeIsDeeperThanTheLimit) {
  std::string sum = "1";
  for (int level = 0; level < 20; ++level) sum = "(" + sum + repeat(" + 1", 18) + ")";
  const auto statement = parse("SELECT " + sum, {});
  ASSERT_TRUE(statement) << statement.error().message();
  EXPECT_LE(depth(*statement), ParseOptions{}.max_depth);
  // Each of these alone is short, and the parentheses are few; together they are too deep.
  for (int level = 0; level < 20; ++level) sum = "(" + sum + repeat(" + 1", 18) + ")";
  EXPECT_EQ(code("SELECT " + sum), "kTooDeep");
}

TEST(LimitsTest, TheErrorNamesTheLimit) {
  const auto long_one = parse("SELECT 1", {.max_bytes = 7});
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().code(), ErrorCode::kStatementTooLong);
  EXPECT_THAT(long_one.error().message(), HasSubstr("limits.statement_bytes"));
  const auto deep = parse("SELECT ((((1))))", {.max_depth = 4});
  ASSERT_FALSE(deep);
  EXPECT_THAT(deep.error().message(), HasSubstr("limits.depth, which is 4"));
  const auto wide = parse("SELECT a IN (1, 2, 3)", {.max_list_items = 2});
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code(), ErrorCode::kTooManyItems);
  EXPECT_THAT(wide.error().message(), HasSubstr("limits.list_items"));
  EXPECT_EQ(code("INSERT INTO t VALUES (1), (2), (3)", {.max_list_items = 2}), "kTooManyItems");
}

}  // namespace
}  // namespace pando::sql
