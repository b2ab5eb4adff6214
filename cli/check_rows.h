// What `pando check --rows` finds: rows that lie on another shard than their keys say.
//
// Such a row is there for a query that asks all shards, and not for one that gives the key. They
// come from writes past Pando, and from rules that were changed without moving the rows.
//
// Memory: one row per data source. Threads: check_rows() uses several of its own.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/check_connect.h"
#include "cli/progress.h"
#include "pando/error.h"
#include "rules/rule_set.h"

namespace pando::cli {

inline constexpr std::size_t kExampleKeys = 3;  // That a finding names.

struct RowsReport {
  std::vector<Finding> findings;
  std::vector<Error> errors;  // Of tables that could not be read; missing ones are left out.
  std::uint64_t rows = 0;     // Read.
  std::size_t tables = 0;     // Physical ones, read to the end.
};

// Reads the key columns of every row of every sharded table. The data sources are asked at once.
RowsReport check_rows(const rules::RuleSet& rules, Progress& progress);

}  // namespace pando::cli
