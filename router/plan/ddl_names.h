// Physical names of indexes and constraints, where one schema holds several tables of one name
// each.
//
// Threads: functions without state.

#pragma once

#include <string>
#include <string_view>

#include "pando/dialect.h"
#include "rules/rule_set.h"

namespace pando::plan {

// `name` as it is called on that node, for names that must be unique in a whole schema or file:
// SQLite's indexes, MySQL's foreign keys and checks. Unchanged if the node's data source holds one
// node of the table only; else with the node's number behind it, the same for CREATE and DROP.
// At most 64 bytes in MySQL: a longer one is cut and told apart by a hash.
std::string node_name(std::string_view name, const rules::LogicalTable& table, std::size_t node,
                      Dialect dialect);

// Eight hexadecimal digits, the same for ever, because names in databases depend on them.
std::string hash_of(std::string_view text);

// True if some data source holds several nodes of the table, so that names there differ.
bool shares_data_source(const rules::LogicalTable& table);

}  // namespace pando::plan
