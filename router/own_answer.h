// Statements that Pando answers without a data source: SHOW TABLES, USE, and what is accepted
// without effect.
//
// Threads: functions without state.

#pragma once

#include "pando/row_stream.h"
#include "router/plan/plan.h"
#include "rules/rule_set.h"

namespace pando::router {

// False of the actions that change a session, or ask about it.
bool has_own_answer(plan::SessionAction action);

// Of any other action than those of has_own_answer(), an answer without rows.
Reply own_answer(const plan::Plan& plan, const rules::RuleSet& rules);

}  // namespace pando::router
