// Schema changes that fail on one shard, and are completed by running the same statement again:
// through real data sources, SQLite files and MariaDB.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "pando/pando.h"
#include "router/core.h"
#include "rules/config.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

using drivers::fake::Call;
using drivers::fake::Damage;
using drivers::fake::FakeDriver;

constexpr std::size_t kShops = 2;
constexpr const char* kRules =
    "[tables]\n"
    "orders = {by = \"mod(user_id)\", onto = \"shop[0..1].orders_[0..1]\"}\n"
    "items = {with = \"orders\", key = \"user_id\", onto = \"shop[0..1].items_[0..1]\"}\n"
    "archived = {with = \"orders\", key = \"user_id\", onto = \"shop[0..1].archived_[0..1]\"}\n"
    "regions = {copy = \"shop[0..1]\"}\n";

// Two data sources with two physical tables each. A fault hits shop1's orders_0 or items_0 only.
class SchemaChangesTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_ddl_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    std::ostringstream toml;
    toml << "format = 1\n";
    for (std::size_t i = 0; i < kShops; ++i) {
      drivers::ConnectOptions options;
      options.dialect = GetParam();
      options.path = pattern + "/shop" + std::to_string(i) + ".db";
      std::string place = "sqlite:shop" + std::to_string(i) + ".db";
      if (mysql()) {
        MariaDbServer& server = shared_mariadb(i);
        databases_.push_back(std::make_unique<TestDatabase>(server));
        options = databases_.back()->options();
        place = "mysql://" + server.user() + ":" + server.password() + "@" + server.host() + ":" +
                std::to_string(server.port()) + "/" + databases_.back()->name();
      }
      options.name = "direct" + std::to_string(i);
      places_.push_back(options);
      toml << "[databases.shop" << i << "]\nwrite = \"" << place << "\"\n";
    }
    toml << kRules;
    std::ofstream(config()) << toml.str();
    database_.emplace(open(config()));
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  bool mysql() const { return GetParam() == Dialect::kMySql; }
  std::string config() const { return (directory_ / "pando.toml").string(); }
  void run(const std::string& sql) { database_->execute(sql); }
  std::optional<Error> error_of(const std::string& sql) {
    auto result = database_->try_execute(sql);
    if (result) return std::nullopt;
    return result.error();
  }

  // Past Pando, on one data source.
  std::vector<std::string> direct(std::size_t shop, const std::string& sql) {
    auto connection = drivers::driver_for(GetParam()).connect(places_[shop]);
    EXPECT_TRUE(connection);
    auto reply = (*connection)->run(sql);
    EXPECT_TRUE(reply) << sql << ": " << (reply ? "" : reply.error().native_message());
    std::vector<std::string> cells;
    if (!reply || !reply->rows) return cells;
    while (*reply->rows->next()) {
      const Value& value = reply->rows->row()[0];
      cells.push_back(value.kind() == ValueKind::kText ? std::string(value.as_string())
                                                       : std::to_string(value.as_int()));
    }
    return cells;
  }

  // Columns, keys and constraints of a physical table; "none" if there is no such table.
  std::string shape(std::size_t shop, const std::string& table) {
    auto connection = drivers::driver_for(GetParam()).connect(places_[shop]);
    EXPECT_TRUE(connection);
    const auto schema = (*connection)->describe(table);
    if (!schema) return "none";
    std::string text = schema->is_view ? "view" : "";
    for (const auto& column : schema->columns) text += (text.empty() ? "" : " ") + column.name;
    std::vector<std::string> keys;
    for (const auto& key : schema->keys) {
      keys.push_back(key.primary ? " pk" : key.unique ? " unique" : " index");
      for (const std::string& column : key.columns) keys.back() += "/" + column;
    }
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) text += key;
    const std::string count =
        mysql() ? "SELECT COUNT(*) FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = "
                  "DATABASE() AND TABLE_NAME = '" +
                      table + "' AND CONSTRAINT_TYPE = '"
                : "SELECT COUNT(*) FROM pragma_foreign_key_list('" + table + "') WHERE '' <> '";
    const std::string foreign = direct(shop, count + "FOREIGN KEY'")[0];
    if (foreign != "0") text += " fk*" + foreign;
    const std::string checks = mysql() ? direct(shop, count + "CHECK'")[0] : "0";
    if (checks != "0") text += " check*" + checks;
    return text;
  }

  // The shape that all four have, or a line for each.
  std::string shapes(const std::string& table) {
    std::vector<std::string> all;
    for (std::size_t shop = 0; shop < kShops; ++shop) {
      for (const char* number : {"_0", "_1"}) all.push_back(shape(shop, table + number));
    }
    if (std::equal(all.begin() + 1, all.end(), all.begin())) return all[0];
    std::string text = "differ:";
    for (const std::string& one : all) text += "\n  " + one;
    return text;
  }

  void make_tables() {
    run("CREATE TABLE orders (user_id INTEGER NOT NULL, id INTEGER NOT NULL, c INTEGER, d INTEGER, "
        "PRIMARY KEY (user_id, id))");
    run("CREATE TABLE items (user_id INTEGER NOT NULL, id INTEGER NOT NULL, n INTEGER, "
        "PRIMARY KEY (user_id, id, n))");
  }

  // The statement fails on the one shard, naming it; again, before and after the obstacle is away.
  void expect_completed(const std::string& sql, const std::string& obstacle,
                        const std::string& remedy) {
    SCOPED_TRACE(sql);
    direct(1, obstacle);
    for (int i = 0; i < 2; ++i) {
      const auto error = error_of(sql);
      ASSERT_TRUE(error) << "as if all were done";
      EXPECT_EQ(error->code(), ErrorCode::kPartialDdl) << error->message();
      EXPECT_EQ(error->outcome(), Outcome::kPartial);
      EXPECT_NE(error->message().find("1 of 4"), std::string::npos) << error->message();
      EXPECT_NE(error->message().find("shard 2: "), std::string::npos) << error->message();
      EXPECT_EQ(error->data_source(), "shop1");
    }
    direct(1, remedy);
    const auto error = error_of(sql);
    EXPECT_FALSE(error) << error->message() << error->native_message();
    const auto again = error_of(sql);  // Nothing is left to do.
    if (again) {
      EXPECT_NE(again->code(), ErrorCode::kPartialDdl) << again->message();
    }
  }

  std::shared_ptr<router::Core> faulty(FakeDriver& fake) {
    rules::ConfigOptions options;
    options.directory = directory_.string();
    auto rules = rules::load_config(config(), std::move(options));
    if (!rules) throw std::move(rules).error();
    return std::make_shared<router::Core>(*std::move(rules),
                                          std::vector<drivers::Driver*>(kShops, &fake));
  }

  std::filesystem::path directory_;
  std::vector<std::unique_ptr<TestDatabase>> databases_;
  std::vector<drivers::ConnectOptions> places_;
  std::optional<Database> database_;
};

TEST_P(SchemaChangesTest, CreateTable) {
  expect_completed("CREATE TABLE orders (user_id INTEGER NOT NULL PRIMARY KEY, c INTEGER UNIQUE)",
                   "CREATE TABLE orders_0 (user_id INTEGER NOT NULL PRIMARY KEY, c INTEGER)",
                   "DROP TABLE orders_0");
  EXPECT_EQ(shapes("orders"), "user_id c pk/user_id unique/c");
}

TEST_P(SchemaChangesTest, AForeignKeyBetweenBoundTables) {
  run("CREATE TABLE orders (user_id INTEGER NOT NULL PRIMARY KEY)");
  const std::string items =
      "CREATE TABLE items (user_id INTEGER NOT NULL, n INTEGER, CONSTRAINT of_order FOREIGN KEY "
      "(user_id) REFERENCES orders (user_id))";
  if (mysql()) {
    expect_completed(items, "ALTER TABLE orders_0 ENGINE = Aria, RENAME TO away",
                     "ALTER TABLE away ENGINE = InnoDB, RENAME TO orders_0");
    EXPECT_EQ(shapes("items"), "user_id n index/user_id fk*1");
  } else {
    run(items);
    EXPECT_EQ(shapes("items"), "user_id n fk*1");
  }
  run("INSERT INTO orders (user_id) VALUES (0), (1), (2), (3)");
  run("INSERT INTO items (user_id, n) VALUES (0, 1), (1, 1), (2, 1), (3, 1)");
  const auto error = error_of("INSERT INTO items (user_id, n) VALUES (6, 1)");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kConstraint) << error->message();
}

TEST_P(SchemaChangesTest, AUniqueIndexThatOneShardsRowsBreak) {
  make_tables();
  const std::string drop = mysql() ? "DROP INDEX by_c ON orders" : "DROP INDEX by_c";
  expect_completed("CREATE UNIQUE INDEX by_c ON orders (c)",
                   "INSERT INTO orders_0 (user_id, id, c) VALUES (2, 1, 5), (2, 2, 5)",
                   "DELETE FROM orders_0");
  EXPECT_EQ(shapes("orders"), "user_id id c d pk/user_id/id unique/c");
  direct(1, mysql() ? "DROP INDEX by_c ON orders_0" : "DROP INDEX by_c__2");
  EXPECT_FALSE(error_of(drop));
  EXPECT_EQ(shapes("orders"), "user_id id c d pk/user_id/id");
  EXPECT_TRUE(error_of(drop));
}

TEST_P(SchemaChangesTest, AnIndexOfThatNameOnOtherColumnsIsNotIt) {
  make_tables();
  expect_completed(
      "CREATE INDEX by_c ON orders (c)",
      mysql() ? "CREATE INDEX by_c ON orders_0 (d)" : "CREATE INDEX by_c__2 ON orders_0 (d)",
      mysql() ? "DROP INDEX by_c ON orders_0" : "DROP INDEX by_c__2");
  EXPECT_EQ(shapes("orders"), "user_id id c d index/c pk/user_id/id");
}

TEST_P(SchemaChangesTest, ActionsOfAlterTable) {
  make_tables();
  if (!mysql()) {  // One action each.
    expect_completed("ALTER TABLE orders ADD COLUMN e INTEGER",
                     "ALTER TABLE orders_0 ADD COLUMN e TEXT",
                     "ALTER TABLE orders_0 DROP COLUMN e");
    expect_completed("ALTER TABLE orders DROP COLUMN d", "CREATE INDEX i ON orders_0 (d)",
                     "DROP INDEX i");
    EXPECT_EQ(shapes("orders"), "user_id id c e pk/user_id/id");
    return;
  }
  // What has no name must not come twice where it was done.
  const std::string twice =
      "INSERT INTO orders_0 (user_id, id, c, d) VALUES (2, 1, 5, 5), (2, 2, 5, 5)";
  run("CREATE INDEX c ON orders (c)");
  expect_completed("ALTER TABLE orders DROP INDEX c, ADD UNIQUE (c, d)", twice,
                   "DELETE FROM orders_0");
  EXPECT_EQ(shapes("orders"), "user_id id c d pk/user_id/id unique/c/d");
  run("DROP INDEX c ON orders");
  expect_completed("ALTER TABLE orders ADD UNIQUE (c)", twice, "DELETE FROM orders_0");
  EXPECT_EQ(shapes("orders"), "user_id id c d pk/user_id/id unique/c");
  run("DROP INDEX c ON orders");
  run("CREATE INDEX c ON orders (d)");
  expect_completed("ALTER TABLE orders ADD INDEX (c, d), ADD UNIQUE (c), ADD INDEX (d, c)", twice,
                   "DELETE FROM orders_0");
  EXPECT_EQ(shapes("orders"), "user_id id c d index/c/d index/d index/d/c pk/user_id/id unique/c");
  EXPECT_EQ(direct(1,
                   "SELECT GROUP_CONCAT(DISTINCT INDEX_NAME ORDER BY INDEX_NAME) FROM "
                   "information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME "
                   "= 'orders_0'"),
            std::vector<std::string>{"c,c_2,c_3,d,PRIMARY"});
  expect_completed("ALTER TABLE orders ADD COLUMN e INT, DROP COLUMN d, CHANGE c f BIGINT",
                   "ALTER TABLE orders_0 ADD COLUMN e INT", "ALTER TABLE orders_0 DROP COLUMN e");
}

TEST_P(SchemaChangesTest, ForeignKeysAndChecksWithoutAName) {
  if (!mysql()) GTEST_SKIP() << "SQLite's ALTER TABLE adds none";
  make_tables();
  expect_completed(
      "ALTER TABLE items ADD FOREIGN KEY (user_id, id) REFERENCES orders (user_id, id)",
      "INSERT INTO items_0 (user_id, id, n) VALUES (2, 1, 1)", "DELETE FROM items_0");
  direct(1, "INSERT INTO orders_0 (user_id, id) VALUES (2, 9)");
  expect_completed("ALTER TABLE items ADD CHECK (n > 0)",
                   "INSERT INTO items_0 (user_id, id, n) VALUES (2, 9, 0)", "DELETE FROM items_0");
  EXPECT_EQ(shapes("items"), "user_id id n pk/user_id/id/n fk*1 check*1");
}

TEST_P(SchemaChangesTest, WhatOneTableRefusesIsNotHalfDone) {
  make_tables();
  if (!mysql()) GTEST_SKIP() << "SQLite's ALTER TABLE has one action";
  // One database would change nothing: c is there already.
  const auto error = error_of("ALTER TABLE orders ADD COLUMN e INT, ADD COLUMN c INT");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->native_code(), 1060) << error->message();
  EXPECT_EQ(shapes("orders"), "user_id id c d pk/user_id/id");
}

TEST_P(SchemaChangesTest, RenameTable) {
  make_tables();
  run("INSERT INTO orders (user_id, id, c) VALUES (0, 1, 0), (1, 1, 1), (2, 1, 2), (3, 1, 3)");
  expect_completed(
      mysql() ? "RENAME TABLE orders TO archived" : "ALTER TABLE orders RENAME TO archived",
      "CREATE TABLE archived_0 (id INTEGER)", "DROP TABLE archived_0");
  EXPECT_EQ(shapes("orders"), "none");
  EXPECT_EQ(shapes("archived"), "user_id id c d pk/user_id/id");
  EXPECT_EQ(std::get<0>(*database_
                             ->query<std::tuple<std::int64_t>>(
                                 "SELECT COUNT(*) FROM archived WHERE c = user_id")
                             .begin()),
            4);
}

TEST_P(SchemaChangesTest, ATableThatTakesTheNameOfAnother) {
  if (!mysql()) GTEST_SKIP() << "SQLite renames one table at a time";
  make_tables();
  expect_completed("RENAME TABLE orders TO archived, items TO orders",
                   "CREATE TABLE archived_0 (id INTEGER)", "DROP TABLE archived_0");
  EXPECT_EQ(shapes("items"), "none");
  EXPECT_EQ(shapes("orders"), "user_id id n pk/user_id/id/n");
  EXPECT_EQ(shapes("archived"), "user_id id c d pk/user_id/id");
}

TEST_P(SchemaChangesTest, DropTable) {
  make_tables();
  // Something else needs the one table.
  direct(1, "INSERT INTO orders_0 (user_id, id) VALUES (2, 1)");
  direct(1,
         "CREATE TABLE holder (u INTEGER NOT NULL, i INTEGER NOT NULL, FOREIGN KEY (u, i) "
         "REFERENCES orders_0 (user_id, id))");
  expect_completed("DROP TABLE orders", "INSERT INTO holder (u, i) VALUES (2, 1)",
                   "DROP TABLE holder");
  EXPECT_EQ(shapes("orders"), "none");
}

TEST_P(SchemaChangesTest, TruncateReachesEveryTableAndMayBeRunAgain) {
  make_tables();
  run("INSERT INTO orders (user_id, id) VALUES (0, 1), (1, 1), (2, 1), (3, 1)");
  const std::string sql = mysql() ? "TRUNCATE TABLE orders" : "DELETE FROM orders";
  run(sql);
  run(sql);
  EXPECT_EQ(std::get<0>(
                *database_->query<std::tuple<std::int64_t>>("SELECT COUNT(*) FROM orders").begin()),
            0);
}

// Wherever the answer of a shard is lost, the statement run again brings all tables to one shape.
TEST_P(SchemaChangesTest, AnAnswerThatIsLostAnywhereIsCompletedByRunningAgain) {
  make_tables();
  const std::vector<std::string> statements =
      mysql() ? std::vector<std::string>{"ALTER TABLE orders ADD INDEX (c), ADD UNIQUE (c, d), ADD "
                                         "CHECK (c > 0), ADD COLUMN e INT",
                                         "ALTER TABLE items ADD FOREIGN KEY (user_id, id) "
                                         "REFERENCES orders (user_id, id)"}
              : std::vector<std::string>{"CREATE UNIQUE INDEX by_c ON orders (c)",
                                         "ALTER TABLE items ADD COLUMN e INTEGER"};
  for (const Call call : {Call::kSend, Call::kReceive}) {
    for (std::size_t nth = 1; nth <= 4; ++nth) {
      SCOPED_TRACE("call " + std::to_string(nth) + (call == Call::kSend ? " sent" : " received"));
      run("DROP TABLE items");
      run("DROP TABLE orders");
      make_tables();
      FakeDriver fake(drivers::driver_for(GetParam()));
      const auto core = faulty(fake);
      for (const std::string& sql : statements) {
        ASSERT_TRUE(core->run("SELECT COUNT(*) FROM orders", {}));
        fake.fail(call, nth, Error(ErrorCode::kConnectionLost, "injected"), Damage::kBreaks);
        for (int runs = 0; runs < 3; ++runs) (void)core->run(sql, {});
      }
      EXPECT_EQ(shapes("orders"), mysql()
                                      ? "user_id id c d e index/c pk/user_id/id unique/c/d check*1"
                                      : "user_id id c d pk/user_id/id unique/c");
      EXPECT_EQ(shapes("items"),
                mysql() ? "user_id id n pk/user_id/id/n fk*1" : "user_id id n e pk/user_id/id/n");
    }
  }
}

TEST_P(SchemaChangesTest, AServerThatIsDownStopsItBeforeAnythingIsChanged) {
  if (!mysql()) GTEST_SKIP() << "no server";
  auto server = MariaDbServer::start();
  {
    TestDatabase dying(*server);
    const std::string file = (directory_ / "dying.toml").string();
    std::ofstream(file) << "format = 1\n[databases.shop0]\nwrite = \"mysql://"
                        << shared_mariadb().user() << ":" << shared_mariadb().password()
                        << "@127.0.0.1:" << shared_mariadb().port() << "/" << databases_[0]->name()
                        << "\"\n[databases.shop1]\nwrite = \"mysql://" << server->user() << ":"
                        << server->password() << "@127.0.0.1:" << server->port() << "/"
                        << dying.name() << "\"\n"
                        << kRules;
    Database db = open(file);
    db.execute("CREATE TABLE orders (user_id INTEGER NOT NULL PRIMARY KEY, c INTEGER)");
    server->kill();
    const std::string sql = "ALTER TABLE orders ADD INDEX (c)";
    auto down = db.try_execute(sql);
    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().category(), ErrorCategory::kUnreachable) << down.error().message();
    EXPECT_EQ(down.error().data_source(), "shop1");
    EXPECT_EQ(shape(0, "orders_0"), "user_id c pk/user_id");
    server->restart();
    EXPECT_TRUE(db.try_execute(sql));
    EXPECT_EQ(shape(0, "orders_0"), "user_id c index/c pk/user_id");
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, SchemaChangesTest,
                         testing::Values(Dialect::kMySql, Dialect::kSqlite), [](const auto& each) {
                           return each.param == Dialect::kMySql ? "MariaDb" : "Sqlite";
                         });

}  // namespace
}  // namespace pando::test
