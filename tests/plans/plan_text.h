// A plan as a few lines of text, for comparing and reading.

#pragma once

#include <string>

#include "router/plan/plan.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"

namespace pando::plan {

std::string plan_text(const Plan& plan, const rules::RuleSet& rules);
// "refused P3010 at `GROUP BY x`: message".
std::string refusal_text(const Error& error, std::string_view statement);

}  // namespace pando::plan
