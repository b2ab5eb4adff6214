#include "router/plan/rows_query.h"

#include <memory>
#include <utility>

#include "router/rewrite/text_edits.h"
#include "router/sql/parser.h"

namespace pando::plan {

namespace {

using sql::NodeId;
using sql::NodeKind;

Result<Plan> plan_text(sql::Statement parsed, std::span<const Value> values,
                       const PlanContext& context) {
  PANDO_ASSIGN(const ShapePtr shape,
               analyze(std::make_shared<const sql::Statement>(std::move(parsed)), context));
  return plan::bind(*shape, values, context);
}

// Gives each SELECT below `node` its locking clause.
void add_locks(const sql::Statement& statement, NodeId node, std::string_view clause,
               rewrite::TextEdits& edits, RowsQuery& query) {
  const NodeKind kind = statement.kind(node);
  if (kind == NodeKind::kSetOperation) {
    query.locked = false;
    return;
  }
  if (kind == NodeKind::kSelect) {
    if (statement.find(node, NodeKind::kLocking) == sql::kNoNode) {
      edits.insert(statement.node(node).span.end, clause);
    }
    clause = " LOCK IN SHARE MODE";
  }
  for (const NodeId child : statement.children(node)) {
    add_locks(statement, child, clause, edits, query);
  }
}

}  // namespace

Result<RowsQuery> plan_rows_query(std::string text, RowsAre rows, const sql::ParseOptions& options,
                                  std::span<const Value> values, const PlanContext& context) {
  RowsQuery query;
  PANDO_ASSIGN(sql::Statement parsed, sql::parse(text, sql::for_own_text(options)));
  if (parsed.dialect() == Dialect::kMySql) {
    rewrite::TextEdits edits;
    add_locks(parsed, parsed.root(),
              rows == RowsAre::kWritten ? " FOR UPDATE" : " LOCK IN SHARE MODE", edits, query);
    PhysicalQuery made;
    edits.apply(parsed, rewrite::BoundText(parsed.text()), made);
    PANDO_ASSIGN(sql::Statement locking, sql::parse(made.sql, sql::for_own_text(options)));
    auto plan = plan_text(std::move(locking), values, context);
    const bool enough = plan || rows == RowsAre::kWritten;
    if (!plan && (enough || plan.error().code() == ErrorCode::kSchemaNeeded)) {
      return fail(std::move(plan).error());
    }
    if (plan) {
      query.sql = std::move(made.sql);
      query.plan = *std::move(plan);
      return query;
    }
    query.locked = false;
  }
  PANDO_ASSIGN(query.plan, plan_text(std::move(parsed), values, context));
  query.sql = std::move(text);
  return query;
}

bool rows_would_do(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNeedsCompute:
    case ErrorCode::kNotColocated:
    case ErrorCode::kCrossDataSource:
    case ErrorCode::kMissingGeneratedKey:
    case ErrorCode::kUnroutableKey:
    case ErrorCode::kLimitedWrite:
      return true;
    default:
      return false;
  }
}

}  // namespace pando::plan
