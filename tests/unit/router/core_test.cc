// Core: schemas and cached plans while the tables change.

#include "router/core.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "pando/sharding_function.h"
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
    return core_->plan(sql, parameters, core_->parse_options());
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

  core_->schemas().forget({});  // As a schema change on another thread does, before it clears.
  const auto both = plan(sql, {Value::of_int(1), Value::of_int(2)});
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ((*both)->queries.size(), 2u);
}

TEST_F(CoreTest, ASchemaReadBeforeAChangeIsNotKeptAfterIt) {
  core_->schemas().forget({});
  fake_.forget_records();
  fake_.hang(Call::kDescribe);
  std::jthread reader([&] { EXPECT_TRUE(core_->schemas().load("t")); });
  fake_.wait_until_hanging();
  core_->schemas().forget({});
  fake_.release();
  reader.join();
  EXPECT_EQ(fake_.count(Call::kDescribe), 2u);
  EXPECT_NE(core_->schemas().snapshot()->find("t"), nullptr);
}

TEST_F(CoreTest, ATableIsDescribedOnce) {
  core_->schemas().forget({});
  fake_.forget_records();
  EXPECT_TRUE(core_->schemas().load("t"));
  EXPECT_TRUE(core_->schemas().load("T"));
  EXPECT_EQ(fake_.count(Call::kDescribe), 1u);
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
    const auto plan = core->plan(sql, {}, core->parse_options());
    ASSERT_TRUE(plan) << plan.error().message();
    EXPECT_EQ((*plan)->queries.size(), 2u) << sql;
  }
}

}  // namespace
}  // namespace pando::router
