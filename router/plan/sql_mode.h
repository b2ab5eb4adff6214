// sql_mode: what of it decides how statements are read.
//
// Threads: functions without state.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "router/sql/statement.h"

namespace pando::plan {

// The first of `modes` (upper case, as @@sql_mode lists them) under which a statement means
// something else than Pando takes it for: '' is stored as NULL, or the grammar is Oracle's.
std::optional<std::string_view> refused_sql_mode(std::string_view modes);

// What to say of such a mode.
std::string refusal_of_sql_mode(std::string_view mode);

// Makes the lexer and the parser read statements as a server with these modes does.
void follow_sql_mode(std::string_view modes, sql::ParseOptions& options);

}  // namespace pando::plan
