// Core: schemas and cached plans while the tables change.

#include "router/core.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "pando/sharding_function.h"
#include "router/session.h"
#include "rules/config.h"

namespace pando::router {
namespace {

using drivers::fake::Call;
using drivers::fake::FakeDriver;

// Table t (id, name) over two SQLite files, behind a fake driver that can hang.
class CoreTest : public ::testing::Test {
 protected:
  CoreTest() : fake_(drivers::driver_for(Dialect::kSqlite)) {
    std::string folder = (std::filesystem::temp_directory_path() / "pando-core-XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    auto rules = rules::parse_config(
        "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"sqlite:" + folder_ +
            "/shop{n}.db\"\n[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1].t\"}\n",
        {});
    EXPECT_TRUE(rules) << rules.error().message();
    core_ = std::make_shared<Core>(*rules, std::vector<drivers::Driver*>{&fake_, &fake_});
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
  }
  ~CoreTest() override {
    core_.reset();
    std::filesystem::remove_all(folder_);
  }

  void run(const std::string& sql) {
    auto reply = core_->run(sql, {});
    EXPECT_TRUE(reply) << sql << ": " << reply.error().message();
  }
  Result<std::shared_ptr<const plan::Plan>> plan(const std::string& sql,
                                                 std::vector<Value> parameters) {
    return core_->plan(sql, parameters, core_->parse_options(), core_->pooled());
  }

  FakeDriver fake_;
  std::string folder_;
  std::shared_ptr<Core> core_;
};

TEST_F(CoreTest, ACachedShapeThatNeedsAForgottenSchemaHasItReadAgain) {
  const std::string sql = "SELECT id FROM t WHERE id IN (?, ?) ORDER BY name";
  const auto one_shard = plan(sql, {Value::of_int(1), Value::of_int(3)});
  ASSERT_TRUE(one_shard) << one_shard.error().message();
  EXPECT_EQ((*one_shard)->queries.size(), 1u);
  ASSERT_EQ(core_->plans().counts().entries, 1u);

  core_->schemas().forget();  // As a schema change on another thread does, before it clears.
  const auto both = plan(sql, {Value::of_int(1), Value::of_int(2)});
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ((*both)->queries.size(), 2u);
}

TEST_F(CoreTest, ASchemaReadBeforeAChangeIsNotKeptAfterIt) {
  core_->schemas().forget();
  fake_.forget_records();
  fake_.hang(Call::kDescribe);
  std::jthread reader([&] { EXPECT_TRUE(core_->schemas().load("t", core_->pooled())); });
  fake_.wait_until_hanging();
  core_->schemas().forget();
  fake_.release();
  reader.join();
  EXPECT_EQ(fake_.count(Call::kDescribe), 2u);
  EXPECT_NE(core_->schemas().snapshot()->find("t"), nullptr);
}

TEST_F(CoreTest, ATableIsDescribedOnce) {
  core_->schemas().forget();
  fake_.forget_records();
  EXPECT_TRUE(core_->schemas().load("t", core_->pooled()));
  EXPECT_TRUE(core_->schemas().load("T", core_->pooled()));
  EXPECT_EQ(fake_.count(Call::kDescribe), 1u);
}

TEST_F(CoreTest, ACancelDuringPlanningIsNotForgotten) {
  const auto session = std::make_shared<SessionState>(core_);
  execute::CancelToken token;
  const std::vector<std::function<std::optional<ErrorCode>(std::string)>> ways = {
      [&](const std::string& sql) -> std::optional<ErrorCode> {
        const auto reply = session->run(sql, {});
        return reply ? std::nullopt : std::optional(reply.error().code());
      },
      [&](const std::string& sql) -> std::optional<ErrorCode> {
        const auto reply = core_->run(sql, {}, &token);
        return reply ? std::nullopt : std::optional(reply.error().code());
      },
      [&](const std::string&) -> std::optional<ErrorCode> {
        const auto measured = core_->measure("SELECT id FROM t ORDER BY name", {}, &token);
        return measured ? std::nullopt : std::optional(measured.error().code());
      },
  };
  for (const auto& way : ways) {
    for (const char* sql : {"INSERT INTO t VALUES (1, 'x')", "INSERT INTO t SELECT 1, 'x'"}) {
      core_->schemas().forget();
      core_->plans().clear();
      fake_.hang(Call::kDescribe);
      std::jthread statement([&] { EXPECT_EQ(way(sql), ErrorCode::kCancelled) << sql; });
      fake_.wait_until_hanging();
      session->cancel();
      token.cancel();
      fake_.release();
    }
  }
  // The next ones are not concerned.
  EXPECT_TRUE(session->run("INSERT INTO t VALUES (1, 'x')", {}));
  EXPECT_TRUE(core_->run("INSERT INTO t VALUES (2, 'x')", {}, &token));
}

// As another process changes it.
void alter(const std::string& file, const std::string& sql) {
  drivers::ConnectOptions options;
  options.dialect = Dialect::kSqlite;
  options.path = file;
  auto connection = drivers::driver_for(Dialect::kSqlite).connect(options);
  ASSERT_TRUE(connection) << connection.error().message();
  const auto done = (*connection)->run(sql);
  ASSERT_TRUE(done) << sql << ": " << done.error().message();
}

// Tables t (id, name), and u with keys from a segment, over two files, opened anew.
class FollowTest : public CoreTest {
 protected:
  void open(const std::string& limits) {
    auto rules = rules::parse_config(
        "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"sqlite:" + folder_ +
            "/shop{n}.db\"\n[databases.ids]\nwrite = \"sqlite:" + folder_ +
            "/ids.db\"\n[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1].t\"}\n"
            "u = {by = \"mod(k)\", onto = \"shop[0..1].u\", fill = {id = \"number\"}}\n"
            "[ids.number]\nsegment = {database = \"ids\", step = 10}\n" +
            limits,
        {});
    ASSERT_TRUE(rules) << rules.error().message();
    core_ = std::make_shared<Core>(*rules, std::vector<drivers::Driver*>{&fake_, &fake_});
  }
  std::string query(const std::string& sql) { return rows(core_->run(sql, {})); }
  static std::string rows(Result<Reply> reply) {
    if (!reply) return reply.error().message();
    std::string text;
    while (reply->rows) {
      const auto more = reply->rows->next();
      if (!more) return more.error().message();
      if (!*more) break;
      for (const Value& value : reply->rows->row()) {
        const bool words = value.kind() == ValueKind::kText;
        text += (words ? std::string(value.as_string()) : std::to_string(value.as_int())) + " ";
      }
    }
    return text;
  }
};

TEST_F(FollowTest, ATableThatAnotherProcessChangedIsReadAgainWhenItsSchemaHasGrownOld) {
  open("[limits]\nschema_life_ms = 0\n");
  const std::string insert = "INSERT INTO t VALUES (?, ?)";
  ASSERT_TRUE(core_->run(insert, std::vector{Value::of_int(1), Value::of_int(10)}));
  for (const char* file : {"/shop0.db", "/shop1.db"}) {
    alter(folder_ + file, "DROP TABLE t");
    alter(folder_ + file, "CREATE TABLE t (name TEXT, id INTEGER PRIMARY KEY)");
  }
  // The cached plan took the first value for the key.
  ASSERT_TRUE(core_->run(insert, std::vector{Value::of_int(1), Value::of_int(10)}));
  EXPECT_EQ(query("SELECT id, name FROM t WHERE id = 10"), "10 1 ");
  for (const char* file : {"/shop0.db", "/shop1.db"}) {
    alter(folder_ + file, "ALTER TABLE t ADD COLUMN more DEFAULT 5");
  }
  EXPECT_EQ(query("SELECT * FROM t WHERE id = 10"), "1 10 5 ");
  for (const char* file : {"/shop0.db", "/shop1.db"}) alter(folder_ + file, "DROP TABLE t");
  EXPECT_NE(query("SELECT * FROM t WHERE id = 10").find("t"), std::string::npos);
}

TEST_F(FollowTest, AKeyThatNamesMoreRowsThanItShouldTakesItsWriteBack) {
  open("[limits]\nschema_life_ms = 86400000\n");
  EXPECT_EQ(query("SELECT * FROM t"), "");
  for (const char* file : {"/shop0.db", "/shop1.db"}) {
    alter(folder_ + file, "DROP TABLE t");
    alter(folder_ + file, "CREATE TABLE t (id INTEGER, name TEXT)");
  }
  alter(folder_ + "/shop0.db", "INSERT INTO t VALUES (2, 'a'), (2, 'b')");
  alter(folder_ + "/shop1.db", "INSERT INTO t VALUES (3, 'c')");
  EXPECT_NE(query("UPDATE t SET name = 'z' ORDER BY id LIMIT 1").find("its key is none any more"),
            std::string::npos);
  EXPECT_EQ(query("SELECT name FROM t ORDER BY name"), "a b c ");
}

TEST_F(FollowTest, ATableIsReadOnceInAPeriod) {
  open("[limits]\nschema_life_ms = 86400000\n");
  fake_.forget_records();
  for (int i = 0; i < 3; ++i) query("SELECT name FROM t WHERE id = " + std::to_string(i));
  query("SELECT COUNT(*) FROM t");
  EXPECT_EQ(fake_.count(Call::kDescribe), 1u);
}

TEST_F(FollowTest, WhatIsKnownOfATableServesWhileNoDataSourceCanBeAsked) {
  open("[limits]\nschema_life_ms = 0\n");
  EXPECT_EQ(query("SELECT name FROM t WHERE id = 1"), "");
  for (const std::size_t nth : {1, 2}) {  // Both data sources are asked.
    fake_.fail(Call::kDescribe, nth, Error(ErrorCode::kUnreachable, "away"));
  }
  EXPECT_EQ(query("SELECT name FROM t WHERE id = 1"), "");
}

TEST_F(FollowTest, ATransactionLooksAtATableThroughItsOwnConnection) {
  open("[limits]\nschema_life_ms = 0\n[pool]\nsize = 1\nwait_ms = 1\n");
  const auto session = std::make_shared<SessionState>(core_);
  ASSERT_TRUE(session->begin(session->default_begin()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(rows(session->run("SELECT name FROM t WHERE id = 9", {})), "");
    EXPECT_EQ(rows(session->run("INSERT INTO t (id, name) VALUES (" + std::to_string(2 * i) +
                                    ", 'x'), (" + std::to_string(2 * i + 1) + ", 'y')",
                                {})),
              "");
  }
  EXPECT_TRUE(session->commit());
  EXPECT_EQ(query("SELECT COUNT(*) FROM t"), "4 ");
}

TEST_F(FollowTest, KeysThatRowsBringAreNotGivenToOthers) {
  open("");
  ASSERT_EQ(query("CREATE TABLE u (id INTEGER, k INTEGER)"), "");
  EXPECT_EQ(query("INSERT INTO u (id, k) VALUES (100, 1), (NULL, 2), (102, 3), (NULL, 4)"), "");
  EXPECT_EQ(query("SELECT id FROM u ORDER BY k"), "100 103 102 104 ");
  const auto session = std::make_shared<SessionState>(core_);
  ASSERT_TRUE(session->begin(session->default_begin()));
  EXPECT_EQ(rows(session->run("INSERT INTO u (id, k) VALUES (200, 5)", {})), "");
  EXPECT_EQ(rows(session->run("INSERT INTO u (k) VALUES (6)", {})), "");
  ASSERT_TRUE(session->commit());
  EXPECT_EQ(query("SELECT COUNT(DISTINCT id), COUNT(*) FROM u"), "6 6 ");
  EXPECT_NE(query("INSERT INTO u (id, k) VALUES (1 + 200, 7)").find("is not a plain number"),
            std::string::npos);
}

// A function of the application that knows no place for anything.
class ThrowingFunction final : public ShardingFunction {
 public:
  Result<std::size_t> locate(std::span<const Value>, std::size_t) const override {
    throw std::runtime_error("no place");
  }
};

TEST(CoreRoutingTest, AReadWhoseKeyTheApplicationCannotPlaceGoesToAllShards) {
  rules::ConfigOptions options;
  options.functions["mine"] = std::make_shared<ThrowingFunction>();
  auto rules = rules::parse_config(
      "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"sqlite:shop{n}.db\"\n"
      "[tables]\nt = {by = \"mine(id)\", onto = \"shop[0..1].t\"}\n",
      std::move(options));
  ASSERT_TRUE(rules) << rules.error().message();
  FakeDriver fake;
  drivers::TableSchema table;
  table.table = "t";
  table.columns.emplace_back();
  table.columns.back().name = "id";
  table.columns.back().type = SqlType::kInt64;
  fake.describe_as(table);
  const auto core = std::make_shared<Core>(*rules, std::vector<drivers::Driver*>{&fake, &fake});
  for (const char* sql : {"SELECT * FROM t WHERE id = 7", "SELECT * FROM t WHERE id IN (7)"}) {
    const auto plan = core->plan(sql, {}, core->parse_options(), core->pooled());
    ASSERT_TRUE(plan) << plan.error().message();
    EXPECT_EQ((*plan)->queries.size(), 2u) << sql;
  }
}

TEST(CoreRoutingTest, ATableWhoseRowsTheDatabaseWouldMoveOrRankIsNotSplit) {
  const auto rules = rules::parse_config(
      "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"sqlite:shop{n}.db\"\n"
      "[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1].t\"}\n",
      {});
  ASSERT_TRUE(rules) << rules.error().message();
  for (const int fault : {0, 1, 2, 3}) {
    drivers::TableSchema table;
    table.table = "t";
    table.is_virtual = fault == 1;
    drivers::ColumnSchema& id = table.columns.emplace_back();
    id.name = "id";
    id.type = SqlType::kInt64;
    id.generated = fault == 2;
    id.updates_itself = fault == 3;
    FakeDriver fake;
    fake.describe_as(table);
    const auto core = std::make_shared<Core>(*rules, std::vector<drivers::Driver*>{&fake, &fake});
    const auto plan = core->plan("SELECT * FROM t", {}, core->parse_options(), core->pooled());
    if (fault == 0) {
      EXPECT_TRUE(plan) << plan.error().message();
    } else {
      ASSERT_FALSE(plan) << fault;
      EXPECT_EQ(plan.error().code(), ErrorCode::kKeyTypeMismatch) << fault;
    }
  }
}

}  // namespace
}  // namespace pando::router
