#include "router/plan/write_places.h"

#include <algorithm>

#include "router/rewrite/titles.h"

namespace pando::plan {
namespace {

using analyze::Occurrence;
using analyze::OccurrenceId;
using route::Restriction;
using sql::NodeId;
using sql::NodeKind;

bool is_table(const Occurrence& occurrence) {
  return occurrence.kind == analyze::SourceKind::kTable;
}

// The node in that data source; for tables that no rule names, 0.
std::optional<std::size_t> node_in(const analyze::Scopes& scopes, const Occurrence& occurrence,
                                   rules::DataSourceIndex source) {
  if (occurrence.table != nullptr) return whole_in(*occurrence.table, source);
  if (scopes.rules().default_single() == source) return 0;
  return std::nullopt;
}

// "schema." in front of columns and of the tables of DELETE.
void strip_schemas(const sql::Statement& statement, std::vector<rewrite::Edit>& edits) {
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const NodeKind kind = statement.kind(id);
    if (kind != NodeKind::kColumn && kind != NodeKind::kStar) continue;
    const sql::Span span = rewrite::schema_in_front(statement, id);
    if (span.size() == 0) continue;
    // By edit_qualifiers() already, or a second node over the same text.
    const bool done = std::any_of(edits.begin(), edits.end(), [span](const rewrite::Edit& edit) {
      return edit.span.begin == span.begin;
    });
    if (!done) edits.push_back({span, "", {}});
  }
  const NodeId targets = statement.find(statement.root(), NodeKind::kDeleteTargets);
  if (targets == sql::kNoNode) return;
  for (const NodeId target : statement.children(targets)) {
    const NodeId second = statement.child(target, 1);
    if (second == sql::kNoNode) continue;
    edits.push_back(
        {{statement.node(target).span.begin, statement.node(second).span.begin}, "", {}});
  }
}

}  // namespace

const Restriction& WritePlaces::restriction(OccurrenceId id) const {
  const auto sharded = keys_.sharded();
  const auto it = std::find(sharded.begin(), sharded.end(), id);
  return restrictions_[static_cast<std::size_t>(it - sharded.begin())];
}

rules::ShardSet WritePlaces::shards(std::span<const OccurrenceId> ids) const {
  rules::ShardSet result;
  for (const OccurrenceId id : ids) {
    const Restriction& one = restriction(id);
    if (one.kind == Restriction::Kind::kOne) {
      result = rules::ShardSet::unite(result, rules::ShardSet::one(one.one));
    } else if (one.kind == Restriction::Kind::kSet) {
      result = rules::ShardSet::unite(result, one.set);
    }
  }
  if (result.empty()) return rules::ShardSet::one(0);  // No row can match: any shard will do.
  return result;
}

std::optional<OccurrenceNodes> WritePlaces::single(
    OccurrenceId skip, std::optional<rules::DataSourceIndex> source) const {
  const auto count = static_cast<OccurrenceId>(scopes_.occurrences().size());
  OccurrenceNodes nodes(count, 0);
  const auto meet = [&source](rules::DataSourceIndex here) {
    if (source && *source != here) return false;
    source = here;
    return true;
  };
  for (OccurrenceId id = 0; id < count; ++id) {
    if (id == skip) continue;
    const Occurrence& occurrence = scopes_.occurrence(id);
    if (occurrence.sharded()) {
      const Restriction& one = restriction(id);
      if (one.kind == Restriction::Kind::kSet) return std::nullopt;
      if (one.kind == Restriction::Kind::kNone) continue;
      nodes[id] = one.one;
      if (!meet(occurrence.table->nodes[one.one].data_source)) return std::nullopt;
    } else if (occurrence.single()) {
      const rules::DataSourceIndex here = occurrence.table != nullptr
                                              ? occurrence.table->nodes[0].data_source
                                              : scopes_.rules().default_single().value_or(0);
      if (!meet(here)) return std::nullopt;
    }
  }
  // What may be anywhere follows the others.
  for (OccurrenceId id = 0; id < count; ++id) {
    if (id == skip) continue;
    const Occurrence& occurrence = scopes_.occurrence(id);
    const bool none = occurrence.sharded() && restriction(id).kind == Restriction::Kind::kNone;
    if (!none && !occurrence.broadcast()) continue;
    const std::vector<rules::Node>& places = occurrence.table->nodes;
    if (!source) source = places[0].data_source;
    const auto it = std::find_if(places.begin(), places.end(), [&source](const rules::Node& node) {
      return node.data_source == *source;
    });
    if (it == places.end()) return std::nullopt;
    nodes[id] = static_cast<std::uint32_t>(it - places.begin());
  }
  return nodes;
}

Result<OccurrenceNodes> WritePlaces::on_shard(const rules::LogicalTable& family,
                                              rules::ShardIndex shard,
                                              const PlanContext& context) const {
  const rules::DataSourceIndex source = family.nodes[shard].data_source;
  const auto count = static_cast<OccurrenceId>(scopes_.occurrences().size());
  OccurrenceNodes nodes(count, 0);
  for (OccurrenceId id = 0; id < count; ++id) {
    const Occurrence& occurrence = scopes_.occurrence(id);
    if (!is_table(occurrence)) continue;
    if (occurrence.sharded() && occurrence.table->family == family.family) {
      nodes[id] = shard;
      continue;
    }
    const auto node = node_in(scopes_, occurrence, source);
    if (!node) {
      return refuse(occurrence.sharded() ? ErrorCode::kNotColocated : ErrorCode::kCrossDataSource,
                    scopes_.statement().node(occurrence.path).span,
                    "table " + scopes_.label(id) + " is not in " +
                        context.rules->data_sources()[source].name + ", where rows of " +
                        family.name + " are written");
    }
    nodes[id] = static_cast<std::uint32_t>(*node);
  }
  return nodes;
}

Result<OccurrenceNodes> WritePlaces::whole(OccurrenceId skip, rules::DataSourceIndex source,
                                           const PlanContext& context) const {
  const auto count = static_cast<OccurrenceId>(scopes_.occurrences().size());
  OccurrenceNodes nodes(count, 0);
  for (OccurrenceId id = 0; id < count; ++id) {
    if (id == skip) continue;
    const Occurrence& occurrence = scopes_.occurrence(id);
    if (!is_table(occurrence)) continue;
    const auto node = node_in(scopes_, occurrence, source);
    if (!node) {
      const bool spread = occurrence.sharded() && occurrence.table->nodes.size() > 1;
      return refuse(spread ? ErrorCode::kNeedsCompute : ErrorCode::kCrossDataSource,
                    scopes_.statement().node(occurrence.path).span,
                    spread ? "the rows of " + scopes_.label(id) + " are on several shards"
                           : "table " + scopes_.label(id) + " is not in " +
                                 context.rules->data_sources()[source].name);
    }
    nodes[id] = static_cast<std::uint32_t>(*node);
  }
  return nodes;
}

rules::DataSourceIndex WritePlaces::source_of(OccurrenceId id, std::uint32_t node) const {
  const Occurrence& occurrence = scopes_.occurrence(id);
  return occurrence.table != nullptr ? occurrence.table->nodes[node].data_source
                                     : scopes_.rules().default_single().value_or(0);
}

PhysicalQuery write_text(const analyze::Scopes& scopes, const OccurrenceNodes& nodes,
                         OccurrenceId unaliased, std::vector<rewrite::Edit> edits) {
  const sql::Statement& statement = scopes.statement();
  for (OccurrenceId id = 0; id < scopes.occurrences().size(); ++id) {
    const Occurrence& occurrence = scopes.occurrence(id);
    if (!is_table(occurrence)) continue;
    const std::string name = statement.name(occurrence.name);
    const std::string& physical =
        occurrence.table != nullptr ? occurrence.table->nodes[nodes[id]].table : name;
    if (id == unaliased && occurrence.alias == sql::kNoNode) {
      edit_table_name(statement, occurrence.path, physical, edits);
      edit_qualifiers(statement, statement.root(), name, physical, edits);
    } else {
      edit_table_use(statement, occurrence.node, occurrence.path, physical, edits);
    }
  }
  strip_schemas(statement, edits);
  keep_titles(statement, edits);
  rewrite::sort_edits(edits);
  rewrite::TextAssembly text(statement, edits);
  text.copy({0, static_cast<std::uint32_t>(statement.text().size())});
  return std::move(text).take();
}

}  // namespace pando::plan
