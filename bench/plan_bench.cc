// Text to plan: uncached, bound from a shape, and from the cache.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "router/plan/plan_cache.h"
#include "router/plan/planner.h"
#include "router/sql/parser.h"
#include "rules/config.h"

namespace {

using namespace pando;

constexpr std::string_view kRules = R"toml(format = 1
[databases."shop[0..3]"]
write = "mysql://app@10.0.0.1{n}/shop{n}"
[tables]
t       = {by = "hash(id)", slots = 1024, onto = "shop[0..3].t"}
orders  = {by = "hash(user_id)", slots = 1024, onto = "shop[0..3].orders_[00..15]"}
items   = {with = "orders", key = "user_id", onto = "shop[0..3].items_[00..15]"}
)toml";

constexpr const char* kPoint = "SELECT c FROM t WHERE id = 1";
constexpr const char* kSplitPoint = "SELECT c FROM orders WHERE user_id = 1";
constexpr const char* kParameter = "SELECT c FROM t WHERE id = ?";
constexpr const char* kJoin =
    "SELECT o.status, COUNT(*), SUM(i.n) FROM orders o JOIN items i ON i.user_id = o.user_id AND "
    "i.order_id = o.id WHERE o.user_id = 17 AND o.created > '2024-01-01' GROUP BY o.status ORDER "
    "BY o.status";
constexpr const char* kScatter =
    "SELECT o.status, COUNT(*) FROM orders o WHERE o.created > '2024-01-01' GROUP BY o.status";

const rules::RuleSet& rule_set() {
  static const rules::RuleSetPtr rules = *rules::parse_config(kRules, {});
  return *rules;
}
plan::PlanContext make_context() {
  plan::PlanContext context;
  context.rules = &rule_set();
  return context;
}
std::shared_ptr<const sql::Statement> parse_text(const char* text) {
  return std::make_shared<const sql::Statement>(*sql::parse(text, sql::ParseOptions()));
}
std::vector<Value> values_for(const char* text) {
  return std::vector<Value>(parse_text(text)->parameter_count(), Value::of_int(17));
}

void parse_only(benchmark::State& state, const char* text) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_text(text));
}
void text_to_plan(benchmark::State& state, const char* text) {
  const plan::PlanContext context = make_context();
  const auto values = values_for(text);
  for (auto _ : state) {
    auto shape = plan::analyze(parse_text(text), context);
    benchmark::DoNotOptimize(plan::bind(**shape, values, context));
  }
}
void bind_only(benchmark::State& state, const char* text) {
  const plan::PlanContext context = make_context();
  const auto values = values_for(text);
  const auto shape = plan::analyze(parse_text(text), context);
  for (auto _ : state) benchmark::DoNotOptimize(plan::bind(**shape, values, context));
}
void from_cache(benchmark::State& state, const char* text) {
  const plan::PlanContext context = make_context();
  const auto values = values_for(text);
  plan::PlanCache cache(128, sql::ParseOptions());
  cache.insert(text, *plan::analyze(parse_text(text), context), 1);
  for (auto _ : state) benchmark::DoNotOptimize(cache.find(text)->bind(values, context));
}

BENCHMARK_CAPTURE(parse_only, point, kPoint);
BENCHMARK_CAPTURE(text_to_plan, point, kPoint);
BENCHMARK_CAPTURE(bind_only, point, kPoint);
BENCHMARK_CAPTURE(from_cache, point, kPoint);
BENCHMARK_CAPTURE(text_to_plan, split_point, kSplitPoint);
BENCHMARK_CAPTURE(bind_only, split_point, kSplitPoint);
BENCHMARK_CAPTURE(from_cache, split_point, kSplitPoint);
BENCHMARK_CAPTURE(bind_only, parameter, kParameter);
BENCHMARK_CAPTURE(from_cache, parameter, kParameter);
BENCHMARK_CAPTURE(parse_only, join, kJoin);
BENCHMARK_CAPTURE(text_to_plan, join, kJoin);
BENCHMARK_CAPTURE(from_cache, join, kJoin);
BENCHMARK_CAPTURE(text_to_plan, scatter, kScatter);
BENCHMARK_CAPTURE(from_cache, scatter, kScatter);

}  // namespace

BENCHMARK_MAIN();
