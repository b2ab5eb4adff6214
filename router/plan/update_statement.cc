// UPDATE and DELETE.

#include <algorithm>

#include "router/analyze/spread.h"
#include "router/plan/named_write.h"
#include "router/plan/rows_query.h"
#include "router/plan/write_checks.h"
#include "router/plan/write_common.h"
#include "router/plan/write_places.h"
#include "router/route/colocation.h"

namespace pando::plan {
namespace {

using analyze::Occurrence;
using analyze::OccurrenceId;
using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// `SET key = x ... WHERE key = y`: fine if both are the same value, which shows at bind.
struct PinnedKey {
  const rules::KeyColumn* column = nullptr;
  sql::Span place;
  route::Operand set;
  route::Operand where;
};

// What analysis finds out, whatever the values.
struct UpdateParts {
  std::shared_ptr<const Statement> statement;
  analyze::Scopes scopes;
  route::KeyProgram keys;
  std::vector<OccurrenceId> targets;
  OccurrenceId unaliased = analyze::kNoIndex;
  std::vector<PinnedKey> pinned;
  // It gives rows another sharding key, so that they move.
  std::optional<Error> key_change;
  // Why several shards cannot do it each for itself.
  std::optional<Error> scatter_error;
  // Nor would it help to name the rows by their keys: what becomes of them depends on the order, or
  // the server, in which they are found.
  bool unsteady = false;

  const Statement& sql() const { return *statement; }
  const Occurrence& target() const { return scopes.occurrence(targets.front()); }
  bool broadcast() const { return target().broadcast() && target().table->nodes.size() > 1; }
};

bool spread(const Occurrence& occurrence) {
  return occurrence.sharded() && occurrence.table->nodes.size() > 1;
}

sql::Span root_span(const Statement& statement) { return statement.node(statement.root()).span; }

class UpdateShape final : public WriteShape {
 public:
  explicit UpdateShape(UpdateParts parts) : parts_(std::move(parts)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const override {
    const Statement& statement = parts_.sql();
    PANDO_TRY(check_parameter_count(statement, parameters.size()));
    const route::BindInput input(statement, parameters);
    std::optional<Error> key_change = parts_.key_change;
    if (Result<void> pinned = check_pinned(input); !pinned) key_change = pinned.error();
    if (key_change) return by_keys(*key_change, parameters, context);
    WritePlaces places(parts_.scopes, parts_.keys);
    PANDO_TRY(places.evaluate(input));
    Plan plan;
    plan.write = WriteKind::kSum;
    plan.needs_writer = true;
    plan.returns_rows = statement.find(statement.root(), NodeKind::kReturning) != sql::kNoNode;
    if (Result<void> in_place = write_in_place(places, input, context, plan); !in_place) {
      if (!rows_would_do(in_place.error())) return fail(in_place.error());
      return by_keys(in_place.error(), parameters, context);
    }
    if (plan.queries.size() > 1) PANDO_TRY(check_all_or_nothing(statement));
    plan.level = plan.queries.size() > 1 ? Level::kScatter : Level::kSingle;
    // An UPDATE may set columns that are ON UPDATE CURRENT_TIMESTAMP.
    const bool clock = statement.kind(statement.root()) == NodeKind::kUpdate ||
                       reads_clock(statement, statement.root());
    plan.fix_timestamp = clock && statement.dialect() == Dialect::kMySql && plan.queries.size() > 1;
    return plan;
  }

 private:
  Result<Plan> by_keys(const Error& why, std::span<const Value> parameters,
                       const PlanContext& context) const {
    if (parts_.unsteady || parts_.targets.size() > 1) return fail(why);
    return plan_named_write(parts_.scopes, parts_.targets.front(), parameters, context, why);
  }

  Result<void> check_pinned(const route::BindInput& input) const {
    for (const PinnedKey& key : parts_.pinned) {
      std::string set_scratch;
      std::string where_scratch;
      const auto set = route::key_value(key.set, *key.column, input, set_scratch);
      const auto where = route::key_value(key.where, *key.column, input, where_scratch);
      const bool same = set && where && !set->is_null() && !where->is_null() &&
                        rules::compare_keys(*set, *where) == 0;
      if (same) continue;
      return refuse(
          ErrorCode::kShardingKeyUpdate, key.place,
          "column " + key.column->name + " is the sharding key of " + parts_.target().table->name);
    }
    return {};
  }

  Result<void> write_in_place(const WritePlaces& places, const route::BindInput& input,
                              const PlanContext& context, Plan& plan) const {
    if (parts_.broadcast()) return write_copies(places, context, plan);
    const auto nodes = places.single(analyze::kNoIndex, std::nullopt);
    if (!nodes) return scatter(places, input, context, plan);
    add(places, *nodes, context, input, plan);
    plan.reason = "everything the statement touches is in one place";
    return {};
  }

  void add(const WritePlaces& places, const OccurrenceNodes& nodes, const PlanContext& context,
           const route::BindInput& input, Plan& plan) const {
    const OccurrenceId target = parts_.targets.front();
    PhysicalQuery query = write_text(parts_.scopes, nodes, parts_.unaliased);
    query.data_source = places.source_of(target, nodes[target]);
    const Occurrence& occurrence = parts_.target();
    if (occurrence.sharded()) query.shard = nodes[target];
    if (context.explain) {
      query.reason =
          occurrence.table == nullptr ? "the default place of tables without rules"
          : occurrence.sharded()
              ? parts_.keys.describe(parts_.scopes, target, input) + " -> " +
                    node_label(*occurrence.table, nodes[target]) + " by " +
                    occurrence.table->sharding->describe()
              : occurrence.table->name + ", " + node_label(*occurrence.table, nodes[target]);
    }
    plan.queries.push_back(std::move(query));
  }

  Result<void> write_copies(const WritePlaces& places, const PlanContext& context,
                            Plan& plan) const {
    const Occurrence& target = parts_.target();
    const route::BindInput input(parts_.sql(), {});
    for (const rules::Node& node : target.table->nodes) {
      PANDO_ASSIGN(const OccurrenceNodes nodes,
                   places.whole(analyze::kNoIndex, node.data_source, context));
      add(places, nodes, context, input, plan);
    }
    plan.write = WriteKind::kBroadcast;
    plan.reason = "broadcast table " + target.table->name + ": every copy is written";
    return {};
  }

  Result<void> scatter(const WritePlaces& places, const route::BindInput& input,
                       const PlanContext& context, Plan& plan) const {
    const Statement& statement = parts_.sql();
    for (const OccurrenceId id : parts_.targets) {
      const Occurrence& target = parts_.scopes.occurrence(id);
      if (target.sharded() && target.table->family == parts_.target().table->family) continue;
      const bool read_elsewhere = std::any_of(
          parts_.keys.sharded().begin(), parts_.keys.sharded().end(),
          [this](OccurrenceId other) { return spread(parts_.scopes.occurrence(other)); });
      return refuse(read_elsewhere ? ErrorCode::kNeedsCompute : ErrorCode::kCrossDataSource,
                    root_span(statement),
                    "table " + parts_.scopes.label(id) +
                        " is written, but not all rows it is combined with are in its place");
    }
    if (parts_.scatter_error) return fail(*parts_.scatter_error);
    const rules::LogicalTable& table = *parts_.target().table;
    const rules::ShardSet shards = places.shards(parts_.targets);
    const NodeId limit = statement.find(statement.root(), NodeKind::kLimit);
    if (shards.size() > 1 && limit != sql::kNoNode) {
      return refuse(ErrorCode::kLimitedWrite, statement.node(limit).span,
                    "the statement reaches several shards of " + table.name);
    }
    for (const rules::ShardIndex shard : shards) {
      PANDO_ASSIGN(const OccurrenceNodes nodes, places.on_shard(table, shard, context));
      add(places, nodes, context, input, plan);
    }
    plan.reason = "each shard of " + table.name + " changes its own rows";
    return {};
  }

  UpdateParts parts_;
};

// --- Analysis ------------------------------------------------------------------------------------

class Analysis {
 public:
  Analysis(UpdateParts& parts, const PlanContext& context)
      : parts_(parts), statement_(parts.sql()), context_(context) {}

  Result<void> run() {
    const analyze::Block& top = parts_.scopes.block(0);
    if (statement_.kind(statement_.root()) == NodeKind::kUpdate) {
      PANDO_TRY(find_updated(top));
    } else {
      PANDO_TRY(find_deleted(top));
    }
    for (const OccurrenceId id : parts_.targets) PANDO_TRY(check_target(id));
    PANDO_TRY(check_assignments());
    PANDO_TRY(check_order());
    PANDO_TRY(check_broadcast());
    return check_scatter();
  }

 private:
  NodeId place_of(OccurrenceId id) const {
    const Occurrence& occurrence = parts_.scopes.occurrence(id);
    return occurrence.path != sql::kNoNode ? occurrence.path : occurrence.node;
  }

  void add_target(OccurrenceId id) {
    if (std::find(parts_.targets.begin(), parts_.targets.end(), id) == parts_.targets.end()) {
      parts_.targets.push_back(id);
    }
  }

  Result<void> find_updated(const analyze::Block& top) {
    const NodeId root = statement_.root();
    const bool one = statement_.dialect() == Dialect::kSqlite || top.last - top.first == 1;
    if (one) {
      add_target(top.first);
      name_as_in_returning();
      return {};
    }
    for (const NodeId assign : statement_.children(statement_.find(root, NodeKind::kSetList))) {
      const NodeId column = statement_.child(assign, 0);
      const analyze::Resolution found = parts_.scopes.resolve(column, 0, context_.schema);
      if (found.found()) {
        add_target(found.occurrence);
        continue;
      }
      // Whose column it is cannot be told: perhaps with the tables' schemas.
      for (OccurrenceId id = top.first; id < top.last; ++id) {
        const Occurrence& occurrence = parts_.scopes.occurrence(id);
        if (occurrence.kind != analyze::SourceKind::kTable || occurrence.table == nullptr) continue;
        if (context_.schema == nullptr || !context_.schema->find(occurrence.table->name)) {
          return refuse(ErrorCode::kSchemaNeeded, statement_.node(column).span,
                        occurrence.table->name);
        }
      }
      return refuse(ErrorCode::kUnknownColumn, statement_.node(column).span,
                    "no table of the statement is known to have this column");
    }
    return {};
  }

  // SQLite's RETURNING does not know an alias that was not there.
  void name_as_in_returning() {
    if (statement_.find(statement_.root(), NodeKind::kReturning) == sql::kNoNode) return;
    parts_.unaliased = parts_.targets.front();
  }

  Result<void> find_deleted(const analyze::Block& top) {
    const NodeId targets = statement_.find(statement_.root(), NodeKind::kDeleteTargets);
    if (targets == sql::kNoNode) {
      add_target(top.first);
      if (statement_.dialect() == Dialect::kMySql) parts_.unaliased = top.first;
      name_as_in_returning();
      return {};
    }
    for (const NodeId target : statement_.children(targets)) {
      const NodeId second = statement_.child(target, 1);
      const NodeId name = second != sql::kNoNode ? second : statement_.child(target, 0);
      OccurrenceId found = analyze::kNoIndex;
      for (OccurrenceId id = top.first; id < top.last; ++id) {
        const NodeId visible = parts_.scopes.visible_name(id);
        if (visible != sql::kNoNode && analyze::same_name(statement_, visible, name)) found = id;
      }
      if (found == analyze::kNoIndex) {
        return refuse(ErrorCode::kUnknownTable, statement_.node(target).span,
                      "table " + statement_.name(name) + " is not among those of the FROM clause");
      }
      add_target(found);
    }
    return {};
  }

  Result<void> check_target(OccurrenceId id) {
    const Occurrence& occurrence = parts_.scopes.occurrence(id);
    if (occurrence.kind != analyze::SourceKind::kTable) {
      return refuse(ErrorCode::kUnsupportedStatement, statement_.node(place_of(id)).span,
                    "only tables can be written to");
    }
    if (occurrence.table == nullptr) return {};
    PANDO_ASSIGN(const drivers::TableSchema* schema,
                 schema_for_write(*occurrence.table, statement_.node(place_of(id)).span, context_));
    return check_unique_keys(occurrence, schema);
  }

  // UPDATE IGNORE and OR REPLACE, and keys that say so themselves, depend on rows with the same
  // unique key, perhaps on other shards.
  Result<void> check_unique_keys(const Occurrence& occurrence, const drivers::TableSchema* schema) {
    const sql::Node& root = statement_.node(statement_.root());
    const auto op = static_cast<sql::InsertOp>(root.op);
    const bool depends =
        (root.has(sql::kIgnore) || op == sql::InsertOp::kReplace || op == sql::InsertOp::kOrIgnore);
    if (root.kind != NodeKind::kUpdate || !spread(occurrence)) return {};
    const sql::Span span = statement_.node(occurrence.path).span;
    if (schema == nullptr) {
      if (!depends) return {};
      return refuse(ErrorCode::kSchemaNeeded, span, occurrence.table->name);
    }
    for (const drivers::KeySchema& key : schema->keys) {
      if (!key.unique && !key.primary) continue;
      if (!depends && !key.resolves) continue;
      const auto names = [&key](std::string_view column) {
        return std::any_of(key.columns.begin(), key.columns.end(),
                           [column](const std::string& c) { return same_name(c, column); });
      };
      const auto& own = occurrence.table->key_columns;
      if (std::all_of(own.begin(), own.end(),
                      [&names](const rules::KeyColumn& c) { return names(c.name); })) {
        continue;
      }
      for (const NodeId assign :
           statement_.children(statement_.find(statement_.root(), NodeKind::kSetList))) {
        for (const NodeId part : statement_.children(statement_.child(assign, 0))) {
          // "" is an expression, or something else that any column may change.
          if (!names(statement_.name(part)) && !names("")) continue;
          return refuse(ErrorCode::kUpsertAcrossShards, statement_.node(assign).span,
                        "the unique key " + key.name + " of " + occurrence.table->name +
                            " lacks the sharding key, so a row that it forbids may be on another "
                            "shard");
        }
      }
    }
    return {};
  }

  Result<void> check_assignments() {
    const NodeId list = statement_.find(statement_.root(), NodeKind::kSetList);
    if (list == sql::kNoNode) return {};
    for (const NodeId assign : statement_.children(list)) {
      const NodeId column = statement_.child(assign, 0);
      if (statement_.kind(column) == NodeKind::kColumnList) {
        for (const NodeId name : statement_.children(column)) {
          PANDO_TRY(check_assigned(assign, parts_.targets.front(), name, false));
        }
        continue;
      }
      OccurrenceId target = parts_.targets.front();
      if (parts_.targets.size() > 1) {
        const analyze::Resolution found = parts_.scopes.resolve(column, 0, context_.schema);
        if (found.found() && statement_.dialect() == Dialect::kMySql) target = found.occurrence;
      }
      PANDO_TRY(check_assigned(assign, target, parts_.scopes.column_name(column), true));
    }
    return {};
  }

  Result<void> check_assigned(NodeId assign, OccurrenceId target, NodeId name, bool may_pin) {
    const Occurrence& occurrence = parts_.scopes.occurrence(target);
    if (!spread(occurrence)) return {};
    if (statement_.dialect() == Dialect::kSqlite && analyze::names_row_number(statement_, name)) {
      const drivers::TableSchema* schema =
          context_.schema != nullptr ? context_.schema->find(occurrence.table->name) : nullptr;
      if (schema == nullptr || schema->find(statement_.name(name)) == nullptr) {
        return refuse(ErrorCode::kUnsupportedStatement, statement_.node(assign).span,
                      "the row number of " + occurrence.table->name +
                          " is not written by name; use its column");
      }
    }
    const std::optional<std::uint32_t> key = parts_.scopes.key_index(target, name);
    if (!key) return {};
    const analyze::Block& top = parts_.scopes.block(0);
    if (may_pin && top.last - top.first == 1) {
      const auto set = route::operand_of(statement_, statement_.child(assign, 1));
      const auto where = set ? equal_in_where(target, *key) : std::nullopt;
      if (where) {
        parts_.pinned.push_back(
            {&occurrence.table->key_columns[*key], statement_.node(assign).span, *set, *where});
        return {};
      }
    }
    const sql::Span span = statement_.node(assign).span;
    parts_.key_change = Error(ErrorCode::kShardingKeyUpdate, "column " + statement_.name(name) +
                                                                 " is the sharding key of " +
                                                                 occurrence.table->name)
                            .with_span(span.begin, span.end);
    return {};
  }

  // x of a condition `key = x` that all written rows fulfil.
  std::optional<route::Operand> equal_in_where(OccurrenceId target, std::uint32_t key) const {
    const NodeId where = statement_.find(statement_.root(), NodeKind::kWhere);
    if (where == sql::kNoNode) return std::nullopt;
    const NodeId top = statement_.child(where, 0);
    const auto match = [&](NodeId node) -> std::optional<route::Operand> {
      if (statement_.kind(node) != NodeKind::kBinary ||
          statement_.node(node).op_as_operator() != sql::Operator::kEqual) {
        return std::nullopt;
      }
      for (const std::size_t side : {0u, 1u}) {
        const NodeId column = statement_.child(node, side);
        if (statement_.kind(column) != NodeKind::kColumn) continue;
        const analyze::Resolution found = parts_.scopes.resolve(column, 0, context_.schema);
        if (!found.found() || found.occurrence != target) continue;
        if (parts_.scopes.key_index(target, parts_.scopes.column_name(column)) != key) continue;
        return route::operand_of(statement_, statement_.child(node, 1 - side));
      }
      return std::nullopt;
    };
    if (statement_.kind(top) != NodeKind::kBinary ||
        statement_.node(top).op_as_operator() != sql::Operator::kAnd) {
      return match(top);
    }
    for (const NodeId member : statement_.children(top)) {
      if (auto found = match(member)) return found;
    }
    return std::nullopt;
  }

  // MySQL takes the values before all assignments if the statement reads the table that it writes,
  // and else those after the assignments to the left. To a server, two shards are two tables.
  Result<void> check_order() const {
    const NodeId list = statement_.find(statement_.root(), NodeKind::kSetList);
    if (list == sql::kNoNode || statement_.dialect() == Dialect::kSqlite) return {};
    const bool apart =
        std::any_of(parts_.targets.begin(), parts_.targets.end(), [this](OccurrenceId id) {
          return spread(parts_.scopes.occurrence(id)) && reads_itself(parts_.scopes, id);
        });
    if (!apart) return {};
    std::vector<std::string> done;
    for (const NodeId assign : statement_.children(list)) {
      const NodeId value = statement_.child(assign, 1);
      if (names_one_of(statement_, value, done)) {
        return refuse(ErrorCode::kNeedsCompute, statement_.node(value).span,
                      "the statement reads the table that it writes, and assigns what it has "
                      "assigned before");
      }
      done.push_back(statement_.name(parts_.scopes.column_name(statement_.child(assign, 0))));
    }
    return {};
  }

  Result<void> check_broadcast() {
    const bool any =
        std::any_of(parts_.targets.begin(), parts_.targets.end(), [this](OccurrenceId id) {
          const Occurrence& one = parts_.scopes.occurrence(id);
          return one.broadcast() && one.table->nodes.size() > 1;
        });
    if (!any) return {};
    for (const OccurrenceId id : parts_.targets) {
      const Occurrence& one = parts_.scopes.occurrence(id);
      const rules::LogicalTable* first = parts_.target().table;
      const bool alike =
          one.broadcast() && first != nullptr &&
          std::equal(one.table->nodes.begin(), one.table->nodes.end(), first->nodes.begin(),
                     first->nodes.end(), [](const rules::Node& a, const rules::Node& b) {
                       return a.data_source == b.data_source;
                     });
      if (alike) continue;
      return refuse(ErrorCode::kNeedsCompute, statement_.node(place_of(id)).span,
                    "a broadcast table is written together with a table in other places");
    }
    if (statement_.node(statement_.root()).has(sql::kIgnore)) {
      return refuse(ErrorCode::kNondeterministicWrite, root_span(statement_),
                    "IGNORE could pass over other rows on each copy of the table");
    }
    PANDO_TRY(check_defaults());
    PANDO_TRY(check_deterministic(statement_, statement_.root()));
    const NodeId returning = statement_.find(statement_.root(), NodeKind::kReturning);
    if (returning == sql::kNoNode) return {};
    return refuse(ErrorCode::kUnsupportedStatement, statement_.node(returning).span,
                  "RETURNING of a broadcast table would come from every copy");
  }

  Result<void> check_defaults() const {
    std::vector<WrittenTable> written;
    for (const OccurrenceId id : parts_.targets) {
      const rules::LogicalTable* table = parts_.scopes.occurrence(id).table;
      written.push_back(
          {table, context_.schema != nullptr ? context_.schema->find(table->name) : nullptr});
    }
    return check_defaults_alike(statement_, written);
  }

  // Whether several shards can each do it for their own rows.
  Result<void> check_scatter() {
    const auto& sharded = parts_.keys.sharded();
    const bool several = std::any_of(sharded.begin(), sharded.end(), [this](OccurrenceId id) {
      return spread(parts_.scopes.occurrence(id));
    });
    if (!several || parts_.broadcast()) return {};
    if (Result<void> same = analyze::check_spread(parts_.scopes); !same) {
      parts_.scatter_error = std::move(same).error();
      parts_.unsteady = true;
      return {};
    }
    route::Colocation colocation(parts_.scopes, parts_.keys, context_.schema);
    Result<route::Relation> relation = colocation.check_statement(0);
    if (relation) return {};
    if (const rules::LogicalTable* unknown = colocation.missing_schema();
        unknown != nullptr && context_.schema != nullptr) {
      return refuse(ErrorCode::kSchemaNeeded, root_span(statement_), unknown->name);
    }
    parts_.scatter_error = std::move(relation).error();
    return {};
  }

  UpdateParts& parts_;
  const Statement& statement_;
  const PlanContext& context_;
};

}  // namespace

Result<WriteShapePtr> analyze_update(std::shared_ptr<const Statement> statement,
                                     const PlanContext& context) {
  UpdateParts parts;
  PANDO_TRY(parts.scopes.build(*statement, context));
  PANDO_ASSIGN(const route::Hints hints, route::parse_hints(*statement, *context.rules));
  parts.statement = std::move(statement);
  parts.keys.compile(parts.scopes, context.schema, hints);
  PANDO_TRY(Analysis(parts, context).run());
  return std::make_shared<UpdateShape>(std::move(parts));
}

}  // namespace pando::plan
