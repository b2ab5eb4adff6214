#include "rules/rule_set.h"

#include <algorithm>
#include <numeric>

#include "pando/names.h"
#include "rules/rule_set_builder.h"

namespace pando::rules {
namespace {

// FNV-1a over lower-case bytes: names are short.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(lower_ascii(c))) * 0x100000001b3;
  }
  return hash ^ (hash >> 32);
}

constexpr std::uint32_t kFree = 0xFFFFFFFF;

}  // namespace

std::string RuleSet::data_source_name(DataSourceIndex index) const {
  if (index < data_sources_.size()) return data_sources_[index].name;
  return compute_ ? data_sources_[*compute_].name + " (compute)" : "compute";
}

const LogicalTable* RuleSet::find_table(std::string_view name) const {
  if (table_slots_.empty()) return nullptr;
  const std::size_t mask = table_slots_.size() - 1;
  for (std::size_t i = hash_name(name) & mask; table_slots_[i] != kFree; i = (i + 1) & mask) {
    const LogicalTable& table = tables_[table_slots_[i]];
    if (same_name(table.name, name)) return &table;
  }
  return nullptr;
}

std::optional<DataSourceIndex> RuleSet::find_data_source(std::string_view name) const {
  const auto found =
      std::partition_point(sources_by_name_.begin(), sources_by_name_.end(),
                           [&](DataSourceIndex i) { return data_sources_[i].name < name; });
  if (found == sources_by_name_.end() || data_sources_[*found].name != name) return std::nullopt;
  return *found;
}

RuleSetPtr RuleSetBuilder::build() {
  RuleSet& rules = *rules_;
  std::size_t slots = 2;  // At most half full, so that a search ends.
  while (slots < 2 * rules.tables_.size() + 1) slots *= 2;
  rules.table_slots_.assign(slots, kFree);
  for (TableIndex t = 0; t < rules.tables_.size(); ++t) {
    std::size_t i = hash_name(rules.tables_[t].name) & (slots - 1);
    while (rules.table_slots_[i] != kFree) i = (i + 1) & (slots - 1);
    rules.table_slots_[i] = t;
  }
  rules.sources_by_name_.resize(rules.data_sources_.size());
  std::iota(rules.sources_by_name_.begin(), rules.sources_by_name_.end(), DataSourceIndex{0});
  std::sort(rules.sources_by_name_.begin(), rules.sources_by_name_.end(),
            [&](DataSourceIndex a, DataSourceIndex b) {
              return rules.data_sources_[a].name < rules.data_sources_[b].name;
            });
  return std::move(rules_);
}

}  // namespace pando::rules
