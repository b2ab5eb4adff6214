// The rules: locating keys, finding tables, and reading a configuration of 10,000 physical tables.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "rules/config.h"

namespace pando::rules {
namespace {

// 39 tables in 4 databases with 64 parts each, and one single table: 9,985 physical tables.
std::string big_config() {
  std::string text =
      "format = 1\n[databases.\"shop[0..3]\"]\nwrite = \"mysql://app@db{n}/shop{n}\"\n[tables]\n";
  for (int t = 0; t < 39; ++t) {
    const std::string name = "table_" + std::to_string(t);
    text += name + " = {by = \"hash(user_id)\", onto = \"shop[0..3]." + name + "_[00..63]\"}\n";
  }
  return text + "single = {at = \"shop0\"}\n";
}

void BM_ParseConfigOf10000Tables(benchmark::State& state) {
  const std::string text = big_config();
  for (auto _ : state) {
    auto rules = parse_config(text, {});
    if (!rules) state.SkipWithError(rules.error().what());
    benchmark::DoNotOptimize(rules);
  }
}
BENCHMARK(BM_ParseConfigOf10000Tables)->Unit(benchmark::kMillisecond);

// The other extreme: every physical table is a line of its own.
void BM_ParseConfigOf10000Lines(benchmark::State& state) {
  std::string text = "format = 1\n[databases.main]\nwrite = \"sqlite:main.db\"\n[tables]\n";
  for (int t = 0; t < 10'000; ++t) text += "table_" + std::to_string(t) + " = {at = \"main\"}\n";
  for (auto _ : state) {
    auto rules = parse_config(text, {});
    if (!rules) state.SkipWithError(rules.error().what());
    benchmark::DoNotOptimize(rules);
  }
}
BENCHMARK(BM_ParseConfigOf10000Lines)->Unit(benchmark::kMillisecond);

void BM_FindTable(benchmark::State& state) {
  const auto rules = parse_config(big_config(), {});
  for (auto _ : state) benchmark::DoNotOptimize((*rules)->find_table("Table_17"));
}
BENCHMARK(BM_FindTable);

// locate() of one integer key, by the function that the argument names.
void locate(benchmark::State& state, const std::string& table) {
  const auto rules = parse_config(
      "format = 1\n[databases.\"shop[0..3]\"]\nwrite = \"sqlite:shop{n}.db\"\n[tables]\nt = {" +
          table + "}\n",
      {});
  if (!rules) {
    state.SkipWithError(rules.error().what());
    return;
  }
  const Sharding& sharding = *(*rules)->find_table("t")->sharding;
  std::int64_t key = 0;
  for (auto _ : state) {
    const Value value = Value::of_int(key++);
    benchmark::DoNotOptimize(sharding.locate({&value, 1}));
  }
}
BENCHMARK_CAPTURE(locate, hash, "by = \"hash(k)\", onto = \"shop[0..3].t_[00..15]\"");
BENCHMARK_CAPTURE(locate, mod, "by = \"mod(k)\", onto = \"shop[0..3].t_[00..15]\"");
BENCHMARK_CAPTURE(
    locate, mod_mod,
    "database_by = \"mod(k)\", table_by = \"mod(k)\", onto = \"shop[0..3].t_[00..15]\"");
BENCHMARK_CAPTURE(locate, range,
                  "by = \"range(k)\", onto = \"shop[0..1]\", ranges = [\"..1000\", \"1000..\"]");
BENCHMARK_CAPTURE(
    locate, month,
    "by = \"month(k)\", onto = \"shop0.t_{yyyyMM}\", from = \"1970\", until = \"1971\"");

void BM_CanonicalTextOfAnInteger(benchmark::State& state) {
  const KeyColumn column{.name = "k"};
  std::string scratch;
  for (auto _ : state) {
    benchmark::DoNotOptimize(canonical_key(column, Value::of_text("123456789"), scratch));
  }
}
BENCHMARK(BM_CanonicalTextOfAnInteger);

}  // namespace
}  // namespace pando::rules

BENCHMARK_MAIN();
