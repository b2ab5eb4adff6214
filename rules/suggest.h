// "Did you mean": the known word nearest to what was written.
//
// Threads: functions without state.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pando::rules {

class RuleSet;

// The number of insertions, deletions, replacements and swaps of neighbours between two words,
// without regard to ASCII case; stops counting above `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The known word nearest to `word`, or "" if none is near enough to be meant.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

// "; did you mean x?" for the table of the rules nearest to `name`, or "".
std::string suggest_table(std::string_view name, const RuleSet& rules);

}  // namespace pando::rules
