#include "router/sql/splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace pando::sql {
namespace {

constexpr ParseOptions kMySql{};
constexpr ParseOptions kSqlite{.dialect = Dialect::kSqlite};

// The statements as "line:text", however the script is cut into pieces.
std::vector<std::string> split(std::string_view script, const ParseOptions& options) {
  std::vector<std::string> whole;
  for (const std::size_t step :
       {script.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    Splitter splitter(options);
    std::vector<std::string> out;
    const auto take = [&] {
      while (const auto piece = splitter.next()) {
        out.push_back(std::to_string(piece->line) + ":" + piece->text);
      }
    };
    for (std::size_t i = 0; i < script.size(); i += step) {
      splitter.feed(script.substr(i, step));
      take();
    }
    splitter.finish();
    take();
    EXPECT_TRUE(splitter.empty()) << script;
    EXPECT_FALSE(splitter.error());
    if (step > script.size()) whole = out;
    EXPECT_EQ(out, whole) << "in pieces of " << step;
  }
  return whole;
}

using Pieces = std::vector<std::string>;

TEST(SplitterTest, CutsAtSemicolons) {
  EXPECT_EQ(split("SELECT 1; SELECT 2 ;\n\n SELECT 3", kMySql),
            (Pieces{"1:SELECT 1", "1:SELECT 2", "3:SELECT 3"}));
  EXPECT_EQ(split(" ; ;; \n", kMySql), Pieces{});
}

TEST(SplitterTest, QuotesAndCommentsHideSemicolons) {
  EXPECT_EQ(
      split("SELECT ';', \";\", `;`, 'it''s;', 'a\\';' /* ; */ -- ;\n + 1 # ;\n; SELECT 2", kMySql),
      (Pieces{"1:SELECT ';', \";\", `;`, 'it''s;', 'a\\';' /* ; */ -- ;\n + 1 # ;", "3:SELECT 2"}));
  EXPECT_EQ(split("SELECT [;], 'a\\'; SELECT 2 --;", kSqlite),
            (Pieces{"1:SELECT [;], 'a\\'", "1:SELECT 2 --;"}));
  // Without white space after them, two dashes are two minus signs in MySQL.
  EXPECT_EQ(split("SELECT 1--1; SELECT 2", kMySql), (Pieces{"1:SELECT 1--1", "1:SELECT 2"}));
}

TEST(SplitterTest, CommentsAloneAreNoStatement) {
  EXPECT_EQ(split("-- a; b\n/* c; */ ; # d\nSELECT 1; /* end */", kMySql), (Pieces{"3:SELECT 1"}));
  EXPECT_EQ(split("/*+ pando: x */ SELECT 1", kMySql), (Pieces{"1:/*+ pando: x */ SELECT 1"}));
}

TEST(SplitterTest, VersionedCommentsAreStatements) {
  EXPECT_EQ(split("/*!40101 SET a = ';*/' */;\n/*!99999 don't; */; SELECT 1", kMySql),
            (Pieces{"1:/*!40101 SET a = ';*/' */", "2:/*!99999 don't; */", "2:SELECT 1"}));
}

TEST(SplitterTest, DelimiterIsTheClientsCommand) {
  EXPECT_EQ(
      split("DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\ndelimiter ;\nSELECT 1; "
            "SELECT delimiter FROM t;",
            kMySql),
      (Pieces{"2:CREATE PROCEDURE p() BEGIN SELECT 1; END", "4:SELECT 1",
              "4:SELECT delimiter FROM t"}));
  EXPECT_EQ(
      split("DELIMITER ;;\n/*!50003 CREATE TRIGGER t BEGIN a; END */;;\nDELIMITER ;\n", kMySql),
      (Pieces{"2:/*!50003 CREATE TRIGGER t BEGIN a; END */"}));
}

TEST(SplitterTest, ASqliteTriggerEndsAtItsEnd) {
  EXPECT_EQ(
      split("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; "
            "SELECT 'end'; /* ; */ END; CREATE TABLE t(a); END;",
            kSqlite),
      (Pieces{"1:CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; "
              "SELECT 'end'; /* ; */ END",
              "1:CREATE TABLE t(a)", "1:END"}));
}

TEST(SplitterTest, EmptySaysWhetherAnythingIsWaiting) {
  Splitter splitter(kMySql);
  EXPECT_TRUE(splitter.empty());
  splitter.feed("SELECT 1; -- done\n");
  EXPECT_TRUE(splitter.next());
  EXPECT_FALSE(splitter.next());
  EXPECT_TRUE(splitter.empty());
  splitter.feed("/* begun");
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.empty());
  splitter.feed(" */ SEL");
  EXPECT_FALSE(splitter.next());
  EXPECT_FALSE(splitter.empty());
}

TEST(SplitterTest, AStatementThatIsTooLongIsAnError) {
  Splitter splitter({.max_bytes = 20});
  splitter.feed("SELECT 1;\nSELECT 'aaaaaaaaaaaaaaaaaaaa");
  EXPECT_TRUE(splitter.next());
  EXPECT_FALSE(splitter.next());
  ASSERT_TRUE(splitter.error());
  EXPECT_EQ(splitter.error()->code(), ErrorCode::kStatementTooLong);
  EXPECT_NE(splitter.error()->message().find("line 2"), std::string::npos);
  splitter.feed("'; SELECT 2;");
  EXPECT_FALSE(splitter.next());
}

}  // namespace
}  // namespace pando::sql
