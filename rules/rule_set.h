// RuleSet: the validated rules. What data sources there are, and where each logical table lives.
//
// Threads: immutable, shared by shared_ptr<const RuleSet>.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pando/dialect.h"
#include "rules/sharding.h"

namespace pando::rules {

using DataSourceIndex = std::uint32_t;
using TableIndex = std::uint32_t;

// Where a server or file is, from a URL such as mysql://user:password@host:3306/schema?tls=required
// or sqlite:path/to/file.db (relative to the configuration file). Never print `password`.
struct Endpoint {
  Dialect dialect = Dialect::kMySql;
  std::string host;
  std::uint16_t port = 3306;
  std::string socket;  // MySQL: a Unix socket instead of host and port.
  std::string user;
  std::string password;
  std::string database;  // MySQL schema.
  std::string path;      // SQLite file.
  bool read_only = false;
  enum class Tls : std::uint8_t { kPreferred, kOff, kRequired, kVerify } tls = Tls::kPreferred;
  std::string tls_ca, tls_cert, tls_key;

  // Without the password: "mysql://app@db1:3306/shop0", "sqlite:/data/shop0.db".
  std::string display() const;
};

struct DataSource {
  std::string name;  // "shop0"
  Endpoint write;
  std::vector<Endpoint> read;
};

enum class TableKind : std::uint8_t { kSharded, kBroadcast, kSingle };

// A physical table. For kSharded, its place in LogicalTable::nodes is its ShardIndex.
struct Node {
  DataSourceIndex data_source = 0;
  std::string table;
  friend bool operator==(const Node&, const Node&) = default;
};

struct Fill {
  std::string column;
  std::string generator;  // A key of RuleSet::id_generators().
};

struct LogicalTable {
  std::string name;
  TableKind kind = TableKind::kSingle;
  std::vector<Node> nodes;  // kSharded: one per shard. kBroadcast: one per copy. kSingle: one.

  // kSharded only. Tables with the same family are bound: shard i of each lies in the same data
  // source and holds the rows of the same keys.
  std::shared_ptr<const Sharding> sharding;
  std::uint32_t family = 0;
  std::vector<KeyColumn> key_columns;  // sharding->key_columns() under this table's own names.

  std::vector<Fill> fill;
};

struct IdGeneratorRule {
  enum class Kind : std::uint8_t { kSnowflake, kSegment, kUuid7 } kind = Kind::kSnowflake;
  std::uint32_t worker = 0;         // Snowflake: 0 to 1023.
  DataSourceIndex data_source = 0;  // Segment: where its table is.
  std::string table = "pando_ids";  // Segment.
  std::uint32_t step = 1000;        // Segment: keys taken at once.
  // Segment: the first key of a new generator; none: behind what the columns hold.
  std::optional<std::int64_t> start = std::nullopt;
};

// Every limit has a name in the configuration; see docs/configuration.md.
struct Limits {
  std::uint32_t statement_bytes = 64u << 20;
  std::uint32_t depth = 400;
  std::uint32_t list_items = 1u << 20;
  std::uint64_t merge_bytes = 256ull << 20;
  std::uint64_t compute_rows = 10'000'000;      // Shipped for one statement of the compute level,
  std::uint64_t compute_bytes = 1ull << 30;     // and how many bytes of values.
  std::uint32_t compute_keys = 1000;            // Keys sent down to filter a piece; 0: never.
  std::uint64_t compute_memory = 256ull << 20;  // SQLite: what is more spills to a temporary file.
  std::uint32_t plan_cache = 4096;              // Statements kept; 0 turns the cache off.
  std::uint32_t prepared_statements = 64;       // Per connection.
  std::uint32_t session_settings = 1000;        // SETs that a session carries.
  std::chrono::milliseconds schema_life{5000};  // How long what was read of tables counts as true.
};

struct PoolRule {
  std::uint32_t size = 16;  // Connections per data source.
  std::chrono::milliseconds wait{5000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds read_timeout{60000};
  std::chrono::milliseconds write_timeout{60000};
  std::chrono::milliseconds idle_check{30000};  // Ping a connection that idled longer than this.
};

enum class CrossShardForeignKeys : std::uint8_t {
  kRefuse,
  kOmit,
  kLocal,  // Keeps those between bound tables that leave out the sharding key.
};

class RuleSet {
 public:
  Dialect dialect() const { return dialect_; }  // All data sources speak one dialect.
  bool mariadb() const { return mariadb_; }     // `server = "mysql-8.0"` or "mariadb-10.11".
  std::uint32_t server_version() const { return server_version_; }
  std::uint64_t epoch() const { return epoch_; }
  // The logical database's name, if `schema` gives one: `schema.table` and `USE schema` are then
  // accepted.
  const std::string& schema() const { return schema_; }

  const std::vector<DataSource>& data_sources() const { return data_sources_; }
  std::optional<DataSourceIndex> find_data_source(std::string_view name) const;

  const std::vector<LogicalTable>& tables() const { return tables_; }
  // Without regard to ASCII case. nullptr: not in the rules (see default_single). No allocation.
  const LogicalTable* find_table(std::string_view name) const;
  // Where pieces of a statement are joined that no shard and no merge can answer: a connection of
  // its own to the data source that `compute` names, or SQLite's temporary database. It has an
  // index behind those of the data sources.
  bool can_compute() const { return dialect_ == Dialect::kSqlite || compute_.has_value(); }
  std::optional<DataSourceIndex> compute() const { return compute_; }
  DataSourceIndex compute_index() const {
    return static_cast<DataSourceIndex>(data_sources_.size());
  }
  // Also of compute_index().
  std::string data_source_name(DataSourceIndex index) const;

  // Where tables live that the rules do not list: `defaults.single`.
  std::optional<DataSourceIndex> default_single() const { return default_single_; }

  const std::map<std::string, IdGeneratorRule>& id_generators() const { return id_generators_; }
  const Limits& limits() const { return limits_; }
  const PoolRule& pool() const { return pool_; }
  CrossShardForeignKeys cross_shard_foreign_keys() const { return cross_shard_foreign_keys_; }
  const std::string& time_zone() const { return time_zone_; }  // Set on every MySQL connection.

 private:
  friend class RuleSetBuilder;

  Dialect dialect_ = Dialect::kMySql;
  bool mariadb_ = true;
  std::uint32_t server_version_ = 101100;
  std::uint64_t epoch_ = 1;
  std::string schema_;
  std::vector<DataSource> data_sources_;
  std::vector<LogicalTable> tables_;
  std::optional<DataSourceIndex> default_single_;
  std::optional<DataSourceIndex> compute_;
  std::map<std::string, IdGeneratorRule> id_generators_;
  Limits limits_;
  PoolRule pool_;
  CrossShardForeignKeys cross_shard_foreign_keys_ = CrossShardForeignKeys::kRefuse;
  std::string time_zone_ = "+00:00";
  std::vector<TableIndex> table_slots_;  // Open addressing by the hash of the lower-case name.
  std::vector<DataSourceIndex> sources_by_name_;  // Sorted.
};

using RuleSetPtr = std::shared_ptr<const RuleSet>;

}  // namespace pando::rules
