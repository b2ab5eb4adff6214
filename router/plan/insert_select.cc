// INSERT ... SELECT: as it stands where each row is already in the place where it is to be written;
// else the rows are read, and written by INSERT ... VALUES.

#include <algorithm>

#include "router/plan/insert_shape.h"
#include "router/plan/key_check.h"
#include "router/plan/write_places.h"
#include "router/route/colocation.h"
#include "router/sql/parser.h"

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
  std::optional<Error> why_not;  // Why they cannot, if so.
  std::optional<Error> never;    // Nothing of it can run as it stands.
  bool complete = false;         // ... and the shards' results add up.

  const Statement& sql() const { return *target.statement; }
};

// The statement cannot run where the rows are; but they can be fetched.
bool rows_would_do(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNeedsCompute:
    case ErrorCode::kNotColocated:
    case ErrorCode::kCrossDataSource:
    case ErrorCode::kMissingGeneratedKey:
    case ErrorCode::kUnroutableKey:
      return true;
    default:
      return false;
  }
}

class SelectShape final : public WriteShape {
 public:
  explicit SelectShape(SelectParts parts) : parts_(std::move(parts)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const override {
    Result<Plan> plan =
        parts_.never ? Result<Plan>(fail(*parts_.never)) : bind_in_place(parameters, context);
    if (plan || !rows_would_do(plan.error())) return plan;
    return bind_rows(parameters, context, plan.error());
  }

 private:
  Result<Plan> bind_in_place(std::span<const Value> parameters, const PlanContext& context) const {
    const Statement& statement = parts_.sql();
    PANDO_TRY(check_parameter_count(statement, parameters.size()));
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
    PANDO_TRY(parts_.target.finish(plan));
    return plan;
  }

  void add(OccurrenceNodes nodes, std::uint32_t node, const PlanContext& context,
           Plan& plan) const {
    const rules::LogicalTable& table = *parts_.target.table;
    nodes[parts_.self] = node;
    PhysicalQuery query = write_text(parts_.scopes, nodes, parts_.self);
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

  // The query is planned for itself. `why`: what to say where that cannot be done either.
  Result<Plan> bind_rows(std::span<const Value> parameters, const PlanContext& context,
                         const Error& why) const {
    const Statement& statement = parts_.sql();
    const sql::Span query = statement.node(parts_.target.source).span;
    const sql::Span whole = statement.node(statement.root()).span;
    if (!stands_alone(context)) return fail(why);
    Plan plan = parts_.target.plan();
    plan.level = Level::kCompute;
    plan.parse_options = statement.options();
    plan.reason = "the rows are read, then written where they belong (" + why.message() + ")";
    RowsInto into;
    into.head = statement.text({whole.begin, query.begin});
    into.tail = statement.text({query.end, whole.end});
    Piece rows;
    rows.table = parts_.target.table->name;
    rows.label = "rows to write";
    rows.sql = exact_text(context);
    const std::vector<std::uint32_t>& marks = statement.parameters();
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < marks.size(); ++i) {
      if (marks[i] >= query.end) into.tail_parameters.push_back(i);
      if (marks[i] < query.begin || marks[i] >= query.end) continue;
      rows.parameters.push_back(i);
      values.push_back(parameters[i]);
    }
    PANDO_ASSIGN(Statement parsed, sql::parse(rows.sql, statement.options()));
    PANDO_ASSIGN(const ShapePtr shape,
                 analyze(std::make_shared<const Statement>(std::move(parsed)), context));
    PANDO_ASSIGN(Plan source, plan::bind(*shape, values, context));
    source.needs_writer = true;
    rows.plan = std::make_shared<const Plan>(std::move(source));
    plan.pieces.push_back(std::move(rows));
    plan.into = std::move(into);
    return plan;
  }

  // The query, with its FLOAT columns as DOUBLE: as text they would have six digits.
  std::string exact_text(const PlanContext& context) const {
    const Statement& statement = parts_.sql();
    const NodeId query = parts_.target.source;
    std::string text(statement.text(query));
    if (statement.dialect() == Dialect::kSqlite || statement.kind(query) != NodeKind::kSelect ||
        context.schema == nullptr) {
      return text;
    }
    const analyze::BlockId id = parts_.scopes.block_of(query);
    const analyze::Block& block = parts_.scopes.block(id);
    const NodeId list = statement.find(query, NodeKind::kSelectList);
    std::string made;
    for (const NodeId item : statement.children(list)) {
      const NodeId value = statement.node(item).child;
      if (!made.empty()) made += ", ";
      const drivers::TableSchema* only = nullptr;
      if (statement.kind(value) == NodeKind::kStar && block.last - block.first == 1) {
        const Occurrence& at = parts_.scopes.occurrence(block.first);
        if (at.table != nullptr) only = context.schema->find(at.table->name);
      }
      if (only == nullptr) {
        const bool inexact =
            statement.kind(value) == NodeKind::kColumn && is_float(value, id, context);
        made += inexact ? "(" + std::string(statement.text(value)) + " + 0e0)"
                        : std::string(statement.text(value));
        made += statement.text({statement.node(value).span.end, statement.node(item).span.end});
        continue;
      }
      bool first = true;
      for (const drivers::ColumnSchema& column : only->columns) {
        if (column.hidden) continue;
        if (!std::exchange(first, false)) made += ", ";
        made += rewrite::quote_identifier(column.name, statement.dialect());
        if (column.type == SqlType::kFloat) made += " + 0e0";
      }
    }
    const sql::Span span = statement.node(list).span;
    const std::uint32_t begin = statement.node(query).span.begin;
    return text.replace(span.begin - begin, span.size(), made);
  }

  bool is_float(NodeId column, analyze::BlockId block, const PlanContext& context) const {
    const analyze::Origin origin = parts_.scopes.origin_of(column, block, context.schema);
    if (!origin.found()) return false;
    const Occurrence& at = parts_.scopes.occurrence(origin.occurrence);
    const drivers::TableSchema* schema =
        at.table != nullptr ? context.schema->find(at.table->name) : nullptr;
    const drivers::ColumnSchema* found =
        schema != nullptr ? schema->find(parts_.sql().name(origin.name)) : nullptr;
    return found != nullptr && found->type == SqlType::kFloat;
  }

  // The query names nothing from outside of it, and what follows it names nothing of the query.
  bool stands_alone(const PlanContext& context) const {
    const Statement& statement = parts_.sql();
    for (const NodeId child : statement.children(statement.root())) {
      const NodeKind kind = statement.kind(child);
      if (kind == NodeKind::kWith || kind == NodeKind::kReturning) return false;
      if (kind != NodeKind::kOnDuplicate) continue;
      for (const NodeId assign : statement.children(child)) {
        if (may_name_source(statement.child(assign, 1), context)) return false;
      }
    }
    return true;
  }

  bool may_name_source(NodeId node, const PlanContext& context) const {
    const Statement& statement = parts_.sql();
    if (node == sql::kNoNode) return false;
    switch (statement.kind(node)) {
      case NodeKind::kSubquery:
        return true;
      case NodeKind::kFunction: {
        const NodeId name = statement.find(node, NodeKind::kName);
        if (name != sql::kNoNode && statement.name_equals(name, "values")) return false;
        break;
      }
      case NodeKind::kColumn: {
        const NodeId first = statement.node(node).child;
        const bool bare = statement.node(first).next == sql::kNoNode;
        if (!bare && !same_name(statement.name(first), parts_.target.table->name)) return true;
        return parts_.scopes.may_have_column(parts_.scopes.block_of(parts_.target.source),
                                             parts_.scopes.column_name(node), context.schema);
      }
      default:
        break;
    }
    for (const NodeId child : statement.children(node)) {
      if (may_name_source(child, context)) return true;
    }
    return false;
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
      if (source != nullptr && source->auto_increment &&
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
