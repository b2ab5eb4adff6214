#include "router/plan/ddl_names.h"

#include <algorithm>
#include <cstdint>

namespace pando::plan {
namespace {

constexpr std::size_t kLongestName = 64;

bool node_shares(const rules::LogicalTable& table, std::size_t node) {
  const rules::DataSourceIndex source = table.nodes[node].data_source;
  return std::count_if(table.nodes.begin(), table.nodes.end(), [source](const rules::Node& other) {
           return other.data_source == source;
         }) > 1;
}

}  // namespace

// FNV-1a.
std::string hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (int shift = 28; shift >= 0; shift -= 4) out += kHex[(hash >> shift) & 15];
  return out;
}

bool shares_data_source(const rules::LogicalTable& table) {
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    if (node_shares(table, i)) return true;
  }
  return false;
}

std::string node_name(std::string_view name, const rules::LogicalTable& table, std::size_t node,
                      Dialect dialect) {
  if (!node_shares(table, node)) return std::string(name);
  const std::string suffix = "__" + std::to_string(node);
  std::string base(name);
  if (dialect == Dialect::kMySql && base.size() + suffix.size() > kLongestName) {
    const std::string hash = hash_of(name);
    std::size_t keep = kLongestName - suffix.size() - hash.size() - 1;
    while (keep > 0 && (static_cast<unsigned char>(base[keep]) & 0xC0) == 0x80) --keep;
    base = base.substr(0, keep) + "_" + hash;
  }
  return base + suffix;
}

}  // namespace pando::plan
