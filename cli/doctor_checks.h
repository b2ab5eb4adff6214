// What `pando doctor` measures: data sources one by one, and the copies of broadcast tables.
//
// Threads: both functions use several of their own.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pando/error.h"
#include "rules/rule_set.h"

namespace pando::cli {

// One endpoint: a data source's writer or one of its replicas.
struct SourceHealth {
  std::string name;   // "shop0", or "shop0, replica 1".
  std::string where;  // Without the password.
  bool replica = false;
  std::optional<Error> error;         // Then nothing below is known.
  bool comes_with_first_key = false;  // Likewise: see cli/sources.h.
  std::string version;
  double round_trip_seconds = 0;
  bool read_only = false;
  // MySQL and MariaDB only.
  double clock_offset_seconds = 0;  // Positive: the server's clock is ahead.
  std::string sql_mode;
  std::uint64_t max_connections = 0;   // 0: not known.
  std::optional<Error> compute_error;  // Why `compute` cannot make a temporary table there.

  std::string round_trip() const;
};
std::vector<SourceHealth> examine_sources(const rules::RuleSet& rules);

// One broadcast table. The copies are compared by the number of their rows and a checksum of all
// values that does not depend on the order of the rows; memory: one row.
struct CopiesHealth {
  std::string table;
  std::size_t copies = 0;
  std::uint64_t rows = 0;
  std::string differing;  // "" if all copies are the same.
  std::optional<Error> error;
};
std::vector<CopiesHealth> compare_copies(const rules::RuleSet& rules);

}  // namespace pando::cli
