// Ordered answers from forty tables of one data source over a pool of four connections, or over the
// one connection of a transaction: far more than limits.merge_bytes, and never held in memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "pando/pando.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

constexpr int kTables = 40;
constexpr int kRows = 20000;   // Of all tables.
constexpr int kFiller = 2000;  // Bytes of a row: 40 MB in all.
constexpr std::int64_t kMb = 1 << 20;

using IdAndFiller = std::tuple<std::int64_t, std::string>;
using Number = std::tuple<std::int64_t>;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PANDO_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PANDO_SANITIZED
#endif

// Memory of this process. The sanitizers keep what was freed; nothing is learned from it there.
std::int64_t resident_bytes() {
#ifdef PANDO_SANITIZED
  return 0;
#else
  std::ifstream statm("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * 4096;
#endif
}

// The forty tables with their rows.
class Tables {
 public:
  Tables(Dialect dialect, MariaDbServer* server) : dialect_(dialect) {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_many_XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::string url = "sqlite:many.db";
    if (server != nullptr) {
      database_ = std::make_unique<TestDatabase>(*server);
      url = "mysql://" + server->user() + ":" + server->password() + "@" + server->host() + ":" +
            std::to_string(server->port()) + "/" + database_->name();
    }
    const std::string config = (folder_ / "pando.toml").string();
    std::ofstream(config) << "format = 1\n"
                          << (server == nullptr ? "server = \"sqlite-3.40\"\n" : "")
                          << "[pool]\nsize = 4\n[limits]\nmerge_bytes = 1048576\n"
                          << "[databases.shop]\nwrite = \"" << url << "\"\n"
                          << "[tables]\nt = {by = \"mod(id)\", onto = \"shop.t_[00..39]\"}\n";
    db_.emplace(open(config));
    db_->execute("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, grp INT, filler TEXT)");
    const std::string filler = server == nullptr ? "hex(zeroblob(1000))" : "REPEAT('x', 2000)";
    for (int block = 0; block < kRows; block += 2000) {
      std::string sql = "INSERT INTO t (id, grp, filler) VALUES ";
      for (int id = block; id < block + 2000; ++id) {
        sql += (id == block ? "(" : ", (") + std::to_string(id) + ", " + std::to_string(id % 7) +
               ", " + filler + ")";
      }
      db_->execute(sql);
    }
  }
  ~Tables() {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  Database& db() { return *db_; }
  const TestDatabase& database() const { return *database_; }

  // SQLite sorts within the process, unless an index has the order.
  const char* ordered() const {
    return dialect_ == Dialect::kSqlite ? "SELECT id, filler FROM t ORDER BY id"
                                        : "SELECT id, filler FROM t ORDER BY grp DESC, id";
  }
  // True if `id` comes after `last` in that order.
  bool follows(std::int64_t last, std::int64_t id) const {
    if (dialect_ == Dialect::kSqlite || last % 7 == id % 7) return last < id;
    return last % 7 > id % 7;
  }

 private:
  Dialect dialect_;
  std::filesystem::path folder_;
  std::unique_ptr<TestDatabase> database_;
  std::optional<Database> db_;
};

// Every test leaves the rows as they were.
class ManyTablesTest : public testing::TestWithParam<Dialect> {
 protected:
  static void TearDownTestSuite() {
    for (auto& one : shared_) one.reset();
  }
  bool is_mysql() const { return GetParam() == Dialect::kMySql; }
  Tables& tables() {
    auto& one = shared_.at(is_mysql() ? 0 : 1);
    if (!one) one = std::make_unique<Tables>(GetParam(), is_mysql() ? &shared_mariadb() : nullptr);
    return *one;
  }
  Database& db() { return tables().db(); }

  // Reads the whole answer: every row, in its place, and none kept.
  template <typename From>
  void read_all(From& from) {
    const std::int64_t before = resident_bytes();
    std::int64_t most = before;
    std::int64_t last = -1;
    int count = 0;
    for (const auto& [id, filler] : from.template query<IdAndFiller>(tables().ordered())) {
      ASSERT_TRUE(last < 0 || tables().follows(last, id)) << last << " and then " << id;
      ASSERT_EQ(filler.size(), static_cast<std::size_t>(kFiller));
      last = id;
      if (++count % 1000 == 0) most = std::max(most, resident_bytes());
    }
    EXPECT_EQ(count, kRows);
    EXPECT_LT(most - before, 16 * kMb) << before / kMb << " MB, and later " << most / kMb;
  }

  template <typename From>
  static std::int64_t first_id(From& from, const char* sql) {
    return std::get<0>(from.template query<IdAndFiller>(sql).first().value());
  }

 private:
  static inline std::array<std::unique_ptr<Tables>, 2> shared_;
};

TEST_P(ManyTablesTest, AreReadInOrderInConstantMemory) {
  read_all(db());
  read_all(db());
}

TEST_P(ManyTablesTest, AreReadInOrderWithinATransactionThatSeesItsOwnWrites) {
  Session session = db().session();
  session.execute("BEGIN");
  session.execute("DELETE FROM t WHERE id = 3");
  session.execute("INSERT INTO t (id, grp, filler) VALUES (3, 3, ?)", std::string(kFiller, 'y'));
  read_all(session);
  EXPECT_TRUE(session.in_transaction());
  session.execute("DELETE FROM t WHERE id >= 5");
  EXPECT_EQ(std::get<0>(session.query<Number>("SELECT COUNT(*) FROM t").first().value()), 5);
  session.execute("ROLLBACK");
  session.execute("BEGIN");
  read_all(session);
}

TEST_P(ManyTablesTest, AnAnswerLeftHalfWayLeavesTheSessionAndThePoolAsTheyWere) {
  Session session = db().session();
  const std::int64_t first = first_id(db(), tables().ordered());
  session.execute("BEGIN");
  session.execute("DELETE FROM t WHERE id = " + std::to_string(first));
  for (int round = 0; round < 5; ++round) {
    std::size_t count = 0;
    for (const auto& [id, filler] : session.query<IdAndFiller>(tables().ordered())) {
      ASSERT_NE(id, first);
      if (++count == 1000) break;
    }
    count = 0;
    for (const auto& [id, filler] : db().query<IdAndFiller>(tables().ordered())) {
      ASSERT_TRUE(count > 0 || id == first);
      if (++count == 1000) break;
    }
  }
  EXPECT_TRUE(session.in_transaction());
  session.execute("ROLLBACK");
  EXPECT_EQ(first_id(session, tables().ordered()), first);
  if (!is_mysql()) return;
  auto connection = drivers::driver_for(Dialect::kMySql).connect(tables().database().options());
  ASSERT_TRUE(connection);
  std::int64_t open = kTables;
  for (int i = 0; i < 500 && open >= kTables; ++i) {  // Closing has no answer: it may come later.
    auto reply = (*connection)->run("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'");
    ASSERT_TRUE(reply && *reply->rows->next());
    open = std::stoll(std::string(reply->rows->row()[1].as_string()));
  }
  EXPECT_LT(open, kTables) << "only those that connections keep for the next time";
}

TEST_P(ManyTablesTest, AnotherStatementMustWaitForTheRowsOfTheSession) {
  if (!is_mysql()) GTEST_SKIP() << "SQLite lets statements run side by side";
  Session session = db().session();
  session.execute("BEGIN");
  auto rows = session.query<IdAndFiller>(tables().ordered());
  ASSERT_TRUE(rows.next());
  auto other = session.try_query("SELECT id FROM t WHERE id = 5");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kTransactionState);
  while (rows.next()) {
  }
  EXPECT_TRUE(session.try_query("SELECT id FROM t WHERE id = 5"));
}

TEST_P(ManyTablesTest, ALimitAndADistinctionAreMergedOverThemAll) {
  const auto ids = [](auto& from, const char* sql) {
    std::string text;
    for (const auto& [id] : from.template query<std::tuple<std::int64_t>>(sql)) {
      text += (text.empty() ? "" : " ") + std::to_string(id);
    }
    return text;
  };
  Session session = db().session();
  session.execute("BEGIN");
  for (const char* sql : {"SELECT id FROM t ORDER BY id LIMIT 3 OFFSET 39",
                          "SELECT id FROM t ORDER BY id LIMIT 39, 3"}) {
    EXPECT_EQ(ids(db(), sql), "39 40 41");
    EXPECT_EQ(ids(session, sql), "39 40 41");
  }
  EXPECT_EQ(ids(session, "SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 15000"), "15000 15001");
  EXPECT_EQ(ids(session, "SELECT DISTINCT grp FROM t ORDER BY grp"), "0 1 2 3 4 5 6");
  EXPECT_EQ(ids(session, "SELECT COUNT(*) FROM t GROUP BY grp ORDER BY grp LIMIT 2"), "2858 2857");
}

TEST(ManyTablesFaultTest, TheServersDeathIsAnErrorAndNotAnEnd) {
  for (const bool transaction : {false, true}) {
    auto server = MariaDbServer::start();
    Tables tables(Dialect::kMySql, server.get());
    Session session = tables.db().session();
    if (transaction) session.execute("BEGIN");
    int count = 0;
    std::optional<Error> error;
    try {
      for (const auto& row : session.query<IdAndFiller>(tables.ordered())) {
        (void)row;
        if (++count == 100) server->kill();
      }
    } catch (const Error& caught) {
      error = caught;
    }
    ASSERT_TRUE(error) << "an answer of " << count << " rows, as if it were whole";
    EXPECT_EQ(error->code(), ErrorCode::kConnectionLost) << error->message();
    EXPECT_EQ(error->data_source(), "shop");
    server->restart();
    if (transaction) session.execute("ROLLBACK");
    // One failure tells the pool that its other idle connections may be dead, too.
    EXPECT_TRUE(tables.db().try_query("SELECT 1") || tables.db().try_query("SELECT 1"));
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, ManyTablesTest,
                         testing::Values(Dialect::kMySql, Dialect::kSqlite),
                         [](const auto& dialect) {
                           return std::string(dialect.param == Dialect::kMySql ? "MySql"
                                                                               : "Sqlite");
                         });

}  // namespace
}  // namespace pando::test
