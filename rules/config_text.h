// Strings of the configuration: their environment references, and errors that point into them.
//
// Threads: values; one configuration is read by one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/error.h"
#include "pando/names.h"
#include "pando/result.h"
#include "rules/config.h"
#include "rules/config_tree.h"

namespace pando::rules {

// What every section of the configuration is read with.
struct ConfigContext {
  std::string_view text;  // The whole file.
  const ConfigOptions& options;
};

inline tl::unexpected<Error> config_fail(ErrorCode code, std::string message, ErrorSpan span) {
  return fail(Error(code, std::move(message)).with_span(span.begin, span.end));
}
inline tl::unexpected<Error> config_fail(ErrorCode code, std::string message, ErrorSpan span,
                                         std::string_view remedy) {
  return fail(Error(code, std::move(message)).with_span(span.begin, span.end).with_remedy(remedy));
}

// A string with its environment references replaced. Only `written` may be shown in a message: what
// came from the environment may be a secret.
struct Text {
  std::string value;
  std::string written;
  ErrorSpan span;      // With the quotes.
  bool exact = false;  // Byte i of `value` is byte span.begin + 1 + i of the file.

  // The place of a piece of `value`; the whole string if it cannot be told.
  ErrorSpan piece(std::size_t begin, std::size_t end) const;
  // A piece of `value` in quotes, or all that was written if it cannot be told.
  std::string quoted(std::size_t begin, std::size_t end) const;
  std::string quoted() const { return "'" + written + "'"; }
  bool from_environment() const { return value != written; }
};

// `{n}` and its value, for strings of a pattern of databases.
using Placeholders = std::vector<std::pair<std::string, std::string>>;

// Replaces ${NAME} and ${NAME:-default} ($${ stands for ${), and placeholders where they are given.
// What the environment holds is not looked into again.
// Errors: kConfigEnvironment; kConfigValue for an unknown placeholder, if `placeholders` is given;
// kConfigValue if `node` is no string, with `what` ("`write`") naming it.
Result<Text> read_text(const ConfigContext& context, const ConfigNode& node, std::string_view what,
                       const Placeholders* placeholders = nullptr);

// A legal name of a table or column without quotes: letters, digits, _, $ and non-ASCII letters,
// not digits alone, at most 64 characters.
bool is_identifier(std::string_view name);
inline constexpr std::size_t kMaxIdentifier = 64;  // Characters, in MySQL and MariaDB.
std::size_t count_characters(std::string_view utf8);

}  // namespace pando::rules
