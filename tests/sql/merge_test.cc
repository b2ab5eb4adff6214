// What merging must know of the servers: their time zone, and how a session's one connection reads
// several answers at once. One unsharded database is the oracle.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/sql/differential.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

// Two tables on each of two data sources.
constexpr const char* kRules =
    "[tables]\nt = {by = \"mod(k)\", onto = [\"shop0.t_[0..1]\", \"shop1.t_[2..3]\"]}\n";

class MergeTest : public testing::Test {
 protected:
  explicit MergeTest(const std::string& settings = "")
      : pair_(open_pair(Dialect::kMySql, settings + kRules)) {}

  void both(const std::string& sql) {
    const Answer expected = read_answer(pair_->oracle().run(sql));
    ASSERT_FALSE(expected.error) << sql << ": " << expected.error->native_message();
    EXPECT_EQ(difference(expected, read_answer(pair_->sharded().run(sql)), false), "") << sql;
  }
  template <typename From>
  void same(From& from, const std::string& sql, bool ordered = true) {
    const Answer expected = read_answer(pair_->oracle().run(sql));
    EXPECT_FALSE(expected.error) << sql;
    EXPECT_EQ(difference(expected, read_answer(from.run(sql)), ordered), "")
        << sql << "\n"
        << pair_->sharded().explain(sql).tree();
  }
  Database& db() { return pair_->sharded(); }

  std::unique_ptr<Pair> pair_;
};

// --- One connection with several answers at once

class MergeInSessionTest : public MergeTest {
 protected:
  void SetUp() override {
    both(
        "CREATE TABLE t (id INT NOT NULL, k INT NOT NULL, f DOUBLE, fl FLOAT, d DECIMAL(20,4), "
        "l VARCHAR(9) CHARACTER SET latin1, s VARCHAR(9), b VARBINARY(9), e ENUM('low','mid','up'),"
        " st SET('b','a'), x TEXT, bits BIT(9), y YEAR, ti TIME(3), dt DATETIME(2), ts TIMESTAMP "
        "NULL, PRIMARY KEY (k, id))");
    both(
        "INSERT INTO t (id, k, f, fl, d, l, s, b, e, st, x, bits, y, ti, dt, ts) VALUES "
        "(1, 1, 2e18, 0.1, 1.5, '\u00e4', '\U0001F642', 'a\\0b', 'up', 'a,b', 'long', b'101', 2001,"
        " '-10:00:00.5', '2024-01-01 10:00:00.25', '2024-01-01 10:00:00'),"
        "(2, 2, 1.5, 1e10, 7, '\u00e4', 'a', '', 'low', '', '', b'1', 1999, '00:00:00', "
        "'2024-01-01', '2024-02-01'),"
        "(3, 3, 5e17, 3.4e38, -2.0001, 'b', '\U0001F642', 'x', 'mid', 'b', NULL, NULL, 2155, NULL, "
        "NULL, NULL),"
        "(4, 4, -2.5, -0.25, 1e10, '\u00df', 'A', 'X', NULL, NULL, 'x', b'0', 1901, '1:2:3', "
        "'1999-12-31', '1999-12-31 23:59:59'),"
        "(5, 5, NULL, NULL, NULL, NULL, NULL, NULL, 'low', 'a', 'y', b'11', NULL, '1', "
        "'2020-02-29',"
        " '2020-02-29'),"
        "(6, 1, 0, 0, 0, '', ' ', ' ', 'mid', 'a', 'z', b'0', 2001, '0', '2020-02-29', NULL)");
  }

  // In an open transaction, and with settings of the session's own.
  void same_in_sessions(const std::string& sql) {
    for (const char* start : {"BEGIN", "SET @x = 1", "SET autocommit = 0"}) {
      Session session = db().session();
      ASSERT_TRUE(session.try_execute(start));
      same(session, sql);
    }
  }
};

TEST_F(MergeInSessionTest, ComputedValuesAreThoseOfTheStatementItself) {
  for (const char* value :
       {"FLOOR(f)", "ROUND(f)", "CEIL(f * 3)", "JSON_UNQUOTE(l)", "ORD(s)", "d / 7", "d / 7 * 7",
        "CAST(s AS BINARY(3))", "DATE_FORMAT(dt, '%d.%m.%y')", "CONCAT(d / 3, '')", "f / 3",
        "fl * 1", "CAST(f AS CHAR)", "(SELECT FLOOR(f))", "ST_AsText(Point(id, k))", "~id",
        "INET6_NTOA(b)", "bits + 0", "COUNT(*) OVER (PARTITION BY k)"}) {
    same_in_sessions(std::string("SELECT id, ") + value + " AS v FROM t ORDER BY id");
    same_in_sessions(std::string("SELECT q.id, q.v FROM (SELECT id, ") + value +
                     " AS v FROM t) q ORDER BY q.id");
  }
  same_in_sessions("SELECT k, MAX(d / 3) AS m, AVG(f) FROM t GROUP BY k ORDER BY k");
}

TEST_F(MergeInSessionTest, AnExtremeOfAnEnumKeepsItsType) {
  const std::string sql = "SELECT k, MAX(e) AS m FROM t GROUP BY k ORDER BY m DESC, k";
  Session session = db().session();
  ASSERT_TRUE(session.try_execute("BEGIN"));
  const Answer pooled = read_answer(db().run(sql));
  const Answer answer = read_answer(session.run(sql));
  ASSERT_TRUE(pooled.error && answer.error);
  EXPECT_EQ(answer.error->code(), pooled.error->code());
  EXPECT_EQ(answer.error->code(), ErrorCode::kOrderUnsupported);
}

TEST_F(MergeInSessionTest, StoredValuesAreTheSameThroughCursors) {
  EXPECT_TRUE(db().try_execute("DELETE FROM t WHERE id = 0"));
  for (const char* order : {"id", "f, id", "d DESC, id", "l, id", "s, id", "b, id", "e, id",
                            "st, id", "x, id", "bits, id", "y, id", "ti, id", "dt, id", "ts, id"}) {
    same_in_sessions(std::string("SELECT * FROM t ORDER BY ") + order);
    same_in_sessions(std::string("SELECT t.*, t.id AS again FROM t ORDER BY ") + order);
  }
  same_in_sessions("SELECT DISTINCT e, st FROM t ORDER BY e, st");
  same_in_sessions("SELECT DISTINCT s, x FROM t ORDER BY x, s");
}

}  // namespace
}  // namespace pando::test
