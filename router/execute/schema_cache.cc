#include "router/execute/schema_cache.h"

#include <time.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "pando/names.h"
#include "router/plan/key_check.h"
#include "router/plan/write_common.h"

namespace pando::execute {
namespace {

// How many data sources are asked for a schema before giving up: a few may be down, but each can
// cost a connect timeout.
constexpr std::size_t kMaxSources = 3;

// How often a schema is read anew because a schema change came in between.
constexpr int kMaxReads = 8;

// One node of each data source.
std::vector<rules::Node> candidates(const rules::LogicalTable& table) {
  std::vector<rules::Node> nodes;
  for (const rules::Node& node : table.nodes) {
    const bool seen = std::any_of(nodes.begin(), nodes.end(), [&](const rules::Node& other) {
      return other.data_source == node.data_source;
    });
    if (!seen) nodes.push_back(node);
  }
  return nodes;
}

}  // namespace

std::shared_ptr<const plan::SchemaView> SchemaCache::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::int64_t SchemaCache::period() const {
  const std::chrono::milliseconds life = rules_.limits().schema_life;
  if (life.count() == 0) return ++looks_;
  // To a few milliseconds, in a fraction of the time that steady_clock takes.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (now.tv_sec * 1000 + now.tv_nsec / 1'000'000) / life.count() + 1;
}

Result<SchemaCache::SchemaPtr> SchemaCache::read(std::string_view logical_table,
                                                 execute::Connections& connections, bool wait) {
  const plan::TablePtr table = plan::table_named(logical_table, rules_);
  if (table == nullptr) return nullptr;
  std::vector<rules::Node> nodes = candidates(*table);
  const auto at_hand = [&](const rules::Node& node) {
    return connections.held(node.data_source) != nullptr || pool_.has_idle(node.data_source);
  };
  const auto far = std::stable_partition(nodes.begin(), nodes.end(), at_hand);
  if (!wait) nodes.erase(far, nodes.end());
  if (nodes.empty()) return nullptr;
  if (nodes.size() > kMaxSources) nodes.resize(kMaxSources);
  Result<drivers::TableSchema> schema = fail(ErrorCode::kInternal, "a table without nodes");
  for (const rules::Node& node : nodes) {
    if (drivers::Connection* held = connections.held(node.data_source)) {
      schema = held->describe(node.table);
    } else {
      auto lease = pool_.acquire(node.data_source);
      schema = lease ? (*lease)->describe(node.table) : fail(std::move(lease).error());
    }
    if (schema || schema.error().code() == ErrorCode::kUnknownTable) break;
  }
  if (!schema) return fail(std::move(schema).error());
  if (table->kind == rules::TableKind::kSharded) {
    PANDO_TRY(plan::check_key_types(*table, *schema, rules_.dialect()));
  }
  return std::make_shared<const drivers::TableSchema>(*std::move(schema));
}

Result<bool> SchemaCache::load(std::string_view logical_table, execute::Connections& connections) {
  const std::string table = to_lower(logical_table);
  const std::int64_t now = period();
  for (int attempt = 0; attempt < kMaxReads; ++attempt) {
    std::uint64_t forgotten = 0;
    std::int64_t before = 0;  // The last look's period, of a table that is known.
    {
      const std::lock_guard lock(mutex_);
      if (const auto looked = looked_at_.find(table); looked != looked_at_.end()) {
        if (looked->second >= now) return false;
        // Whoever looks first in a period looks for all others, who go on with what is known.
        before = std::exchange(looked->second, now);
      }
      forgotten = forgotten_;
    }
    const bool known = before != 0;
    // What is known is not worth waiting for, with connections in one's hands.
    auto found = read(table, connections, !known || !holds_any(connections));
    const bool gone = !found && (found.error().code() == ErrorCode::kUnknownTable ||
                                 found.error().code() == ErrorCode::kKeyTypeMismatch);
    if (!found && !(known && gone)) {
      if (known) return false;
      return fail(std::move(found).error());
    }
    const std::lock_guard lock(mutex_);
    if (!gone && !*found) {
      // Nobody has looked: the next statement does.
      const auto looked = looked_at_.find(table);
      if (known && looked != looked_at_.end() && looked->second == now) looked->second = before;
      return false;
    }
    if (forgotten != forgotten_) continue;  // It may have been read before the change.
    if (gone) {
      keep(table, nullptr);
      looked_at_.erase(table);
      return true;
    }
    const drivers::TableSchema* schema = snapshot_->find(table);
    looked_at_[table] = now;
    const bool differs = schema != nullptr && *schema != **found;
    if (schema == nullptr || differs) keep(table, *std::move(found));
    return differs;
  }
  return fail(Error(ErrorCode::kDatabase, "table " + std::string(logical_table) +
                                              ": its schema changed each time it was read")
                  .with_retryable(true));
}

bool SchemaCache::holds_any(execute::Connections& connections) const {
  for (std::size_t i = 0; i < rules_.data_sources().size(); ++i) {
    if (connections.held(i) != nullptr) return true;
  }
  return false;
}

void SchemaCache::keep(const std::string& table, SchemaPtr schema) {
  plan::SchemaView::Tables tables = snapshot_->tables();
  if (schema) {
    tables[table] = std::move(schema);
  } else {
    tables.erase(table);
  }
  snapshot_ = std::make_shared<const plan::SchemaView>(std::move(tables));
}

void SchemaCache::forget() {
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  looked_at_.clear();
  snapshot_ = std::make_shared<const plan::SchemaView>();
}

}  // namespace pando::execute
