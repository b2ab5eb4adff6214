// Analysis: what Pando would do with each of many statements, gathered by their shapes.
//
// Nothing is executed: planning is pure. Memory: bounded by kMostShapes shapes; statements of
// further shapes are counted together.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "router/plan/plan.h"
#include "router/plan/planner.h"
#include "router/sql/statement.h"

namespace pando::cli {

inline constexpr std::size_t kMostShapes = 10000;

// Statements of one shape with the same fate.
struct ShapeCount {
  std::string shape;
  std::string level;  // "single", "scatter", "compute", "refused", or "invalid" for a syntax error.
  std::string code;  // Of the refusal, or of the database's if no table has a column that it names;
                     // else "".
  std::string message;
  std::size_t line = 0;  // Where the first of them is.
  std::uint64_t count = 0;
  std::size_t most_shards = 0;  // Shards that the worst of them asks.
  std::size_t most_sources = 0;
  double seconds = 0;  // The log's own times, summed up.
};

class Analysis {
 public:
  Analysis(const sql::ParseOptions& options, plan::PlanContext context)
      : options_(options), context_(std::move(context)) {}

  void add(std::string_view sql, std::size_t line, double seconds);

  std::uint64_t total() const { return total_; }
  std::uint64_t count_of(std::string_view level) const;
  // The most frequent first, then by their place in the input.
  std::vector<const ShapeCount*> by_count() const;
  // Those that ask most shards in all first: count times shards. Single ones are left out.
  std::vector<const ShapeCount*> by_scatter() const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  ShapeCount examine(std::string_view sql) const;

  sql::ParseOptions options_;
  plan::PlanContext context_;
  std::map<Key, ShapeCount> shapes_;
  std::uint64_t total_ = 0;
};

}  // namespace pando::cli
