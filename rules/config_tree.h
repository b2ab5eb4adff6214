// The configuration as a tree of values with their places in the text. Knows TOML, not the rules.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pando/error.h"
#include "pando/result.h"

namespace pando::rules {

struct ConfigEntry;

struct ConfigNode {
  enum class Kind : std::uint8_t {
    kTable,
    kArray,
    kString,
    kInteger,
    kFloat,
    kBoolean,
    kDate,  // A date, time, or both: `text` is as written.
  };

  Kind kind = Kind::kTable;
  ErrorSpan span;
  std::string text;                  // kString, kDate.
  std::int64_t number = 0;           // kInteger; kBoolean: 0 or 1.
  std::vector<ConfigEntry> entries;  // kTable, in the order of the text.
  std::vector<ConfigNode> items;     // kArray.

  const ConfigEntry* find(std::string_view key) const;
};

struct ConfigEntry {
  std::string key;
  ErrorSpan key_span;
  ConfigNode value;
};

// "a string", "an integer" ...: for messages.
std::string_view kind_name(ConfigNode::Kind kind);

// Errors: kConfigSyntax with the place; duplicate keys too. Never quotes a secret.
Result<ConfigNode> parse_tree(std::string_view text);

}  // namespace pando::rules
