// Reads and validates the TOML configuration.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pando/result.h"
#include "pando/sharding_function.h"
#include "rules/rule_set.h"

namespace pando::rules {

struct ConfigOptions {
  // The application's own sharding functions, by the name used in `by`.
  std::map<std::string, std::shared_ptr<const ShardingFunction>> functions;
  // Where ${NAME} comes from; the process environment by default. Replaced in tests.
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string directory = ".";  // Relative SQLite paths start here.
};

// Errors: kConfig*; each with the span of the mistake in `text`, so that format_error draws a
// caret. Needs no data source.
Result<RuleSetPtr> parse_config(std::string_view text, const ConfigOptions& options);

// The text, byte for byte as long, with stars for every password: what may be shown of a
// configuration. Whoever draws a caret for an error of parse_config draws it under this text.
std::string mask_secrets(std::string_view text);

// Reads `path` and parses it. The error's message is already rendered: "shop.toml:7:12: ...", the
// line without its secrets, and a caret.
Result<RuleSetPtr> load_config(const std::string& path, const ConfigOptions& options);

}  // namespace pando::rules
