// Planning of everything that is not a query: writes, schema changes and statements about the
// session.
//
// planner.cc hands these over by the kind of the statement's root. The two steps are those of
// planner.h: analyze_write() looks at the text, the rules and the schema; bind_write() at the
// values.
//
// Schemas: with a SchemaView in the context, the columns of every sharded table that is written to
// must be in it, or analysis fails with kSchemaNeeded: only the column's type says that a key is
// stored unchanged, and so on which shard the row will be looked for. Without a SchemaView (explain
// without data sources) planning does what it can.
//
// Threads: functions without state; a WriteShape is immutable.

#pragma once

#include <memory>
#include <span>

#include "pando/result.h"
#include "pando/value.h"
#include "router/plan/plan.h"
#include "router/plan/planner.h"
#include "router/sql/statement.h"

namespace pando::plan {

// Analysis of one statement other than a query.
class WriteShape {
 public:
  virtual ~WriteShape() = default;
  virtual Result<Plan> bind(std::span<const Value> parameters,
                            const PlanContext& context) const = 0;
};
using WriteShapePtr = std::shared_ptr<const WriteShape>;

// Requires: the statement is not a query (sql::is_query).
// Errors: as analyze() and bind() in planner.h.
Result<WriteShapePtr> analyze_write(std::shared_ptr<const sql::Statement> statement,
                                    const PlanContext& context);
inline Result<Plan> bind_write(const WriteShape& shape, std::span<const Value> parameters,
                               const PlanContext& context) {
  return shape.bind(parameters, context);
}

}  // namespace pando::plan
