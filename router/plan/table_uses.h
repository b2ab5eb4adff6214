// TableUses: every place where a statement names a table, with what the rules say of it.
//
// For statements whose parts need no scopes: everything lives in one place, or is copied there.
// Names of common table expressions are no tables. Threads: functions without state.

#pragma once

#include <optional>
#include <vector>

#include "router/plan/write_common.h"

namespace pando::plan {

struct TableUse {
  sql::NodeId ref = sql::kNoNode;   // The kTableRef.
  sql::NodeId name = sql::kNoNode;  // Its kTableName.
  TablePtr table;
};

// All uses under `node`, in the order of the text. Errors: as resolve_table().
Result<std::vector<TableUse>> table_uses(const sql::Statement& statement, sql::NodeId node,
                                         const rules::RuleSet& rules);

// Appends the edits for one use: the physical name, and the name as written as its alias if it has
// none.
void edit_table_use(const sql::Statement& statement, sql::NodeId ref, sql::NodeId table_name,
                    std::string_view physical, std::vector<rewrite::Edit>& edits);

// The node of a table that holds all of its rows and lies in `source`: a single table, a copy, or
// the only shard. nullopt if there is none.
std::optional<std::size_t> whole_in(const rules::LogicalTable& table,
                                    rules::DataSourceIndex source);

// Appends the edits by which columns qualified with `name` (a table that cannot be given an alias)
// are qualified with `physical`; subqueries that have a table of that name themselves are left
// alone.
void edit_qualifiers(const sql::Statement& statement, sql::NodeId node, std::string_view name,
                     std::string_view physical, std::vector<rewrite::Edit>& edits);

// Appends the edits that give members of RETURNING, in which something is edited, the titles that
// they had. Call last.
void keep_titles(const sql::Statement& statement, std::vector<rewrite::Edit>& edits);

}  // namespace pando::plan
