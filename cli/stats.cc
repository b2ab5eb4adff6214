// pando stats: rows per shard, and whether they lie evenly.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/sources.h"
#include "cli/tables.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

using rules::LogicalTable;

// A shard with more rows than this many times the mean is marked.
constexpr double kSkew = 1.5;

struct StatsOptions {
  std::string format = "text";
  std::string table;
};

struct Count {
  std::size_t node = 0;
  Result<std::uint64_t> rows = fail(ErrorCode::kUnreachable, "");
};

struct TableStats {
  const LogicalTable* table = nullptr;
  std::vector<Count> counts;  // By node.

  bool complete() const {
    return std::all_of(counts.begin(), counts.end(),
                       [](const Count& count) { return count.rows.has_value(); });
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const Count& count : counts) sum += count.rows.value_or(0);
    return sum;
  }
  double mean() const { return static_cast<double>(total()) / static_cast<double>(counts.size()); }
  bool is_skewed(const Count& count) const {
    return table->kind == rules::TableKind::kSharded && complete() && counts.size() > 1 &&
           static_cast<double>(*count.rows) > kSkew * mean() && total() >= counts.size();
  }
};

std::vector<TableStats> count_all(const rules::RuleSet& rules,
                                  const std::vector<const LogicalTable*>& tables) {
  std::vector<TableStats> stats;
  for (const LogicalTable* table : tables) {
    TableStats entry{table, {}};
    for (std::size_t i = 0; i < table->nodes.size(); ++i) {
      Count count;
      count.node = i;
      entry.counts.push_back(std::move(count));
    }
    stats.push_back(std::move(entry));
  }
  // Each thread writes only the counts of its own data source.
  visit_sources(rules,
                [&](rules::DataSourceIndex source, Result<drivers::ConnectionPtr> connected) {
                  for (TableStats& entry : stats) {
                    for (Count& count : entry.counts) {
                      const rules::Node& node = entry.table->nodes[count.node];
                      if (node.data_source != source) continue;
                      count.rows = connected ? count_rows(**connected, node.table)
                                             : Result<std::uint64_t>(fail(connected.error()));
                    }
                  }
                });
  return stats;
}

std::string percent(double share) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%5.1f %%", share * 100);
  return buffer.data();
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t have = display_width(text);
  const std::string padding(width > have ? width - have : 0, ' ');
  return right ? padding + text : text + padding;
}

void print_table(const rules::RuleSet& rules, const TableStats& stats, Output& out) {
  constexpr std::size_t kBarWidth = 32;
  std::uint64_t most = 0;
  std::size_t name_width = 0, count_width = 0;
  for (const Count& count : stats.counts) {
    most = std::max(most, count.rows.value_or(0));
    name_width =
        std::max(name_width, display_width(node_text(rules, stats.table->nodes[count.node])));
    count_width = std::max(count_width, grouped(count.rows.value_or(0)).size());
  }
  const bool colour = out.colours();
  out.line(bold(stats.table->name, colour) + "  (" + kind_text(rules, *stats.table) + ")");
  for (const Count& count : stats.counts) {
    std::string line =
        "  " + padded(node_text(rules, stats.table->nodes[count.node]), name_width, false) + "  ";
    if (!count.rows) {
      out.line(line + "unknown: " + printable(count.rows.error().message()));
      continue;
    }
    const double share =
        most == 0 ? 0 : static_cast<double>(*count.rows) / static_cast<double>(most);
    std::string bars(static_cast<std::size_t>(std::lround(share * kBarWidth)), '#');
    line += padded(grouped(*count.rows), count_width, true);
    if (stats.table->kind == rules::TableKind::kSharded && stats.total() != 0) {
      line += "  " + percent(static_cast<double>(*count.rows) / static_cast<double>(stats.total()));
    }
    if (!bars.empty()) line += "  " + cyan(bars, colour);
    if (stats.is_skewed(count)) line += yellow("  <- skewed", colour);
    out.line(line);
  }
  if (stats.table->kind == rules::TableKind::kSharded) {
    out.line("  total " + grouped(stats.total()) +
             (stats.complete() ? "" : ", without what is unknown"));
  }
  out.line("");
}

std::string table_json(const rules::RuleSet& rules, const TableStats& stats) {
  std::string json = R"({"table": )";
  append_json_text(json, stats.table->name);
  json += R"(, "kind": )";
  const LogicalTable* parent = parent_of(rules, *stats.table);
  append_json_text(json, parent != nullptr ? "bound" : kind_text(rules, *stats.table));
  if (parent != nullptr) {
    json += R"(, "bound_to": )";
    append_json_text(json, parent->name);
  }
  json += R"(, "places": [)";
  for (const Count& count : stats.counts) {
    const rules::Node& node = stats.table->nodes[count.node];
    if (count.node != 0) json += ", ";
    json += R"({"data_source": )";
    append_json_text(json, rules.data_sources()[node.data_source].name);
    json += R"(, "physical_table": )";
    append_json_text(json, node.table);
    json += R"(, "rows": )" + (count.rows ? std::to_string(*count.rows) : "null");
    json += std::string(R"(, "skewed": )") + (stats.is_skewed(count) ? "true" : "false") + "}";
  }
  json += R"(], "total": )";
  const bool sharded = stats.table->kind == rules::TableKind::kSharded;
  json += !stats.complete() ? "null"
          : sharded         ? std::to_string(stats.total())
                            : std::to_string(*stats.counts.front().rows);
  return json + "}";
}

int run_stats(Environment& environment, const StatsOptions& options) {
  int code = kExitOk;
  const auto rules = load_rules(environment, code);
  if (!rules) return code;
  std::vector<const LogicalTable*> tables;
  if (options.table.empty()) {
    for (const LogicalTable& table : rules->tables()) tables.push_back(&table);
  } else {
    tables.push_back(find_table(*rules, options.table, environment.err));
    if (tables.back() == nullptr) return kExitUsage;
  }
  const auto all = count_all(*rules, tables);
  if (options.format == "json") environment.out.write("[");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (options.format == "json") {
      environment.out.write((i == 0 ? "" : ",\n ") + table_json(*rules, all[i]));
    } else {
      print_table(*rules, all[i], environment.out);
    }
    for (const Count& count : all[i].counts) {
      if (!count.rows) code = worse(code, exit_code(count.rows.error()));
    }
  }
  if (options.format == "json") environment.out.line("]");
  if (code != kExitOk) usage(environment.err, "some shards could not be counted");
  return code;
}

Action configure_stats(Arguments& arguments) {
  auto options = std::make_shared<StatsOptions>();
  arguments.choice("--format", options->format, {"text", "json"},
                   "For people or for programs (default: text)");
  arguments.positional("TABLE", options->table, "One table of the rules; all if left out", false);
  return [options](Environment& environment) { return run_stats(environment, *options); };
}

}  // namespace

const Command kStatsCommand = {
    "stats", "Count the rows of each shard",
    R"(Counts with COUNT(*), on all data sources at once. A shard with more than 1.5 times the
mean number of rows is marked as skewed.

Examples:
  pando stats
  pando stats --format json orders)",
    configure_stats};

}  // namespace pando::cli
