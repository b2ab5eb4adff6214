// INSERT ... SELECT: as it stands where each row is already in the place where it is to be written;
// else the rows are read, and written by INSERT ... VALUES.

#include <algorithm>

#include "router/analyze/spread.h"
#include "router/plan/insert_shape.h"
#include "router/plan/insert_through.h"
#include "router/plan/key_check.h"
#include "router/plan/rows_query.h"
#include "router/plan/write_places.h"
#include "router/route/colocation.h"

namespace pando::plan {
namespace {

using analyze::Occurrence;
using analyze::OccurrenceId;
using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// The target's key columns, as the query gives them.
struct KeyItem {
  const rules::KeyColumn* column = nullptr;
  NodeId item = sql::kNoNode;  // The select item's expression; kNoNode if it is in `*`.
  std::optional<route::Operand> constant;
};

struct SelectParts {
  InsertTarget target;
  analyze::Scopes scopes;
  route::KeyProgram keys;
  OccurrenceId self = 0;  // The target's own occurrence.
  std::vector<KeyItem> items;
  // The query's rows carry the keys of one family, and each shard can write its own.
  bool pushes_down = false;
  std::optional<Error> why_not;   // Why they cannot, if so.
  std::optional<Error> never;     // Nothing of it can run as it stands.
  bool complete = false;          // ... and the shards' results add up.
  std::optional<Error> unparted;  // Why several shards cannot each do their part of it.

  const Statement& sql() const { return *target.statement; }
};

class SelectShape final : public WriteShape {
 public:
  explicit SelectShape(SelectParts parts) : parts_(std::move(parts)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const override {
    Result<Plan> plan =
        parts_.never ? Result<Plan>(fail(*parts_.never)) : bind_in_place(parameters, context);
    if (plan || !rows_would_do(plan.error())) return plan;
    return plan_rows(parts_.target, parts_.scopes, parameters, context, plan.error());
  }

 private:
  Result<Plan> bind_in_place(std::span<const Value> parameters, const PlanContext& context) const {
    const Statement& statement = parts_.sql();
    const route::BindInput input(statement, parameters);
    WritePlaces places(parts_.scopes, parts_.keys);
    PANDO_TRY(places.evaluate(input));
    const rules::LogicalTable& table = *parts_.target.table;
    Plan plan = parts_.target.plan();
    if (table.kind == rules::TableKind::kSharded && parts_.target.spread) {
      PANDO_TRY(write_shards(places, input, context, plan));
    } else {
      for (std::size_t i = 0; i < table.nodes.size(); ++i) {
        PANDO_TRY(write_whole(places, static_cast<std::uint32_t>(i), context, plan));
      }
      plan.reason = table.nodes.size() > 1
                        ? "broadcast table " + table.name + ": every copy is written"
                        : "everything the statement touches is in one place";
    }
    const drivers::TableSchema* schema =
        context.schema != nullptr ? context.schema->find(table.name) : nullptr;
    const bool known = schema != nullptr && parts_.target.gives_key.size() == 0;
    // A table in several places is given its numbers; see check_own_numbers().
    plan.makes_key = !known || (!parts_.target.spread && parts_.target.numbered(schema) != nullptr);
    PANDO_TRY(parts_.target.finish(plan));
    return plan;
  }

  void add(OccurrenceNodes nodes, std::uint32_t node, const PlanContext& context,
           Plan& plan) const {
    const rules::LogicalTable& table = *parts_.target.table;
    nodes[parts_.self] = node;
    std::vector<rewrite::Edit> names;
    if (parts_.target.names) names.push_back(*parts_.target.names);
    PhysicalQuery query = write_text(parts_.scopes, nodes, parts_.self, std::move(names));
    query.data_source = table.nodes[node].data_source;
    if (table.kind == rules::TableKind::kSharded) query.shard = node;
    if (context.explain) query.reason = table.name + ", " + node_label(table, node);
    plan.queries.push_back(std::move(query));
  }

  // The target's node is given; everything that is read must be there.
  Result<void> write_whole(const WritePlaces& places, std::uint32_t node,
                           const PlanContext& context, Plan& plan) const {
    const rules::LogicalTable& table = *parts_.target.table;
    const rules::DataSourceIndex source = table.nodes[node].data_source;
    if (table.nodes.size() == 1) {
      if (const auto nodes = places.single(parts_.self, source)) {
        add(*nodes, node, context, plan);
        return {};
      }
    }
    PANDO_ASSIGN(OccurrenceNodes nodes, places.whole(parts_.self, source, context));
    add(std::move(nodes), node, context, plan);
    return {};
  }

  Result<void> write_shards(const WritePlaces& places, const route::BindInput& input,
                            const PlanContext& context, Plan& plan) const {
    const rules::LogicalTable& table = *parts_.target.table;
    PANDO_ASSIGN(const std::optional<rules::ShardIndex> fixed, constant_shard(input, context));
    if (fixed) {
      const auto nodes = places.single(parts_.self, table.nodes[*fixed].data_source);
      if (!nodes) return needs_compute("rows are read elsewhere than where they are written");
      add(*nodes, *fixed, context, plan);
      plan.reason = "the rows stay on their shard";
      return {};
    }
    if (!parts_.pushes_down) {
      if (parts_.why_not) return fail(*parts_.why_not);
      return needs_compute("the query does not carry the sharding key of " + table.name +
                           " from a table bound to it");
    }
    std::vector<OccurrenceId> sources;
    for (const OccurrenceId id : parts_.keys.sharded()) {
      if (id != parts_.self) sources.push_back(id);
    }
    const rules::ShardSet shards = places.shards(sources);
    if (shards.size() > 1 && parts_.unparted) return fail(*parts_.unparted);
    if (shards.size() > 1 && !parts_.complete) {
      return needs_compute("the query's answer is put together from several shards");
    }
    for (const rules::ShardIndex shard : shards) {
      PANDO_ASSIGN(OccurrenceNodes nodes, places.on_shard(table, shard, context));
      add(std::move(nodes), shard, context, plan);
    }
    plan.reason = "the rows stay on their shards";
    return {};
  }

  tl::unexpected<Error> needs_compute(const std::string& why) const {
    return refuse(ErrorCode::kNeedsCompute, parts_.sql().node(parts_.target.source).span, why);
  }

  // The shard, if all key items are constants.
  Result<std::optional<rules::ShardIndex>> constant_shard(const route::BindInput& input,
                                                          const PlanContext& context) const {
    const drivers::TableSchema* schema =
        context.schema != nullptr ? context.schema->find(parts_.target.table->name) : nullptr;
    std::vector<Value> key;
    std::vector<std::string> scratch(parts_.items.size());
    for (std::size_t i = 0; i < parts_.items.size(); ++i) {
      const KeyItem& item = parts_.items[i];
      if (!item.constant) return std::optional<rules::ShardIndex>();
      const auto value = route::key_value(*item.constant, *item.column, input, scratch[i]);
      bool stored = value && !value->is_null();
      const drivers::ColumnSchema* column =
          schema != nullptr ? schema->find(item.column->name) : nullptr;
      if (stored && column != nullptr) {
        std::string raw;
        const auto written = route::operand_value(*item.constant, input, raw);
        stored = written &&
                 stored_unchanged(*item.column, *column, *written, *value, parts_.sql().dialect());
      }
      if (!stored) {
        return refuse(ErrorCode::kUnroutableKey, parts_.sql().node(item.item).span,
                      "the value of the sharding key " + parts_.target.table->name + "." +
                          item.column->name + " is not one that the column keeps as it is");
      }
      key.push_back(*value);
    }
    PANDO_ASSIGN(const rules::ShardIndex shard, parts_.target.table->sharding->locate(key));
    return std::optional<rules::ShardIndex>(shard);
  }

  SelectParts parts_;
};

// --- Analysis ------------------------------------------------------------------------------------

class SelectAnalysis {
 public:
  SelectAnalysis(SelectParts& parts, const PlanContext& context)
      : parts_(parts), statement_(parts.sql()), context_(context) {}

  Result<void> run() {
    const rules::LogicalTable& table = *parts_.target.table;
    const sql::Span span = statement_.node(parts_.target.source).span;
    if (!table.fill.empty()) {
      return refuse(ErrorCode::kNeedsCompute, span,
                    "keys cannot be filled in for rows that a query makes");
    }
    PANDO_TRY(check_own_numbers());
    if (table.kind != rules::TableKind::kSharded || !parts_.target.spread) return {};
    PANDO_TRY(find_items());
    return find_colocation();
  }

 private:
  // The expression at that place of the query's result; kNoNode if it cannot be told.
  NodeId item_at(std::size_t position) const {
    const NodeId query = parts_.target.source;
    if (statement_.kind(query) != NodeKind::kSelect) return sql::kNoNode;
    std::size_t i = 0;
    for (const NodeId item : statement_.children(statement_.find(query, NodeKind::kSelectList))) {
      const NodeId expression = statement_.child(item, 0);
      if (statement_.kind(expression) == NodeKind::kStar) return sql::kNoNode;
      if (i++ == position) return expression;
    }
    return sql::kNoNode;
  }

  // A column that numbers itself takes its values from one that did so before: never NULL or 0.
  Result<void> check_own_numbers() {
    const drivers::TableSchema* schema =
        context_.schema != nullptr ? context_.schema->find(parts_.target.table->name) : nullptr;
    const drivers::ColumnSchema* own = parts_.target.own_numbers(schema);
    if (own == nullptr) return {};
    const std::optional<std::size_t> position = parts_.target.position(own->name);
    const NodeId item = position ? item_at(*position) : sql::kNoNode;
    const analyze::BlockId query = parts_.scopes.block_of(parts_.target.source);
    if (item != sql::kNoNode && statement_.kind(item) == NodeKind::kColumn) {
      const analyze::Resolution found = parts_.scopes.resolve(item, query, context_.schema);
      const drivers::ColumnSchema* source =
          found.found() ? column_of(found.occurrence, item) : nullptr;
      if (source != nullptr && source->auto_increment && !source->nullable &&
          !parts_.scopes.occurrence(found.occurrence).nullable) {
        return {};
      }
    }
    return refuse(ErrorCode::kMissingGeneratedKey, statement_.node(parts_.target.table_name).span,
                  "column " + parts_.target.table->name + "." + own->name +
                      " numbers itself, and the query may give no value for it");
  }

  const drivers::ColumnSchema* column_of(OccurrenceId id, NodeId column) const {
    const Occurrence& occurrence = parts_.scopes.occurrence(id);
    if (occurrence.table == nullptr || context_.schema == nullptr) return nullptr;
    const drivers::TableSchema* schema = context_.schema->find(occurrence.table->name);
    if (schema == nullptr) return nullptr;
    return schema->find(statement_.name(parts_.scopes.column_name(column)));
  }

  Result<void> find_items() {
    const rules::LogicalTable& table = *parts_.target.table;
    for (const rules::KeyColumn& key : table.key_columns) {
      const std::optional<std::size_t> position = parts_.target.position(key.name);
      if (!position) {
        return refuse(ErrorCode::kMissingShardingKey,
                      statement_.node(parts_.target.table_name).span,
                      "the sharding key " + table.name + "." + key.name + " is not given");
      }
      KeyItem item;
      item.column = &key;
      item.item = item_at(*position);
      if (item.item != sql::kNoNode) item.constant = route::operand_of(statement_, item.item);
      parts_.items.push_back(item);
    }
    return {};
  }

  Result<void> find_colocation() {
    const rules::LogicalTable& table = *parts_.target.table;
    Result<void> parted = analyze::check_spread(parts_.scopes);
    if (parted) parted = analyze::check_outer_aggregates(parts_.scopes, context_.schema);
    if (!parted && parted.error().code() == ErrorCode::kSchemaNeeded) return parted;
    if (!parted) parts_.unparted = std::move(parted).error();
    route::Colocation colocation(parts_.scopes, parts_.keys, context_.schema);
    const analyze::BlockId query = parts_.scopes.block_of(parts_.target.source);
    Result<route::Relation> relation = colocation.check_statement(query);
    if (!relation) {
      if (const rules::LogicalTable* unknown = colocation.missing_schema();
          unknown != nullptr && context_.schema != nullptr) {
        return refuse(ErrorCode::kSchemaNeeded, statement_.node(parts_.target.source).span,
                      unknown->name);
      }
      parts_.why_not = std::move(relation).error();
      return {};
    }
    if (!relation->sharded || relation->family != table.family) return {};
    for (std::size_t i = 0; i < table.key_columns.size(); ++i) {
      const std::size_t position = *parts_.target.position(table.key_columns[i].name);
      const bool carried = std::any_of(
          relation->outputs.begin(), relation->outputs.end(), [&](const route::KeyOutput& output) {
            return output.key == i && output.position == position && !output.nullable;
          });
      if (!carried) return {};
      PANDO_TRY(check_same_type(i));
    }
    parts_.pushes_down = true;
    parts_.complete = relation->complete;
    return {};
  }

  // The key is stored as it was, so that the row's shard stays the right one.
  Result<void> check_same_type(std::size_t key) {
    if (context_.schema == nullptr) return {};
    const rules::KeyColumn& column = parts_.target.table->key_columns[key];
    const drivers::TableSchema* to = context_.schema->find(parts_.target.table->name);
    const drivers::ColumnSchema* target = to != nullptr ? to->find(column.name) : nullptr;
    for (const OccurrenceId id : parts_.keys.sharded()) {
      if (id == parts_.self) continue;
      const rules::LogicalTable& source = *parts_.scopes.occurrence(id).table;
      if (source.family != parts_.target.table->family) continue;
      const drivers::TableSchema* schema = context_.schema->find(source.name);
      const sql::Span span = statement_.node(parts_.scopes.occurrence(id).path).span;
      if (schema == nullptr) return refuse(ErrorCode::kSchemaNeeded, span, source.name);
      const drivers::ColumnSchema* from = schema->find(source.key_columns[key].name);
      const bool same = from != nullptr && target != nullptr &&
                        same_name(from->declared_type, target->declared_type) &&
                        same_name(from->collation, target->collation) &&
                        (target->nullable || !from->nullable);
      if (same) continue;
      return refuse(ErrorCode::kUnroutableKey, span,
                    "the sharding keys of " + source.name + " and " + parts_.target.table->name +
                        " have other types, so a key might be stored as another one");
    }
    return {};
  }

  SelectParts& parts_;
  const Statement& statement_;
  const PlanContext& context_;
};

}  // namespace

Result<WriteShapePtr> analyze_insert_select(InsertTarget target, const PlanContext& context) {
  SelectParts parts;
  parts.target = std::move(target);
  PANDO_TRY(parts.scopes.build(parts.sql(), context));
  parts.self = parts.scopes.block(0).first;
  parts.keys.compile(parts.scopes, context.schema, route::Hints());
  if (auto analyzed = SelectAnalysis(parts, context).run(); !analyzed) {
    if (!rows_would_do(analyzed.error())) return fail(std::move(analyzed).error());
    parts.never = std::move(analyzed).error();
  }
  return std::make_shared<SelectShape>(std::move(parts));
}

}  // namespace pando::plan
