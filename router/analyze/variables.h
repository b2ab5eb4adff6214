// What planning must know of system variables, by name.
//
// Threads: functions without state.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "router/sql/statement.h"

namespace pando::analyze {

enum class VariableClass : std::uint8_t {
  kSetting,     // The session sets it on every connection, if at all: the same everywhere.
  kConnection,  // Answers for one connection's last statement or transaction: LAST_INSERT_ID ...
  kServer,      // Any other: each server, or connection, has its own.
};

// Without "@@" and the scopes of the session: "@@session.sql_mode" is "sql_mode". Lower case.
std::string variable_name(std::string_view text);

// `name`: as variable_name() gives it.
VariableClass class_of_variable(std::string_view name);
// The same for a kSystemVariable.
VariableClass class_of_variable(const sql::Statement& statement, sql::NodeId variable);

// Session variables that may be carried over to every connection: none of them changes on which
// shard a row is looked for, or how the rows of shards become one answer.
bool is_carried(std::string_view name);

}  // namespace pando::analyze
