#include "cli/doctor_checks.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>

#include "cli/sources.h"
#include "router/data_sources.h"

namespace pando::cli {

namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

std::optional<Error> error_of(const Result<void>& result) {
  if (result) return std::nullopt;
  return result.error();
}

Result<void> examine_mysql(drivers::Connection& connection, SourceHealth& health) {
  PANDO_ASSIGN(const std::uint64_t read_only,
               query_number(connection, "SELECT @@global.read_only"));
  health.read_only = read_only != 0;
  PANDO_ASSIGN(health.sql_mode, query_text(connection, "SELECT @@global.sql_mode"));
  PANDO_ASSIGN(health.max_connections, query_number(connection, "SELECT @@global.max_connections"));
  const auto before = std::chrono::system_clock::now();
  PANDO_ASSIGN(const std::string clock, query_text(connection, "SELECT UNIX_TIMESTAMP(NOW(6))"));
  const auto after = std::chrono::system_clock::now();
  const auto middle = before.time_since_epoch() + (after - before) / 2;
  health.clock_offset_seconds = std::stod(clock) - std::chrono::duration<double>(middle).count();
  return {};
}

// Statements in pieces need temporary tables there, and a user may lack the right to make them.
Result<void> try_temporary_table(drivers::Connection& connection) {
  const auto run = [&](std::string_view sql) -> Result<void> {
    PANDO_TRY(connection.run(drivers::Query{.sql = sql, .prepare = false}));
    return {};
  };
  PANDO_TRY(run("CREATE TEMPORARY TABLE pando_doctor (id INT)"));
  return run("DROP TEMPORARY TABLE pando_doctor");
}

Result<void> examine(drivers::ConnectOptions options, bool computes, SourceHealth& health) {
  options.create = false;
  const std::string path = options.path;
  PANDO_ASSIGN(auto connection, drivers::driver_for(options.dialect).connect(options));
  health.version = connection->server_version();
  const auto start = steady_clock::now();
  PANDO_TRY(connection->ping());
  health.round_trip_seconds = seconds_since(start);
  if (options.dialect == Dialect::kSqlite) {
    health.read_only = ::access(path.c_str(), W_OK) != 0;
    // Reading the schema shows whether the file is a database at all.
    PANDO_TRY(query_text(*connection, "SELECT COUNT(*) FROM sqlite_master"));
    return {};
  }
  PANDO_TRY(examine_mysql(*connection, health));
  if (computes) health.compute_error = error_of(try_temporary_table(*connection));
  return {};
}

// FNV-1a over the kinds and bytes of a row, mixed so that sums of hashes stay apart.
class RowHash {
 public:
  void add(const Value& value) {
    byte(static_cast<unsigned char>(value.kind()));
    switch (value.kind()) {
      case ValueKind::kNull:
        return;
      case ValueKind::kInt:
        return number(static_cast<std::uint64_t>(value.as_int()));
      case ValueKind::kUint:
        return number(value.as_uint());
      case ValueKind::kDouble: {
        std::uint64_t bits = 0;
        const double real = value.as_double();
        std::memcpy(&bits, &real, sizeof bits);
        return number(bits);
      }
      case ValueKind::kText:
      case ValueKind::kBytes:
        number(value.as_string().size());
        for (const char c : value.as_string()) byte(static_cast<unsigned char>(c));
    }
  }
  std::uint64_t mixed() const {
    std::uint64_t h = hash_;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
  }

 private:
  void byte(unsigned char b) { hash_ = (hash_ ^ b) * 0x100000001b3u; }
  void number(std::uint64_t n) {
    for (int shift = 0; shift < 64; shift += 8) byte(static_cast<unsigned char>(n >> shift));
  }
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

struct CopySum {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;
};

Result<CopySum> sum_copy(drivers::Connection& connection, const std::string& table) {
  const std::string sql = "SELECT * FROM " + in_backquotes(table);
  PANDO_ASSIGN(Reply reply, connection.run(drivers::Query{.sql = sql, .prepare = false}));
  CopySum result;
  if (!reply.rows) return fail(ErrorCode::kInternal, "a query returned no rows");
  while (true) {
    PANDO_ASSIGN(const bool more, reply.rows->next());
    if (!more) return result;
    RowHash hash;
    for (const Value& value : reply.rows->row()) hash.add(value);
    ++result.rows;
    result.sum += hash.mixed();
  }
}

SourceHealth named(std::string name, const rules::Endpoint& endpoint, bool replica) {
  SourceHealth health;
  health.name = std::move(name);
  health.where = endpoint.display();
  health.replica = replica;
  return health;
}

CopiesHealth judge(const rules::RuleSet& rules, const rules::LogicalTable& table,
                   const std::vector<Result<CopySum>>& sums) {
  CopiesHealth health;
  health.table = table.name;
  health.copies = sums.size();
  for (const auto& sum : sums) {
    if (!sum) {
      health.error = sum.error();
      return health;
    }
  }
  health.rows = sums.front()->rows;
  const auto name = [&](std::size_t i) {
    return rules.data_sources()[table.nodes[i].data_source].name;
  };
  for (std::size_t i = 1; i < sums.size(); ++i) {
    if (sums[i]->rows == health.rows && sums[i]->sum == sums.front()->sum) continue;
    if (!health.differing.empty()) health.differing += "; ";
    health.differing += sums[i]->rows == health.rows
                            ? name(i) + " and " + name(0) + " hold " + std::to_string(health.rows) +
                                  " rows each, but not the same"
                            : name(i) + " holds " + std::to_string(sums[i]->rows) + " rows, " +
                                  name(0) + " " + std::to_string(health.rows);
  }
  return health;
}

}  // namespace

std::string SourceHealth::round_trip() const {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.2f ms", round_trip_seconds * 1000);
  return buffer.data();
}

std::vector<SourceHealth> examine_sources(const rules::RuleSet& rules) {
  const auto sources = router::pool_sources(rules);
  std::vector<SourceHealth> result;
  std::vector<drivers::ConnectOptions> options;
  std::vector<rules::DataSourceIndex> places;
  for (std::size_t i = 0; i < rules.data_sources().size(); ++i) {
    const rules::DataSource& source = rules.data_sources()[i];
    result.push_back(named(source.name, source.write, false));
    options.push_back(sources[i].connect);
    places.resize(options.size() + source.read.size(), static_cast<rules::DataSourceIndex>(i));
    for (std::size_t r = 0; r < source.read.size(); ++r) {
      const rules::Endpoint& replica = source.read[r];
      result.push_back(named(source.name + ", replica " + std::to_string(r + 1), replica, true));
      drivers::ConnectOptions connect = sources[i].connect;
      connect.host = replica.host;
      connect.port = replica.port;
      connect.socket = replica.socket;
      connect.user = replica.user;
      connect.password = replica.password;
      connect.database = replica.database;
      connect.path = replica.path;
      options.push_back(std::move(connect));
    }
  }
  std::vector<std::jthread> threads;
  constexpr std::size_t kAtOnce = 16;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (threads.size() == kAtOnce) threads.clear();  // Waits for them.
    threads.emplace_back([&, i] {
      const bool computes = rules.compute() == places[i] && !result[i].replica;
      auto done = examine(options[i], computes, result[i]);
      if (done) return;
      result[i].comes_with_first_key =
          !result[i].replica && comes_with_first_key(rules, places[i], done.error());
      if (!result[i].comes_with_first_key) result[i].error = done.error();
    });
  }
  threads.clear();
  return result;
}

std::vector<CopiesHealth> compare_copies(const rules::RuleSet& rules) {
  std::vector<const rules::LogicalTable*> tables;
  std::vector<std::vector<Result<CopySum>>> sums;
  for (const rules::LogicalTable& table : rules.tables()) {
    if (table.kind != rules::TableKind::kBroadcast) continue;
    tables.push_back(&table);
    sums.emplace_back(table.nodes.size(), fail(ErrorCode::kUnreachable, ""));
  }
  if (tables.empty()) return {};
  // Each thread writes only the sums of its own data source.
  visit_sources(rules,
                [&](rules::DataSourceIndex source, Result<drivers::ConnectionPtr> connected) {
                  for (std::size_t t = 0; t < tables.size(); ++t) {
                    for (std::size_t n = 0; n < tables[t]->nodes.size(); ++n) {
                      const rules::Node& node = tables[t]->nodes[n];
                      if (node.data_source != source) continue;
                      sums[t][n] = connected ? sum_copy(**connected, node.table)
                                             : Result<CopySum>(fail(connected.error()));
                    }
                  }
                });
  std::vector<CopiesHealth> result;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    result.push_back(judge(rules, *tables[t], sums[t]));
  }
  return result;
}

}  // namespace pando::cli
