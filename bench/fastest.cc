// The pure functions' times on a machine that does other things too.
//
//   build/bench/bench/fastest [bursts]
//
// Each function runs in bursts of 100 calls, and the fastest burst counts: one that nothing
// interrupted. Google Benchmark's means, beside these, say more about an idle machine.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "router/plan/plan_cache.h"
#include "router/plan/planner.h"
#include "router/sql/normalize.h"
#include "router/sql/parser.h"
#include "rules/config.h"

namespace {

using namespace pando;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kRules = R"toml(format = 1
[databases."shop[0..3]"]
write = "mysql://app@10.0.0.1{n}/shop{n}"
[tables]
t       = {by = "hash(id)", slots = 1024, onto = "shop[0..3].t"}
users   = {by = "hash(id)", slots = 1024, onto = "shop[0..3].users_[00..15]"}
orders  = {with = "users", key = "user_id", onto = "shop[0..3].orders_[00..15]"}
)toml";

constexpr std::string_view kPoint = "SELECT c FROM t WHERE id = 1";
constexpr std::string_view kSplitPoint = "SELECT name FROM users WHERE id = 1";
constexpr std::string_view kParameter = "SELECT c FROM t WHERE id = ?";
constexpr std::string_view kJoin =
    "SELECT u.name, COUNT(*), SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id "
    "WHERE u.country = 'de' AND o.created_at >= '2024-01-01' GROUP BY u.name ORDER BY 2 DESC "
    "LIMIT 10";
constexpr std::string_view kJoinOneShard =
    "SELECT o.status, COUNT(*), SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id "
    "WHERE u.id = 17 AND o.created_at >= '2024-01-01' GROUP BY o.status";

int bursts = 4000;

template <typename Call>
void time(const char* what, std::string_view of, const Call& call) {
  constexpr int kCalls = 100;
  auto least = Clock::duration::max();
  for (int burst = 0; burst < bursts; ++burst) {
    const auto start = Clock::now();
    for (int i = 0; i < kCalls; ++i) call();
    least = std::min(least, Clock::now() - start);
  }
  const auto nanoseconds = std::chrono::duration<double, std::nano>(least).count() / kCalls;
  std::printf("%-14s %7.0f ns  %.*s\n", what, nanoseconds, static_cast<int>(of.size()), of.data());
  std::fflush(stdout);
}

template <typename T>
void must(const Result<T>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().what());
  std::exit(1);
}

void time_all(std::string_view text, const plan::PlanContext& context) {
  const sql::ParseOptions options;
  time("parse", text, [&] { must(sql::parse(std::string(text), options)); });
  sql::NormalizedText normalized;
  time("normalize", text, [&] {
    if (!sql::normalize(text, options, &normalized)) std::exit(1);
  });
  const auto analyze = [&] {
    auto statement =
        std::make_shared<const sql::Statement>(*sql::parse(std::string(text), options));
    auto shape = plan::analyze(std::move(statement), context);
    must(shape);
    return *std::move(shape);
  };
  const plan::ShapePtr shape = analyze();
  const Value seventeen = Value::of_int(17);
  const std::span<const Value> values(&seventeen, text.find('?') == text.npos ? 0 : 1);
  time("text to plan", text, [&] { must(plan::bind(*analyze(), values, context)); });
  time("bind", text, [&] { must(plan::bind(*shape, values, context)); });
  plan::PlanCache cache(128, options);
  cache.insert(text, shape, 1);
  time("cached plan", text, [&] {  // As Core::plan() does.
    const auto hit = cache.find(text);
    if (hit->begins(1)) std::exit(1);
    std::shared_ptr<const plan::Plan> plan = hit->bind_point(values);
    if (plan) return;
    auto made = hit->bind(values, context);
    must(made);
    plan = std::make_shared<const plan::Plan>(*std::move(made));
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) bursts = std::max(1, std::atoi(argv[1]));
  const auto rules = rules::parse_config(kRules, {});
  must(rules);
  plan::PlanContext context;
  context.rules = rules->get();
  for (const std::string_view text : {kPoint, kParameter, kSplitPoint, kJoinOneShard, kJoin}) {
    time_all(text, context);
  }
}
