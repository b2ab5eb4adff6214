// Where the tables of a foreign key meet, and how a constraint is left out of a statement's text.
//
// Threads: functions without state.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/plan/write_common.h"

namespace pando::plan {

// A foreign key as it is declared, names without quotes. `parent_columns` is empty where the
// statement leaves them out (SQLite: the primary key).
struct ForeignKey {
  std::vector<std::string> columns;
  std::vector<std::string> parent_columns;
  std::string on_delete;  // "cascade", "set null"; empty if nothing is said.
  std::string on_update;
  bool deferred = false;  // SQLite: INITIALLY DEFERRED.
};

// `references` is the kReferences; `columns` the kColumnList of the constraint, or the name of the
// column that it is an attribute of.
ForeignKey read_foreign_key(const sql::Statement& statement, sql::NodeId references,
                            sql::NodeId columns);

// The physical tables a foreign key refers to, one per node of the child table; nullopt if rows it
// refers to may lie elsewhere.
std::optional<std::vector<std::string>> referenced_tables(const rules::LogicalTable& child,
                                                          const rules::LogicalTable& parent);

// For tables that meet shard by shard or copy by copy: why the key could still not be kept as one
// database keeps it, in words that follow "the foreign key"; empty if it can.
//
// Tables of one family meet where their sharding keys are equal. So a sharding key may refer only
// to the sharding key; and no action of the database may change a sharding key in its place, for
// the row would stay on a shard where nobody looks for it.
std::string hazard_of(const ForeignKey& key, const rules::LogicalTable& child,
                      const rules::LogicalTable& parent);

// Whether the key refers to a table of the same family without their sharding keys. The database
// then finds parents of the same shard only, and refuses other rows, or passes over them if the
// write says IGNORE. Right only where the application keeps such rows together:
// CrossShardForeignKeys::kLocal.
bool within_the_shard(const ForeignKey& key, const rules::LogicalTable& child,
                      const rules::LogicalTable& parent);

// Appends the edits that cut members (in the order of the text) out of the comma-separated list of
// which `all` are the members. False if all of them would go, or no comma is found.
bool cut_members(const sql::Statement& statement, const std::vector<sql::NodeId>& all,
                 const std::vector<sql::NodeId>& cut, std::vector<rewrite::Edit>& edits);

}  // namespace pando::plan
