// Transactions, sessions and their faults, through real data sources: SQLite files and MariaDB.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "pando/pando.h"
#include "router/core.h"
#include "router/session.h"
#include "tests/sql/shops.h"

namespace pando::test {
namespace {

using drivers::fake::Call;
using drivers::fake::Damage;
using drivers::fake::FakeDriver;

class TransactionsTest : public ShopsTest {};

constexpr const char* kAtFirst = "0:10 1:11 2:12 3:13 4:14";

TEST_P(TransactionsTest, TransactCommitsWhatItsFunctionReturnsAfter) {
  const auto n = db().transact([&](Transaction& tx) {
    tx.execute("UPDATE accounts SET n = n - 5 WHERE id = ?", 0);
    tx.execute("UPDATE accounts SET n = n + 5 WHERE id = ?", 1);
    return tx.execute("UPDATE accounts SET n = n + 1").affected_rows();
  });
  EXPECT_EQ(n, 5u);
  EXPECT_EQ(accounts(), "0:6 1:17 2:13 3:14 4:15");
}

TEST_P(TransactionsTest, AnyExceptionRollsBackAndPassesOn) {
  struct SoldOut {};
  EXPECT_THROW(db().transact([&](Transaction& tx) {
    tx.execute("UPDATE accounts SET n = 0");
    throw SoldOut{};
  }),
               SoldOut);
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, NothingInTransactEndsItsTransaction) {
  std::vector<std::string> statements = {"BEGIN", "COMMIT", "ROLLBACK"};
  if (mysql()) {
    for (const char* sql : {"START TRANSACTION", "SET autocommit = 1", "SET autocommit = 0",
                            "LOCK TABLES accounts WRITE", "CREATE DATABASE IF NOT EXISTS shop",
                            "CREATE TABLE times (id BIGINT PRIMARY KEY)",
                            "ALTER TABLE accounts ADD COLUMN x INT", "TRUNCATE TABLE accounts"}) {
      statements.emplace_back(sql);
    }
  }
  for (const std::string& sql : statements) {
    struct Stop {};
    EXPECT_THROW(db().transact([&](Transaction& tx) {
      tx.execute("UPDATE accounts SET n = 0 WHERE id IN (0, 1)");
      EXPECT_EQ(code_of([&] { tx.execute(sql); }), ErrorCode::kTransactionState) << sql;
      tx.execute("UPDATE accounts SET n = 0 WHERE id = 2");
      throw Stop{};
    }),
                 Stop);
    EXPECT_EQ(accounts(), kAtFirst) << sql;
    db().transact([&](Transaction& tx) {
      tx.execute("UPDATE accounts SET n = n WHERE id IN (0, 1)");
      (void)code_of([&] { tx.execute(sql); });
      if (!mysql()) tx.execute("CREATE TABLE IF NOT EXISTS times (id INTEGER PRIMARY KEY)");
      tx.execute("SAVEPOINT s");
      tx.execute("UPDATE accounts SET n = 0");
      tx.execute("ROLLBACK TO s");
      tx.execute("RELEASE SAVEPOINT s");
    });
    EXPECT_EQ(accounts(), kAtFirst) << sql;
  }
}

TEST_P(TransactionsTest, ASessionReadsItsOwnWritesAndOthersDoNotUntilCommit) {
  Session session = db().session();
  session.execute("BEGIN");
  EXPECT_TRUE(session.in_transaction());
  session.execute("UPDATE accounts SET n = 0 WHERE id IN (0, 1)");
  EXPECT_EQ(accounts_in(session), "0:0 1:0 2:12 3:13 4:14");
  EXPECT_EQ(accounts(), kAtFirst);
  session.execute("COMMIT");
  EXPECT_FALSE(session.in_transaction());
  EXPECT_EQ(accounts(), "0:0 1:0 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, RollbackUndoesEveryDataSource) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("DELETE FROM accounts");
  EXPECT_EQ(accounts_in(session), "");
  session.execute("ROLLBACK");
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, SavepointsHoldOnDataSourcesThatJoinLater) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 1 WHERE id = 0");
  session.execute("SAVEPOINT Half");
  session.execute("UPDATE accounts SET n = 1 WHERE id = 1");  // Joins after the savepoint.
  session.execute("UPDATE accounts SET n = 2 WHERE id = 0");
  session.execute("ROLLBACK TO SAVEPOINT half");
  EXPECT_EQ(accounts_in(session), "0:1 1:11 2:12 3:13 4:14");
  session.execute("UPDATE accounts SET n = 5 WHERE id = 2");
  session.execute("RELEASE SAVEPOINT half");
  EXPECT_TRUE(code_of([&] { session.execute("ROLLBACK TO SAVEPOINT half"); }).has_value());
  session.execute("COMMIT");
  EXPECT_EQ(accounts(), "0:1 1:11 2:5 3:13 4:14");
}

TEST_P(TransactionsTest, PandosOwnSavepointCannotBeAUsersToo) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
  for (const char* name :
       {"pando_statement", "PANDO_Rows", "\"pando_statement\"", "`p\u00e1ndo_statement`"}) {
    if (mysql() && name[0] == '"') continue;
    for (const char* what : {"SAVEPOINT ", "ROLLBACK TO ", "RELEASE SAVEPOINT "}) {
      EXPECT_EQ(code_of([&] { session.execute(std::string(what) + name); }),
                ErrorCode::kSessionStatement)
          << what << name;
    }
  }
  for (const char* name : {"pando", "pandora_1", "p"}) {
    session.execute(std::string("SAVEPOINT ") + name);
  }
  // Written otherwise, it is the same name.
  session.execute("UPDATE accounts SET n = 1");
  session.execute(mysql() ? "ROLLBACK TO `PANDO`" : "ROLLBACK TO \"PANDO\"");
  session.execute("COMMIT");
  EXPECT_EQ(accounts(), "0:0 1:11 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, AStatementThatFailsOnOneShardChangesNone) {
  // Id 4 is there already; 5 and 6 live elsewhere.
  const char* insert = "INSERT INTO accounts (id, n) VALUES (5, 0), (6, 0), (4, 0)";
  EXPECT_EQ(code_of([&] { db().execute(insert); }), ErrorCode::kDuplicateKey);
  EXPECT_EQ(accounts(), kAtFirst);
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 99 WHERE id = 0");
  EXPECT_EQ(code_of([&] { session.execute(insert); }), ErrorCode::kDuplicateKey);
  EXPECT_EQ(accounts_in(session), "0:99 1:11 2:12 3:13 4:14");
  session.execute("COMMIT");  // The rest of the transaction stands.
  EXPECT_EQ(accounts(), "0:99 1:11 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, BroadcastWritesAreAtomicToo) {
  db().execute("INSERT INTO countries (code, n) VALUES ('de', 1), ('fr', 2)");
  EXPECT_EQ(
      code_of([&] { db().execute("INSERT INTO countries (code, n) VALUES ('at', 1), ('de', 1)"); }),
      ErrorCode::kDuplicateKey);
  Session session = db().session();
  session.execute("BEGIN");
  EXPECT_EQ(session.execute("UPDATE countries SET n = n + 1").affected_rows(), 2u);
  session.execute("ROLLBACK");
  EXPECT_EQ(
      std::get<0>(*db().query<std::tuple<std::int64_t>>("SELECT SUM(n) FROM countries").begin()),
      3);
}

TEST_P(TransactionsTest, ASessionThatGoesAwayRollsBack) {
  {
    Session session = db().session();
    session.execute("BEGIN");
    session.execute("UPDATE accounts SET n = 0");
  }
  EXPECT_EQ(accounts(), kAtFirst);
  Session first = db().session();
  first.execute("BEGIN");
  first.execute("UPDATE accounts SET n = 0");
  first = db().session();
  EXPECT_FALSE(first.in_transaction());
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, RowsOutliveTheirSession) {
  auto rows = db().session().query<std::tuple<std::int64_t>>("SELECT id FROM accounts");
  std::size_t count = 0;
  for (const auto& row : rows) count += std::get<0>(row) >= 0 ? 1 : 0;
  EXPECT_EQ(count, 5u);
  auto in_transaction = [&] {
    Session session = db().session();
    session.execute("BEGIN");
    session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
    return session.query<std::tuple<std::int64_t>>("SELECT id FROM accounts");
  }();
  // SQLite ends rows by the rollback; whichever it is, nothing is left behind.
  (void)code_of([&] {
    for (const auto& row : in_transaction) count += std::get<0>(row) >= 0 ? 1 : 0;
  });
  { auto dropped = std::move(in_transaction); }
  EXPECT_EQ(db().execute("UPDATE accounts SET n = n + 1 WHERE id = 0").affected_rows(), 1u);
  EXPECT_EQ(accounts(), "0:11 1:11 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, RowsThatEscapeFromTransactAreNotCommittedOver) {
  std::optional<Rows<std::tuple<std::int64_t>>> kept;
  EXPECT_EQ(code_of([&] {
              db().transact([&](Transaction& tx) {
                tx.execute("UPDATE accounts SET n = 0");
                kept.emplace(tx.query<std::tuple<std::int64_t>>("SELECT id FROM accounts"));
              });
            }),
            ErrorCode::kTransactionState);
  kept.reset();
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, OpenRowsStandInTheWayOfCommitWithAClearError) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
  {
    // Rows of the second data source only: a COMMIT of the first would be half a commit.
    auto rows =
        session.query<std::tuple<std::int64_t>>("SELECT id FROM accounts WHERE id IN (1, 4)");
    ASSERT_NE(rows.begin(), rows.end());
    for (const char* sql : {"COMMIT", "ROLLBACK", "SAVEPOINT s"}) {
      EXPECT_EQ(code_of([&] { session.execute(sql); }), ErrorCode::kTransactionState) << sql;
    }
    if (mysql()) {
      EXPECT_EQ(code_of([&] { session.execute("UPDATE accounts SET n = 0 WHERE id = 1"); }),
                ErrorCode::kTransactionState);
      EXPECT_EQ(code_of([&] { session.execute("UPDATE accounts SET n = 0"); }),
                ErrorCode::kTransactionState);
    }
    EXPECT_TRUE(session.in_transaction());
  }
  session.execute("COMMIT");
  EXPECT_EQ(accounts(), "0:0 1:11 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, PooledConnectionsKeepNothingOfASession) {
  if (!mysql()) GTEST_SKIP() << "SQLite has no SET";
  {
    Session session = db().session();
    session.execute("SET sql_mode = 'ANSI_QUOTES'");
    session.execute("BEGIN");
    EXPECT_EQ(session.execute("UPDATE accounts SET n = 0 WHERE \"id\" = 0").affected_rows(), 1u);
  }
  for (int i = 0; i < 8; ++i) {
    Session session = db().session();
    auto rows = session.query<std::tuple<std::string>>("SELECT \"id\" FROM accounts WHERE id = 0");
    EXPECT_EQ(std::get<0>(*rows.begin()), "id");
  }
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, ASettingThatIsWrongFailsAtOnceAndHarmsNothing) {
  if (!mysql()) GTEST_SKIP() << "SQLite has no SET";
  Session session = db().session();
  EXPECT_TRUE(code_of([&] { session.execute("SET sql_mode = 'NO_SUCH_MODE'"); }).has_value());
  EXPECT_EQ(accounts_in(session), kAtFirst);
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
  EXPECT_TRUE(code_of([&] { session.execute("SET sql_mode = 'NO_SUCH_MODE'"); }).has_value());
  session.execute("UPDATE accounts SET n = 0 WHERE id = 1");
  session.execute("COMMIT");
  EXPECT_EQ(accounts(), "0:0 1:0 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, HeldConnectionsGetOnlyWhatIsKeptOfASetting) {
  if (!mysql()) GTEST_SKIP() << "SQLite has no SET";
  auto session = db().session();
  session.execute("SET foreign_key_checks = 1");
  session.query<std::int64_t>("SELECT COUNT(*) FROM accounts").all();  // Holds connections now.
  session.execute("SET character_set_results = utf8mb3, @a = 1");
  const std::string tree = "\xF0\x9F\x8C\xB3";
  EXPECT_EQ(session.query<std::string>("SELECT '" + tree + "'").all().at(0), tree);
}

TEST_P(TransactionsTest, AutocommitOffOpensATransactionWithTheFirstStatement) {
  if (!mysql()) GTEST_SKIP() << "SQLite has no autocommit";
  Session session = db().session();
  session.execute("SET autocommit = 0");
  session.execute("UPDATE accounts SET n = 0");
  EXPECT_EQ(accounts(), kAtFirst);
  session.execute("ROLLBACK");
  session.execute("UPDATE accounts SET n = 1 WHERE id = 1");
  session.execute("SET autocommit = 1");
  EXPECT_EQ(accounts(), "0:10 1:1 2:12 3:13 4:14");
  session.execute("UPDATE accounts SET n = 2 WHERE id = 1");
  EXPECT_EQ(accounts(), "0:10 1:2 2:12 3:13 4:14");
}

TEST_P(TransactionsTest, AfterADeadlockOnlyRollbackGoesOn) {
  if (!mysql()) GTEST_SKIP() << "SQLite locks whole files";
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("UPDATE accounts SET n = 0 WHERE id = 1");
  // Rows changed make the other transaction the dearer one, so that this one is rolled back.
  session.execute("UPDATE accounts SET n = 0 WHERE id = 0");
  auto other = drivers::driver_for(Dialect::kMySql).connect(databases_[0]->options("other"));
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->run("BEGIN"));
  std::string many = "INSERT INTO accounts VALUES (3000, 1)";
  for (int i = 1; i < 2000; ++i) many += ", (" + std::to_string(3000 + 3 * i) + ", 1)";
  ASSERT_TRUE((*other)->run(many));
  ASSERT_TRUE((*other)->run("UPDATE accounts SET n = 1 WHERE id = 3"));
  ASSERT_TRUE((*other)->send({.sql = "UPDATE accounts SET n = 1 WHERE id = 0"}));
  EXPECT_EQ(code_of([&] { session.execute("UPDATE accounts SET n = 0 WHERE id = 3"); }),
            ErrorCode::kDeadlock);
  EXPECT_TRUE((*other)->receive());
  // What it had done elsewhere keeps nobody waiting until ROLLBACK comes.
  auto third = drivers::driver_for(Dialect::kMySql).connect(databases_[1]->options("third"));
  ASSERT_TRUE(third);
  ASSERT_TRUE((*third)->run("SET innodb_lock_wait_timeout = 1"));
  EXPECT_TRUE((*third)->run("UPDATE accounts SET n = n WHERE id = 1"));
  EXPECT_EQ(code_of([&] { session.execute("UPDATE accounts SET n = 7 WHERE id = 1"); }),
            ErrorCode::kTransactionState);
  EXPECT_EQ(code_of([&] { session.execute("COMMIT"); }), ErrorCode::kTransactionState);
  session.execute("ROLLBACK");
  ASSERT_TRUE((*other)->run("ROLLBACK"));
  EXPECT_EQ(accounts(), kAtFirst);
}

TEST_P(TransactionsTest, RetryRunsAgainOnlyWhatWasRolledBack) {
  const auto lost = [] {
    return Error(ErrorCode::kDeadlock, "chosen as the victim").with_retryable(true);
  };
  int runs = 0;
  db().transact(
      [&](Transaction& tx) {
        tx.execute("UPDATE accounts SET n = n + 1 WHERE id = 0");
        if (++runs < 3) throw lost();
      },
      {.retry = 2});
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(accounts(), "0:11 1:11 2:12 3:13 4:14");
  runs = 0;
  EXPECT_EQ(code_of([&] {
              db().transact(
                  [&](Transaction&) {
                    ++runs;
                    throw lost();
                  },
                  {.retry = 1});
            }),
            ErrorCode::kDeadlock);
  EXPECT_EQ(runs, 2);
}

// Runs BEGIN, a write to all three data sources, and COMMIT whose nth answer is lost.
Error lose_answer(router::Core& core, FakeDriver& fake, std::size_t nth, Damage damage) {
  auto session = std::make_shared<router::SessionState>(core.shared_from_this());
  EXPECT_TRUE(session->run("BEGIN", {}));
  auto written = session->run("UPDATE accounts SET n = n + 100", {});
  EXPECT_TRUE(written) << written.error().message();
  fake.fail(
      Call::kReceive, nth,
      Error(ErrorCode::kConnectionLost, "the connection broke").with_outcome(Outcome::kUnknown),
      damage);
  auto committed = session->run("COMMIT", {});
  EXPECT_FALSE(committed);
  EXPECT_FALSE(session->in_transaction());
  return committed ? Error(ErrorCode::kInternal, "") : std::move(committed).error();
}

TEST_P(TransactionsTest, ALostAnswerToTheFirstCommitIsAnUnknownOutcome) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  const Error error = lose_answer(*core, fake, 1, Damage::kBreaks);
  EXPECT_EQ(error.code(), ErrorCode::kOutcomeUnknown) << error.message();
  EXPECT_EQ(error.outcome(), Outcome::kUnknown);
  EXPECT_EQ(error.data_source(), "shop0");
  EXPECT_FALSE(error.retryable());
  EXPECT_NE(error.message().find("unknown: shop0"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("rolled back: shop1, shop2"), std::string::npos)
      << error.message();
  EXPECT_EQ(accounts(), "0:110 1:11 2:12 3:113 4:14");  // It did take effect there.
}

TEST_P(TransactionsTest, ALostAnswerToALaterCommitIsAPartialCommit) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  const Error error = lose_answer(*core, fake, 2, Damage::kBreaks);
  EXPECT_EQ(error.code(), ErrorCode::kPartialCommit) << error.message();
  EXPECT_EQ(error.outcome(), Outcome::kPartial);
  EXPECT_NE(error.message().find("committed: shop0"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("unknown: shop1"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("rolled back: shop2"), std::string::npos) << error.message();
}

TEST_P(TransactionsTest, AConnectionThatBreaksWhileRowsAreReadEndsTheTransaction) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = faulty(fake);
  auto session = std::make_shared<router::SessionState>(core);
  ASSERT_TRUE(session->run("BEGIN", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 0", {}));
  {
    auto reply = session->run("SELECT id FROM accounts WHERE id IN (2, 5)", {});
    ASSERT_TRUE(reply);
    fake.fail(Call::kNext, 1, Error(ErrorCode::kConnectionLost, "the connection broke"),
              Damage::kBreaks);
    EXPECT_FALSE(reply->rows->next());
    EXPECT_FALSE(reply->rows->next());  // And stays an error.
  }
  auto after = session->run("UPDATE accounts SET n = 1 WHERE id = 2", {});
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code(), ErrorCode::kTransactionState);
  ASSERT_TRUE(session->run("ROLLBACK", {}));
  EXPECT_EQ(accounts(), kAtFirst);
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 1 WHERE id = 2", {}));  // The session lives on.
}

// The second one's rows go through Pando: each is written to another data source than it is read
// from. So do the keys of the third one's.
std::array<const char*, 3> writes_to_all_shops(Dialect dialect) {
  return {"UPDATE accounts SET n = n + 1000",
          "INSERT INTO accounts (id, n) SELECT id + 100, n FROM accounts",
          dialect == Dialect::kMySql
              ? "UPDATE accounts SET n = n + 1000 ORDER BY id LIMIT 4"
              : "UPDATE accounts SET n = n + 1000 WHERE n < (SELECT MAX(n) FROM accounts AS a)"};
}

class FaultyWritesTest : public TransactionsTest {
 protected:
  // Calls `attempt(write, core, fake, nth)`, which lets the nth receive fail, with nth = 1, 2, ...
  // until it returns true: there are fewer receives than that.
  template <typename Attempt>
  void fail_each_receive(Attempt&& attempt) {
    for (const char* const write : writes_to_all_shops(GetParam())) {
      bool survived = false;
      std::size_t nth = 0;
      while (!survived) {
        ASSERT_LT(++nth, 80u) << write;
        SCOPED_TRACE(write + (" " + std::to_string(nth)));
        FakeDriver fake(drivers::driver_for(GetParam()));
        survived = attempt(write, faulty(fake), fake, nth);
        db().execute("DELETE FROM accounts WHERE id >= 100");
        db().execute("UPDATE accounts SET n = id + 10");
      }
      EXPECT_GT(nth, 6u) << write;
    }
  }
};

TEST_P(FaultyWritesTest, AFailureAtAnyReceiveOfAMultiShardWriteLeavesNothingHalfDone) {
  fail_each_receive([&](const char* write, const std::shared_ptr<router::Core>& core,
                        FakeDriver& fake, std::size_t nth) {
    EXPECT_TRUE(core->run("SELECT COUNT(*) FROM accounts", {}));  // The schema is known.
    fake.fail(
        Call::kReceive, nth,
        Error(ErrorCode::kConnectionLost, "the connection broke").with_outcome(Outcome::kUnknown),
        Damage::kBreaks);
    const auto reply = core->run(write, {});
    if (reply) return true;
    const Error& error = reply.error();
    if (error.outcome() == Outcome::kNotApplied) {
      EXPECT_EQ(accounts(), kAtFirst) << error.message();
    } else {
      EXPECT_TRUE(error.code() == ErrorCode::kPartialCommit ||
                  error.code() == ErrorCode::kOutcomeUnknown)
          << error.id() << " " << error.message();
    }
    EXPECT_EQ(error.data_source().rfind("shop", 0), 0u) << error.data_source();
    return false;
  });
}

TEST_P(FaultyWritesTest, AFailureInsideOfATransactionTakesBackTheStatementOrAllOfIt) {
  fail_each_receive([&](const char* write, const std::shared_ptr<router::Core>& core,
                        FakeDriver& fake, std::size_t nth) {
    auto session = std::make_shared<router::SessionState>(core);
    EXPECT_TRUE(session->run("BEGIN", {}));
    EXPECT_TRUE(session->run("UPDATE accounts SET n = 50 WHERE id = 0", {}));
    // The connection stays whole: a statement that the database refused.
    fake.fail(Call::kReceive, nth, Error(ErrorCode::kConstraint, "the database refused"));
    const bool done = session->run(write, {}).has_value();
    const auto committed = session->run("COMMIT", {});
    if (done) return true;
    if (committed) {
      EXPECT_EQ(accounts(), "0:50 1:11 2:12 3:13 4:14");
    } else {
      EXPECT_TRUE(session->run("ROLLBACK", {}));
      EXPECT_EQ(accounts(), kAtFirst);
    }
    return false;
  });
}

TEST_P(TransactionsTest, SessionsAnswerWhatReachesNoDataSource) {
  Session session = db().session();
  if (!mysql()) GTEST_SKIP() << "SQLite has no SHOW";
  std::string names;
  for (const auto& [name] : session.query<std::tuple<std::string>>("SHOW TABLES"))
    names += name + " ";
  EXPECT_EQ(names, "accounts countries times ");
}

constexpr auto kDialectName = [](const auto& test) {
  return test.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
};
INSTANTIATE_TEST_SUITE_P(Dialects, TransactionsTest,
                         testing::Values(Dialect::kSqlite, Dialect::kMySql), kDialectName);
INSTANTIATE_TEST_SUITE_P(Dialects, FaultyWritesTest,
                         testing::Values(Dialect::kSqlite, Dialect::kMySql), kDialectName);

}  // namespace
}  // namespace pando::test
