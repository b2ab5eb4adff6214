// What `pando check --connect` finds when it compares real tables with the rules.
//
// Threads: check_tables() uses several of its own.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "drivers/table_schema.h"
#include "pando/error.h"
#include "pando/result.h"
#include "rules/rule_set.h"

namespace pando::cli {

struct Finding {
  std::string table;  // Logical.
  std::string text;
  std::string remedy;  // May be empty.
};

struct CheckReport {
  std::vector<Finding> findings;
  std::vector<Error> unreachable;  // One per data source that gave no answer.
  std::size_t checked = 0;         // Physical tables.
};

// Reads the schema of every physical table and compares. The data sources are asked at once.
CheckReport check_tables(const rules::RuleSet& rules, Progress& progress);

// The pure part: the findings for one logical table. `schemas` has one entry per node: the schema,
// kUnknownTable if the table is missing, or another error if it could not be read (then nothing is
// said of that node).
std::vector<Finding> compare_table(const rules::RuleSet& rules, const rules::LogicalTable& table,
                                   const std::vector<Result<drivers::TableSchema>>& schemas);

}  // namespace pando::cli
