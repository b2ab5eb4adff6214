// Fills a RuleSet; the only way to make one.
//
// Threads: one thread; the RuleSet that comes out is shared.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rules/rule_set.h"

namespace pando::rules {

class RuleSetBuilder {
 public:
  void set_server(Dialect dialect, bool mariadb, std::uint32_t version) {
    rules_->dialect_ = dialect;
    rules_->mariadb_ = mariadb;
    rules_->server_version_ = version;
  }
  void set_schema(std::string schema) { rules_->schema_ = std::move(schema); }
  void set_compute(DataSourceIndex index) { rules_->compute_ = index; }
  void set_default_single(DataSourceIndex index) { rules_->default_single_ = index; }
  void set_cross_shard_foreign_keys(CrossShardForeignKeys what) {
    rules_->cross_shard_foreign_keys_ = what;
  }
  void set_time_zone(std::string zone) { rules_->time_zone_ = std::move(zone); }
  std::vector<DataSource>& data_sources() { return rules_->data_sources_; }
  std::vector<LogicalTable>& tables() { return rules_->tables_; }
  std::map<std::string, IdGeneratorRule>& id_generators() { return rules_->id_generators_; }
  Limits& limits() { return rules_->limits_; }
  PoolRule& pool() { return rules_->pool_; }

  // The finished rules. Call once, last.
  // Requires: names of data sources and (without regard to case) of tables are unique.
  RuleSetPtr build();

 private:
  std::shared_ptr<RuleSet> rules_ = std::make_shared<RuleSet>();
};

}  // namespace pando::rules
