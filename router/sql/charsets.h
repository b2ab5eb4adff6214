// The character sets whose names introduce a literal: _utf8mb4'...'.

#pragma once

#include <string_view>

namespace pando::sql {

// ASCII case-insensitive; without the underscore.
bool is_charset(std::string_view name);

}  // namespace pando::sql
