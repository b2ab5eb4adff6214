#include "cli/tables.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "cli/report.h"
#include "pando/names.h"
#include "rules/suggest.h"

namespace pando::cli {

namespace {

// "a", "a, b" or "a … z (26)".
std::string shortened(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  if (names.size() == 2) return names[0] + ", " + names[1];
  return names.front() + " … " + names.back();
}

std::vector<std::string> distinct(std::vector<std::string> names) {
  std::vector<std::string> result;
  for (std::string& name : names) {
    if (std::find(result.begin(), result.end(), name) == result.end()) {
      result.push_back(std::move(name));
    }
  }
  return result;
}

// Names that differ are in sorted runs; a big layout need not be compared pair by pair.
std::vector<std::string> distinct_sorted(std::vector<std::string> names) {
  if (names.size() <= 64) return distinct(std::move(names));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

const rules::LogicalTable* parent_of(const rules::RuleSet& rules,
                                     const rules::LogicalTable& table) {
  if (table.kind != rules::TableKind::kSharded) return nullptr;
  // The parent of a family is the table under whose column names the function is written.
  for (const rules::LogicalTable& other : rules.tables()) {
    if (other.kind != rules::TableKind::kSharded || other.family != table.family) continue;
    return &other == &table ? nullptr : &other;
  }
  return nullptr;
}

std::string kind_text(const rules::RuleSet& rules, const rules::LogicalTable& table) {
  if (table.kind == rules::TableKind::kBroadcast) return "broadcast";
  if (table.kind == rules::TableKind::kSingle) return "single";
  const rules::LogicalTable* parent = parent_of(rules, table);
  return parent == nullptr ? "sharded" : "bound to " + parent->name;
}

std::string function_text(const rules::LogicalTable& table) {
  if (!table.sharding) return "";
  std::string text = table.sharding->describe();
  const auto& parents = table.sharding->key_columns();
  for (std::size_t i = 0; i < parents.size(); ++i) {
    if (!same_name(parents[i].name, table.key_columns[i].name)) {
      text += ", " + parents[i].name + " is " + table.key_columns[i].name;
    }
  }
  return text;
}

std::string place_text(const rules::RuleSet& rules, const rules::LogicalTable& table) {
  std::vector<std::string> sources, tables;
  for (const rules::Node& node : table.nodes) {
    sources.push_back(rules.data_sources()[node.data_source].name);
    tables.push_back(node.table);
  }
  tables = distinct_sorted(std::move(tables));
  std::string text = shortened(distinct_sorted(std::move(sources)));
  if (tables.size() != 1 || !same_name(tables[0], table.name)) text += ": " + shortened(tables);
  return text;
}

std::string node_text(const rules::RuleSet& rules, const rules::Node& node) {
  return rules.data_sources()[node.data_source].name + "." + node.table;
}

const rules::LogicalTable* find_table(const rules::RuleSet& rules, std::string_view name,
                                      Output& err) {
  if (const rules::LogicalTable* table = rules.find_table(name)) return table;
  usage(err, "the rules name no table `" + std::string(name) + "`");
  std::vector<std::string_view> known;
  for (const rules::LogicalTable& table : rules.tables()) known.push_back(table.name);
  const std::string_view guess = rules::nearest_word(name, known);
  if (!guess.empty()) err.line("did you mean `" + std::string(guess) + "`?");
  if (const auto single = rules.default_single()) {
    err.line("Tables that are not listed live in " + rules.data_sources()[*single].name + ".");
  }
  return nullptr;
}

}  // namespace pando::cli
