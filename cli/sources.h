// Visiting all data sources at once, for `check --connect`, `stats` and `doctor`.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "pando/result.h"
#include "rules/rule_set.h"

namespace pando::cli {

// Runs `visit` with a fresh connection to each data source, several at a time, and returns what it
// returned, by data source. Connecting may have failed, or not have been needed: `visit` gets the
// Result. SQLite files are opened read-only and are not created.
//
// `visit` is called from several threads at once, but once per data source.
void visit_sources(
    const rules::RuleSet& rules,
    const std::function<void(rules::DataSourceIndex, Result<drivers::ConnectionPtr>)>& visit);

// SQLite: the file of a data source that only segments of keys use. The first key makes it, so that
// it may be missing.
bool comes_with_first_key(const rules::RuleSet& rules, rules::DataSourceIndex source,
                          const Error& error);

// `name` in back quotes, which MySQL, MariaDB and SQLite take alike. In its own quotes, SQLite
// takes a column that is not there for a text.
std::string in_backquotes(std::string_view name);

// The only value of a statement that gives one row of one column.
Result<std::string> query_text(drivers::Connection& connection, std::string_view sql);
Result<std::uint64_t> query_number(drivers::Connection& connection, std::string_view sql);
Result<std::uint64_t> count_rows(drivers::Connection& connection, std::string_view table);

}  // namespace pando::cli
