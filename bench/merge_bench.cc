// Merging rows that are in memory already: ordered merge, grouping and DISTINCT, by number of
// inputs.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/merge/merge.h"

namespace {

using namespace pando;

constexpr std::int64_t kRows = 100'000;  // Of all inputs together.
constexpr std::int64_t kGroups = 1'000;

// Every `inputs`-th of kRows rows (id, group, text), in the order of the id.
class Numbers final : public RowStream {
 public:
  Numbers(std::int64_t first, std::int64_t inputs) : id_(first - inputs), step_(inputs) {
    columns_ = {{.name = "id", .type = SqlType::kInt64},
                {.name = "g", .type = SqlType::kInt64},
                {.name = "c", .type = SqlType::kBytes}};
  }
  Result<bool> next() override {
    id_ += step_;
    if (id_ >= kRows) return false;
    values_[0] = Value::of_int(id_);
    values_[1] = Value::of_int(id_ * 7919 % kGroups);
    values_[2] = Value::of_bytes("forty bytes of text, as rows of orders do");
    row_ = values_;
    return true;
  }

 private:
  std::int64_t id_, step_;
  Value values_[3];
};

void merge_all(benchmark::State& state, const plan::Merge& how) {
  const std::int64_t inputs = state.range(0);
  for (auto _ : state) {
    std::vector<RowStreamPtr> streams;
    for (std::int64_t i = 0; i < inputs; ++i)
      streams.push_back(std::make_unique<Numbers>(i, inputs));
    auto merged = merge::merge(std::move(streams), how, {});
    if (!merged) {
      state.SkipWithError(merged.error().what());
      return;
    }
    while (*(*merged)->next()) benchmark::DoNotOptimize((*merged)->row());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void in_turn(benchmark::State& state) { merge_all(state, {}); }

void ordered(benchmark::State& state) {
  plan::Merge how;
  how.order = {{.value = 0}};
  merge_all(state, how);
}

void grouped(benchmark::State& state) {
  plan::Merge how;
  how.grouping.emplace();
  how.grouping->keys = {{.value = 1}};
  how.grouping->aggregates = {
      {.kind = plan::AggregateKind::kMax, .column = 0, .key = {.value = 0}}};
  merge_all(state, how);
}

void distinct(benchmark::State& state) {
  plan::Merge how;
  how.distinct = {{.value = 1}};
  merge_all(state, how);
}

BENCHMARK(in_turn)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(ordered)->Arg(2)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK(grouped)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(distinct)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
