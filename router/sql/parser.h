// Parser: SQL text to Statement. Hand-written recursive descent, for MySQL/MariaDB and SQLite.
//
// Cost: one pass, one growing array of nodes. Threads: functions without state.

#pragma once

#include <string>
#include <string_view>

#include "pando/result.h"
#include "router/sql/statement.h"

namespace pando::sql {

// Parses exactly one statement; one `;` may end it.
//
// Errors: kSyntax with the span of the offending token and a message that says line, column, what
// was found and what was expected there; kTrailingText, kBadText, kStatementTooLong, kTooDeep,
// kTooManyItems.
Result<Statement> parse(std::string text, const ParseOptions& options);

// For a text that Pando makes: how long its lists are is bounded where it is made.
inline ParseOptions for_own_text(ParseOptions options) {
  options.max_list_items = UINT32_MAX;
  return options;
}

}  // namespace pando::sql
