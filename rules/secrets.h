// Finds the secrets of a configuration text: the values of keys that are called, or nearly called,
// password, and the user information of URLs. Works on broken files too, line by line, and hides
// too much rather than too little. See also mask_secrets in rules/config.h.

#pragma once

#include <cstddef>
#include <string_view>

namespace pando::rules {

// Whether the line of this byte holds something that mask_secrets would hide.
bool line_has_secret(std::string_view text, std::size_t offset);

}  // namespace pando::rules
