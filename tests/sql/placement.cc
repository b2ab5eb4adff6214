#include "tests/sql/placement.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "router/core.h"
#include "router/inside.h"
#include "router/rewrite/text_edits.h"
#include "router/route/route_key.h"
#include "tests/sql/differential.h"

namespace pando::test {
namespace {

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::move(result).error();
  return *std::move(result);
}

class Placement {
 public:
  explicit Placement(router::Core& core) : core_(core), rules_(core.rules()) {}

  std::string misplaced() {
    for (const rules::LogicalTable& table : rules_.tables()) {
      if (table.kind == rules::TableKind::kSharded) check_shards(table);
      if (table.kind == rules::TableKind::kBroadcast) check_copies(table);
    }
    return std::move(found_);
  }

 private:
  // The rows of a physical table, unless there is no such table.
  std::optional<Reply> read(drivers::Connection& connection, const rules::Node& node,
                            const std::string& columns) {
    auto reply = connection.run("SELECT " + columns + " FROM " + quoted(node.table));
    if (!reply && reply.error().code() == ErrorCode::kUnknownTable) return std::nullopt;
    return value_of(std::move(reply));
  }

  void check_shards(const rules::LogicalTable& table) {
    std::string keys;
    for (const rules::KeyColumn& key : table.key_columns) {
      keys += (keys.empty() ? "" : ", ") + quoted(key.name);
    }
    for (std::size_t shard = 0; shard < table.nodes.size(); ++shard) {
      const rules::Node& node = table.nodes[shard];
      const drivers::Lease lease = value_of(core_.pool().acquire(node.data_source));
      const std::optional<Reply> reply = read(*lease, node, keys);
      if (!reply) continue;
      while (value_of(reply->rows->next())) {
        const auto place = route::route_key(rules_, table, reply->rows->row());
        if (place && *place == shard) continue;
        found_ +=
            name(node) + " holds a row of " + table.name + " that belongs " +
            (place ? "to " + name(table.nodes[*place]) : "nowhere: " + place.error().message()) +
            "\n";
      }
    }
  }

  void check_copies(const rules::LogicalTable& table) {
    std::optional<std::vector<std::vector<std::string>>> first;
    for (const rules::Node& node : table.nodes) {
      const drivers::Lease lease = value_of(core_.pool().acquire(node.data_source));
      std::optional<Reply> reply = read(*lease, node, "*");
      if (!reply) continue;
      Answer answer = read_answer(std::move(*reply));
      if (answer.error) throw *std::move(answer.error);
      std::sort(answer.rows.begin(), answer.rows.end());
      if (!first) first = answer.rows;
      if (*first != answer.rows) {
        found_ += name(node) + " holds other rows than " + name(table.nodes.front()) + "\n";
      }
    }
  }

  std::string quoted(std::string_view name) const {
    return rewrite::quote_identifier(name, rules_.dialect());
  }
  std::string name(const rules::Node& node) const {
    return rules_.data_source_name(node.data_source) + "." + node.table;
  }

  router::Core& core_;
  const rules::RuleSet& rules_;
  std::string found_;
};

}  // namespace

std::string misplaced_rows(Database& sharded) {
  return Placement(router::Inside::core(sharded)).misplaced();
}

}  // namespace pando::test
