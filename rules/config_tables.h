// Parts of reading [tables] that stand alone: where tables are put, and the columns of their keys.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/config_sections.h"
#include "rules/functions/function_table.h"

namespace pando::rules {

// One string of `onto`, `copy` or `at`: "shop[0..3].orders_[00..15]".
struct Placement {
  Text text;
  Pattern databases;
  std::optional<Pattern> tables;  // Absent: the logical name.
  std::size_t tables_offset = 0;  // Where `tables` begins in the text.
};

// Errors: kConfigValue with a caret under the piece.
Result<std::vector<Placement>> read_placements(const ConfigTable& table, std::string_view word);

// What {yyyyMM} in the names of databases or tables stands for.
struct NameTimes {
  std::string function;  // "month(created_at)"; of another kind if there is no unit.
  std::optional<TimeUnit> unit;
  std::optional<Period> period;
};

struct PlacementTimes {
  NameTimes databases;
  NameTimes tables;
};

// All names that the placements stand for, in their order: database by database.
// Errors: kConfigMissing for an unknown database, or {yyyyMM} without a period; kConfigPlacement
// for {yyyyMM} that does not fit the function; kConfigValue for names that are illegal or too many.
Result<std::vector<Node>> expand_placements(const ConfigState& state, const ConfigTable& table,
                                            std::vector<Placement> placements,
                                            const std::string& logical_name,
                                            const PlacementTimes& times);

// The distinct columns of the calls, with their types and collations.
// Errors: kConfigValue, kConfigCollation, kConfigMissing (text without a collation).
Result<std::vector<KeyColumn>> read_key_columns(const ConfigTable& table,
                                                const std::vector<FunctionCall>& calls,
                                                Dialect dialect);

// A sharded table that other tables may be bound to.
struct ShardedLayout {
  std::shared_ptr<const Sharding> sharding;
  std::vector<Node> nodes;
  PlacementTimes times;
};

// `by`, or `database_by` and `table_by`.
Result<ShardedLayout> read_sharded(ConfigState& state, const ConfigTable& table,
                                   const std::string& logical_name);

}  // namespace pando::rules
