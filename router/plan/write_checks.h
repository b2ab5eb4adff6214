// Checks that several kinds of writes share: determinism, other tables, columns that must be given.
//
// Threads: functions without state.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "router/analyze/scope.h"
#include "router/plan/table_uses.h"
#include "router/plan/write_common.h"

namespace pando::plan {

// Nothing under `node` could give different values on different copies of a broadcast table: no
// RAND() and the like, no stored functions, no variables, no LIMIT; in SQLite nothing that reads
// the clock (MySQL's clock is set to the same time for all copies, see Plan::fix_timestamp).
// Errors: kNondeterministicWrite, kLimitedWrite.
Result<void> check_deterministic(const sql::Statement& statement, sql::NodeId node);

// `c = DEFAULT` and DEFAULT(c) ask for no default that could give each copy another value.
// `written`: the schemas of the broadcast tables that are written to; any may be null, which is
// kSchemaNeeded if it matters. Errors: kNondeterministicWrite, kSchemaNeeded.
struct WrittenTable {
  const rules::LogicalTable* table;
  const drivers::TableSchema* schema;
};
Result<void> check_defaults_alike(const sql::Statement& statement,
                                  std::span<const WrittenTable> written);

// NOW() and the like are used under `node`.
bool reads_clock(const sql::Statement& statement, sql::NodeId node);

// Some column under `node` has one of these names, whosever it is.
bool names_one_of(const sql::Statement& statement, sql::NodeId node,
                  const std::vector<std::string>& names);

// The occurrence's table occurs in the statement once more.
bool reads_itself(const analyze::Scopes& scopes, analyze::OccurrenceId id);

// The schema of a table that is written to; nullptr if it is not known and planning goes on without
// (see write_planner.h). Errors: kSchemaNeeded.
Result<const drivers::TableSchema*> schema_for_write(const rules::LogicalTable& table,
                                                     sql::Span where, const PlanContext& context);

// Appends the edits that turn every use into the table that `source` holds as a whole.
// Errors: kNeedsCompute or kCrossDataSource if it holds no such table.
Result<void> edit_other_tables(const sql::Statement& statement, const std::vector<TableUse>& uses,
                               rules::DataSourceIndex source, const PlanContext& context,
                               std::vector<rewrite::Edit>& edits);

// Several shards can carry the write out as one: it leaves nothing half done on purpose.
// Errors: kUnsupportedStatement for OR FAIL.
Result<void> check_all_or_nothing(const sql::Statement& statement);

// The column is a sharding key column of the table.
bool is_key_column(const rules::LogicalTable& table, std::string_view column);

// Leaving this out or writing DEFAULT gives a value that may differ between copies although the
// clock is the same.
bool default_differs(const drivers::ColumnSchema& column, Dialect dialect);

}  // namespace pando::plan
