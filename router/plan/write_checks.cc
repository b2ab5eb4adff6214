#include "router/plan/write_checks.h"

#include "pando/names.h"
#include "router/analyze/functions.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

Result<void> check_function(const Statement& statement, NodeId node) {
  const NodeId name_node = statement.find(node, NodeKind::kName);
  if (name_node == sql::kNoNode) return {};
  const std::string name = to_lower(statement.name(name_node));
  const bool sqlite = statement.dialect() == Dialect::kSqlite;
  bool differs = analyze::differs_by_server(statement, node);
  switch (analyze::class_of(statement, node)) {
    case analyze::FunctionClass::kRandom:
    case analyze::FunctionClass::kSideEffect:
    case analyze::FunctionClass::kConnection:
      differs = true;
      break;
    case analyze::FunctionClass::kTime:
      differs |= sqlite;
      break;
    case analyze::FunctionClass::kUnknown:
      return refuse(ErrorCode::kNondeterministicWrite, statement.node(node).span,
                    "whether " + name + "() gives the same on all copies is not known");
    default:
      break;
  }
  if (sqlite && analyze::reads_clock(statement, node)) differs = true;
  if (!differs) return {};
  return refuse(ErrorCode::kNondeterministicWrite, statement.node(node).span,
                name + "() could give each copy of the table another value");
}

}  // namespace

Result<void> check_deterministic(const Statement& statement, NodeId node) {
  switch (statement.kind(node)) {
    case NodeKind::kFunction:
      PANDO_TRY(check_function(statement, node));
      break;
    case NodeKind::kUserVariable:
    case NodeKind::kSystemVariable:
    case NodeKind::kAssignUser:
      return refuse(ErrorCode::kNondeterministicWrite, statement.node(node).span,
                    "a variable could give each copy of the table another value");
    case NodeKind::kLimit:
      return refuse(ErrorCode::kLimitedWrite, statement.node(node).span,
                    "LIMIT could choose other rows on each copy of the table");
    default:
      break;
  }
  for (const NodeId child : statement.children(node)) {
    PANDO_TRY(check_deterministic(statement, child));
  }
  return {};
}

Result<void> check_defaults_alike(const Statement& statement,
                                  std::span<const WrittenTable> written) {
  const auto check = [&](NodeId column, sql::Span span, bool others) -> Result<void> {
    NodeId name = statement.node(column).child;
    while (statement.node(name).next != sql::kNoNode) name = statement.node(name).next;
    bool known = !others;
    for (const auto& [table, schema] : written) {
      if (schema == nullptr) return refuse(ErrorCode::kSchemaNeeded, span, table->name);
      const drivers::ColumnSchema* found = schema->find(statement.name(name));
      if (found == nullptr) continue;
      known = true;
      if (!default_differs(*found, statement.dialect())) continue;
      return refuse(ErrorCode::kNondeterministicWrite, span,
                    "the default of " + table->name + "." + found->name +
                        " could give each copy of the table another value");
    }
    if (known) return {};
    return refuse(ErrorCode::kNondeterministicWrite, span,
                  "whether this default is the same for all copies is not known");
  };
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const sql::Span span = statement.node(id).span;
    if (statement.kind(id) == NodeKind::kAssign) {
      const NodeId value = statement.child(id, 1);
      if (value == sql::kNoNode || statement.kind(value) != NodeKind::kDefault) continue;
      PANDO_TRY(check(statement.child(id, 0), span, false));
    } else if (statement.kind(id) == NodeKind::kFunction) {
      const NodeId name = statement.find(id, NodeKind::kName);
      if (name == sql::kNoNode || !statement.name_equals(name, "default")) continue;
      const NodeId column = statement.find(id, NodeKind::kColumn);
      if (column != sql::kNoNode) PANDO_TRY(check(column, span, true));
    }
  }
  return {};
}

bool reads_clock(const Statement& statement, NodeId node) {
  if (statement.kind(node) == NodeKind::kFunction &&
      analyze::class_of(statement, node) == analyze::FunctionClass::kTime) {
    return true;
  }
  for (const NodeId child : statement.children(node)) {
    if (reads_clock(statement, child)) return true;
  }
  return false;
}

bool names_one_of(const Statement& statement, NodeId node, const std::vector<std::string>& names) {
  if (statement.kind(node) == NodeKind::kColumn) {
    NodeId last = sql::kNoNode;
    for (const NodeId name : statement.children(node)) last = name;
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return statement.name_equals(last, name); });
  }
  for (const NodeId child : statement.children(node)) {
    if (names_one_of(statement, child, names)) return true;
  }
  return false;
}

bool reads_itself(const analyze::Scopes& scopes, analyze::OccurrenceId id) {
  const rules::LogicalTable* table = scopes.occurrence(id).table;
  for (analyze::OccurrenceId other = 0; other < scopes.occurrences().size(); ++other) {
    const analyze::Occurrence& at = scopes.occurrence(other);
    if (other != id && at.kind == analyze::SourceKind::kTable && at.table == table) return true;
  }
  return false;
}

Result<const drivers::TableSchema*> schema_for_write(const rules::LogicalTable& table,
                                                     sql::Span where, const PlanContext& context) {
  if (context.schema == nullptr) return nullptr;
  const drivers::TableSchema* schema = context.schema->find(table.name);
  const bool decides = table.kind == rules::TableKind::kSharded || table.nodes.size() > 1;
  if (schema == nullptr && decides) {
    return refuse(ErrorCode::kSchemaNeeded, where, table.name);
  }
  return schema;
}

Result<void> edit_other_tables(const Statement& statement, const std::vector<TableUse>& uses,
                               rules::DataSourceIndex source, const PlanContext& context,
                               std::vector<rewrite::Edit>& edits) {
  for (const TableUse& use : uses) {
    const rules::LogicalTable& table = *use.table;
    const auto node = whole_in(table, source);
    if (!node) {
      const bool spread = table.kind == rules::TableKind::kSharded && table.nodes.size() > 1;
      return refuse(spread ? ErrorCode::kNeedsCompute : ErrorCode::kCrossDataSource,
                    statement.node(use.name).span,
                    spread ? "the rows of " + table.name + " are on several shards"
                           : "table " + table.name + " is not in " +
                                 context.rules->data_sources()[source].name +
                                 ", where rows are to be written");
    }
    edit_table_use(statement, use.ref, use.name, table.nodes[*node].table, edits);
  }
  return {};
}

Result<void> check_all_or_nothing(const Statement& statement) {
  const sql::Node& root = statement.node(statement.root());
  if (static_cast<sql::InsertOp>(root.op) != sql::InsertOp::kOrFail) return {};
  return refuse(
      ErrorCode::kUnsupportedStatement, root.span,
      "OR FAIL keeps the rows before the one that failed, and several shards have no such "
      "order");
}

bool is_key_column(const rules::LogicalTable& table, std::string_view column) {
  return std::any_of(table.key_columns.begin(), table.key_columns.end(),
                     [column](const rules::KeyColumn& key) { return same_name(key.name, column); });
}

bool default_differs(const drivers::ColumnSchema& column, Dialect dialect) {
  if (!column.default_varies) return false;
  if (dialect == Dialect::kSqlite) return true;
  switch (column.type) {
    case SqlType::kDate:
    case SqlType::kTime:
    case SqlType::kDateTime:
    case SqlType::kTimestamp:
      return false;  // From the clock.
    default:
      return true;
  }
}

}  // namespace pando::plan
