// Schema changes other than CREATE and ALTER TABLE, and the dispatch of all.

#include <algorithm>

#include "router/plan/ddl_names.h"
#include "router/plan/ddl_plan.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

Result<Plan> drop_table(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const DoneSigns done = done_signs(statement.dialect(), {1051, 1146}, {"no such table"});
  std::vector<NodeId> refs;
  for (const NodeId child : statement.children(root)) {
    if (statement.kind(child) == NodeKind::kTableRef) refs.push_back(child);
  }
  Plan plan = ddl_plan();
  const sql::Span head = {0, statement.node(refs.front()).span.begin};
  const sql::Span tail = {statement.node(refs.back()).span.end,
                          static_cast<std::uint32_t>(statement.text().size())};
  for (const NodeId ref : refs) {
    PANDO_ASSIGN(DdlPlan one, DdlPlan::of_ref(statement, ref, *context.rules));
    // The other tables' names go; each table is dropped by a statement of its own, so that what is
    // done can be told apart.
    const sql::Span own = statement.node(ref).span;
    if (head.end < own.begin) one.edit_all({{head.end, own.begin}, "", {}});
    if (own.end < tail.begin) one.edit_all({{own.end, tail.begin}, "", {}});
    append_queries(plan, one.finish(done));
  }
  return plan;
}

Result<Plan> truncate(const Statement& statement, const PlanContext& context) {
  const NodeId ref = statement.find(statement.root(), NodeKind::kTableRef);
  PANDO_ASSIGN(DdlPlan plan, DdlPlan::of_ref(statement, ref, *context.rules));
  return plan.finish({});
}

// The new name of a table must be one of the rules in the same places, because the rules say where
// a name's rows are.
Result<TablePtr> renamed_table(const Statement& statement, const TablePtr& from, NodeId name,
                               const rules::RuleSet& rules) {
  Result<TablePtr> to = resolve_table(statement, name, rules);
  if (to && same_places(*from, **to)) return to;
  if (!to && to.error().code() != ErrorCode::kUnknownTable) return to;
  return refuse(ErrorCode::kUnsupportedStatement, statement.node(name).span,
                to ? "table " + (*to)->name + " lies in other places than " + from->name
                   : to.error().message() + ", so " + from->name + " cannot be renamed to it");
}

Result<Plan> rename_tables(const Statement& statement, const PlanContext& context) {
  struct Name {
    NodeId node;
    TablePtr table;
  };
  std::vector<Name> names;
  for (const NodeId pair : statement.children(statement.root())) {
    const NodeId from = statement.find(statement.child(pair, 0), NodeKind::kTableName);
    const NodeId to = statement.find(statement.child(pair, 1), NodeKind::kTableName);
    PANDO_ASSIGN(TablePtr table, resolve_table(statement, from, *context.rules));
    PANDO_ASSIGN(TablePtr target, renamed_table(statement, table, to, *context.rules));
    names.push_back({from, std::move(table)});
    names.push_back({to, std::move(target)});
  }
  for (const Name& name : names) {
    if (same_places(*names.front().table, *name.table)) continue;
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(name.node).span,
                  "tables in different places cannot be renamed in one step; use a statement for "
                  "each");
  }
  DdlPlan plan(statement, names.front().table);
  bool any_gone = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto same = [&](const Name& other) { return other.table->name == names[i].table->name; };
    if (std::any_of(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end(), same)) {
      continue;  // Its last occurrence says what becomes of it; even ones are sources.
    }
    if (i % 2 == 1) {
      plan.will_exist(names[i].table);
      continue;
    }
    plan.will_not_exist(names[i].table);
    const auto first = std::find_if(names.begin(), names.end(), same);
    any_gone = any_gone || (first - names.begin()) % 2 == 0;
  }
  if (!any_gone && plan.nodes() > 1) {
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(statement.root()).span,
                  "tables swap their names, and nothing would tell the shards where they have from "
                  "those where they have not");
  }
  for (const Name& name : names) {
    for (std::size_t i = 0; i < plan.nodes(); ++i) {
      edit_table_name(statement, name.node, name.table->nodes[i].table, plan.edits(i));
    }
  }
  return plan.finish(done_signs(statement.dialect(), {1017, 1050, 1146}, {}));
}

Result<Plan> create_index(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  PANDO_ASSIGN(DdlPlan plan, DdlPlan::of_ref(statement, ref, *context.rules));
  plan.will_exist(plan.shared_table());
  if (statement.node(root).has(sql::kUnique)) {
    plan.note_unique(statement.find(root, NodeKind::kKeyParts), false);
  }
  const NodeId index = statement.find(root, NodeKind::kIndexName);
  if (index != sql::kNoNode && statement.dialect() == Dialect::kSqlite) {
    const NodeId second = statement.child(index, 1);
    plan.name_object(second != sql::kNoNode ? second : statement.child(index, 0));
  }
  return plan.finish(done_signs(statement.dialect(), {1061}, {"already exists"}));
}

// SQLite names no table: the one whose first node has an index of that name.
Result<TablePtr> table_of_index(const Statement& statement, NodeId name,
                                const PlanContext& context) {
  const std::string index = statement.name(name);
  const std::string* unknown = nullptr;
  for (const rules::LogicalTable& table : context.rules->tables()) {
    const drivers::TableSchema* schema =
        context.schema != nullptr ? context.schema->find(table.name) : nullptr;
    if (schema == nullptr) {
      if (unknown == nullptr) unknown = &table.name;
      continue;
    }
    const std::string physical = node_name(index, table, 0, statement.dialect());
    for (const drivers::KeySchema& key : schema->keys) {
      if (same_name(key.name, physical)) return table_named(table.name, *context.rules);
    }
  }
  if (unknown != nullptr) {
    return refuse(ErrorCode::kSchemaNeeded, statement.node(name).span, *unknown);
  }
  if (context.rules->default_single()) {
    auto table = std::make_shared<rules::LogicalTable>();
    table->name = index;
    table->kind = rules::TableKind::kSingle;
    table->nodes.push_back({*context.rules->default_single(), index});
    return table;
  }
  return refuse(ErrorCode::kUnknownTable, statement.node(name).span,
                "no table of the rules has an index " + index);
}

Result<Plan> drop_index(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const DoneSigns done = done_signs(statement.dialect(), {1091}, {"no such index"});
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  if (ref != sql::kNoNode) {
    PANDO_ASSIGN(DdlPlan plan, DdlPlan::of_ref(statement, ref, *context.rules));
    plan.will_exist(plan.shared_table());
    return plan.finish(done);
  }
  const NodeId index = statement.find(root, NodeKind::kIndexName);
  const NodeId second = statement.child(index, 1);
  const NodeId name = second != sql::kNoNode ? second : statement.child(index, 0);
  PANDO_ASSIGN(TablePtr table, table_of_index(statement, name, context));
  const bool made_up = context.rules->find_table(table->name) == nullptr;
  DdlPlan plan(statement, table);
  if (!made_up) plan.will_exist(table);
  plan.name_object(name);
  return plan.finish(done);
}

Result<Plan> ddl(const Statement& statement, const PlanContext& context) {
  const sql::Node& root = statement.node(statement.root());
  switch (root.kind) {
    case NodeKind::kCreateTable:
    case NodeKind::kDropTable:
      if (root.has(sql::kTemporary)) {
        return refuse(ErrorCode::kSessionStatement, root.span,
                      "a temporary table would live on one connection only");
      }
      return root.kind == NodeKind::kDropTable ? drop_table(statement, context)
                                               : create_table(statement, context);
    case NodeKind::kAlterTable:
      return alter_table(statement, context);
    case NodeKind::kTruncate:
      return truncate(statement, context);
    case NodeKind::kRenameTable:
      return rename_tables(statement, context);
    case NodeKind::kCreateIndex:
      return create_index(statement, context);
    default:
      return drop_index(statement, context);
  }
}

}  // namespace

Result<WriteShapePtr> analyze_ddl(std::shared_ptr<const sql::Statement> statement,
                                  const PlanContext& context) {
  if (statement->parameter_count() > 0) {
    const std::uint32_t at = statement->parameters().front();
    return refuse(ErrorCode::kUnsupportedStatement, {at, at + 1},
                  "a schema change takes no parameters");
  }
  if (!statement->hints().empty()) {
    return refuse(ErrorCode::kBadHint, statement->hints().front(),
                  "a schema change goes to every physical table");
  }
  PANDO_ASSIGN(Plan plan, ddl(*statement, context));
  return ready(std::move(statement), std::move(plan));
}

}  // namespace pando::plan
