#include "router/plan/planner.h"

#include <string>
#include <utility>

#include "router/plan/shape.h"
#include "router/plan/write_planner.h"
#include "router/sql/node_sets.h"

namespace pando::plan {

using sql::NodeKind;

Result<ShapePtr> analyze(std::shared_ptr<const sql::Statement> statement,
                         const PlanContext& context) {
  auto shape = std::make_shared<Shape>();
  shape->statement = std::move(statement);
  const sql::Statement& text = *shape->statement;
  if (sql::is_query(text.kind(text.root()))) {
    PANDO_TRY(analyze_query(*shape, context));
  } else {
    shape->pin_all = true;
    PANDO_ASSIGN(WriteShapePtr write, analyze_write(shape->statement, context));
    shape->what.emplace<WriteShapePtr>(std::move(write));
  }
  return ShapePtr(std::move(shape));
}

Result<Plan> bind_text(const Shape& shape, const rewrite::BoundText& text,
                       std::span<const Value> parameters, const PlanContext& context) {
  const sql::Statement& statement = *shape.statement;
  if (const QueryShape* query = std::get_if<QueryShape>(&shape.what)) {
    if (parameters.size() != statement.parameter_count()) {
      return fail(ErrorCode::kParameterCount,
                  "the statement has " + std::to_string(statement.parameter_count()) +
                      " placeholders, but " + std::to_string(parameters.size()) +
                      " parameters were given");
    }
    return bind_query(*query, route::BindInput(statement, text, parameters), context);
  }
  return bind_write(*std::get<WriteShapePtr>(shape.what), parameters, context);
}

Result<Plan> bind(const Shape& shape, std::span<const Value> parameters,
                  const PlanContext& context) {
  return bind_text(shape, rewrite::BoundText(shape.statement->text()), parameters, context);
}

Plan explain(std::shared_ptr<const sql::Statement> statement, std::span<const Value> parameters,
             const PlanContext& context) {
  PlanContext explaining = context;
  explaining.explain = true;
  const auto make = [&]() -> Result<Plan> {
    PANDO_ASSIGN(const ShapePtr shape, analyze(std::move(statement), explaining));
    return plan::bind(*shape, parameters, explaining);
  };
  Result<Plan> made = make();
  if (made) return std::move(*made);
  Plan refused;
  refused.level = Level::kRefused;
  refused.reason = made.error().message();
  refused.refusal = std::move(made).error();
  return refused;
}

}  // namespace pando::plan
