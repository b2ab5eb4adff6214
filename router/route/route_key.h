// Where a row with a given key lives: what `pando route` shows.
//
// Threads: functions without state.

#pragma once

#include <span>

#include "pando/result.h"
#include "pando/value.h"
#include "rules/rule_set.h"

namespace pando::route {

// `key`: one value per key column of the table, in the order of LogicalTable::key_columns.
//
// Requires: a table of kSharded.
// Errors: kUnroutableKey if a value is not one of the column's type (naming the column, not the
// value), kParameterCount if there are more or fewer values than key columns, kNoShardForKey.
Result<rules::ShardIndex> route_key(const rules::RuleSet& rules, const rules::LogicalTable& table,
                                    std::span<const Value> key);

}  // namespace pando::route
