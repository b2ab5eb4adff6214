#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "pando/names.h"
#include "rules/config_sections.h"

namespace pando::rules {
namespace {

constexpr std::int64_t kMaxUint32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMaxMilliseconds = 24LL * 3600 * 1000;

template <typename Number>
Result<void> read_number(const ConfigTable& table, std::string_view word, std::int64_t low,
                         std::int64_t high, Number& to) {
  PANDO_ASSIGN(const auto number, table.integer(word, low, high));
  if (number) to = static_cast<Number>(*number);
  return {};
}

Result<void> read_milliseconds(const ConfigTable& table, std::string_view word,
                               std::chrono::milliseconds& to, std::int64_t low = 1) {
  PANDO_ASSIGN(const auto number, table.integer(word, low, kMaxMilliseconds));
  if (number) to = std::chrono::milliseconds(*number);
  return {};
}

Result<void> read_limits(ConfigState& state, const ConfigTable& root) {
  PANDO_ASSIGN(const auto table, read_subtable(root, "limits", "limits"));
  if (!table) return {};
  Limits& limits = state.builder.limits();
  PANDO_TRY(read_number(*table, "statement_bytes", 1024, 1LL << 30, limits.statement_bytes));
  PANDO_TRY(read_number(*table, "depth", 16, 4000, limits.depth));
  PANDO_TRY(read_number(*table, "list_items", 1, kMaxUint32, limits.list_items));
  PANDO_TRY(read_number(*table, "merge_bytes", 1 << 20, 1LL << 50, limits.merge_bytes));
  PANDO_TRY(read_number(*table, "compute_rows", 1, 1LL << 50, limits.compute_rows));
  PANDO_TRY(read_number(*table, "compute_bytes", 1 << 16, 1LL << 50, limits.compute_bytes));
  PANDO_TRY(read_number(*table, "compute_keys", 0, 100000, limits.compute_keys));
  PANDO_TRY(read_number(*table, "compute_memory", 1 << 20, 1LL << 40, limits.compute_memory));
  PANDO_TRY(read_number(*table, "plan_cache", 0, 1 << 24, limits.plan_cache));
  PANDO_TRY(read_number(*table, "prepared_statements", 0, 16382, limits.prepared_statements));
  PANDO_TRY(read_number(*table, "session_settings", 1, 1'000'000, limits.session_settings));
  return read_milliseconds(*table, "schema_life_ms", limits.schema_life, 0);
}

Result<void> read_pool(ConfigState& state, const ConfigTable& root) {
  PANDO_ASSIGN(const auto table, read_subtable(root, "pool", "pool"));
  if (!table) return {};
  PoolRule& pool = state.builder.pool();
  PANDO_TRY(read_number(*table, "size", 1, 10000, pool.size));
  PANDO_TRY(read_milliseconds(*table, "wait_ms", pool.wait));
  PANDO_TRY(read_milliseconds(*table, "connect_timeout_ms", pool.connect_timeout));
  PANDO_TRY(read_milliseconds(*table, "read_timeout_ms", pool.read_timeout));
  PANDO_TRY(read_milliseconds(*table, "write_timeout_ms", pool.write_timeout));
  return read_milliseconds(*table, "idle_check_ms", pool.idle_check);
}

// "+02:00", "SYSTEM" or a name such as Europe/Berlin; it goes into a SET statement.
bool is_time_zone(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_name_char(c) || c == '/' || c == '+' || c == '-' || c == ':';
  });
}

struct Server {
  Dialect dialect;
  bool mariadb;
  std::uint32_t version;
};

// "mariadb-10.11", "mysql-8.0.36", "sqlite-3.40"
std::optional<Server> parse_server(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view product = text.substr(0, dash);
  Server server{.dialect = product == "sqlite" ? Dialect::kSqlite : Dialect::kMySql,
                .mariadb = product == "mariadb",
                .version = 0};
  if (product != "mariadb" && product != "mysql" && product != "sqlite") return std::nullopt;
  text.remove_prefix(dash + 1);
  std::array<std::uint32_t, 3> parts{};
  for (std::size_t i = 0;; ++i) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, parts[i]);
    if (error != std::errc() || parts[i] > 99) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (text.empty()) {
      if (i == 0) return std::nullopt;
      break;
    }
    if (i == 2 || text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  server.version = parts[0] * 10000 + parts[1] * 100 + parts[2];
  return server;
}

}  // namespace

Result<std::optional<ConfigTable>> read_subtable(const ConfigTable& parent, std::string_view word,
                                                 std::string_view section) {
  const ConfigEntry* entry = parent.find(word);
  if (entry == nullptr) return std::nullopt;
  const std::string name =
      parent.name().empty() ? std::string(word) : parent.name() + "." + std::string(word);
  ConfigTable table(parent.context(), entry->value, name, entry->key_span);
  PANDO_TRY(table.check_words(section));
  return std::optional<ConfigTable>(std::move(table));
}

Result<void> read_top(ConfigState& state, const ConfigTable& root) {
  if (const ConfigEntry* catalog = root.find("catalog")) {
    return config_fail(ErrorCode::kConfigUnknownWord,
                       "`catalog` is reserved for rules kept in a data source, which this version "
                       "does not read yet.",
                       catalog->key_span, "Remove it.");
  }
  PANDO_TRY(root.check_words(""));
  if (!root.has("format")) {
    return config_fail(ErrorCode::kConfigMissing, "The configuration has no `format`.", {},
                       "Write format = 1 as the first line.");
  }
  PANDO_TRY(root.integer("format", 1, 1));
  for (const std::string_view section : {"databases", "tables", "ids"}) {
    const ConfigEntry* entry = root.find(section);
    if (entry == nullptr || entry->value.kind == ConfigNode::Kind::kTable) continue;
    return config_fail(ErrorCode::kConfigValue, root.path(section) + " must be a table.",
                       entry->value.span);
  }
  PANDO_ASSIGN(const auto schema, root.text("schema"));
  if (schema && !is_identifier(schema->value)) {
    return config_fail(ErrorCode::kConfigValue,
                       "`schema` is no legal name: " + schema->quoted() + ".", schema->span,
                       "Use letters, digits, _ and $; at most 64 characters.");
  }
  if (schema) state.builder.set_schema(schema->value);
  return {};
}

Result<void> read_server(ConfigState& state, const ConfigTable& root) {
  const Dialect dialect = state.dialect();
  if (dialect == Dialect::kSqlite) state.builder.set_server(dialect, false, 34000);
  PANDO_ASSIGN(const auto text, root.text("server"));
  if (!text) return {};
  const auto server = parse_server(text->value);
  constexpr std::string_view kRemedy =
      "Write \"mariadb-10.11\", \"mysql-8.0\" or \"sqlite-3.40\", as the data sources are.";
  if (!server) {
    return config_fail(ErrorCode::kConfigValue,
                       "`server` is no known server: " + text->quoted() + ".", text->span, kRemedy);
  }
  if (server->dialect != dialect) {
    return config_fail(ErrorCode::kConfigValue,
                       "`server` is " + text->quoted() + ", but the databases are of another kind.",
                       text->span, kRemedy);
  }
  state.builder.set_server(server->dialect, server->mariadb, server->version);
  return {};
}

Result<void> read_endpoint_defaults(ConfigState& state, const ConfigTable& root) {
  state.endpoint_defaults.directory = root.context().options.directory;
  PANDO_ASSIGN(const auto table, read_subtable(root, "defaults", "defaults"));
  if (!table) return {};
  return read_login(*table, nullptr, state.endpoint_defaults);
}

Result<void> read_settings(ConfigState& state, const ConfigTable& root) {
  PANDO_TRY(read_limits(state, root));
  PANDO_TRY(read_pool(state, root));
  PANDO_ASSIGN(const auto compute, root.text("compute"));
  if (compute) {
    if (state.dialect() == Dialect::kSqlite) {
      return config_fail(ErrorCode::kConfigValue,
                         "`compute` is not for SQLite, which has a temporary database for it.",
                         compute->span, "Remove it.");
    }
    const auto source = state.source(compute->value);
    if (!source) {
      return config_fail(ErrorCode::kConfigMissing,
                         "`compute` names no database: " + compute->quoted() + ".", compute->span,
                         state.suggest_source(compute->value));
    }
    state.builder.set_compute(*source);
  }
  PANDO_ASSIGN(const auto table, read_subtable(root, "defaults", "defaults"));
  if (!table) return {};
  PANDO_ASSIGN(const auto single, table->text("single"));
  if (single) {
    const auto source = state.source(single->value);
    if (!source) {
      return config_fail(ErrorCode::kConfigMissing,
                         "`defaults.single` names no database: " + single->quoted() + ".",
                         single->span, state.suggest_source(single->value));
    }
    state.builder.set_default_single(*source);
  }
  constexpr std::string_view kForeignKeys[] = {"refuse", "omit", "local"};
  PANDO_ASSIGN(const auto keys, table->choice("cross_shard_foreign_keys", kForeignKeys));
  if (keys) state.builder.set_cross_shard_foreign_keys(static_cast<CrossShardForeignKeys>(*keys));
  PANDO_ASSIGN(const auto zone, table->text("time_zone"));
  if (zone && !is_time_zone(zone->value)) {
    return config_fail(ErrorCode::kConfigValue, "`defaults.time_zone` is no time zone.", zone->span,
                       "Write an offset such as \"+00:00\", or a name that the servers know.");
  }
  if (zone) state.builder.set_time_zone(zone->value);
  return {};
}

}  // namespace pando::rules
