// SQLite files behind a fake driver that can fail, and plans over them, for tests of execution.
//
// Threads: the data sources may be used by any; the rest belongs to the test's.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "drivers/pool.h"
#include "router/execute/connections.h"
#include "router/execute/executor.h"

namespace pando::execute::testing {

using drivers::fake::Call;
using drivers::fake::Damage;

// `count` SQLite files "shop0", "shop1" ... in a folder of their own.
class Shards {
 public:
  explicit Shards(std::size_t count, std::size_t pool_size = 4)
      : fake_(drivers::driver_for(Dialect::kSqlite)) {
    std::string folder = (std::filesystem::temp_directory_path() / "pando-execute-XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    std::vector<drivers::Pool::Source> sources;
    for (std::size_t i = 0; i < count; ++i) {
      drivers::ConnectOptions connect;
      connect.dialect = Dialect::kSqlite;
      connect.name = "shop" + std::to_string(i);
      connect.path = folder_ + "/" + connect.name + ".db";
      connect.read_timeout = std::chrono::milliseconds(0);
      sources.push_back({connect, &fake_});
    }
    pool_ = std::make_unique<drivers::Pool>(std::move(sources),
                                            drivers::PoolOptions{.size = pool_size});
    connections_ = std::make_unique<PooledConnections>(*pool_, pool_size);
  }
  ~Shards() {
    pool_.reset();
    std::filesystem::remove_all(folder_);
  }
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  drivers::fake::FakeDriver& fake() { return fake_; }
  drivers::Pool& pool() { return *pool_; }
  Connections& connections() { return *connections_; }

  // Runs one statement on one shard, past the fake.
  std::vector<std::string> direct(std::size_t shard, const std::string& sql) {
    drivers::ConnectOptions connect;
    connect.dialect = Dialect::kSqlite;
    connect.name = "direct";
    connect.path = folder_ + "/shop" + std::to_string(shard) + ".db";
    auto connection = drivers::driver_for(Dialect::kSqlite).connect(connect);
    EXPECT_TRUE(connection);
    EXPECT_TRUE((*connection)->run("PRAGMA synchronous = OFF"));
    auto reply = (*connection)->run(sql);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message());
    std::vector<std::string> lines;
    if (!reply || !reply->rows) return lines;
    while (*reply->rows->next()) lines.push_back(line(reply->rows->row()));
    return lines;
  }

  std::size_t leased() const {
    std::size_t sum = 0;
    for (const auto& stats : pool_->stats()) sum += stats.in_use;
    return sum;
  }

  static std::string line(Row row) {
    std::string text;
    for (const Value& value : row) {
      if (!text.empty()) text += '|';
      switch (value.kind()) {
        case ValueKind::kNull:
          text += "NULL";
          break;
        case ValueKind::kInt:
          text += std::to_string(value.as_int());
          break;
        default:
          text += value.as_string();
      }
    }
    return text;
  }

 private:
  drivers::fake::FakeDriver fake_;
  std::string folder_;
  std::unique_ptr<drivers::Pool> pool_;
  std::unique_ptr<PooledConnections> connections_;
};

inline plan::PhysicalQuery query(std::uint32_t data_source, std::string sql) {
  plan::PhysicalQuery result;
  result.data_source = data_source;
  result.sql = std::move(sql);
  return result;
}

inline std::shared_ptr<plan::Plan> plan_of(std::vector<plan::PhysicalQuery> queries,
                                           plan::WriteKind write = plan::WriteKind::kNone) {
  auto plan = std::make_shared<plan::Plan>();
  plan->level = plan::Level::kScatter;
  plan->queries = std::move(queries);
  plan->write = write;
  return plan;
}

// What a statement came to: all rows or none.
struct Outcome {
  std::vector<std::string> rows;
  WriteResult write;
  std::optional<Error> error;
};

inline Outcome run(std::shared_ptr<const plan::Plan> plan, Connections& connections,
                   ExecuteOptions options = {.dialect = Dialect::kSqlite},
                   std::span<const Value> parameters = {}) {
  Outcome outcome;
  auto reply = execute(std::move(plan), parameters, connections, options);
  if (!reply) {
    outcome.error = reply.error();
    return outcome;
  }
  outcome.write = reply->write;
  while (reply->rows) {
    auto more = reply->rows->next();
    if (!more) outcome.error = more.error();
    if (!more || !*more) break;
    outcome.rows.push_back(Shards::line(reply->rows->row()));
  }
  return outcome;
}

inline Error broken(Call call) {
  return Error(ErrorCode::kConnectionLost, "injected")
      .with_outcome(call == Call::kReceive ? pando::Outcome::kUnknown
                                           : pando::Outcome::kNotApplied);
}

}  // namespace pando::execute::testing
