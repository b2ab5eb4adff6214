#include "cli/config.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "cli/exit_code.h"
#include "cli/log.h"
#include "cli/report.h"
#include "rules/config.h"

namespace pando::cli {

Result<ConfigPath> find_config(const Environment& environment) {
  if (!environment.config.empty()) return ConfigPath{environment.config, "-c"};
  if (const char* path = std::getenv("PANDO_CONFIG"); path != nullptr && *path != '\0') {
    return ConfigPath{path, "PANDO_CONFIG"};
  }
  if (::access("pando.toml", F_OK) == 0) return ConfigPath{"pando.toml", "the working directory"};
  return fail(ErrorCode::kConfigFile,
              "there is no configuration: -c and PANDO_CONFIG are not given, and the working "
              "directory has no pando.toml");
}

rules::RuleSetPtr load_rules(Environment& environment, int& code) {
  const auto begin = std::chrono::steady_clock::now();
  auto path = find_config(environment);
  auto rules = path ? rules::load_config(path->path, rules::ConfigOptions{})
                    : Result<rules::RuleSetPtr>(fail(Error(path.error())));
  if (rules && logs()) log_step("the rules of " + path->path + " were read", begin);
  if (rules) return *std::move(rules);
  report(environment.err, rules.error());
  code = exit_code(rules.error());
  return nullptr;
}

std::optional<Database> open_database(Environment& environment, int& code) {
  const auto begin = std::chrono::steady_clock::now();
  auto path = find_config(environment);
  auto database = path ? try_open(path->path) : Result<Database>(fail(Error(path.error())));
  if (database && logs()) log_step("the rules of " + path->path + " were read", begin);
  if (database) return *std::move(database);
  report(environment.err, database.error());
  code = exit_code(database.error());
  return std::nullopt;
}

}  // namespace pando::cli
