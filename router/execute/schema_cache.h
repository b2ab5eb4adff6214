// SchemaCache: the columns and keys of logical tables, read from the data sources when first
// needed.
//
// A table's schema is read from one of its physical tables (in the first data source that has a
// connection lying idle, or can be reached) and kept until a schema change through Pando, or an
// error that says it is stale. What another process changes is seen after limits.schema_life at the
// latest: time is cut into periods of that length, and a table that is used is read once in each.
//
// Threads: all members may be called from any thread. Two threads that miss the same table both
// read it; nobody waits for another's slow data source.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "drivers/pool.h"
#include "pando/result.h"
#include "router/execute/connections.h"
#include "router/plan/schema.h"
#include "rules/rule_set.h"

namespace pando::execute {

class SchemaCache {
 public:
  // Both must outlive this object.
  SchemaCache(const rules::RuleSet& rules, drivers::Pool& pool) : rules_(rules), pool_(pool) {}

  // What is known now; never null.
  std::shared_ptr<const plan::SchemaView> snapshot() const;

  // Makes the table's schema known if it is not, and reads it again if it was not in this period.
  // A table that no rule names and that has no default place is left unknown. `connections` may
  // hold a connection that serves; others are of the pool. True: the table is not what it was (or
  // there is none any more, and it is forgotten), and plans made before do not hold.
  // Errors: kUnknownTable if it does not exist (yet), kKeyTypeMismatch if a sharding key's column
  // is not of the type that the rules declare, and those of the data sources, but only if nothing
  // is known of the table: a data source that is away does not stop what needs it not. kDatabase
  // (retryable) if schemas were forgotten again and again while the table was read.
  Result<bool> load(std::string_view logical_table, execute::Connections& connections);

  // The period of now; no two calls give the same if schema_life is 0.
  std::int64_t period() const;

  void forget();  // All tables.

 private:
  using SchemaPtr = std::shared_ptr<const drivers::TableSchema>;

  // The table as its data source describes it now. Null: no rule says where it is; or no connection
  // is at hand to ask with, and one is not to be waited for.
  Result<SchemaPtr> read(std::string_view logical_table, execute::Connections& connections,
                         bool wait);
  bool holds_any(execute::Connections& connections) const;
  // Requires: the lock.
  void keep(const std::string& table, SchemaPtr schema);

  const rules::RuleSet& rules_;
  drivers::Pool& pool_;
  mutable std::mutex mutex_;
  mutable std::atomic<std::int64_t> looks_{0};
  std::uint64_t forgotten_ = 0;  // How often: what was read before the last time may be stale.
  std::map<std::string, std::int64_t> looked_at_;  // Of each known table, the last look's period.
  std::shared_ptr<const plan::SchemaView> snapshot_ = std::make_shared<plan::SchemaView>();
};

}  // namespace pando::execute
