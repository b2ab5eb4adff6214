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
// `others`: name and type of tables that SHOW TABLES lists besides those of the rules.
Reply own_answer(const plan::Plan& plan, const rules::RuleSet& rules,
                 const std::vector<std::pair<std::string, std::string>>& others = {});

// What SHOW TABLES is to ask of the data source of tables that the rules do not name; null if there
// is none, or for another action.
std::shared_ptr<const plan::Plan> other_tables_plan(const plan::Plan& plan,
                                                    const rules::RuleSet& rules);
// The tables of its answer without those that the rules name.
Result<std::vector<std::pair<std::string, std::string>>> other_tables(RowStream& rows,
                                                                      const rules::RuleSet& rules);

}  // namespace pando::router
