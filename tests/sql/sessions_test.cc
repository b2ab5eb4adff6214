// What a session's settings do to its later statements, and what becomes of its connections.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "router/execute/borrowed.h"
#include "router/execute/exchange.h"
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

TEST_P(SessionsTest, OneStatementHasOneTimeOnAllShards) {
  db().execute("CREATE TABLE times (id BIGINT NOT NULL PRIMARY KEY, at DATETIME(6))");
  db().execute("INSERT INTO times (id) VALUES (0), (1), (2)");
  Session session = db().session();
  session.execute("SET @a = 1");  // So that the session holds its connections.
  std::string before;
  for (int round = 0; round < 2; ++round) {
    std::set<std::string> times;
    for (const auto& [now] : session.query<std::tuple<std::string>>(
             "SELECT NOW(6) FROM accounts UNION ALL SELECT CURRENT_TIMESTAMP(6) FROM accounts")) {
      times.insert(now);
    }
    for (const auto& [now] :
         db().query<std::tuple<std::string>>("SELECT NOW(6) FROM accounts WHERE id < 100")) {
      times.insert(round == 0 ? "" : now);
    }
    EXPECT_EQ(times.size(), 2u);
    EXPECT_GT(*times.rbegin(), before) << "the clock still stands";
    before = *times.rbegin();
    session.execute("UPDATE times SET at = NOW(6)");
    times.clear();
    for (const auto& [at] : db().query<std::tuple<std::string>>("SELECT at FROM times")) {
      times.insert(at);
    }
    EXPECT_EQ(times.size(), 1u);
  }
  // Every connection's clock runs again: its time is not that of the last statement.
  for (int shop = 0; shop < kShops; ++shop) {
    EXPECT_GT(
        one<std::string>(session, "SELECT NOW(6) FROM accounts WHERE id = " + std::to_string(shop)),
        before);
  }
}

TEST_P(SessionsTest, AConnectionWhoseClockStaysStoppedLeavesTheSession) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  auto session = std::make_shared<router::SessionState>(core);
  ASSERT_TRUE(session->run("SET @a = 1", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 0", {}));
  const std::size_t connected = fake.count(Call::kConnect);
  fake.forget_records();
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 1", {}));
  std::size_t sent = 0;
  for (const auto& record : fake.records()) sent += record.call == Call::kSend ? 1u : 0u;
  // The last but two: the first clock that is let run again.
  fake.fail(Call::kSend, sent - 2, Error(ErrorCode::kDatabase, "no"));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 2", {}));
  EXPECT_EQ(fake.open_connections(), connected - 1);
  // In a transaction, what it had done is lost with it.
  ASSERT_TRUE(session->run("BEGIN", {}));
  fake.forget_records();
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 3", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 3", {}));
  sent = 0;
  fake.forget_records();
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 3", {}));
  for (const auto& record : fake.records()) sent += record.call == Call::kSend ? 1u : 0u;
  fake.fail(Call::kSend, sent, Error(ErrorCode::kDatabase, "no"));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 4", {}));
  auto committed = session->run("COMMIT", {});
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), ErrorCode::kTransactionState);
  EXPECT_EQ(accounts(), "0:2 1:2 2:2 3:2 4:2");
}

TEST_P(SessionsTest, AConnectionThatCouldNotRollBackLeavesTheSession) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  auto session = std::make_shared<router::SessionState>(core);
  ASSERT_TRUE(session->run("SET @a = 1", {}));
  ASSERT_TRUE(session->run("BEGIN", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 0", {}));
  fake.fail(Call::kSend, 1, Error(ErrorCode::kDatabase, "no"));
  ASSERT_TRUE(session->run("ROLLBACK", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 7 WHERE id = 0", {}));
  EXPECT_EQ(accounts(), "0:7 1:11 2:12 3:13 4:14");
}

TEST_P(SessionsTest, AllServersOfAnExchangeHaveOneTimeToAnswer) {
  // Each connection would wait for a minute by itself, and the statement for ever.
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  std::vector<drivers::ConnectionPtr> connections;
  std::vector<std::unique_ptr<execute::Borrowed>> borrowed;
  std::vector<execute::Call> calls;
  for (int i = 0; i < kShops; ++i) {
    auto connection = drivers::driver_for(GetParam())
                          .connect(shared_mariadb(static_cast<std::size_t>(i % 2))
                                       .options("shop" + std::to_string(i)));
    ASSERT_TRUE(connection) << connection.error().message();
    execute::Loan loan;
    loan.connection = connection->get();
    loan.data_source = static_cast<std::size_t>(i);
    connections.push_back(*std::move(connection));
    borrowed.push_back(std::make_unique<execute::Borrowed>(std::move(loan), core->pooled(),
                                                           execute::CancelWatch()));
    calls.push_back({borrowed.back().get(), {.sql = i == 1 ? "DO 1" : "SELECT SLEEP(100000)"}});
  }
  const auto answers =
      execute::exchange_all(calls, execute::OnFailure::kFinish, std::chrono::milliseconds(300));
  for (int i = 0; i < kShops; ++i) {
    const auto& reply = answers.replies[static_cast<std::size_t>(i)];
    if (i == 1) {
      EXPECT_TRUE(reply);
      continue;
    }
    ASSERT_FALSE(reply) << i;
    EXPECT_EQ(reply.error().code(), ErrorCode::kTimeout) << reply.error().message();
    EXPECT_EQ(reply.error().data_source(), "shop" + std::to_string(i));
  }
}

TEST_P(SessionsTest, AveragesOfAllShardsHaveTheDigitsThatTheSessionAskedFor) {
  db().execute("INSERT INTO accounts (id, n) VALUES (5, 17), (6, -4)");
  auto server = drivers::driver_for(GetParam()).connect(shared_mariadb().options("one"));
  ASSERT_TRUE(server) << server.error().message();
  const std::string all =
      " FROM (SELECT 10 n UNION ALL SELECT 11 UNION ALL SELECT 12 UNION ALL SELECT 13 UNION ALL "
      "SELECT 14 UNION ALL SELECT 17 UNION ALL SELECT -4) accounts";
  for (const char* digits : {"0", "1", "3", "4", "5", "9", "10", "17", "30"}) {
    const std::string set = std::string("SET div_precision_increment = ") + digits;
    Session session = db().session();
    session.execute(set);
    ASSERT_TRUE((*server)->run(set));
    for (const char* value : {"n", "CAST(n AS DECIMAL(12,5))", "n * 0.1234567"}) {
      const std::string query = std::string("SELECT AVG(") + value + ")";
      auto reply = (*server)->run(query + all);
      ASSERT_TRUE(reply && *reply->rows->next());
      const std::string expected(reply->rows->row()[0].as_string());
      reply->rows.reset();
      EXPECT_EQ(one<std::string>(session, query + " FROM accounts"), expected)
          << digits << " " << value;
    }
  }
}

// SQLite has no SET.
TEST_P(SessionsTest, GroupsByAnExpressionAreMergedUnderOnlyFullGroupBy) {
  Session session = db().session();
  session.execute("SET sql_mode = 'ONLY_FULL_GROUP_BY'");
  std::string groups;
  for (const auto& [text, count] : session.query<std::tuple<std::string, std::int64_t>>(
           "SELECT LEFT(n, 1) AS head, COUNT(*) FROM accounts GROUP BY head ORDER BY LEFT(n, 1)")) {
    groups += text + ":" + std::to_string(count);
  }
  EXPECT_EQ(groups, "1:5");
}

TEST_P(SessionsTest, ASettingThatCountsOnIsCarriedOutAsOftenAsItWasMade) {
  Session session = db().session();
  session.execute("SET @v = 0");
  session.execute("SET @v = @v + 1");
  session.execute("SET @v = @v + 1");
  session.execute("UPDATE accounts SET n = @v WHERE id = 0");
  session.execute("SET @v = @v + 1");
  session.execute("UPDATE accounts SET n = @v WHERE id IN (0, 1)");
  session.execute("UPDATE accounts SET n = @v WHERE id = 2");
  EXPECT_EQ(accounts(), "0:3 1:3 2:3 3:13 4:14");
}

TEST_P(SessionsTest, ThereIsALimitToSettingsButNotToTheSameConstantAgain) {
  Session session = db().session();
  for (int i = 0; i < 2000; ++i) session.execute("SET @v = 5");
  for (int i = 1; i < 1000; ++i) session.execute("SET @v = @v + 1");
  EXPECT_EQ(code_of([&] { session.execute("SET @v = @v + 1"); }), ErrorCode::kSessionStatement);
  EXPECT_EQ(one<std::int64_t>(session, "SELECT @v FROM accounts WHERE id = 2"), 1004);
}

TEST_P(SessionsTest, TheCharacterSetBringsItsCollation) {
  auto server = drivers::driver_for(Dialect::kMySql).connect(databases_[0]->options("server"));
  ASSERT_TRUE(server);
  ASSERT_TRUE((*server)->run("ALTER DATABASE COLLATE utf8mb4_czech_ci"));
  ASSERT_TRUE((*server)->run("USE " + databases_[0]->name()));
  for (const char* sql : {"SET NAMES utf8mb4", "SET CHARACTER SET utf8mb4",
                          "SET character_set_connection = utf8mb4"}) {
    ASSERT_TRUE((*server)->run("SET collation_connection = utf8mb4_bin"));
    ASSERT_TRUE((*server)->run(sql));
    const auto reply = (*server)->run("SELECT @@collation_connection");
    ASSERT_TRUE(reply && *reply->rows->next());
    const std::string wanted(reply->rows->row()[0].as_string());
    ASSERT_NE(wanted, "utf8mb4_bin");
    Session session = db().session();
    session.execute("SET collation_connection = utf8mb4_bin");
    session.execute(sql);
    EXPECT_EQ(one<std::string>(session, "SELECT @@collation_connection FROM accounts WHERE id = 0"),
              wanted)
        << sql;
    EXPECT_EQ(one<std::int64_t>(session, "SELECT COUNT(*) FROM accounts WHERE CONCAT('a') = 'A'"),
              5)
        << sql;
    while (*reply->rows->next()) {
    }
  }
  // Others are taken for utf8mb4, which has no other default.
  for (const char* sql : {"SET NAMES DEFAULT", "SET NAMES utf8", "SET @a = 1, NAMES utf8mb3"}) {
    Session session = db().session();
    session.execute("SET collation_connection = utf8mb4_bin");
    session.execute(sql);
    EXPECT_EQ(one<std::int64_t>(session, "SELECT COUNT(*) FROM accounts WHERE CONCAT('a') = 'A'"),
              5)
        << sql;
  }
  ASSERT_TRUE((*server)->run("ALTER DATABASE CHARACTER SET latin1"));
  Session session = db().session();
  EXPECT_TRUE(code_of([&] { session.execute("SET CHARACTER SET utf8mb4"); }).has_value());
  EXPECT_EQ(accounts_in(session), "0:10 1:11 2:12 3:13 4:14");
}

TEST_P(SessionsTest, AConnectionThatBrokeOutsideOfATransactionIsReplaced) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto session = std::make_shared<router::SessionState>(faulty(fake));
  ASSERT_TRUE(session->run("SET lock_wait_timeout = 5", {}));
  const std::string ask = "SELECT @@lock_wait_timeout FROM accounts WHERE id = 1";
  const auto asked = [&]() -> Result<std::int64_t> {
    PANDO_ASSIGN(const Reply reply, session->run(ask, {}));
    PANDO_ASSIGN(const bool found, reply.rows->next());
    if (!found) return fail(ErrorCode::kInternal, "no row");
    const std::int64_t value = static_cast<std::int64_t>(reply.rows->row()[0].as_uint());
    PANDO_TRY(reply.rows->next());
    return value;
  };
  ASSERT_TRUE(asked());
  fake.fail(Call::kReceive, 1, Error(ErrorCode::kConnectionLost, "gone"), Damage::kBreaks);
  EXPECT_FALSE(asked());
  const auto again = asked();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, 5);
}

INSTANTIATE_TEST_SUITE_P(MariaDb, SessionsTest, testing::Values(Dialect::kMySql),
                         [](const auto&) { return "MariaDb"; });

}  // namespace
}  // namespace pando::test
