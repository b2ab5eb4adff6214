// What a session's settings do to its later statements, and what becomes of its connections.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "router/session.h"
#include "tests/sql/shops.h"

namespace pando::test {
namespace {

using drivers::fake::Call;
using drivers::fake::Damage;
using drivers::fake::FakeDriver;

class SessionsTest : public ShopsTest {
 protected:
  template <typename T>
  static T one(Session& session, const std::string& sql) {
    std::vector<T> values;
    for (const auto& [value] : session.query<std::tuple<T>>(sql)) values.push_back(value);
    EXPECT_EQ(values.size(), 1u) << sql;
    return values.empty() ? T{} : values.front();
  }
  static std::string modes(Session& session, int shop) {
    return one<std::string>(session,
                            "SELECT @@sql_mode FROM accounts WHERE id = " + std::to_string(shop));
  }
};

TEST_P(SessionsTest, AModeThatChangesWhatStatementsMeanIsRefusedHoweverItIsWritten) {
  for (const char* value : {"'ORACLE'", "'ORACLE  '", "@mode", "@mode | 4",
                            "'EMPTY_STRING_IS_NULL'", "'STRICT_ALL_TABLES,EMPTY_STRING_IS_NULL'"}) {
    Session session = db().session();
    session.execute("SET @mode = 512");
    session.execute("SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'");
    session.execute("BEGIN");
    session.execute("UPDATE accounts SET n = 0 WHERE id IN (0, 1)");
    EXPECT_EQ(code_of([&] { session.execute(std::string("SET sql_mode = ") + value); }),
              ErrorCode::kSessionStatement)
        << value;
    // Nothing has changed, on the connections that were there and on those that are to come.
    for (int shop = 0; shop < kShops; ++shop) {
      EXPECT_EQ(modes(session, shop), "ANSI_QUOTES,STRICT_ALL_TABLES") << value;
    }
    EXPECT_EQ(one<std::int64_t>(session, "SELECT \"n\" FROM accounts WHERE id = 1"), 0) << value;
    session.execute("ROLLBACK");
    EXPECT_EQ(accounts(), "0:10 1:11 2:12 3:13 4:14") << value;
  }
}

TEST_P(SessionsTest, AModeFromAnExpressionIsTheSameOnEveryConnection) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
  session.execute("SET @saved = @@sql_mode");
  session.execute("SET sql_mode = 'ANSI_QUOTES'");
  session.execute("SET @mode = 6");
  session.execute("SET sql_mode = @mode");
  for (int shop = 0; shop < kShops; ++shop) {
    EXPECT_EQ(modes(session, shop), "PIPES_AS_CONCAT,ANSI_QUOTES");
  }
  EXPECT_EQ(one<std::string>(session, "SELECT 'a' || \"id\" FROM accounts WHERE id = 1"), "a1");
  session.execute("SET sql_mode = @saved");
  EXPECT_EQ(one<std::int64_t>(session, "SELECT 'a' || id FROM accounts WHERE id = 1"), 1);
  EXPECT_EQ(code_of([&] { session.execute("SET @a = 1, sql_mode = @saved"); }),
            ErrorCode::kSessionStatement);
}

TEST_P(SessionsTest, ExplainReadsItsStatementAsTheSessionDoes) {
  Session session = db().session();
  session.execute("SET sql_mode = 'ANSI_QUOTES'");
  // As a string, "id" would be no key and the statement would go to all shards.
  std::size_t rows = 0;
  for ([[maybe_unused]] const auto& row :
       session.query("EXPLAIN SELECT n FROM accounts WHERE \"id\" = 3")) {
    ++rows;
  }
  EXPECT_EQ(rows, 1u);
}

// SQLite has no SET.
INSTANTIATE_TEST_SUITE_P(MariaDb, SessionsTest, testing::Values(Dialect::kMySql),
                         [](const auto&) { return "MariaDb"; });

}  // namespace
}  // namespace pando::test
