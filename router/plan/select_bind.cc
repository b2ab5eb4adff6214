// Queries, second half: values give shards, shards give texts.

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "router/plan/shape.h"

namespace pando::plan {

using analyze::Occurrence;
using analyze::OccurrenceId;
using route::Restriction;
using rules::DataSourceIndex;

namespace {

// Parameters as they stand, for a text without edits.
void copy_text(const route::BindInput& input, PhysicalQuery& query) {
  query.sql = input.text.text;
  const auto& marks = input.statement.parameters();
  if (marks.empty()) return;
  query.parameters.reserve(marks.size());
  query.parameter_offsets.reserve(marks.size());
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    query.parameters.push_back({false, i});
    query.parameter_offsets.push_back(input.text.map(marks[i]));
  }
}

class QueryBinder {
 public:
  QueryBinder(const QueryShape& shape, const route::BindInput& input, const PlanContext& context)
      : shape_(shape),
        scopes_(shape.scopes),
        input_(input),
        context_(context),
        sharded_(shape.keys.sharded()),
        restrictions_(sharded_.size()) {
    for (std::size_t i = 0; i < scopes_.occurrences().size(); ++i) nodes_.push_back(0);
  }

  Result<Plan> bind() {
    plan_.needs_writer = shape_.needs_writer;
    PANDO_TRY(shape_.keys.evaluate(scopes_, input_, restrictions_));
    if (sharded_.empty()) return bind_unsharded();
    PANDO_ASSIGN(const bool single, try_single());
    if (single) return std::move(plan_);
    return scatter();
  }

 private:
  const Occurrence& occurrence(OccurrenceId id) const { return scopes_.occurrence(id); }
  const rules::LogicalTable& table(std::size_t i) const { return *occurrence(sharded_[i]).table; }
  const std::string& name_of(DataSourceIndex source) const {
    return scopes_.rules().data_sources()[source].name;
  }
  DataSourceIndex home(const Occurrence& single) const {
    return single.table != nullptr ? single.table->nodes[0].data_source
                                   : *scopes_.rules().default_single();
  }
  static std::optional<std::uint32_t> node_in(const rules::LogicalTable& table,
                                              DataSourceIndex source) {
    for (std::uint32_t i = 0; i < table.nodes.size(); ++i) {
      if (table.nodes[i].data_source == source) return i;
    }
    return std::nullopt;
  }

  tl::unexpected<Error> elsewhere(OccurrenceId id, DataSourceIndex source) const {
    const sql::NodeId path = occurrence(id).path;
    const sql::Span span = input_.statement.node(path).span;
    return fail(Error(ErrorCode::kCrossDataSource, "table " + scopes_.label(id) +
                                                       " is not in data source " + name_of(source) +
                                                       ", where other tables of the statement are")
                    .with_span(span.begin, span.end));
  }

  // Chooses the copies and checks the single tables for a statement that runs in `source`.
  // kNoIndex: all are there; else the occurrence that is not.
  OccurrenceId place_unsharded(DataSourceIndex source) {
    for (OccurrenceId id = 0; id < nodes_.size(); ++id) {
      const Occurrence& at = occurrence(id);
      if (at.single()) {
        if (home(at) != source) return id;
      } else if (at.broadcast()) {
        const auto copy = node_in(*at.table, source);
        if (!copy) return id;
        nodes_[id] = *copy;
      }
    }
    return analyze::kNoIndex;
  }

  void push_query(DataSourceIndex source, std::optional<rules::ShardIndex> shard,
                  const rewrite::TextEdits* edits) {
    PhysicalQuery query;
    query.data_source = source;
    query.shard = shard;
    if (edits == nullptr && shape_.names.verbatim()) {
      copy_text(input_, query);
    } else {
      rewrite::TextEdits all = edits != nullptr ? *edits : rewrite::TextEdits();
      shape_.names.add_edits(scopes_, {nodes_.data(), nodes_.size()}, all);
      all.apply(input_.statement, input_.text, query);
    }
    if (context_.explain) query.reason = reason(source, shard);
    plan_.queries.push_back(std::move(query));
  }

  // --- No sharded table

  Result<Plan> bind_unsharded() {
    DataSourceIndex source = 0;
    OccurrenceId missing = analyze::kNoIndex;
    if (!nodes_.empty()) {
      std::vector<DataSourceIndex> candidates;
      for (OccurrenceId id = 0; id < nodes_.size() && candidates.empty(); ++id) {
        if (occurrence(id).single()) candidates.push_back(home(occurrence(id)));
      }
      for (OccurrenceId id = 0; id < nodes_.size() && candidates.empty(); ++id) {
        if (!occurrence(id).broadcast()) continue;
        for (const rules::Node& node : occurrence(id).table->nodes) {
          candidates.push_back(node.data_source);
        }
      }
      if (candidates.empty()) candidates.push_back(0);
      const auto& hint = shape_.hints.data_source;
      if (hint && std::find(candidates.begin(), candidates.end(), *hint) != candidates.end()) {
        candidates.assign(1, *hint);
      }
      OccurrenceId first_missing = analyze::kNoIndex;
      for (const DataSourceIndex candidate : candidates) {
        source = candidate;
        missing = place_unsharded(candidate);
        if (missing == analyze::kNoIndex) break;
        if (first_missing == analyze::kNoIndex) first_missing = missing;
      }
      if (missing != analyze::kNoIndex) return elsewhere(first_missing, candidates.front());
    }
    push_query(source, std::nullopt, nullptr);
    plan_.level = Level::kSingle;
    if (context_.explain) plan_.reason = "no sharded table: one data source has everything";
    return std::move(plan_);
  }

  // --- Every sharded occurrence on one shard, all of them in one data source

  Result<bool> try_single() {
    std::optional<DataSourceIndex> source;
    for (std::size_t i = 0; i < sharded_.size(); ++i) {
      const Restriction& at = restrictions_[i];
      if (at.kind == Restriction::Kind::kSet) return false;
      if (at.kind != Restriction::Kind::kOne) continue;
      const DataSourceIndex its = table(i).nodes[at.one].data_source;
      if (source && *source != its) return false;
      source = its;
    }
    if (!source) source = source_of_nothing();
    std::optional<rules::ShardIndex> shard;
    for (std::size_t i = 0; i < sharded_.size(); ++i) {
      const Restriction& at = restrictions_[i];
      std::optional<std::uint32_t> node = at.one;
      if (at.kind == Restriction::Kind::kNone) node = node_in(table(i), *source);
      if (!node) return false;
      nodes_[sharded_[i]] = *node;
      if (!shard || at.kind == Restriction::Kind::kOne) shard = *node;
    }
    if (const OccurrenceId missing = place_unsharded(*source); missing != analyze::kNoIndex) {
      return elsewhere(missing, *source);
    }
    push_query(*source, shard, nullptr);
    plan_.level = Level::kSingle;
    if (context_.explain) {
      plan_.reason =
          "every sharded table is restricted to one shard, all in data source " + name_of(*source);
    }
    return true;
  }

  // No row can pass anywhere: where the single tables are, else the lowest shard.
  DataSourceIndex source_of_nothing() const {
    for (OccurrenceId id = 0; id < nodes_.size(); ++id) {
      if (occurrence(id).single()) return home(occurrence(id));
    }
    return table(0).nodes[0].data_source;
  }

  // --- Several shards

  Result<Plan> scatter() {
    PANDO_ASSIGN(const Scatter* how, shape_.scatter(context_.schema));
    const rules::ShardSet shards = shards_to_ask(*how);
    const bool several = shards.size() > 1;
    if (several && how->merge_error) return tl::unexpected<Error>(*how->merge_error);
    rewrite::TextEdits edits;
    if (several) {
      plan_.level = Level::kScatter;
      plan_.merge = how->merge.merge;
      edits = how->merge.edits;
      if (how->merge.limit.present) PANDO_TRY(bind_limit(how->merge.limit, edits));
    }
    plan_.queries.reserve(shards.size());
    for (const rules::ShardIndex shard : shards) {
      for (const OccurrenceId id : sharded_) nodes_[id] = shard;
      const DataSourceIndex source = table(0).nodes[shard].data_source;
      if (const OccurrenceId missing = place_unsharded(source); missing != analyze::kNoIndex) {
        return elsewhere(missing, source);
      }
      push_query(source, shard, several && !edits.empty() ? &edits : nullptr);
    }
    plan_.fix_timestamp = shape_.reads_clock && plan_.queries.size() > 1;
    if (context_.explain) {
      plan_.reason = several ? std::to_string(shards.size()) + " shards answer, each for its rows"
                             : "the rows that can pass lie on one shard";
    }
    return std::move(plan_);
  }

  rules::ShardSet set_of(const Restriction& restriction) const {
    switch (restriction.kind) {
      case Restriction::Kind::kNone:
        return {};
      case Restriction::Kind::kOne:
        return rules::ShardSet::one(restriction.one);
      case Restriction::Kind::kSet:
        return restriction.set;
    }
    return {};
  }

  rules::ShardSet shards_to_ask(const Scatter& how) const {
    rules::ShardSet all;
    for (std::size_t i = 0; i < how.members.size();) {
      const std::uint32_t arm = how.members[i].arm;
      std::optional<rules::ShardSet> of_arm;
      while (i < how.members.size() && how.members[i].arm == arm) {
        const std::uint32_t member = how.members[i].member;
        rules::ShardSet of_member;
        for (;
             i < how.members.size() && how.members[i].arm == arm && how.members[i].member == member;
             ++i) {
          of_member =
              rules::ShardSet::unite(of_member, set_of(restrictions_[how.members[i].sharded]));
        }
        of_arm = of_arm ? rules::ShardSet::intersect(*of_arm, of_member) : of_member;
      }
      if (of_arm) all = rules::ShardSet::unite(all, *of_arm);
    }
    // Nothing can pass: one shard still answers, for names, errors and COUNT(*) = 0.
    if (all.empty()) return rules::ShardSet::one(0);
    return all;
  }

  // nullopt: no limit (SQLite's negative numbers).
  Result<std::optional<std::uint64_t>> count_of(const route::Operand& operand, sql::Span span) {
    std::string scratch;
    const auto bad = [&](std::string message) {
      return fail(
          Error(ErrorCode::kParameterType, std::move(message)).with_span(span.begin, span.end));
    };
    const auto value = route::operand_value(operand, input_, scratch);
    if (!value) return bad("LIMIT and OFFSET take whole numbers");
    if (value->kind() == ValueKind::kUint) return std::optional(value->as_uint());
    if (value->kind() != ValueKind::kInt) return bad("LIMIT and OFFSET take whole numbers");
    if (value->as_int() >= 0) return std::optional(static_cast<std::uint64_t>(value->as_int()));
    if (input_.statement.dialect() != Dialect::kSqlite) {
      return bad("LIMIT and OFFSET cannot be negative");
    }
    return std::optional<std::uint64_t>();
  }

  Result<void> bind_limit(const LimitShape& limit, rewrite::TextEdits& edits) {
    PANDO_ASSIGN(const auto count, count_of(limit.count, limit.span));
    std::uint64_t offset = 0;
    if (limit.offset) {
      PANDO_ASSIGN(const auto given, count_of(*limit.offset, limit.span));
      offset = given.value_or(0);
    }
    plan_.merge.limit = count;
    plan_.merge.offset = offset;
    const bool overflow = count && *count > UINT64_MAX - offset;
    if (!limit.push_down || !count || overflow) {
      edits.erase(limit.span);
    } else {
      edits.replace(limit.span, "LIMIT " + std::to_string(*count + offset));
    }
    return {};
  }

  // --- explain

  std::string reason(DataSourceIndex source, std::optional<rules::ShardIndex> shard) const {
    if (!shard) {
      for (const Occurrence& at : scopes_.occurrences()) {
        if (at.single()) return "single tables live in " + name_of(source);
      }
      for (const Occurrence& at : scopes_.occurrences()) {
        if (at.broadcast()) return "broadcast table " + at.table->name + ": any copy";
      }
      return "no table: any data source";
    }
    std::string text;
    for (std::size_t i = 0; i < sharded_.size(); ++i) {
      const rules::LogicalTable& at = table(i);
      if (i > 0) text += "; ";
      text += shape_.keys.describe(scopes_, sharded_[i], input_);
      switch (restrictions_[i].kind) {
        case Restriction::Kind::kOne:
          text += " -> shard " + std::to_string(restrictions_[i].one) + " of " +
                  std::to_string(at.nodes.size()) + " by " + at.sharding->describe();
          break;
        case Restriction::Kind::kNone:
          text += ": no row can pass, so any shard";
          break;
        case Restriction::Kind::kSet:
          text += restrictions_[i].set.size() == at.nodes.size()
                      ? ": all shards"
                      : " -> " + std::to_string(restrictions_[i].set.size()) + " of " +
                            std::to_string(at.nodes.size()) + " shards by " +
                            at.sharding->describe();
          break;
      }
    }
    return text;
  }

  const QueryShape& shape_;
  const analyze::Scopes& scopes_;
  const route::BindInput& input_;
  const PlanContext& context_;
  std::span<const OccurrenceId> sharded_;
  std::vector<Restriction> restrictions_;
  SmallVector<std::uint32_t, 8> nodes_;  // Of each occurrence.
  Plan plan_;
};

constexpr std::string_view kNameCompute =
    "Name a data source where it may be put together: compute = \"<data source>\" in the rules "
    "(docs/configuration.md); or restrict every sharded table to one shard by its key.";

// What the compute level may answer.
bool may_be_cut(ErrorCode code) {
  return code == ErrorCode::kNeedsCompute || code == ErrorCode::kNotColocated ||
         code == ErrorCode::kCrossDataSource || code == ErrorCode::kOrderUnsupported;
}

}  // namespace

bool bind_point(const QueryShape& shape, const route::BindInput& input, Plan& plan) {
  if (!shape.point) return false;
  const auto shard = shape.keys.evaluate_point(input);
  if (!shard) return false;
  if (plan.queries.empty()) plan.queries.emplace_back();
  PhysicalQuery& query = plan.queries.front();
  const rules::LogicalTable& table = *shape.scopes.occurrence(0).table;
  plan.needs_writer = shape.needs_writer;
  query.data_source = table.nodes[*shard].data_source;
  query.shard = *shard;
  query.parameters.clear();
  query.parameter_offsets.clear();
  if (shape.names.verbatim()) {
    copy_text(input, query);
  } else {
    shape.names.write_one(shape.scopes, *shard, input.text, query);
  }
  return true;
}

Result<Plan> bind_query(const QueryShape& shape, const route::BindInput& input,
                        const PlanContext& context) {
  if (shape.point && !context.explain) {
    Result<Plan> made{tl::in_place};
    if (bind_point(shape, input, *made)) return made;
  }
  Result<Plan> made = QueryBinder(shape, input, context).bind();
  if (!made && may_be_cut(made.error().code()) && !context.rules->can_compute()) {
    return fail(std::move(made).error().with_remedy(kNameCompute));
  }
  if (made || !may_be_cut(made.error().code()) || context.schema == nullptr || !context.may_cut ||
      !context.rules->can_compute() || shape.hints.given()) {
    return made;
  }
  return bind_pieces(shape, input, context);
}

}  // namespace pando::plan
