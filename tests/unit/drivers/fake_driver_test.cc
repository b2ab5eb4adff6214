#include "drivers/fake/fake_driver.h"

#include <gtest/gtest.h>

#include <thread>

namespace pando::drivers::fake {
namespace {

ConnectOptions named(std::string name) {
  ConnectOptions options;
  options.dialect = Dialect::kSqlite;
  options.name = std::move(name);
  options.path = ":memory:";
  return options;
}

Error lost() { return Error(ErrorCode::kConnectionLost, "lost"); }

Column column(std::string name) {
  Column result;
  result.name = std::move(name);
  return result;
}

TEST(FakeDriverTest, GivesCannedRowsAndRecordsTheCalls) {
  FakeDriver driver;
  {
    const std::string text = "copied";
    driver.on("SELECT a", {.columns = {column("a")}, .rows = {{Value::of_text(text)}}});
  }
  auto c = std::move(*driver.connect(named("shop0")));
  auto reply = c->run("SELECT a");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->rows->columns()[0].name, "a");
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_text("copied"));
  EXPECT_FALSE(*reply->rows->next());
  reply->rows.reset();
  EXPECT_FALSE(c->busy());
  EXPECT_FALSE(c->run("SELECT b"));
  const auto records = driver.records();
  EXPECT_EQ(records[1].call, Call::kSend);
  EXPECT_EQ(records[1].sql, "SELECT a");
  EXPECT_EQ(records[1].data_source, "shop0");
  EXPECT_EQ(driver.count(Call::kNext), 2U);
}

TEST(FakeDriverTest, TheNthCallFailsAndNoOther) {
  FakeDriver driver;
  driver.otherwise({});
  auto c = std::move(*driver.connect(named("shop0")));
  driver.fail(Call::kReceive, 2, lost(), Damage::kBreaks);
  EXPECT_TRUE(c->run("a"));
  auto second = c->run("b");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().data_source(), "shop0");
  EXPECT_FALSE(c->usable());
  EXPECT_TRUE(c->run("c"));
}

TEST(FakeDriverTest, AnErrorInAStreamLasts) {
  FakeDriver driver;
  driver.otherwise({.columns = {column("a")}, .rows = {{Value::of_int(1)}, {Value::of_int(2)}}});
  auto c = std::move(*driver.connect(named("shop0")));
  driver.fail(Call::kNext, 2, lost());
  auto reply = c->run("a");
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_FALSE(reply->rows->next());
  EXPECT_FALSE(reply->rows->next());
}

TEST(FakeDriverTest, AHangEndsByReleaseOrCancel) {
  FakeDriver driver;
  driver.otherwise({});
  auto c = std::move(*driver.connect(named("shop0")));
  driver.hang(Call::kReceive);
  {
    std::jthread thread([&] { EXPECT_TRUE(c->run("a")); });
    driver.wait_until_hanging();
    driver.release();
  }
  driver.hang(Call::kReceive);
  std::jthread thread([&] {
    auto reply = c->run("b");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code(), ErrorCode::kCancelled);
  });
  driver.wait_until_hanging();
  c->cancel();
}

TEST(FakeDriverTest, InjectsFaultsIntoARealDriver) {
  FakeDriver driver(driver_for(Dialect::kSqlite));
  auto c = std::move(*driver.connect(named("shop0")));
  EXPECT_TRUE(c->run("CREATE TABLE t (a)"));
  driver.fail(Call::kReceive, 1, lost());
  EXPECT_FALSE(c->run("INSERT INTO t VALUES (1)"));  // Its answer is lost, its effect is not.
  auto reply = c->run("SELECT COUNT(*) FROM t");
  ASSERT_TRUE(reply);
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_int(1));
  EXPECT_TRUE(c->run("BEGIN"));
  EXPECT_TRUE(c->in_transaction());
  EXPECT_TRUE(c->describe("t"));
}

}  // namespace
}  // namespace pando::drivers::fake
