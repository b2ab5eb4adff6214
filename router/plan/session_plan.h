// Plans of statements about the session, which no shape is kept of.
//
// Threads: functions without state.

#pragma once

#include <string>

#include "pando/result.h"
#include "router/plan/plan.h"
#include "router/plan/planner.h"
#include "router/sql/statement.h"

namespace pando::plan {

Plan session_plan(SessionAction action, std::string text = {});

// Requires: a SET. Errors: kSessionStatement for what would not hold on every connection.
Result<Plan> plan_set(const sql::Statement& statement, const PlanContext& context);

}  // namespace pando::plan
