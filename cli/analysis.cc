#include "cli/analysis.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "cli/shape_text.h"
#include "router/analyze/unknown_columns.h"
#include "router/plan/explain_render.h"
#include "router/sql/parser.h"

namespace pando::cli {

namespace {

// A query that is cut into pieces may ask one shard for several of them. Where the pieces are
// joined is no shard, nor one of the data sources, even if it is a database on one's server.
void count_places(const plan::Plan& plan, ShapeCount& result) {
  std::set<rules::DataSourceIndex> sources;
  std::set<std::pair<rules::DataSourceIndex, std::optional<rules::ShardIndex>>> places;
  const auto count = [&](const std::vector<plan::PhysicalQuery>& queries) {
    for (const plan::PhysicalQuery& query : queries) {
      sources.insert(query.data_source);
      places.emplace(query.data_source, query.shard);
    }
  };
  for (const plan::Piece& piece : plan.pieces) count(piece.plan->queries);
  if (plan.level != plan::Level::kCompute) count(plan.queries);
  result.most_shards = plan.level == plan::Level::kCompute ? places.size() : plan.queries.size();
  result.most_sources = sources.size();
}

}  // namespace

ShapeCount Analysis::examine(std::string_view sql) const {
  ShapeCount result;
  result.shape = shape_text(sql, options_);
  auto statement = sql::parse(std::string(sql), options_);
  if (!statement) {
    result.level = "invalid";
    result.code = statement.error().id();
    result.message = statement.error().message();
    return result;
  }
  const auto parsed = std::make_shared<const sql::Statement>(*std::move(statement));
  const auto plan = plan::explain(parsed, {}, context_);
  result.level = plan::level_name(plan.level);
  if (plan.refusal) {
    result.code = plan.refusal->id();
    result.message = plan.refusal->message();
  } else if (const auto unknown = analyze::unknown_columns(*parsed, context_); !unknown.empty()) {
    result.code = error_info(ErrorCode::kUnknownColumn).id;
    result.message = analyze::unknown_column_text(unknown.front());
  }
  count_places(plan, result);
  return result;
}

void Analysis::add(std::string_view sql, std::size_t line, double seconds) {
  ShapeCount one = examine(sql);
  ++total_;
  Key key(one.shape, one.level, one.code);
  if (shapes_.size() >= kMostShapes && !shapes_.contains(key)) {
    one.shape = "(other shapes)";
    one.message.clear();
    key = Key(one.shape, one.level, one.code);
  }
  const auto [place, is_new] = shapes_.try_emplace(std::move(key), one);
  ShapeCount& entry = place->second;
  if (is_new) entry.line = line;
  ++entry.count;
  entry.seconds += seconds;
  entry.most_shards = std::max(entry.most_shards, one.most_shards);
  entry.most_sources = std::max(entry.most_sources, one.most_sources);
}

std::uint64_t Analysis::count_of(std::string_view level) const {
  std::uint64_t count = 0;
  for (const auto& [key, entry] : shapes_) {
    if (entry.level == level) count += entry.count;
  }
  return count;
}

std::vector<const ShapeCount*> Analysis::by_count() const {
  std::vector<const ShapeCount*> result;
  for (const auto& [key, entry] : shapes_) result.push_back(&entry);
  std::stable_sort(result.begin(), result.end(), [](const ShapeCount* a, const ShapeCount* b) {
    return std::tie(b->count, a->line) < std::tie(a->count, b->line);
  });
  return result;
}

std::vector<const ShapeCount*> Analysis::by_scatter() const {
  auto result = by_count();
  std::erase_if(result, [](const ShapeCount* entry) { return entry->most_shards < 2; });
  std::stable_sort(result.begin(), result.end(), [](const ShapeCount* a, const ShapeCount* b) {
    return a->count * a->most_shards > b->count * b->most_shards;
  });
  return result;
}

}  // namespace pando::cli
