// SchemaCache: the columns and keys of logical tables, read from the data sources when first
// needed.
//
// A table's schema is read from one of its physical tables (the first data source that can be
// reached) and kept until a schema change through Pando, or an error that says it is stale.
//
// Threads: all members may be called from any thread. Two threads that miss the same table both
// read it; nobody waits for another's slow data source.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "drivers/pool.h"
#include "pando/result.h"
#include "router/plan/schema.h"
#include "rules/rule_set.h"

namespace pando::execute {

class SchemaCache {
 public:
  // Both must outlive this object.
  SchemaCache(const rules::RuleSet& rules, drivers::Pool& pool) : rules_(rules), pool_(pool) {}

  // What is known now; never null.
  std::shared_ptr<const plan::SchemaView> snapshot() const;

  // Makes the table's schema known, if it is not. A table that no rule names and that has no
  // default place is left unknown. Errors: kUnknownTable if it does not exist (yet),
  // kKeyTypeMismatch if a sharding key's column is not of the type that the rules declare, and
  // those of the data sources; kDatabase (retryable) if schemas were forgotten again and again
  // while the table was read.
  Result<void> load(std::string_view logical_table);

  // Forgets one table, or (by an empty name) all of them.
  void forget(std::string_view logical_table);

 private:
  // The table as its data source describes it now. Null: no rule says where it is.
  Result<std::shared_ptr<const drivers::TableSchema>> read(std::string_view logical_table);

  const rules::RuleSet& rules_;
  drivers::Pool& pool_;
  mutable std::mutex mutex_;
  std::uint64_t forgotten_ = 0;  // How often: what was read before the last time may be stale.
  std::shared_ptr<const plan::SchemaView> snapshot_ = std::make_shared<plan::SchemaView>();
};

}  // namespace pando::execute
