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
FunctionClass class_of(const sql::Statement& statement, sql::NodeId function);

// A built-in that answers for one connection, server or user: DATABASE(), VERSION(). Lower case.
bool differs_by_server(std::string_view name);
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

}  // namespace pando::analyze
