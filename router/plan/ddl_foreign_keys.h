// Where the tables of a foreign key meet, and how a constraint is left out of a statement's text.
//
// Threads: functions without state.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/plan/write_common.h"

namespace pando::plan {

// The physical tables a foreign key refers to, one per node of the child table; nullopt if rows it
// refers to may lie elsewhere.
//
// Tables of one family meet shard by shard. There the database checks the reference within the
// shard, which is stricter than one database would be if the sharding key is not among the
// reference's columns: a row whose parent lies on another shard is refused, with the database's
// error, never accepted wrongly. So no child of a parent on another shard can exist, and CASCADE
// and SET NULL reach all children.
std::optional<std::vector<std::string>> referenced_tables(const rules::LogicalTable& child,
                                                          const rules::LogicalTable& parent);

// Appends the edits that cut members (in the order of the text) out of the comma-separated list of
// which `all` are the members. False if all of them would go, or no comma is found.
bool cut_members(const sql::Statement& statement, const std::vector<sql::NodeId>& all,
                 const std::vector<sql::NodeId>& cut, std::vector<rewrite::Edit>& edits);

}  // namespace pando::plan
