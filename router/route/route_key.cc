#include "router/route/route_key.h"

#include <list>
#include <string>
#include <vector>

namespace pando::route {

Result<rules::ShardIndex> route_key(const rules::RuleSet& /*rules*/,
                                    const rules::LogicalTable& table, std::span<const Value> key) {
  if (key.size() != table.key_columns.size()) {
    return fail(ErrorCode::kParameterCount, "table " + table.name + " has " +
                                                std::to_string(table.key_columns.size()) +
                                                " sharding key columns, but " +
                                                std::to_string(key.size()) + " values were given");
  }
  std::vector<Value> canonical;
  std::list<std::string> scratch;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto value = rules::canonical_key(table.key_columns[i], key[i], scratch.emplace_back());
    if (!value) {
      return fail(ErrorCode::kUnroutableKey, "the value given for " + table.name + "." +
                                                 table.key_columns[i].name +
                                                 " is none of that column's type");
    }
    canonical.push_back(*value);
  }
  return table.sharding->locate(canonical);
}

}  // namespace pando::route
