// CREATE TABLE.

#include <algorithm>

#include "router/plan/ddl_plan.h"
#include "router/plan/key_check.h"
#include "router/plan/table_changes.h"
#include "router/sql/node_sets.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// CREATE TABLE ... LIKE: any table of that form in the same data source will do.
Result<void> like(const Statement& statement, NodeId source_ref, const PlanContext& context,
                  DdlPlan& plan) {
  const NodeId name = statement.find(source_ref, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr source, resolve_table(statement, name, *context.rules));
  const rules::LogicalTable& table = plan.table();
  const sql::Span span = statement.node(name).span;
  if (!table.key_columns.empty() &&
      !(source->kind == rules::TableKind::kSharded && source->key_columns == table.key_columns)) {
    const drivers::TableSchema* schema =
        context.schema != nullptr ? context.schema->find(source->name) : nullptr;
    if (schema == nullptr) return refuse(ErrorCode::kSchemaNeeded, span, source->name);
    const Result<void> fits = check_key_types(table, *schema, statement.dialect());
    if (!fits) return fail(Error(fits.error()).with_span(span.begin, span.end));
  }
  for (std::size_t i = 0; i < plan.nodes(); ++i) {
    const rules::DataSourceIndex where = table.nodes[i].data_source;
    const bool bound = table.kind == rules::TableKind::kSharded &&
                       source->kind == rules::TableKind::kSharded && source->family == table.family;
    const rules::Node* found = bound ? &source->nodes[i] : nullptr;
    for (const rules::Node& node : source->nodes) {
      if (node.data_source == where && found == nullptr) found = &node;
    }
    if (found == nullptr) {
      return refuse(ErrorCode::kCrossDataSource, span,
                    "table " + source->name + " is not in " +
                        context.rules->data_sources()[where].name + ", where " + table.name +
                        " is to be created");
    }
    edit_table_name(statement, name, found->table, plan.edits(i));
  }
  return {};
}

// CREATE TABLE ... AS query: only if everything is in the table's one place.
Result<void> as_query(const Statement& statement, NodeId query, const PlanContext& context,
                      DdlPlan& plan) {
  PANDO_ASSIGN(const std::vector<TableUse> uses, table_uses(statement, query, *context.rules));
  const sql::Span span = statement.node(query).span;
  if (plan.nodes() != 1) {
    return refuse(ErrorCode::kNeedsCompute, span,
                  "the rows of CREATE TABLE ... AS would have to be spread over " +
                      std::to_string(plan.nodes()) + " physical tables");
  }
  const rules::DataSourceIndex where = plan.table().nodes[0].data_source;
  for (const TableUse& use : uses) {
    const auto node = whole_in(*use.table, where);
    if (!node) {
      return refuse(ErrorCode::kNeedsCompute, statement.node(use.name).span,
                    "table " + use.table->name + " is not as a whole in " +
                        context.rules->data_sources()[where].name + ", where " + plan.table().name +
                        " is to be created");
    }
    edit_table_use(statement, use.ref, use.name, use.table->nodes[*node].table, plan.edits(0));
  }
  return {};
}

NodeId query_of(const Statement& statement, NodeId root) {
  for (const NodeId child : statement.children(root)) {
    if (sql::is_query(statement.kind(child))) return child;
  }
  return sql::kNoNode;
}

}  // namespace

Result<Plan> create_table(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  PANDO_ASSIGN(DdlPlan plan, DdlPlan::of_ref(statement, ref, *context.rules));
  DoneSigns done = done_signs(statement.dialect(), {1050}, {"already exists"});
  plan.will_exist(plan.shared_table());

  const NodeId source = statement.find(root, NodeKind::kTableLike);
  if (source != sql::kNoNode) {
    PANDO_TRY(like(statement, statement.find(source, NodeKind::kTableRef), context, plan));
    return plan.finish(done);
  }
  const NodeId query = query_of(statement, root);
  std::vector<NodeId> members;
  std::vector<NodeId> definitions;
  TableChanges changes(statement, context, plan);
  const NodeId elements = statement.find(root, NodeKind::kTableElements);
  if (elements != sql::kNoNode) {
    for (const NodeId member : statement.children(elements)) {
      members.push_back(member);
      if (statement.kind(member) == NodeKind::kColumnDefinition) {
        definitions.push_back(member);
        PANDO_TRY(changes.column(member));
      } else if (statement.kind(member) == NodeKind::kConstraint) {
        PANDO_TRY(changes.constraint(member, member));
      }
    }
  }
  if (query == sql::kNoNode) PANDO_TRY(changes.check_keys(definitions, statement.node(ref).span));
  PANDO_TRY(apply_cuts(statement, members, changes.cut(), plan));
  const NodeId options = statement.find(root, NodeKind::kTableOptions);
  if (options != sql::kNoNode && statement.find(options, NodeKind::kUnionOption) != sql::kNoNode) {
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(options).span,
                  "a MERGE table's UNION names other tables");
  }
  if (query != sql::kNoNode) PANDO_TRY(as_query(statement, query, context, plan));
  return plan.finish(done);
}

}  // namespace pando::plan
