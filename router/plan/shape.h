// Shape: what analysis found out about a statement, whatever the values: the cached half of a plan.
//
// A query's shape knows its scopes and the key predicates; whether and how it can be scattered is
// worked out when a value first makes that necessary, and kept. A write's shape is the write
// planner's own.
//
// A shape can be bound to other texts that differ from its own in literals only, if the literals in
// `pinned` are the same; see BoundText and PlanCache.
//
// Threads: immutable to its users; what is worked out late is published atomically.
// Lifetime: owns the statement, views the rules.

#pragma once

#include <atomic>
#include <memory>
#include <variant>

#include "router/analyze/scope.h"
#include "router/plan/planner.h"
#include "router/plan/scatter.h"
#include "router/plan/small_vector.h"
#include "router/plan/write_planner.h"
#include "router/rewrite/table_names.h"
#include "router/route/key_predicate.h"
#include "router/sql/statement.h"

namespace pando::compute {
struct Cut;
}

namespace pando::plan {

struct QueryShape {
  analyze::Scopes scopes;
  route::KeyProgram keys;
  rewrite::TableNames names;
  route::Hints hints;
  bool needs_writer = false;  // FOR UPDATE and the like.
  bool reads_clock = false;   // MySQL: NOW() and the like.
  bool point = false;         // One table, and `key = constant` decides: the fast path of bind().

  QueryShape() = default;
  QueryShape(const QueryShape&) = delete;
  QueryShape& operator=(const QueryShape&) = delete;
  ~QueryShape();

  // How the query scatters, or why it cannot. Worked out at the first call, with that call's
  // schema; kSchemaNeeded is not kept.
  Result<const Scatter*> scatter(const SchemaView* schema) const;
  // The same for its pieces.
  Result<const compute::Cut*> cut(const PlanContext& context) const;

 private:
  mutable std::atomic<const Result<Scatter>*> scatter_{nullptr};
  mutable std::atomic<const Result<compute::Cut>*> cut_{nullptr};
};

class Shape {
 public:
  std::shared_ptr<const sql::Statement> statement;
  // The places of literals whose text analysis looked at. A write pins all of its literals.
  SmallVector<sql::Span, 3> pinned;
  bool pin_all = false;
  std::variant<QueryShape, WriteShapePtr> what;
};

// Binds to a text other than the statement's own: see BoundText.
Result<Plan> bind_text(const Shape& shape, const rewrite::BoundText& text,
                       std::span<const Value> parameters, const PlanContext& context);

// select_analyze.cc, select_bind.cc: queries.
Result<void> analyze_query(Shape& shape, const PlanContext& context);
Result<Plan> bind_query(const QueryShape& shape, const route::BindInput& input,
                        const PlanContext& context);
// The short way for a point read. `plan` is a new one, or one that this function alone has filled
// before, whose memory is used again. False, with the plan as it was: bind_query() must do it.
// Requires: the number of parameters is right, and no explanation is wanted.
bool bind_point(const QueryShape& shape, const route::BindInput& input, Plan& plan);
// compute/bind.cc. Errors: kSchemaNeeded without a name if the text is not the statement's own.
Result<Plan> bind_pieces(const QueryShape& shape, const route::BindInput& input,
                         const PlanContext& context);

}  // namespace pando::plan
