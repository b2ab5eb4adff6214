// Words about the tables of the rules, shared by check, route, stats and doctor.

#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"
#include "rules/rule_set.h"

namespace pando::cli {

// The table that it is bound to (`with`), or nullptr.
const rules::LogicalTable* parent_of(const rules::RuleSet& rules, const rules::LogicalTable& table);
// "sharded", "bound to orders", "broadcast", "single".
std::string kind_text(const rules::RuleSet& rules, const rules::LogicalTable& table);
// "hash(user_id) over 1024 slots"; "" if the table is not sharded.
std::string function_text(const rules::LogicalTable& table);
// "shop0 … shop3: orders_00 … orders_15".
std::string place_text(const rules::RuleSet& rules, const rules::LogicalTable& table);
// "shop1.orders_3".
std::string node_text(const rules::RuleSet& rules, const rules::Node& node);

// The table, or nullptr after saying on `err` that the rules do not name it, with the nearest name.
const rules::LogicalTable* find_table(const rules::RuleSet& rules, std::string_view name,
                                      Output& err);

}  // namespace pando::cli
