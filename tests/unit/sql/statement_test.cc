#include "router/sql/statement.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "router/sql/parser.h"

namespace pando::sql {
namespace {

NodeId first_of(const Statement& s, NodeKind kind) {
  for (NodeId id = 1; id < s.node_count(); ++id) {
    if (s.kind(id) == kind) return id;
  }
  return kNoNode;
}

std::string value_of(std::string literal, const ParseOptions& options = {}) {
  const auto s = parse("SELECT " + std::move(literal), options);
  if (!s) return s.error().message();
  return s->string(first_of(*s, NodeKind::kLiteral));
}

std::string name_of(std::string name, const ParseOptions& options = {}) {
  const auto s = parse("SELECT " + std::move(name), options);
  if (!s) return s.error().message();
  return s->name(first_of(*s, NodeKind::kName));
}

TEST(StatementTest, StringsAreDecoded) {
  using namespace std::string_literals;
  EXPECT_EQ(value_of("'abc'"), "abc");
  EXPECT_EQ(value_of("'it''s'"), "it's");
  EXPECT_EQ(value_of("\"a\"\"b'c\""), "a\"b'c");
  EXPECT_EQ(value_of(R"('\0\b\n\r\t\Z\\\'\"\%\_\x')"), "\0\b\n\r\t\x1a\\'\"\\%\\_x"s);
  EXPECT_EQ(value_of("'a' 'b' /* c */ \"d\""), "abd");
  EXPECT_EQ(value_of("N'x'"), "x");
  EXPECT_EQ(value_of(R"('a\n')", {.no_backslash_escapes = true}), R"(a\n)");
  EXPECT_EQ(value_of(R"('a\n''')", {.dialect = Dialect::kSqlite}), R"(a\n')");
}

TEST(StatementTest, NamesLoseTheirQuotes) {
  EXPECT_EQ(name_of("abc"), "abc");
  EXPECT_EQ(name_of("`a``b`"), "a`b");
  EXPECT_EQ(name_of("\"a\"\"b\"", {.ansi_quotes = true}), "a\"b");
  EXPECT_EQ(name_of("[a b]", {.dialect = Dialect::kSqlite}), "a b");
}

TEST(StatementTest, NamesCompareWithoutRegardToAsciiCase) {
  const auto s = parse("SELECT aB, `c``D`, x AS 'e\\f'", {});
  ASSERT_TRUE(s);
  const NodeId list = s->find(s->root(), NodeKind::kSelectList);
  const auto name = [&](std::size_t item) {
    return s->child(s->child(s->child(list, item), 0), 0);
  };
  EXPECT_TRUE(s->name_equals(name(0), "Ab"));
  EXPECT_FALSE(s->name_equals(name(0), "Abc"));
  EXPECT_TRUE(s->name_equals(name(1), "C`d"));
  const NodeId alias = s->child(s->find(s->child(list, 2), NodeKind::kAlias), 0);
  EXPECT_TRUE(s->name_equals(alias, "EF"));
  EXPECT_EQ(s->name(alias), "ef");
}

TEST(StatementTest, AMovedStatementKeepsItsText) {
  auto parsed = parse("SELECT a", {});
  ASSERT_TRUE(parsed);
  const Statement moved = *std::move(parsed);
  const Statement copy = moved;
  EXPECT_EQ(moved.text(moved.root()), "SELECT a");
  EXPECT_EQ(copy.dump(), moved.dump());
}

}  // namespace
}  // namespace pando::sql
