// The sections of the configuration, read in this order by parse_config.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/config_table.h"
#include "rules/config_text.h"
#include "rules/endpoint.h"
#include "rules/pattern.h"
#include "rules/rule_set_builder.h"

namespace pando::rules {

// What earlier sections leave for later ones.
struct ConfigState {
  const ConfigContext& context;
  RuleSetBuilder builder;
  EndpointDefaults endpoint_defaults;
  std::unordered_map<std::string, DataSourceIndex> sources;  // By name.

  std::optional<DataSourceIndex> source(const std::string& name) const;
  // "Did you mean 'shop0'?"
  std::string suggest_source(std::string_view name) const;
  Dialect dialect() { return builder.data_sources().front().write.dialect; }
};

// format, schema and server are for the whole file; server needs the databases to be known.
Result<void> read_top(ConfigState& state, const ConfigTable& root);
Result<void> read_server(ConfigState& state, const ConfigTable& root);
Result<void> read_endpoint_defaults(ConfigState& state, const ConfigTable& root);
Result<void> read_databases(ConfigState& state, const ConfigTable& root);
// defaults.single, limits, pool ...
Result<void> read_settings(ConfigState& state, const ConfigTable& root);
Result<void> read_ids(ConfigState& state, const ConfigTable& root);
Result<void> read_tables(ConfigState& state, const ConfigTable& root);
// SQLite: a segment is taken on a connection of its own, which would wait for a transaction that
// has written to the same file and itself waits for the segment. After read_tables().
Result<void> check_segments(ConfigState& state, const ConfigTable& root);

// A table inside of another: "defaults", "orders". nullopt if it is absent.
Result<std::optional<ConfigTable>> read_subtable(const ConfigTable& parent, std::string_view word,
                                                 std::string_view section);

// user, password, password_file, tls ... of [defaults] or of a database over what `defaults` holds.
Result<void> read_login(const ConfigTable& table, const Placeholders* placeholders,
                        EndpointDefaults& defaults);

}  // namespace pando::rules
