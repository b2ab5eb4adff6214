// Queries, first half: what does not depend on values.

#include <memory>
#include <utility>

#include "router/plan/shape.h"
#include "router/plan/write_checks.h"

namespace pando::plan {

using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

bool is_clause(NodeKind kind) { return kind == NodeKind::kOrderBy || kind == NodeKind::kGroupBy; }

// The places of the literals that analysis may look at, now or when it works out how to scatter:
// those of ORDER BY and GROUP BY, and of whatever these may be compared with or copied from.
void pin_clauses(const sql::Statement& statement, SmallVector<sql::Span, 3>& out) {
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const NodeKind kind = statement.kind(id);
    if (is_clause(kind) || kind == NodeKind::kSelectList) out.push_back(statement.node(id).span);
  }
}

bool merges_by_text(const sql::Statement& statement, const analyze::Scopes& scopes) {
  for (const analyze::Block& block : scopes.blocks()) {
    if (statement.node(block.node).has(sql::kDistinct)) return true;
    if ((block.flags & (analyze::kHasAggregate | analyze::kHasUnknownFunction)) != 0) return true;
    for (const NodeId child : statement.children(block.node)) {
      if (is_clause(statement.kind(child))) return true;
    }
  }
  return false;
}

}  // namespace

Result<void> analyze_query(Shape& shape, const PlanContext& context) {
  const sql::Statement& statement = *shape.statement;
  auto& query = std::get<QueryShape>(shape.what);
  if (!statement.hints().empty()) {
    PANDO_ASSIGN(query.hints, route::parse_hints(statement, *context.rules));
  }
  PANDO_TRY(query.scopes.build(statement, context));
  query.keys.compile(query.scopes, context.schema, query.hints);
  query.names.build(query.scopes);
  if (query.names.has_titles()) shape.pin_all = true;
  bool clock = false;
  for (const analyze::Block& block : query.scopes.blocks()) {
    query.needs_writer |= statement.find(block.node, NodeKind::kLocking) != kNoNode ||
                          (block.flags & analyze::kHasSideEffect) != 0;
    // What is unknown may be a quoted name, which only reads_clock() takes apart.
    clock |= (block.flags & (analyze::kHasTime | analyze::kHasUnknownFunction)) != 0;
  }
  query.reads_clock =
      clock && statement.dialect() == Dialect::kMySql && reads_clock(statement, statement.root());
  query.point = query.keys.is_point() && query.scopes.occurrences().size() == 1 &&
                (query.names.verbatim() || query.names.one());
  if (merges_by_text(statement, query.scopes)) {
    pin_clauses(statement, shape.pinned);
  }
  return {};
}

Result<const Scatter*> QueryShape::scatter(const SchemaView* schema) const {
  const Result<Scatter>* known = scatter_.load(std::memory_order_acquire);
  if (known == nullptr) {
    auto made = std::make_unique<Result<Scatter>>(analyze_scatter(scopes, keys, schema));
    if (!*made && made->error().code() == ErrorCode::kSchemaNeeded) {
      return tl::unexpected<Error>(made->error());
    }
    if (*made && (*made)->merge_error && (*made)->merge_error->code() == ErrorCode::kSchemaNeeded) {
      return tl::unexpected<Error>(*(*made)->merge_error);
    }
    if (scatter_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) {
      known = made.release();
    }
  }
  if (!*known) return tl::unexpected<Error>(known->error());
  return &**known;
}

}  // namespace pando::plan
