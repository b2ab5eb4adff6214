// What `explain` says of names that the database would refuse: planning looks at few of them, since
// the database knows best.
//
// Threads: functions without state.

#pragma once

#include <string>
#include <vector>

#include "router/plan/schema.h"
#include "router/sql/statement.h"

namespace pando::router {

// A query, INSERT, UPDATE or DELETE: its tables must exist and have the columns it names.
bool needs_its_tables(const sql::Statement& statement);

// The columns that no table of the statement has, each once; as written. Empty if in doubt: if the
// columns of a table are not known, or names may come from elsewhere.
// Requires: needs_its_tables().
std::vector<std::string> unknown_columns(const sql::Statement& statement,
                                         const plan::SchemaView& schema);

}  // namespace pando::router
