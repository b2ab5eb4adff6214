// Statements and their trees, and texts that are refused; the tables are in *_trees.inc and
// *_rejects.inc.

#include "router/sql/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pando::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Tree {
  std::string_view sql;
  std::string_view dump;
};

struct Reject {
  std::string_view sql;
  ErrorCode code;
  std::string_view message;  // Its beginning.
};

constexpr Tree kMySqlTrees[] = {
#include "tests/unit/sql/mysql_trees.inc"
};
constexpr Tree kSqliteTrees[] = {
#include "tests/unit/sql/sqlite_trees.inc"
};
constexpr Reject kMySqlRejects[] = {
#include "tests/unit/sql/mysql_rejects.inc"
};
constexpr Reject kSqliteRejects[] = {
#include "tests/unit/sql/sqlite_rejects.inc"
};

constexpr ParseOptions kMySql{};
constexpr ParseOptions kSqlite{.dialect = Dialect::kSqlite};

std::string dump(std::string_view sql, const ParseOptions& options = kMySql) {
  const auto statement = parse(std::string(sql), options);
  return statement ? statement->dump() : std::string(statement.error().message());
}

template <std::size_t kSize>
void expect_trees(const Tree (&trees)[kSize], const ParseOptions& options) {
  for (const Tree& tree : trees) EXPECT_EQ(dump(tree.sql, options), tree.dump) << tree.sql;
}

template <std::size_t kSize>
void expect_rejects(const Reject (&rejects)[kSize], const ParseOptions& options) {
  for (const Reject& reject : rejects) {
    const auto statement = parse(std::string(reject.sql), options);
    ASSERT_FALSE(statement) << reject.sql << "\n" << statement->dump();
    EXPECT_EQ(statement.error().code(), reject.code) << reject.sql;
    EXPECT_THAT(statement.error().message(), StartsWith(std::string(reject.message))) << reject.sql;
    EXPECT_LE(statement.error().span().end, reject.sql.size()) << reject.sql;
  }
}

TEST(ParserTest, MySqlTrees) { expect_trees(kMySqlTrees, kMySql); }
TEST(ParserTest, SqliteTrees) { expect_trees(kSqliteTrees, kSqlite); }
TEST(ParserTest, MySqlRejects) { expect_rejects(kMySqlRejects, kMySql); }
TEST(ParserTest, SqliteRejects) { expect_rejects(kSqliteRejects, kSqlite); }

TEST(ParserTest, TheMessageSaysWhatWasExpected) {
  EXPECT_EQ(dump("SELECT\n FROM t"),
            "line 2, column 2: found FROM where an expression was expected");
  EXPECT_THAT(dump("SELECT a FROM t GROUP a"), HasSubstr("found `a` where BY was expected"));
  // Columns count characters, not bytes.
  EXPECT_THAT(dump("SELECT 'äöü' )"), StartsWith("line 1, column 14: found `)`"));
}

TEST(ParserTest, OneSemicolonMayEndTheStatement) {
  const auto statement = parse("  SELECT 1 /* a */ ; \n", kMySql);
  ASSERT_TRUE(statement);
  EXPECT_EQ(statement->text(), "  SELECT 1 /* a */");
}

TEST(ParserTest, SqlModeChangesTheGrammar) {
  EXPECT_EQ(dump("SELECT a || b"),
            "(select (select_list (select_item (or (column a) (column b)))))");
  EXPECT_EQ(dump("SELECT a || b", {.pipes_as_concat = true}),
            "(select (select_list (select_item (|| (column a) (column b)))))");
  EXPECT_EQ(dump("SELECT \"a\""), "(select (select_list (select_item \"a\")))");
  EXPECT_EQ(dump("SELECT \"a\"", {.ansi_quotes = true}),
            "(select (select_list (select_item (column \"a\"))))");
  EXPECT_EQ(dump("SELECT NOT a = b", {.high_not_precedence = true}),
            "(select (select_list (select_item (= (not (column a)) (column b)))))");
  EXPECT_EQ(dump("SELECT 'a\\'", {.no_backslash_escapes = true}),
            "(select (select_list (select_item 'a\\')))");
  EXPECT_EQ(dump("SELECT COUNT (*)", {.ignore_space = true}),
            "(select (select_list (select_item (function :star COUNT))))");
}

TEST(ParserTest, TheServersVersionDecidesWhichCommentsAreCode) {
  const std::string_view sql = "SELECT 1 /*!50701 , 2 */ /*!80100 , 3 */ /*M!100100 , 4 */";
  EXPECT_EQ(dump(sql, {.mariadb = true, .server_version = 101100}),
            "(select (select_list (select_item 1) (select_item 4)))");
  EXPECT_EQ(dump(sql, {.mariadb = false, .server_version = 80036}),
            "(select (select_list (select_item 1) (select_item 2)))");
}

TEST(ParserTest, ANodesTextMayBeUsedAsAnOperand) {
  const auto statement = parse("SELECT a FROM t WHERE (b OR c) AND ((d)) = 1", kMySql);
  ASSERT_TRUE(statement);
  const Statement& s = *statement;
  const NodeId conjunction = s.child(s.find(s.root(), NodeKind::kWhere), 0);
  EXPECT_EQ(s.text(conjunction), "(b OR c) AND ((d)) = 1");
  EXPECT_EQ(s.text(s.child(conjunction, 0)), "(b OR c)");
  const NodeId comparison = s.child(conjunction, 1);
  EXPECT_EQ(s.text(comparison), "((d)) = 1");
  EXPECT_EQ(s.text(s.child(comparison, 0)), "d");
}

TEST(ParserTest, ParametersAreCountedInTheOrderOfTheText) {
  const auto statement = parse("SELECT ? FROM t LIMIT ?, ?", kMySql);
  ASSERT_TRUE(statement);
  const Statement& s = *statement;
  EXPECT_EQ(s.parameter_count(), 3u);
  EXPECT_EQ(s.parameters(), (std::vector<std::uint32_t>{7, 22, 25}));
  // The count stands first among LIMIT's children, but second in the text.
  const NodeId limit = s.find(s.root(), NodeKind::kLimit);
  EXPECT_EQ(s.node(s.child(limit, 0)).payload, 2u);
  EXPECT_EQ(s.node(s.child(limit, 1)).payload, 1u);
}

TEST(ParserTest, HintsAreCollectedWhereverTheyStand) {
  const auto statement =
      parse("/*+ pando: a */ SELECT /*+ MAX_EXECUTION_TIME(1) */ 1 /*+PANDO:b*/", kMySql);
  ASSERT_TRUE(statement);
  ASSERT_EQ(statement->hints().size(), 2u);
  EXPECT_EQ(statement->text(statement->hints()[0]), " a ");
  EXPECT_EQ(statement->text(statement->hints()[1]), "b");
  EXPECT_FALSE(statement->has_versioned_comment());
  EXPECT_TRUE(parse("SELECT 1 /*!99999 x */", kMySql)->has_versioned_comment());
}

TEST(ParserTest, BytesThatAreNoTextAreRefusedOutsideOfLiterals) {
  const auto code = [](std::string sql, const ParseOptions& options = kMySql) {
    const auto statement = parse(std::move(sql), options);
    return statement ? "ok" : std::string(statement.error().info().name);
  };
  using namespace std::string_literals;
  EXPECT_EQ(code("SELECT \0"s), "kBadText");
  EXPECT_EQ(code("SELECT a\xff"), "kBadText");
  EXPECT_EQ(code("SELECT `\xc3`"), "kBadText");
  EXPECT_EQ(code("SELECT 1 -- \xff"), "kBadText");
  EXPECT_EQ(code("SELECT 1 /* \xed\xa0\x80 */"), "kBadText");
  EXPECT_EQ(code("SELECT '\xff\0'"s), "ok");
  EXPECT_EQ(code("SELECT _binary'\xff'"), "ok");
  EXPECT_EQ(code("SELECT 'a\0b'"s, kSqlite), "kBadText");
  EXPECT_EQ(code("SELECT größe FROM `tabelle ß` -- ü"), "ok");
}

}  // namespace
}  // namespace pando::sql
