#include "router/plan/write_planner.h"

namespace pando::plan {
Result<WriteShapePtr> analyze_write(std::shared_ptr<const sql::Statement> statement,
                                    const PlanContext&) {
  const auto span = statement->node(statement->root()).span;
  return fail(Error(ErrorCode::kUnsupportedStatement, "no query").with_span(span.begin, span.end));
}
}  // namespace pando::plan
