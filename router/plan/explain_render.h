// Renders a Plan for people (a tree) and for programs (JSON), as `pando explain` shows it.

#pragma once

#include <string>
#include <string_view>

#include "router/plan/plan.h"
#include "rules/rule_set.h"

namespace pando::plan {

std::string_view level_name(Level level);  // "single", "scatter", "compute", "refused"

// A few lines, ending in a newline. `text` is the statement, for the caret of a refusal.
std::string render_tree(const Plan& plan, const rules::RuleSet& rules, std::string_view text);

// One object: {"level", "reason", "pieces": [{"table", "of", "sql", "level", "units", "merge"}],
// "units": [{"data_source", "sql", "shard", "reason"}], "merge", "notes", "error"}; "pieces" only
// at level compute. "merge" is null if one query's rows are the answer as they come.
std::string render_json(const Plan& plan, const rules::RuleSet& rules);

// "sort by column 2 descending; limit 10, offset 5": how the shards' rows become one answer.
// "" if there is nothing to do.
std::string describe_merge(const Plan& plan);

}  // namespace pando::plan
