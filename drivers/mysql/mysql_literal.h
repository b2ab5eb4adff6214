// Parameters written into the text as literals, for statements that are not worth preparing.

#pragma once

#include <string>

#include "drivers/driver.h"

namespace pando::drivers::mysql {

enum class Escapes { kBackslash, kQuotesOnly };  // kQuotesOnly: sql_mode NO_BACKSLASH_ESCAPES.

// Appends the literal that means `value`, with blanks where it could grow together with its
// neighbours. Requires: a finite double.
void append_literal(std::string& out, const Value& value, Escapes escapes);

// The query's text with each parameter at its offset. Errors: kParameterCount, kParameterType.
Result<std::string> interpolate(const Query& query, Escapes escapes,
                                const std::string& data_source);

// Refuses what MySQL has no value for: NaN and infinities.
Result<void> check_parameters(const Query& query, const std::string& data_source);

}  // namespace pando::drivers::mysql
