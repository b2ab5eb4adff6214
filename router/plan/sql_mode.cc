#include "router/plan/sql_mode.h"

#include <algorithm>
#include <array>

namespace pando::plan {
namespace {

constexpr auto kRefusedModes = std::to_array<std::string_view>({"EMPTY_STRING_IS_NULL", "ORACLE"});

// Each stands for several modes, ANSI_QUOTES, PIPES_AS_CONCAT and IGNORE_SPACE among them.
constexpr auto kAnsi =
    std::to_array<std::string_view>({"ANSI", "DB2", "MAXDB", "MSSQL", "POSTGRESQL"});

bool has(std::string_view modes, std::string_view mode) {
  for (std::size_t at = 0; at <= modes.size();) {
    const std::size_t comma = std::min(modes.find(',', at), modes.size());
    if (modes.substr(at, comma - at) == mode) return true;
    at = comma + 1;
  }
  return false;
}

}  // namespace

std::optional<std::string_view> refused_sql_mode(std::string_view modes) {
  for (const std::string_view mode : kRefusedModes) {
    if (has(modes, mode)) return mode;
  }
  return std::nullopt;
}

std::string refusal_of_sql_mode(std::string_view mode) {
  return "sql_mode " + std::string(mode) + " changes what statements mean";
}

void follow_sql_mode(std::string_view modes, sql::ParseOptions& options) {
  const bool ansi = std::any_of(kAnsi.begin(), kAnsi.end(),
                                [&](std::string_view mode) { return has(modes, mode); });
  options.ansi_quotes = ansi || has(modes, "ANSI_QUOTES");
  options.pipes_as_concat = ansi || has(modes, "PIPES_AS_CONCAT");
  options.ignore_space = ansi || has(modes, "IGNORE_SPACE");
  options.no_backslash_escapes = has(modes, "NO_BACKSLASH_ESCAPES");
  options.high_not_precedence = has(modes, "HIGH_NOT_PRECEDENCE");
}

}  // namespace pando::plan
