// Hides the secrets of a configuration text before any part of it is shown.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pando::rules {

// The same text, byte for byte as long, with stars for every password: the values of keys that are
// called, or nearly called, password, and the user information of URLs. Works on broken files too.
// Hides too much rather than too little.
std::string mask_secrets(std::string_view text);

// Whether the line of this byte holds something that mask_secrets would hide.
bool line_has_secret(std::string_view text, std::size_t offset);

}  // namespace pando::rules
