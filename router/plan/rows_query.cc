#include "router/plan/rows_query.h"

#include <memory>
#include <utility>

#include "router/sql/parser.h"

namespace pando::plan {

Result<Plan> plan_rows_query(const std::string& text, const sql::ParseOptions& options,
                             std::span<const Value> values, const PlanContext& context) {
  PANDO_ASSIGN(sql::Statement parsed, sql::parse(text, sql::for_own_text(options)));
  PANDO_ASSIGN(const ShapePtr shape,
               analyze(std::make_shared<const sql::Statement>(std::move(parsed)), context));
  return plan::bind(*shape, values, context);
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
