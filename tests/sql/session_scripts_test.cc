// Where transactions begin and end: scripts that must do on a session what they do on one server.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/sql/shops.h"

namespace pando::test {
namespace {

class SessionScriptsTest : public ShopsTest {
 protected:
  void SetUp() override {
    ShopsTest::SetUp();
    drivers::ConnectOptions options;
    if (mysql()) {
      alone_ = std::make_unique<TestDatabase>(shared_mariadb(0));
      options = alone_->options("alone");
    } else {
      options.dialect = Dialect::kSqlite;
      options.path = (directory_ / "alone.db").string();
    }
    auto connected = drivers::driver_for(GetParam()).connect(options);
    if (!connected) throw std::move(connected).error();
    server_ = *std::move(connected);
  }
  void TearDown() override {
    server_.reset();
    ShopsTest::TearDown();
  }

  // A letter for each statement: whether it was carried out.
  template <typename Run>
  static std::string outcome(const std::string& script, Run run) {
    std::string letters;
    std::istringstream statements(script);
    for (std::string sql; std::getline(statements, sql, ';');) {
      sql.erase(0, sql.find_first_not_of(' '));
      letters += run(sql) ? '+' : '-';
    }
    return letters;
  }
  void fill(const std::function<void(const std::string&)>& run) {
    run("DROP TABLE IF EXISTS accounts");
    run("CREATE TABLE accounts (id BIGINT NOT NULL PRIMARY KEY, n INT NOT NULL)");
    run("INSERT INTO accounts (id, n) VALUES (0, 10), (1, 11), (2, 12), (3, 13), (4, 14)");
  }
  std::string of_server(const std::string& script) {
    const auto must = [&](const std::string& sql) {
      const auto done = server_->run(sql);
      EXPECT_TRUE(done) << sql << ": " << done.error().message();
    };
    fill(must);
    EXPECT_TRUE(server_->reset());
    std::string text = outcome(script, [&](std::string sql) {
      if (mysql() && sql.ends_with(" shop")) sql.replace(sql.size() - 4, 4, alone_->name());
      const auto reply = server_->run(sql);
      while (reply && reply->rows) {
        const auto more = reply->rows->next();
        if (!more || !*more) break;
      }
      return reply.has_value();
    });
    EXPECT_TRUE(server_->reset());
    const auto reply = server_->run("SELECT id, n FROM accounts ORDER BY id");
    if (!reply) return text;
    while (*reply->rows->next()) {
      const Row row = reply->rows->row();
      text += " " + std::to_string(row[0].as_int()) + ":" + std::to_string(row[1].as_int());
    }
    return text;
  }
  std::string of_session(const std::string& script) {
    fill([&](const std::string& sql) { db().execute(sql); });
    std::string text;
    {
      Session session = db().session();
      text = outcome(script, [&](const std::string& sql) {
        const auto reply = session.run(sql);
        while (reply && reply->rows) {
          const auto more = reply->rows->next();
          if (!more || !*more) break;
        }
        return reply.has_value();
      });
    }
    std::string rows;
    (void)code_of([&] { rows = accounts(); });
    return rows.empty() ? text : text + " " + rows;
  }

  std::unique_ptr<TestDatabase> alone_;
  drivers::ConnectionPtr server_;
};

// `u0` to `u2` write to three shards, `q0` to `q2` read from them.
std::string spelled(std::string script) {
  for (const std::string id : {"0", "1", "2"}) {
    for (const auto& [word, sql] :
         {std::pair("u" + id, "UPDATE accounts SET n = n * 2 WHERE id = " + id),
          std::pair("q" + id, "SELECT n FROM accounts WHERE id = " + id)}) {
      for (std::size_t at = 0; (at = script.find(word, at)) != std::string::npos;) {
        script.replace(at, word.size(), sql);
        at += sql.size();
      }
    }
  }
  return script;
}

TEST_P(SessionScriptsTest, ASessionDoesWhatOneServerDoes) {
  const std::vector<std::string> mysql_scripts = {
      // SET autocommit = 1 commits if it was 0.
      "BEGIN; u0; SET autocommit = 1; ROLLBACK",
      "BEGIN; u0; u1; SET autocommit = ON; COMMIT",
      "SET autocommit = 0; u0; SET autocommit = 1; ROLLBACK",
      "SET autocommit = 0; BEGIN; u0; SET autocommit = 1; ROLLBACK",
      "BEGIN; u0; SET autocommit = 0; ROLLBACK",
      "BEGIN; u0; SET autocommit = 0; SET autocommit = 1; ROLLBACK",
      // What commits without saying so.
      "BEGIN; u0; LOCK TABLES accounts WRITE; UNLOCK TABLES; ROLLBACK",
      "BEGIN; u0; UNLOCK TABLES; u1; ROLLBACK",
      "SET autocommit = 0; LOCK TABLES accounts WRITE; u0; UNLOCK TABLES; ROLLBACK",
      "SET autocommit = 0; LOCK TABLES accounts WRITE; u0; ROLLBACK; u1; UNLOCK TABLES; ROLLBACK",
      "LOCK TABLES accounts WRITE; BEGIN; u0; UNLOCK TABLES; ROLLBACK",
      "LOCK TABLES accounts WRITE; u0; UNLOCK TABLES; UNLOCK TABLES; BEGIN; u1; UNLOCK TABLES; "
      "ROLLBACK",
      "BEGIN; u0; CREATE DATABASE IF NOT EXISTS shop; u1; ROLLBACK",
      "BEGIN; u0; BEGIN; u1; ROLLBACK",
      "BEGIN; u0; CREATE TABLE accounts (id BIGINT PRIMARY KEY); ROLLBACK",
      "BEGIN; u0; USE shop; u1; ROLLBACK",
      // Savepoints where no transaction is open.
      "ROLLBACK TO s; u0",
      "RELEASE SAVEPOINT s; u0",
      "SAVEPOINT s; ROLLBACK TO s; RELEASE SAVEPOINT s",
      "SET autocommit = 0; SAVEPOINT s; u0; ROLLBACK TO s; u1; COMMIT",
      "SET autocommit = 0; SAVEPOINT s; u0; RELEASE SAVEPOINT s; ROLLBACK TO s; u1; COMMIT",
      "SET autocommit = 0; ROLLBACK TO s; RELEASE SAVEPOINT s; u0; ROLLBACK",
      "SET autocommit = 0; SAVEPOINT s; COMMIT; ROLLBACK TO s; u0; COMMIT",
      "SET autocommit = 0; SAVEPOINT s; BEGIN; ROLLBACK TO s; u0; COMMIT",
      "SET autocommit = 0; SET @a = 1; q0; COMMIT; SAVEPOINT s; u0; u1; ROLLBACK TO s; COMMIT",
      "SET autocommit = 0; SAVEPOINT s; SET SESSION TRANSACTION READ ONLY; u0; COMMIT",
      "COMMIT; ROLLBACK; u0",
      // BEGIN settles what its transaction may do.
      "SET SESSION TRANSACTION READ ONLY; BEGIN; q0; SET SESSION TRANSACTION READ WRITE; u1; "
      "COMMIT",
      "SET SESSION TRANSACTION READ ONLY; BEGIN; SET SESSION TRANSACTION READ WRITE; u1; COMMIT; "
      "u2",
      "BEGIN; q0; SET SESSION TRANSACTION READ ONLY; u1; COMMIT; u2",
      "BEGIN; q0; SET SESSION TRANSACTION READ ONLY; u1; COMMIT; BEGIN; u2; COMMIT",
      "SET tx_read_only = 1; BEGIN; q0; SET tx_read_only = 0; u1; COMMIT; u2",
      "SET @a = 1; BEGIN; u0; SET @a = 7; SAVEPOINT s; SET @a = @a + 1; "
      "UPDATE accounts SET n = @a WHERE id = 1; ROLLBACK TO s; "
      "UPDATE accounts SET n = @a WHERE id = 2; COMMIT",
      "SET sql_mode = 'ANSI_QUOTES'; BEGIN; u0; SAVEPOINT \"a\"; SET sql_mode = ''; u1; "
      "ROLLBACK TO a; u2; COMMIT",
  };
  const std::vector<std::string> sqlite_scripts = {
      "COMMIT; u0",
      "ROLLBACK; u0",
      "END; u0",
      "BEGIN; u0; COMMIT; COMMIT",
      "BEGIN; u0; ROLLBACK; ROLLBACK",
      "BEGIN; u0; BEGIN; u1; COMMIT",
      // A savepoint outside of a transaction begins one, which ends with it.
      "SAVEPOINT s; u0; ROLLBACK; RELEASE s",
      "SAVEPOINT s; u0; COMMIT; RELEASE s",
      "SAVEPOINT s; u0; RELEASE s; ROLLBACK; u1",
      "SAVEPOINT s; u0; ROLLBACK TO s; u1; RELEASE s; COMMIT",
      "SAVEPOINT s; u0; SAVEPOINT t; u1; ROLLBACK TO s; u2; RELEASE s; ROLLBACK",
      "SAVEPOINT s; u0; SAVEPOINT s; u1; RELEASE s; u2; ROLLBACK",
      "SAVEPOINT s; u0; SAVEPOINT t; u1; RELEASE s; ROLLBACK",
      "SAVEPOINT s; u0; BEGIN; RELEASE s",
      "BEGIN; SAVEPOINT s; u0; RELEASE s; u1; ROLLBACK",
      "SAVEPOINT s; u0; RELEASE s; BEGIN; SAVEPOINT s; u1; RELEASE s; ROLLBACK",
      "ROLLBACK TO s; u0",
      "RELEASE s; u0",
  };
  for (const std::string& script : mysql() ? mysql_scripts : sqlite_scripts) {
    const std::string sql = spelled(script);
    EXPECT_EQ(of_session(sql), of_server(sql)) << script;
  }
}

// PANDO_RANDOM_SEED makes it run a seed again.
TEST_P(SessionScriptsTest, SoItDoesWithAnyScript) {
  std::vector<std::string> words = {"u0", "u1", "u2", "q0", "q1", "BEGIN", "COMMIT", "ROLLBACK"};
  for (const std::string name : {"s", "t"}) {
    for (const char* verb : {"SAVEPOINT ", "ROLLBACK TO ", "RELEASE SAVEPOINT "}) {
      words.push_back(verb + name);
    }
  }
  if (mysql()) {
    for (const char* sql :
         {"SET autocommit = 0", "SET autocommit = 1", "SET @v = 1", "SET @v = @v + 1",
          "UPDATE accounts SET n = n + @v WHERE id = 1", "SET NAMES utf8mb4", "UNLOCK TABLES"}) {
      words.emplace_back(sql);
    }
  } else {
    for (const char* sql :
         {"DROP TABLE accounts", "CREATE TABLE accounts (n INT, id BIGINT NOT NULL PRIMARY KEY)",
          "CREATE TABLE accounts (id BIGINT NOT NULL PRIMARY KEY, n INT)",
          "ALTER TABLE accounts RENAME COLUMN n TO m", "ALTER TABLE accounts RENAME COLUMN m TO n",
          "INSERT INTO accounts VALUES (7, 50), (8, 60)", "INSERT INTO accounts VALUES (9, 40)",
          "INSERT INTO accounts SELECT * FROM accounts"}) {
      words.emplace_back(sql);
    }
  }
  // One of these in each script: a server refuses some of one behind some of another, where Pando,
  // which takes no lock and makes no database, does not.
  const std::vector<std::vector<std::string>> more = {
      {"LOCK TABLES accounts WRITE"},
      {"CREATE DATABASE IF NOT EXISTS shop"},
      {"SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION READ WRITE",
       "START TRANSACTION READ ONLY", "START TRANSACTION READ WRITE"}};
  const char* given = std::getenv("PANDO_RANDOM_SEED");
  const std::uint64_t first = given ? std::stoull(given) : std::random_device{}();
  for (std::uint64_t seed = first; seed < first + (given ? 1 : 20); ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::string> known = words;
    const std::vector<std::string>& chosen = more[random() % more.size()];
    if (mysql()) known.insert(known.end(), chosen.begin(), chosen.end());
    std::string script = known[random() % known.size()];
    for (std::size_t length = 2 + random() % 10; length > 0; --length) {
      script += "; " + known[random() % known.size()];
    }
    const std::string sql = spelled(script);
    EXPECT_EQ(of_session(sql), of_server(sql)) << "PANDO_RANDOM_SEED=" << seed << "\n" << script;
  }
}

TEST_P(SessionScriptsTest, ASettingOfTheNextTransactionOnlyIsRefused) {
  if (!mysql()) GTEST_SKIP() << "SQLite has no SET";
  Session session = db().session();
  for (const char* sql : {"SET @@tx_read_only = 1", "SET @@transaction_isolation = 'SERIALIZABLE'",
                          "SET @a = 1, @@tx_isolation = 'SERIALIZABLE'"}) {
    EXPECT_EQ(code_of([&] { session.execute(sql); }), ErrorCode::kSessionStatement) << sql;
  }
  session.execute("SET @@session.tx_read_only = 1");
  EXPECT_TRUE(code_of([&] { session.execute("UPDATE accounts SET n = 0"); }).has_value());
}

TEST_P(SessionScriptsTest, ForeignKeysStayAsTheyWereAtBegin) {
  if (mysql()) GTEST_SKIP() << "it is a setting like others there";
  for (int shop = 0; shop < kShops; ++shop) {
    drivers::ConnectOptions options;
    options.dialect = Dialect::kSqlite;
    options.path = (directory_ / ("shop" + std::to_string(shop) + ".db")).string();
    auto file = drivers::driver_for(Dialect::kSqlite).connect(options);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->run("CREATE TABLE times (id INTEGER PRIMARY KEY REFERENCES accounts)"));
  }
  Session session = db().session();
  const auto insert = [&](int id) {
    return code_of([&] { session.execute("INSERT INTO times VALUES (?)", id); });
  };
  session.execute("PRAGMA foreign_keys = ON");
  session.execute("BEGIN");
  EXPECT_FALSE(insert(0));
  session.execute("PRAGMA foreign_keys = OFF");
  EXPECT_TRUE(insert(31));
  EXPECT_TRUE(insert(30));
  session.execute("COMMIT");
  EXPECT_TRUE(insert(31));
  session.execute("PRAGMA foreign_keys = OFF");
  EXPECT_FALSE(insert(31));
  session.execute("BEGIN");
  EXPECT_FALSE(insert(32));
  session.execute("PRAGMA foreign_keys = ON");
  EXPECT_FALSE(insert(33));
  session.execute("COMMIT");
  EXPECT_FALSE(insert(34));
}

INSTANTIATE_TEST_SUITE_P(Dialects, SessionScriptsTest,
                         testing::Values(Dialect::kSqlite, Dialect::kMySql), [](const auto& test) {
                           return test.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
                         });

}  // namespace
}  // namespace pando::test
