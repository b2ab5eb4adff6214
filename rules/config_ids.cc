#include <algorithm>
#include <limits>

#include "rules/config_sections.h"

namespace pando::rules {
namespace {

Result<IdGeneratorRule> read_snowflake(const ConfigTable& table) {
  IdGeneratorRule rule{.kind = IdGeneratorRule::Kind::kSnowflake};
  PANDO_ASSIGN(const auto worker, table.integer("worker", 0, 1023));
  if (!worker) {
    return config_fail(ErrorCode::kConfigMissing, "`" + table.name() + "` has no `worker`.",
                       table.key_span(),
                       "Give each process a number of its own from 0 to 1023, for example worker = "
                       "\"${POD_ORDINAL}\".");
  }
  rule.worker = static_cast<std::uint32_t>(*worker);
  return rule;
}

Result<IdGeneratorRule> read_segment(const ConfigState& state, const ConfigTable& table) {
  IdGeneratorRule rule{.kind = IdGeneratorRule::Kind::kSegment};
  PANDO_ASSIGN(const auto database, table.text("database"));
  if (!database) {
    return config_fail(ErrorCode::kConfigMissing, "`" + table.name() + "` has no `database`.",
                       table.key_span(), "Name the database that holds the table of segments.");
  }
  const auto source = state.source(database->value);
  if (!source) {
    return config_fail(ErrorCode::kConfigMissing,
                       table.path("database") + " names no database: " + database->quoted() + ".",
                       database->span, state.suggest_source(database->value));
  }
  rule.data_source = *source;
  PANDO_ASSIGN(const auto name, table.text("table"));
  if (name && !is_identifier(name->value)) {
    return config_fail(ErrorCode::kConfigValue,
                       table.path("table") + " is no legal name: " + name->quoted() + ".",
                       name->span, "Use letters, digits, _ and $; at most 64 characters.");
  }
  if (name) rule.table = name->value;
  PANDO_ASSIGN(const auto step, table.integer("step", 1, 1'000'000'000));
  if (step) rule.step = static_cast<std::uint32_t>(*step);
  PANDO_ASSIGN(rule.start, table.integer("start", 1, std::numeric_limits<std::int64_t>::max() / 2));
  return rule;
}

}  // namespace

Result<void> read_ids(ConfigState& state, const ConfigTable& root) {
  const ConfigEntry* ids = root.find("ids");
  if (ids == nullptr) return {};
  for (const ConfigEntry& entry : ids->value.entries) {
    const ConfigTable table(root.context(), entry.value, "ids." + entry.key, entry.key_span);
    PANDO_TRY(table.check_words("ids.*"));
    if (!is_identifier(entry.key)) {
      return config_fail(ErrorCode::kConfigValue, "'" + entry.key + "' is no legal generator name.",
                         entry.key_span, "Use letters, digits, _ and $; at most 64 characters.");
    }
    if (table.entries().size() != 1) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table.name() + "` must have exactly one kind.", entry.key_span,
                         "Write one of snowflake = {worker = 0}, segment = {database = \"main\"} "
                         "and uuid7 = {}.");
    }
    const std::string kind = table.entries()[0].key;
    PANDO_ASSIGN(const auto inner, read_subtable(table, kind, "ids.*." + kind));
    IdGeneratorRule rule{.kind = IdGeneratorRule::Kind::kUuid7};
    if (kind == "snowflake") {
      PANDO_ASSIGN(rule, read_snowflake(*inner));
    } else if (kind == "segment") {
      PANDO_ASSIGN(rule, read_segment(state, *inner));
    }
    state.builder.id_generators().emplace(entry.key, rule);
  }
  return {};
}

Result<void> check_segments(ConfigState& state, const ConfigTable& root) {
  const ConfigEntry* ids = root.find("ids");
  if (ids == nullptr || state.dialect() != Dialect::kSqlite) return {};
  for (const ConfigEntry& entry : ids->value.entries) {
    const IdGeneratorRule& rule = state.builder.id_generators().at(entry.key);
    if (rule.kind != IdGeneratorRule::Kind::kSegment) continue;
    for (const LogicalTable& table : state.builder.tables()) {
      const bool shared =
          std::any_of(table.nodes.begin(), table.nodes.end(),
                      [&rule](const Node& node) { return node.data_source == rule.data_source; });
      if (!shared) continue;
      return config_fail(ErrorCode::kConfigValue,
                         "`ids." + entry.key + "` takes its segments from the file where table " +
                             table.name + " lies, and a transaction that has written there would " +
                             "wait for itself.",
                         entry.key_span, "Give the segments a SQLite file of their own.");
    }
  }
  return {};
}

}  // namespace pando::rules
