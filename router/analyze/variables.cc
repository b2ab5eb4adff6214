#include "router/analyze/variables.h"

#include <algorithm>
#include <array>

#include "pando/names.h"

namespace pando::analyze {
namespace {

constexpr auto kCarried = std::to_array<std::string_view>({
    "alter_algorithm",
    "cte_max_recursion_depth",
    "default_storage_engine",
    "div_precision_increment",
    "eq_range_index_dive_limit",
    "explicit_defaults_for_timestamp",
    "foreign_key_checks",
    "group_concat_max_len",
    "information_schema_stats_expiry",
    "innodb_lock_wait_timeout",
    "innodb_strict_mode",
    "interactive_timeout",
    "join_buffer_size",
    "lc_time_names",
    "lock_wait_timeout",
    "long_query_time",
    "max_execution_time",
    "max_heap_table_size",
    "max_join_size",
    "max_recursive_iterations",
    "max_statement_time",
    "net_read_timeout",
    "net_write_timeout",
    "old_alter_table",
    "optimizer_search_depth",
    "optimizer_switch",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "sort_buffer_size",
    "sql_big_selects",
    "sql_mode",
    "sql_notes",
    "sql_quote_show_create",
    "sql_safe_updates",
    "sql_warnings",
    "storage_engine",
    "tmp_table_size",
    "transaction_isolation",
    "transaction_read_only",
    "tx_isolation",
    "tx_read_only",
    "unique_checks",
    "wait_timeout",
});
static_assert(std::is_sorted(kCarried.begin(), kCarried.end()));

// Set alike on every connection by Pando itself.
constexpr auto kFixed =
    std::to_array<std::string_view>({"character_set_client", "character_set_connection",
                                     "character_set_results", "collation_connection", "time_zone"});

// Pando's transactions begin with their first statement, on the data sources that need one.
constexpr auto kOfConnection = std::to_array<std::string_view>(
    {"autocommit", "error_count", "identity", "in_transaction", "insert_id", "last_insert_id",
     "rand_seed1", "rand_seed2", "warning_count"});

template <typename List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string variable_name(std::string_view text) {
  std::string name = to_lower(text);
  while (!name.empty() && name.front() == '@') name.erase(0, 1);
  for (const std::string_view scope : {"session.", "local."}) {
    if (name.starts_with(scope)) name.erase(0, scope.size());
  }
  name.erase(std::remove(name.begin(), name.end(), '`'), name.end());
  return name;
}

bool is_carried(std::string_view name) { return has(kCarried, name); }

VariableClass class_of_variable(std::string_view name) {
  if (is_carried(name) || has(kFixed, name)) return VariableClass::kSetting;
  return has(kOfConnection, name) ? VariableClass::kConnection : VariableClass::kServer;
}

VariableClass class_of_variable(const sql::Statement& statement, sql::NodeId variable) {
  return class_of_variable(variable_name(statement.text(variable)));
}

}  // namespace pando::analyze
