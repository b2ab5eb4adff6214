// INSERT and REPLACE: the target, its columns, and what holds whatever the values are.

#include <algorithm>

#include "router/analyze/functions.h"
#include "router/analyze/variables.h"
#include "router/plan/insert_shape.h"
#include "router/route/key_predicate.h"
#include "router/sql/node_sets.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

Result<void> read_columns(InsertTarget& target, const drivers::TableSchema* schema) {
  const Statement& statement = target.sql();
  const auto add = [&target, &statement](NodeId column) -> Result<void> {
    NodeId last = statement.child(column, 0);
    while (statement.node(last).next != sql::kNoNode) last = statement.node(last).next;
    std::string name = statement.name(last);
    if (target.position(name)) {
      return refuse(ErrorCode::kSyntax, statement.node(column).span,
                    "column " + name + " is given twice");
    }
    target.columns.push_back(std::move(name));
    return {};
  };
  if (target.column_list != sql::kNoNode) {
    target.columns_known = true;
    for (const NodeId column : statement.children(target.column_list)) PANDO_TRY(add(column));
    return {};
  }
  if (statement.kind(target.source) == NodeKind::kSetList) {
    target.columns_known = true;
    for (const NodeId assign : statement.children(target.source)) {
      PANDO_TRY(add(statement.child(assign, 0)));
    }
    return {};
  }
  if (statement.kind(target.source) == NodeKind::kDefaultValues) {
    target.columns_known = true;
    return {};
  }
  const rules::LogicalTable& table = *target.table;
  const bool needed = table.kind == rules::TableKind::kSharded || !table.fill.empty();
  if (schema == nullptr) {
    if (!needed) return {};
    return refuse(ErrorCode::kSchemaNeeded, statement.node(target.table_name).span, table.name);
  }
  target.columns_known = true;
  for (const drivers::ColumnSchema& column : schema->columns) {
    if (column.hidden || (column.generated && statement.dialect() == Dialect::kSqlite)) continue;
    target.columns.push_back(column.name);
  }
  return {};
}

// INSERT IGNORE, REPLACE, ON DUPLICATE KEY UPDATE, ON CONFLICT: what happens depends on whether a
// row with the same unique key exists, perhaps on another shard.
bool depends_on_rows(const Statement& statement) {
  const NodeId root = statement.root();
  const auto op = static_cast<sql::InsertOp>(statement.node(root).op);
  return op == sql::InsertOp::kReplace || op == sql::InsertOp::kOrIgnore ||
         statement.node(root).has(sql::kIgnore) ||
         statement.find(root, NodeKind::kOnDuplicate) != sql::kNoNode ||
         statement.find(root, NodeKind::kUpsert) != sql::kNoNode;
}

// Every value of the column in this statement comes from the generator.
bool always_generated(const InsertTarget& target, std::string_view column) {
  if (!target.fills(column)) return false;
  const std::optional<std::size_t> position = target.position(column);
  if (!position) return true;
  const Statement& statement = target.sql();
  if (statement.kind(target.source) != NodeKind::kValuesList) return false;
  for (const NodeId row : statement.children(target.source)) {
    const NodeId value = statement.child(row, *position);
    const bool null = statement.kind(value) == NodeKind::kLiteral &&
                      static_cast<sql::Literal>(statement.node(value).op) == sql::Literal::kNull;
    if (statement.kind(value) != NodeKind::kDefault && !null) return false;
  }
  return true;
}

Result<void> check_unique_keys(const InsertTarget& target, const drivers::TableSchema* schema) {
  const Statement& statement = target.sql();
  const rules::LogicalTable& table = *target.table;
  if (table.kind != rules::TableKind::kSharded || !target.spread) return {};
  const bool depends = depends_on_rows(statement);  // Or a key says so itself.
  const sql::Span span = statement.node(target.table_name).span;
  if (schema == nullptr) {
    if (!depends) return {};
    return refuse(ErrorCode::kSchemaNeeded, span, table.name);
  }
  for (const drivers::KeySchema& key : schema->keys) {
    if (!key.unique && !key.primary) continue;
    if (!depends && !key.resolves) continue;
    const bool holds_sharding_key = std::all_of(
        table.key_columns.begin(), table.key_columns.end(), [&key](const rules::KeyColumn& own) {
          return std::any_of(key.columns.begin(), key.columns.end(),
                             [&own](const std::string& c) { return same_name(c, own.name); });
        });
    if (holds_sharding_key) continue;
    if (key.columns.size() == 1 && always_generated(target, key.columns[0])) continue;
    return refuse(ErrorCode::kUpsertAcrossShards, span,
                  "the unique key " + key.name + " of " + table.name +
                      " lacks the sharding key, so a row that it forbids may be on another shard");
  }
  return {};
}

// SQLite's names of the row number mean an INTEGER PRIMARY KEY too, which may be the sharding key,
// or be filled; and a shard's own numbers mean nothing outside of it.
Result<void> check_row_numbers(const InsertTarget& target, const drivers::TableSchema* schema) {
  const Statement& statement = target.sql();
  if (statement.dialect() != Dialect::kSqlite) return {};
  if (!target.spread && target.table->fill.empty()) return {};
  const auto check = [&](NodeId node, NodeId name) -> Result<void> {
    if (!analyze::names_row_number(statement, name)) return {};
    if (schema != nullptr && schema->find(statement.name(name)) != nullptr) return {};
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(node).span,
                  "the row number of " + target.table->name +
                      " is not written by name; use its "
                      "column");
  };
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    if (statement.kind(id) != NodeKind::kColumn && statement.kind(id) != NodeKind::kColumnList) {
      continue;
    }
    const bool list = statement.kind(id) == NodeKind::kColumnList;
    for (const NodeId name : statement.children(id)) {
      const bool counts = list || statement.node(name).next == sql::kNoNode;
      if (counts && statement.kind(name) == NodeKind::kName) PANDO_TRY(check(id, name));
    }
  }
  return {};
}

// VALUES(c), excluded.c: what the row that met another one has in column c. Both rows have the same
// sharding key, since every unique key holds it.
bool is_own_value(const Statement& statement, NodeId value, std::string_view column) {
  if (value == sql::kNoNode) return false;
  const NodeKind kind = statement.kind(value);
  if (kind == NodeKind::kFunction) {
    const NodeId name = statement.find(value, NodeKind::kName);
    const NodeId argument = statement.find(value, NodeKind::kColumn);
    if (name == sql::kNoNode || argument == sql::kNoNode) return false;
    const bool values =
        statement.name_equals(name, "values") || statement.name_equals(name, "value");
    return values && statement.child(argument, 1) == sql::kNoNode &&
           same_name(statement.name(statement.child(argument, 0)), column);
  }
  if (kind != NodeKind::kColumn || statement.dialect() != Dialect::kSqlite) return false;
  const NodeId table = statement.child(value, 0);
  const NodeId name = statement.child(value, 1);
  return name != sql::kNoNode && statement.name_equals(table, "excluded") &&
         same_name(statement.name(name), column);
}

Result<void> check_assignments(const InsertTarget& target, NodeId list) {
  const Statement& statement = target.sql();
  for (const NodeId assign : statement.children(list)) {
    if (statement.kind(assign) != NodeKind::kAssign) continue;
    const NodeId column = statement.child(assign, 0);
    for (const NodeId part : statement.children(column)) {
      // Of a qualified column the last name counts; a list has only column names.
      const bool counts = statement.kind(column) == NodeKind::kColumnList ||
                          statement.node(part).next == sql::kNoNode;
      if (!counts || !is_key_column(*target.table, statement.name(part))) continue;
      if (is_own_value(statement, statement.child(assign, 1), statement.name(part))) continue;
      return refuse(
          ErrorCode::kShardingKeyUpdate, statement.node(assign).span,
          "column " + statement.name(part) + " is the sharding key of " + target.table->name);
    }
  }
  return {};
}

Result<void> check_upsert(const InsertTarget& target) {
  if (!target.spread) return {};
  const Statement& statement = target.sql();
  for (const NodeId child : statement.children(statement.root())) {
    if (statement.kind(child) == NodeKind::kOnDuplicate) {
      PANDO_TRY(check_assignments(target, child));
    } else if (statement.kind(child) == NodeKind::kUpsert) {
      const NodeId list = statement.find(child, NodeKind::kSetList);
      if (list != sql::kNoNode) PANDO_TRY(check_assignments(target, list));
    }
  }
  return {};
}

// Copies of a broadcast table must become alike.
Result<void> check_broadcast(const InsertTarget& target, const drivers::TableSchema* schema) {
  const Statement& statement = target.sql();
  if (target.table->kind != rules::TableKind::kBroadcast || !target.spread) return {};
  PANDO_TRY(check_deterministic(statement, statement.root()));
  const NodeId returning = statement.find(statement.root(), NodeKind::kReturning);
  if (returning != sql::kNoNode) {
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(returning).span,
                  "RETURNING of a broadcast table would come from every copy");
  }
  const WrittenTable written{target.table.get(), schema};
  PANDO_TRY(check_defaults_alike(statement, {&written, 1}));
  if (schema == nullptr) return {};
  for (const drivers::ColumnSchema& column : schema->columns) {
    if (!default_differs(column, statement.dialect()) || target.fills(column.name)) continue;
    const std::optional<std::size_t> position = target.position(column.name);
    bool uses_default = !position || statement.kind(target.source) == NodeKind::kDefaultValues;
    if (position && statement.kind(target.source) == NodeKind::kValuesList) {
      for (const NodeId row : statement.children(target.source)) {
        if (statement.kind(statement.child(row, *position)) == NodeKind::kDefault) {
          uses_default = true;
        }
      }
    }
    if (!uses_default) continue;
    return refuse(ErrorCode::kNondeterministicWrite, statement.node(target.table_name).span,
                  "the default of " + target.table->name + "." + column.name +
                      " could give each copy of the table another value");
  }
  return {};
}

// What answers for one connection, or for one data source. LAST_INSERT_ID(expr) does not ask, it
// tells what the generated key is.
Result<void> check_calls(InsertTarget& target) {
  const Statement& statement = target.sql();
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const sql::Span span = statement.node(id).span;
    if (statement.kind(id) == NodeKind::kSystemVariable &&
        analyze::class_of_variable(statement, id) == analyze::VariableClass::kConnection) {
      return refuse(ErrorCode::kSessionStatement, span,
                    std::string(statement.text(id)) +
                        " answers for one connection, and Pando's sessions have several");
    }
    if (statement.kind(id) == NodeKind::kAssignUser) {
      return refuse(ErrorCode::kSessionStatement, span,
                    "assigning a user variable depends on the order in which one connection writes "
                    "rows");
    }
    if (statement.kind(id) != NodeKind::kFunction) continue;
    if (analyze::names_database(statement, id)) {
      return refuse(ErrorCode::kSessionStatement, span,
                    "this answers with the name of one data source's database");
    }
    if (analyze::class_of(statement, id) != analyze::FunctionClass::kConnection) continue;
    const NodeId name = statement.find(id, NodeKind::kName);
    if (statement.name_equals(name, "last_insert_id") &&
        statement.node(name).next != sql::kNoNode) {
      target.gives_key = span;
      continue;
    }
    return fail(
        Error(ErrorCode::kSessionStatement, analyze::why_of_connection(statement.text(name)))
            .with_span(span.begin, span.end)
            .with_remedy(analyze::remedy_of_connection(statement.text(name))));
  }
  return {};
}

bool defaults_vary(const InsertTarget& target, const drivers::TableSchema* schema) {
  if (schema == nullptr) return true;
  return std::any_of(schema->columns.begin(), schema->columns.end(),
                     [](const drivers::ColumnSchema& column) { return column.default_varies; }) ||
         target.table->kind == rules::TableKind::kBroadcast;
}

// See InsertTarget::names; `at` is behind the table's name.
std::optional<rewrite::Edit> column_names(const InsertTarget& target, std::uint32_t at) {
  const NodeKind source = target.sql().kind(target.source);
  const bool without = target.column_list == sql::kNoNode && source != NodeKind::kSetList &&
                       source != NodeKind::kDefaultValues;
  if (!without || !target.columns_known || !target.spread ||
      target.table->kind != rules::TableKind::kSharded) {
    return std::nullopt;
  }
  std::string list;
  for (const std::string& column : target.columns) {
    list +=
        (list.empty() ? " (" : ", ") + rewrite::quote_identifier(column, target.sql().dialect());
  }
  return rewrite::Edit{{at, at}, list + ')', {}};
}

}  // namespace

std::optional<std::size_t> InsertTarget::position(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (same_name(columns[i], column)) return i;
  }
  return std::nullopt;
}

bool InsertTarget::fills(std::string_view column) const {
  return std::any_of(table->fill.begin(), table->fill.end(),
                     [column](const rules::Fill& fill) { return same_name(fill.column, column); });
}

const drivers::ColumnSchema* InsertTarget::own_numbers(const drivers::TableSchema* schema) const {
  return spread ? numbered(schema) : nullptr;
}

const drivers::ColumnSchema* InsertTarget::numbered(const drivers::TableSchema* schema) const {
  if (schema == nullptr) return nullptr;
  for (const drivers::ColumnSchema& column : schema->columns) {
    if (column.auto_increment && !fills(column.name)) return &column;
  }
  return nullptr;
}

Plan InsertTarget::plan() const {
  Plan result;
  result.write =
      table->kind == rules::TableKind::kBroadcast ? WriteKind::kBroadcast : WriteKind::kSum;
  result.returns_rows = sql().find(sql().root(), NodeKind::kReturning) != sql::kNoNode;
  result.needs_writer = true;
  return result;
}

Result<void> InsertTarget::finish(Plan& plan) const {
  const bool several = plan.queries.size() > 1;
  if (several) PANDO_TRY(check_all_or_nothing(sql()));
  if (several && gives_key.size() > 0) {
    return refuse(ErrorCode::kSessionStatement, gives_key,
                  "each shard would give a key of its own; insert the rows one by one");
  }
  plan.level = several ? Level::kScatter : Level::kSingle;
  plan.fix_timestamp = fix_timestamp && several;
  return {};
}

Result<std::vector<rewrite::Edit>> InsertTarget::node_edits(std::size_t node,
                                                            const PlanContext& context) const {
  const rules::Node& place = table->nodes[node];
  std::vector<rewrite::Edit> edits;
  edit_table_name(sql(), table_name, place.table, edits);
  if (!aliased) {
    const NodeId second = sql().child(table_name, 1);
    const std::string written =
        sql().name(second != sql::kNoNode ? second : sql().child(table_name, 0));
    edit_qualifiers(sql(), sql().root(), written, place.table, edits);
  }
  PANDO_TRY(edit_other_tables(sql(), others, place.data_source, context, edits));
  if (names) edits.push_back(*names);
  keep_titles(sql(), edits);
  return edits;
}

Result<WriteShapePtr> analyze_insert(std::shared_ptr<const Statement> statement,
                                     const PlanContext& context) {
  InsertTarget target;
  target.statement = std::move(statement);
  const Statement& insert = *target.statement;
  const NodeId root = insert.root();
  PANDO_ASSIGN(const route::Hints hints, route::parse_hints(insert, *context.rules));
  if (hints.given()) {
    const sql::Span span = insert.hints().front();
    return refuse(ErrorCode::kBadHint, span, "the rows of an INSERT go where their keys say");
  }
  const NodeId ref = insert.find(root, NodeKind::kTableRef);
  target.table_name = insert.find(ref, NodeKind::kTableName);
  target.aliased = insert.find(ref, NodeKind::kAlias) != sql::kNoNode;
  PANDO_ASSIGN(target.table, resolve_table(insert, target.table_name, *context.rules));
  target.spread = target.table->nodes.size() > 1;
  target.column_list = insert.find(root, NodeKind::kColumnList);
  for (const NodeId child : insert.children(root)) {
    const NodeKind kind = insert.kind(child);
    if (kind == NodeKind::kValuesList || kind == NodeKind::kSetList ||
        kind == NodeKind::kDefaultValues || sql::is_query(kind)) {
      target.source = child;
    }
  }
  PANDO_ASSIGN(std::vector<TableUse> uses, table_uses(insert, root, *context.rules));
  for (TableUse& use : uses) {
    if (use.ref != ref) target.others.push_back(std::move(use));
  }
  PANDO_ASSIGN(const drivers::TableSchema* schema,
               schema_for_write(*target.table, insert.node(target.table_name).span, context));
  PANDO_TRY(read_columns(target, schema));
  target.names = column_names(target, insert.node(ref).span.end);
  PANDO_TRY(check_row_numbers(target, schema));
  PANDO_TRY(check_unique_keys(target, schema));
  PANDO_TRY(check_upsert(target));
  PANDO_TRY(check_broadcast(target, schema));
  PANDO_TRY(check_calls(target));
  target.fix_timestamp = insert.dialect() == Dialect::kMySql && target.spread &&
                         (defaults_vary(target, schema) || reads_clock(insert, root));
  if (sql::is_query(insert.kind(target.source))) {
    return analyze_insert_select(std::move(target), context);
  }
  return analyze_insert_rows(std::move(target), context);
}

}  // namespace pando::plan
