// pando route: where a row lives.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/parameters.h"
#include "cli/report.h"
#include "cli/tables.h"
#include "cli/text.h"
#include "pando/names.h"
#include "rules/key_column.h"

namespace pando::cli {

namespace {

using rules::LogicalTable;

struct RouteOptions {
  std::string format = "text";
  std::string table;
  std::vector<std::string> keys;
};

std::string member(std::string_view name, std::string_view text) {
  std::string json;
  append_json_text(json, name);
  json += ": ";
  append_json_text(json, text);
  return json;
}

std::string node_json(const rules::RuleSet& rules, const rules::Node& node) {
  return member("data_source", rules.data_sources()[node.data_source].name) + ", " +
         member("physical_table", node.table);
}

// "user_id=VALUE region=VALUE": how to give the keys of this table.
std::string keys_usage(const LogicalTable& table) {
  std::string text;
  for (const rules::KeyColumn& key : table.key_columns) {
    text += (text.empty() ? "" : " ") + key.name + "=VALUE";
  }
  return text;
}

// One KEY=VALUE per key column, in the table's order; nullopt after saying what is wrong.
std::optional<std::vector<OwnedValue>> read_keys(const LogicalTable& table,
                                                 const std::vector<std::string>& texts,
                                                 Output& err) {
  std::vector<std::optional<OwnedValue>> given(table.key_columns.size());
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::size_t i = 0;
    while (i < given.size() && !same_name(table.key_columns[i].name, name)) ++i;
    if (equals == std::string::npos || i == given.size() || given[i]) {
      usage(err, equals == std::string::npos ? "`" + name + "` is not of the form KEY=VALUE"
                 : i == given.size()         ? "`" + name + "` is no sharding key of " + table.name
                                             : "`" + name + "` is given twice");
      err.line("The keys of " + table.name + ": " + keys_usage(table));
      return std::nullopt;
    }
    const bool integer = table.key_columns[i].type == rules::KeyType::kInteger;
    auto parsed = parse_parameter(std::string_view(text).substr(equals + 1),
                                  integer ? PlainDigits::kInteger : PlainDigits::kText);
    if (!parsed) {
      report(err, parsed.error());
      return std::nullopt;
    }
    given[i] = *std::move(parsed);
  }
  std::vector<OwnedValue> values;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) {
      usage(err, "the sharding key `" + table.key_columns[i].name + "` is missing");
      err.line("The keys of " + table.name + ": " + keys_usage(table));
      return std::nullopt;
    }
    values.push_back(*std::move(given[i]));
  }
  return values;
}

Result<rules::ShardIndex> locate(const LogicalTable& table, const std::vector<OwnedValue>& keys) {
  std::vector<std::string> scratch(keys.size());
  std::vector<Value> canonical;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto value = canonical_key(table.key_columns[i], keys[i].view(), scratch[i]);
    if (!value) {
      return fail(ErrorCode::kUnroutableKey, "table " + table.name + ": the value given for " +
                                                 table.key_columns[i].name +
                                                 " is none of the key's type");
    }
    canonical.push_back(*value);
  }
  return table.sharding->locate(canonical);
}

void print_unsharded(const rules::RuleSet& rules, const LogicalTable& table,
                     const RouteOptions& options, Output& out) {
  const bool broadcast = table.kind == rules::TableKind::kBroadcast;
  if (options.format == "json") {
    std::string json = "{" + member("table", table.name) + ", " +
                       member("kind", broadcast ? "broadcast" : "single") + R"(, "places": [)";
    for (std::size_t i = 0; i < table.nodes.size(); ++i) {
      json += (i == 0 ? "{" : ", {") + node_json(rules, table.nodes[i]) + "}";
    }
    out.line(json + "]}");
    return;
  }
  if (broadcast) {
    out.line(table.name + " is a broadcast table: every copy holds every row.");
    for (const rules::Node& node : table.nodes) out.line("  " + node_text(rules, node));
  } else {
    out.line(table.name + " is a single table: all its rows are in " +
             node_text(rules, table.nodes.front()) + ".");
  }
}

void print_place(const rules::RuleSet& rules, const LogicalTable& table, rules::ShardIndex shard,
                 const RouteOptions& options, Output& out) {
  const rules::Node& node = table.nodes[shard];
  if (options.format == "json") {
    const LogicalTable* parent = parent_of(rules, table);
    out.line("{" + member("table", table.name) + ", " +
             (parent == nullptr
                  ? member("kind", "sharded")
                  : member("kind", "bound") + ", " + member("bound_to", parent->name)) +
             R"(, "shard": )" + std::to_string(shard) + R"(, "shards": )" +
             std::to_string(table.nodes.size()) + ", " + node_json(rules, node) + ", " +
             member("function", function_text(table)) + "}");
    return;
  }
  const rules::DataSource& source = rules.data_sources()[node.data_source];
  out.line("shard:          " + std::to_string(shard) + " of " +
           std::to_string(table.nodes.size()));
  out.line("data source:    " + source.name + " (" + source.write.display() + ")");
  out.line("physical table: " + node.table);
  out.line("function:       " + function_text(table));
}

int run_route(Environment& environment, const RouteOptions& options) {
  int code = kExitOk;
  const auto rules = load_rules(environment, code);
  if (!rules) return code;
  const LogicalTable* table = find_table(*rules, options.table, environment.err);
  if (table == nullptr) return kExitUsage;
  if (table->kind != rules::TableKind::kSharded) {
    print_unsharded(*rules, *table, options, environment.out);
    return kExitOk;
  }
  const auto keys = read_keys(*table, options.keys, environment.err);
  if (!keys) return kExitUsage;
  const auto shard = locate(*table, *keys);
  if (!shard) {
    report(environment.err, shard.error());
    return exit_code(shard.error());
  }
  print_place(*rules, *table, *shard, options, environment.out);
  return kExitOk;
}

Action configure_route(Arguments& arguments) {
  auto options = std::make_shared<RouteOptions>();
  arguments.choice("--format", options->format, {"text", "json"},
                   "For people or for programs (default: text)");
  arguments.positional("TABLE", options->table, "A table of the rules", true);
  arguments.positionals("KEYS", options->keys, "KEY=VALUE for each sharding key of the table");
  return [options](Environment& environment) { return run_route(environment, *options); };
}

}  // namespace

const Command kRouteCommand = {
    "route", "Show where a row lives",
    R"(Reaches no data source: the place follows from the rules and the key alone. A value may say its
kind as in `pando query --param`; without that, a key that is no integer is text, also if it is 7.

Examples:
  pando route orders user_id=7
  pando route --format json events user_id=7 created_at=2026-03-01)",
    configure_route};

}  // namespace pando::cli
