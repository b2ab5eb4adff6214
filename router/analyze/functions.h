// What planning must know of SQL functions, by name.
//
// Threads: functions without state.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "router/sql/statement.h"

namespace pando::analyze {

enum class FunctionClass : std::uint8_t {
  kScalar,   // A built-in that depends on its arguments only (or on the session's settings).
  kUnknown,  // No built-in: a stored function, or a loadable one, which may be an aggregate.
  kCount,    // Aggregates that merge: COUNT, SUM, MIN, MAX, AVG.
  kSum,
  kMin,
  kMax,
  kAvg,
  kAggregate,   // Other aggregates.
  kWindowOnly,  // ROW_NUMBER and the like.
  kRandom,      // RAND, UUID: another value at each call.
  kTime,        // NOW, CURRENT_DATE: the same value within one statement.
  kSideEffect,  // GET_LOCK, SLEEP, BENCHMARK ...
  kConnection,  // FOUND_ROWS, ROW_COUNT, LAST_INSERT_ID: answers for one connection's last
                // statement; its locks, GET_LOCK; and a data source's own sequences, NEXTVAL.
};

// `arguments`: how many it is called with; SQLite's max(a, b) is no aggregate.
FunctionClass classify_function(std::string_view name, std::size_t arguments, bool sqlite);
// A name in quotes may be a built-in of MySQL or a stored function: if the built-in would do no
// harm, it is kUnknown.
FunctionClass class_of(const sql::Statement& statement, sql::NodeId function);
// What stands in its parentheses and belongs to no clause (FILTER, OVER, ORDER BY ...).
std::size_t argument_count(const sql::Statement& statement, sql::NodeId function);
// MySQL: the name stands in quotes.
bool may_be_stored(const sql::Statement& statement, sql::NodeId function);

// A built-in that answers for one connection, server or user: DATABASE(), VERSION().
bool differs_by_server(const sql::Statement& statement, sql::NodeId function);

// What to do instead of a function of class kConnection.
inline constexpr std::string_view kConnectionRemedy =
    "A statement's own result tells it: generated_key() and affected_rows() in C++, "
    "\"generated_key\" and \"affected\" in JSON; for FOUND_ROWS() ask SELECT COUNT(*).";

// Why a function of class kConnection is refused, and what to do instead.
std::string why_of_connection(std::string_view function);
std::string_view remedy_of_connection(std::string_view function);

// DATABASE() or SCHEMA(): the name of the logical database, which no data source has.
bool names_database(const sql::Statement& statement, sql::NodeId function);

// The kFunction reads the clock: NOW() and the like, and SQLite's date functions if told 'now',
// which a parameter could be too.
bool reads_clock(const sql::Statement& statement, sql::NodeId function);

// A table or table-valued function of SQLite that tells of one file, whatever the rules spread over
// others: sqlite_schema, dbstat, pragma_table_info(...).
bool tells_of_one_file(std::string_view name);
// A table-valued function that depends on its arguments only.
bool is_pure_source(std::string_view name);

// MySQL: a SUM over what this node makes is shown with fewer digits than it has. A division and an
// AVG are added up with more digits than they show, and the sum of a text made by CAST, CHAR() or
// UNHEX() is shown as a whole number.
bool hides_digits(const sql::Statement& statement, sql::NodeId expression);

}  // namespace pando::analyze
