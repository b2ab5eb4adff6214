// A cached shape, bound to other literals, gives the plan that the text itself would give.

#include "router/plan/plan_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "router/sql/parser.h"
#include "rules/config.h"

namespace pando::plan {
namespace {

constexpr std::string_view kRules = R"toml(format = 1
[databases."shop[0..1]"]
write = "mysql://app@10.0.0.1{n}/shop{n}"
[tables]
orders = {by = "mod(user_id)", onto = "shop[0..1].orders_[0..1]"}
)toml";

class PlanCacheTest : public testing::Test {
 protected:
  PlanCacheTest() : rules_(*rules::parse_config(kRules, {})) { context_.rules = rules_.get(); }

  ShapePtr analyze_text(const std::string& text) {
    auto statement = sql::parse(text, sql::ParseOptions());
    EXPECT_TRUE(statement) << text;
    auto shape = analyze(std::make_shared<const sql::Statement>(std::move(*statement)), context_);
    EXPECT_TRUE(shape) << text;
    return *shape;
  }

  // Both ways; the cache must hit.
  void expect_same(const std::string& cached, const std::string& text) {
    PlanCache cache(16, sql::ParseOptions());
    cache.insert(cached, analyze_text(cached), 1);
    const auto hit = cache.find(text);
    ASSERT_TRUE(hit.has_value()) << text;
    const auto bound = hit->bind({}, context_);
    ASSERT_TRUE(bound) << text;
    const auto direct = plan::bind(*analyze_text(text), {}, context_);
    ASSERT_TRUE(direct) << text;
    EXPECT_EQ(bound->queries, direct->queries) << text;
    EXPECT_EQ(bound->merge, direct->merge) << text;
    EXPECT_EQ(bound->level, direct->level) << text;
  }
  bool hits(const std::string& cached, const std::string& text) {
    PlanCache cache(16, sql::ParseOptions());
    cache.insert(cached, analyze_text(cached), 1);
    return cache.find(text).has_value();
  }

  rules::RuleSetPtr rules_;
  PlanContext context_;
};

TEST_F(PlanCacheTest, OtherLiteralsOfOtherLengthGiveTheirOwnPlan) {
  expect_same("SELECT c FROM orders WHERE user_id = 7",
              "SELECT c FROM orders WHERE user_id = 123456");
  expect_same("SELECT c, 'x' FROM orders WHERE user_id = 7 AND d = 'abc'",
              "SELECT c, 'longer' FROM orders WHERE user_id = 2 AND d = ''");
  expect_same("SELECT 1, c FROM orders o WHERE o.user_id IN (1, 2, 3) LIMIT 5",
              "SELECT 1000, c FROM orders o WHERE o.user_id IN (100, 200, 3) LIMIT 50");
  expect_same("SELECT c FROM orders WHERE a = 1 LIMIT 2, 3",
              "SELECT c FROM orders WHERE a = 1000 LIMIT 20, 30");
}

// A sharding function may run statements of its own while the first one is bound.
TEST_F(PlanCacheTest, AHitKeepsItsLiteralsWhileTheThreadLooksForOthers) {
  const std::string text = "SELECT 'long enough', c FROM orders WHERE user_id = 123456 AND d = 1";
  const std::string other = "SELECT c FROM orders WHERE user_id IN (1, 2, 3, 4, 5, 6, 7, 8, 9)";
  PlanCache cache(16, sql::ParseOptions());
  cache.insert(text, analyze_text(text), 1);
  cache.insert(other, analyze_text(other), 1);
  const auto hit = cache.find(text);
  ASSERT_TRUE(hit.has_value());
  {
    const auto inner = cache.find(other);
    ASSERT_TRUE(inner.has_value());
  }
  const auto bound = hit->bind({}, context_);
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->queries, plan::bind(*analyze_text(text), {}, context_)->queries);
}

TEST_F(PlanCacheTest, APinnedLiteralMustBeTheSame) {
  EXPECT_TRUE(hits("SELECT a, b FROM orders WHERE c = 1 ORDER BY 2",
                   "SELECT a, b FROM orders WHERE c = 55 ORDER BY 2"));
  EXPECT_FALSE(hits("SELECT a, b FROM orders WHERE c = 1 ORDER BY 2",
                    "SELECT a, b FROM orders WHERE c = 1 ORDER BY 1"));
  expect_same("SELECT a, AVG(b + 1) FROM orders WHERE c = 1 GROUP BY 1",
              "SELECT a, AVG(b + 1) FROM orders WHERE c = 1000 GROUP BY 1");
}

TEST_F(PlanCacheTest, AnotherKindOfLiteralIsAnotherStatement) {
  EXPECT_FALSE(
      hits("SELECT c FROM orders WHERE user_id = 7", "SELECT c FROM orders WHERE user_id = '7'"));
}

TEST_F(PlanCacheTest, APointReadFillsTheThreadsPlanAgainAndIsAsIfMadeAnew) {
  const std::string texts[] = {
      "SELECT c FROM orders WHERE user_id = 7",
      "SELECT c FROM orders WHERE user_id = 123456",
      "SELECT a, b FROM orders o WHERE o.user_id = ? AND d = 'x' AND e = ?",
      "SELECT c FROM orders WHERE user_id = 8 FOR UPDATE",
      "SELECT c FROM orders WHERE user_id = 9",
  };
  PlanCache cache(16, sql::ParseOptions());
  for (const std::string& text : texts) cache.insert(text, analyze_text(text), 1);
  const Plan* last = nullptr;
  for (const std::string& text : texts) {
    const Value two[] = {Value::of_int(3), Value::of_int(4)};
    const std::span<const Value> values(two, text.find('?') == text.npos ? 0 : 2);
    const auto hit = cache.find(text);
    ASSERT_TRUE(hit.has_value()) << text;
    const std::shared_ptr<const Plan> plan = hit->bind_point(values);
    ASSERT_NE(plan, nullptr) << text;
    EXPECT_TRUE(last == nullptr || plan.get() == last) << text;
    const auto made = hit->bind(values, context_);
    ASSERT_TRUE(made) << text;
    EXPECT_EQ(plan->queries, made->queries) << text;
    EXPECT_EQ(plan->needs_writer, made->needs_writer) << text;
    last = plan.get();
  }
}

TEST_F(PlanCacheTest, APlanThatSomebodyStillHasIsNotFilledAgain) {
  const std::string text = "SELECT c FROM orders WHERE user_id = 7";
  const std::string other = "SELECT c FROM orders WHERE user_id = 8";
  PlanCache cache(16, sql::ParseOptions());
  cache.insert(text, analyze_text(text), 1);
  const std::shared_ptr<const Plan> used = cache.find(text)->bind_point({});
  ASSERT_NE(used, nullptr);
  const std::vector<PhysicalQuery> before = used->queries;
  EXPECT_NE(cache.find(other)->bind_point({}), used);
  EXPECT_EQ(used->queries, before);
}

TEST_F(PlanCacheTest, WhatIsNoPointReadHasNoShortWay) {
  const std::string scatter = "SELECT c FROM orders WHERE d = 1";
  const std::string point = "SELECT c FROM orders WHERE user_id = ?";
  PlanCache cache(16, sql::ParseOptions());
  cache.insert(scatter, analyze_text(scatter), 1);
  cache.insert(point, analyze_text(point), 1);
  EXPECT_EQ(cache.find(scatter)->bind_point({}), nullptr);
  EXPECT_EQ(cache.find(point)->bind_point({}), nullptr);  // A value is missing.
}

TEST_F(PlanCacheTest, TheOldestGoesFirstAndClearForgetsAll) {
  PlanCache cache(16, sql::ParseOptions());
  for (int i = 0; i < 500; ++i) {
    const std::string text = "SELECT c" + std::to_string(i) + " FROM orders WHERE user_id = 7";
    cache.insert(text, analyze_text(text), 1);
  }
  EXPECT_LE(cache.counts().entries, 16U);
  const std::string last = "SELECT c499 FROM orders WHERE user_id = 8";
  EXPECT_TRUE(cache.find(last).has_value());
  cache.clear();
  EXPECT_FALSE(cache.find(last).has_value());
  EXPECT_EQ(cache.counts().entries, 0U);
}

TEST_F(PlanCacheTest, CapacityZeroKeepsNothing) {
  PlanCache cache(0, sql::ParseOptions());
  const std::string text = "SELECT c FROM orders WHERE user_id = 7";
  cache.insert(text, analyze_text(text), 1);
  EXPECT_FALSE(cache.find(text).has_value());
}

}  // namespace
}  // namespace pando::plan
