// What is said beforehand of columns that the database would refuse: planning looks at few of them,
// since the database knows best.
//
// Threads: functions without state.

#pragma once

#include <string>
#include <vector>

#include "router/plan/planner.h"
#include "router/sql/statement.h"

namespace pando::analyze {

// A query, INSERT, UPDATE or DELETE: its tables must exist and have the columns it names.
bool needs_its_tables(const sql::Statement& statement);

// The columns that no table has where the statement names them, each once; as written. None that is
// in doubt: if the columns of a table are not known, or the name may come from elsewhere. None at
// all if it is not needs_its_tables(), or names tables that the rules do not.
std::vector<std::string> unknown_columns(const sql::Statement& statement,
                                         const plan::PlanContext& context);
std::string unknown_column_text(const std::string& column);

}  // namespace pando::analyze
