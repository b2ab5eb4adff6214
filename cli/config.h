// Finding and loading the configuration, for every subcommand that needs one.

#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "pando/database.h"
#include "pando/result.h"
#include "rules/rule_set.h"

namespace pando::cli {

struct ConfigPath {
  std::string path;
  std::string source;  // "-c", "PANDO_CONFIG", "the working directory".
};
// -c FILE, else $PANDO_CONFIG, else ./pando.toml. Errors: kConfigFile if none is there.
Result<ConfigPath> find_config(const Environment& environment);

// Validates the configuration; reaches no data source. Reports errors to stderr: nullptr or nullopt
// then, with the exit code in `code`.
rules::RuleSetPtr load_rules(Environment& environment, int& code);
std::optional<Database> open_database(Environment& environment, int& code);

}  // namespace pando::cli
