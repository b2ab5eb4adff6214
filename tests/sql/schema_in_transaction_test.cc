// Schema changes within a transaction, which SQLite takes back as it does any other change: what
// comes after them is planned with the schema that the transaction sees, and nobody else's is.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "tests/sql/shops.h"

namespace pando::test {
namespace {

class SchemaInTransactionTest : public ShopsTest {
 protected:
  void SetUp() override {
    ShopsTest::SetUp();
    db().execute("CREATE TABLE times (id INTEGER PRIMARY KEY, x INT)");
    db().execute("INSERT INTO times VALUES (1, 10), (2, 20)");
  }

  template <typename Handle>
  static std::string times(Handle& handle, const std::string& more = "") {
    std::string text;
    for (const auto& [id, x] : handle.template query<std::tuple<std::int64_t, std::int64_t>>(
             "SELECT id, x FROM times " + more + " ORDER BY id")) {
      text += (text.empty() ? "" : " ") + std::to_string(id) + ":" + std::to_string(x);
    }
    return text;
  }

  static void turn_columns(Session& session) {
    session.execute("BEGIN");
    session.execute("DROP TABLE times");
    session.execute("CREATE TABLE times (x INT, id INTEGER PRIMARY KEY)");
    session.execute("INSERT INTO times VALUES (5, 4)");
  }
};

TEST_P(SchemaInTransactionTest, ColumnsInAnotherOrderTakeTheirOwnValues) {
  Session session = db().session();
  turn_columns(session);
  EXPECT_EQ(times(session), "4:5");
  EXPECT_EQ(times(session, "WHERE id = 4"), "4:5");
  session.execute("COMMIT");
  EXPECT_EQ(times(db(), "WHERE id = 4"), "4:5");
  db().execute("INSERT INTO times VALUES (7, 6)");
  EXPECT_EQ(times(db(), "WHERE id = 6"), "6:7");
}

TEST_P(SchemaInTransactionTest, OthersPlanWithTheSchemaThatIsCommitted) {
  const std::string insert = "INSERT INTO times VALUES (?, ?)";
  db().execute(insert, 8, 80);
  Session session = db().session();
  turn_columns(session);
  session.execute(insert, 90, 9);
  EXPECT_EQ(times(session), "4:5 9:90");
  // Writers wait for SQLite's files; how a statement would be planned does not.
  EXPECT_NE(db().explain(insert, 2, 1).tree().find("shop2"), std::string::npos);
  EXPECT_EQ(times(db()), "1:10 2:20 8:80");
  session.execute("ROLLBACK");
  db().execute(insert, 10, 100);
  session.execute(insert, 11, 110);
  EXPECT_EQ(times(db()), "1:10 2:20 8:80 10:100 11:110");
  EXPECT_EQ(times(db(), "WHERE id = 11"), "11:110");
}

TEST_P(SchemaInTransactionTest, ASavepointBringsTheSchemaBack) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("SAVEPOINT s");
  session.execute("DROP TABLE times");
  session.execute("CREATE TABLE times (x INT, id INTEGER PRIMARY KEY)");
  session.execute("INSERT INTO times VALUES (5, 4)");
  session.execute("ROLLBACK TO s");
  session.execute("INSERT INTO times VALUES (4, 5)");
  EXPECT_EQ(times(session, "WHERE id = 4"), "4:5");
  session.execute("COMMIT");
  EXPECT_EQ(times(db()), "1:10 2:20 4:5");
}

TEST_P(SchemaInTransactionTest, NewNamesAreKnownAtOnce) {
  for (const char* settings : {"PRAGMA foreign_keys = ON", ""}) {
    Session session = db().session();
    if (*settings != '\0') session.execute(settings);
    session.execute("BEGIN");
    session.execute("ALTER TABLE times ADD COLUMN y INT");
    session.execute("INSERT INTO times VALUES (3, 30, 300)");
    session.execute("ALTER TABLE times RENAME COLUMN x TO z");
    std::int64_t sum = 0;
    for (const auto& [z, y] : session.query<std::tuple<std::int64_t, std::int64_t>>(
             "SELECT z, y FROM times WHERE y > 0 ORDER BY z, y")) {
      sum += z + y;
    }
    EXPECT_EQ(sum, 330);
    EXPECT_EQ(session.query<std::int64_t>("SELECT COUNT(*) FROM times a JOIN times b ON a.z < b.z")
                  .all()
                  .at(0),
              3);
    EXPECT_TRUE(code_of([&] { session.execute("UPDATE times SET x = 1"); }).has_value());
    session.execute("ROLLBACK");
    EXPECT_EQ(times(session), "1:10 2:20");
  }
}

TEST_P(SchemaInTransactionTest, AnIndexIsKnownAtOnce) {
  const std::string ignore = "INSERT OR IGNORE INTO times VALUES (3, 7), (4, 7)";
  db().execute("CREATE UNIQUE INDEX before ON times (x)");
  const auto outside = code_of([&] { db().execute(ignore); });
  db().execute("DROP INDEX before");
  db().execute("DELETE FROM times WHERE id IN (3, 4)");
  ASSERT_TRUE(outside.has_value());  // Shards cannot compare their rows.
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("CREATE UNIQUE INDEX ux ON times (x)");
  EXPECT_EQ(code_of([&] { session.execute(ignore); }), outside);
  session.execute("ROLLBACK");
  EXPECT_EQ(db().execute(ignore).affected_rows(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, SchemaInTransactionTest, testing::Values(Dialect::kSqlite),
                         [](const auto&) { return "Sqlite"; });

}  // namespace
}  // namespace pando::test
