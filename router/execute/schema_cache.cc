#include "router/execute/schema_cache.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "router/plan/key_check.h"
#include "rules/ascii.h"

namespace pando::execute {
namespace {

// How many data sources are asked for a schema before giving up: a few may be down, but each can
// cost a connect timeout.
constexpr std::size_t kMaxSources = 3;

// How often a schema is read anew because a schema change came in between.
constexpr int kMaxReads = 8;

// One node of each data source, at most kMaxSources.
std::vector<rules::Node> candidates(const rules::LogicalTable& table) {
  std::vector<rules::Node> nodes;
  for (const rules::Node& node : table.nodes) {
    const bool seen = std::any_of(nodes.begin(), nodes.end(), [&](const rules::Node& other) {
      return other.data_source == node.data_source;
    });
    if (!seen) nodes.push_back(node);
    if (nodes.size() == kMaxSources) break;
  }
  return nodes;
}

}  // namespace

std::shared_ptr<const plan::SchemaView> SchemaCache::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

Result<std::shared_ptr<const drivers::TableSchema>> SchemaCache::read(
    std::string_view logical_table) {
  const rules::LogicalTable* table = rules_.find_table(logical_table);
  std::vector<rules::Node> nodes;
  if (table) {
    nodes = candidates(*table);
  } else if (rules_.default_single()) {
    nodes.push_back({*rules_.default_single(), std::string(logical_table)});
  } else {
    return nullptr;
  }
  Result<drivers::TableSchema> schema = fail(ErrorCode::kInternal, "a table without nodes");
  for (const rules::Node& node : nodes) {
    auto lease = pool_.acquire(node.data_source);
    if (!lease) {
      schema = fail(std::move(lease).error());
      continue;
    }
    schema = (*lease)->describe(node.table);
    if (schema || schema.error().code() == ErrorCode::kUnknownTable) break;
  }
  if (!schema) return fail(std::move(schema).error());
  if (table && table->kind == rules::TableKind::kSharded) {
    PANDO_TRY(plan::check_key_types(*table, *schema, rules_.dialect()));
  }
  return std::make_shared<const drivers::TableSchema>(*std::move(schema));
}

Result<void> SchemaCache::load(std::string_view logical_table) {
  for (int attempt = 0; attempt < kMaxReads; ++attempt) {
    std::uint64_t forgotten = 0;
    {
      const std::lock_guard lock(mutex_);
      if (snapshot_->find(logical_table)) return {};
      forgotten = forgotten_;
    }
    PANDO_ASSIGN(auto known, read(logical_table));
    if (!known) return {};
    const std::lock_guard lock(mutex_);
    if (forgotten != forgotten_) continue;  // It may have been read before the change.
    plan::SchemaView::Tables tables = snapshot_->tables();
    tables[to_lower(logical_table)] = std::move(known);
    snapshot_ = std::make_shared<const plan::SchemaView>(std::move(tables));
    return {};
  }
  return fail(Error(ErrorCode::kDatabase, "table " + std::string(logical_table) +
                                              ": its schema changed each time it was read")
                  .with_retryable(true));
}

void SchemaCache::forget(std::string_view logical_table) {
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  plan::SchemaView::Tables tables = snapshot_->tables();
  if (logical_table.empty()) {
    tables.clear();
  } else {
    tables.erase(to_lower(logical_table));
  }
  snapshot_ = std::make_shared<const plan::SchemaView>(std::move(tables));
}

}  // namespace pando::execute
