// The query of a statement whose rows go through Pando.

#pragma once

#include <span>
#include <string>

#include "router/plan/planner.h"

namespace pando::plan {

// Plans `text`, a query over the logical tables. Errors: those of parsing and planning.
Result<Plan> plan_rows_query(const std::string& text, const sql::ParseOptions& options,
                             std::span<const Value> values, const PlanContext& context);

// A refusal of a write that fetching its rows can answer.
bool rows_would_do(const Error& error);

}  // namespace pando::plan
