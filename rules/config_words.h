// Every word of the configuration, with its type and default: what the reader accepts and what
// docs/configuration.md must list. A test compares the two.

#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace pando::rules {

struct ConfigWord {
  std::string_view section;  // "", "defaults", "databases.*", "tables.*" ...
  std::string_view word;
  std::string_view type;
  std::string_view default_value;  // "" if there is none.
};

std::span<const ConfigWord> config_words();
std::vector<std::string_view> words_of_section(std::string_view section);

}  // namespace pando::rules
