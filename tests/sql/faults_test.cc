// Bad input and full, read-only or lost storage, through real data sources: each gives a coded
// error, nothing is lost, no answer is partial, and no message holds a value or a password.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "pando/pando.h"
#include "router/core.h"
#include "rules/config.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "q9x-marker-x9q";

class FaultsTest : public testing::TestWithParam<Dialect> {
 protected:
  static constexpr std::size_t kShops = 2;

  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "pando_faults_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    ::chmod(pattern.c_str(), 0755);
    std::ostringstream toml;
    toml << "format = 1\n";
    for (std::size_t i = 0; i < kShops; ++i) {
      toml << "[databases.shop" << i << "]\nwrite = \"" << place(i) << "\"\n";
    }
    toml << "[tables]\n"
            "t = {by = \"mod(id)\", onto = \"shop[0..1]\"}\n"
            "child = {with = \"t\", key = \"id\", onto = \"shop[0..1]\"}\n"
            "names = {by = \"hash(name)\", type = \"text\", collation = \""
         << (mysql() ? "utf8mb4_bin" : "BINARY")
         << "\", onto = \"shop[0..1]\"}\n"
            "listed = {by = \"list(id)\", onto = \"shop[0..1]\", lists = [[1, 2], [3]]}\n"
            "monthly = {by = \"month(day)\", from = \"2026-01\", until = \"2026-03\", onto = "
            "\"shop0.monthly_{yyyyMM}\"}\n"
            "copied = {copy = \"shop[0..1]\"}\n";
    std::ofstream(config()) << toml.str();
    database_.emplace(open(config()));
    db().execute(mysql() ? "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n INT NOT NULL, "
                           "s LONGTEXT, u VARCHAR(50) UNIQUE, CHECK (n < 1000))"
                         : "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, n INT NOT NULL, "
                           "s TEXT, u TEXT UNIQUE, CHECK (n < 1000))");
    db().execute("INSERT INTO t (id, n, s, u) VALUES (0, 10, 'a', 'x'), (1, 11, 'b', 'y')");
  }
  void TearDown() override {
    database_.reset();
    fs::remove_all(directory_);
  }

  std::string place(std::size_t shop) {
    if (!mysql()) return "sqlite:shop" + std::to_string(shop) + ".db";
    MariaDbServer& server = shared_mariadb(shop);
    databases_.push_back(std::make_unique<TestDatabase>(server));
    return "mysql://" + server.user() + ":" + server.password() + "@" + server.host() + ":" +
           std::to_string(server.port()) + "/" + databases_.back()->name();
  }
  std::string config() const { return (directory_ / "pando.toml").string(); }
  bool mysql() const { return GetParam() == Dialect::kMySql; }
  Database& db() { return *database_; }

  std::shared_ptr<router::Core> core(const std::string& file = "pando.toml") {
    rules::ConfigOptions options;
    options.directory = directory_.string();
    auto rules = rules::load_config((directory_ / file).string(), std::move(options));
    if (!rules) throw std::move(rules).error();
    return std::make_shared<router::Core>(*std::move(rules));
  }

  // All rows read to their end, or the error.
  static std::optional<Error> error_of(Result<Reply> reply) {
    if (!reply) return reply.error();
    while (reply->rows) {
      auto more = reply->rows->next();
      if (!more) return more.error();
      if (!*more) break;
    }
    return std::nullopt;
  }

  // "0:10 1:11"
  std::string rows() {
    std::string text;
    for (const auto& [id, n] :
         db().query<std::tuple<std::int64_t, std::int64_t>>("SELECT id, n FROM t ORDER BY id")) {
      text += (text.empty() ? "" : " ") + std::to_string(id) + ":" + std::to_string(n);
    }
    return text;
  }

  fs::path directory_;
  std::vector<std::unique_ptr<TestDatabase>> databases_;
  std::optional<Database> database_;
};

TEST_P(FaultsTest, SeventyThousandParametersAreRunOrRefusedAsAWhole) {
  constexpr std::int64_t kRows = 35000;
  const auto shop = core();
  std::string sql = "INSERT INTO t (id, n) VALUES ";
  std::vector<Value> values;
  for (std::int64_t i = 0; i < kRows; ++i) {
    sql += i == 0 ? "(?, ?)" : ", (?, ?)";
    values.push_back(Value::of_int(i + 100));
    values.push_back(Value::of_int(1));
  }
  const auto error = error_of(shop->run(sql, values));
  EXPECT_FALSE(error) << error->message() << error->native_message();
  // 70,000 in one list of a read; each is asked of the shard that has it, or of all.
  std::string read = "SELECT id FROM t WHERE n = 1 AND id IN (";
  values.clear();
  for (std::int64_t i = 0; i < 70000; ++i) {
    read += i == 0 ? "?" : ", ?";
    values.push_back(Value::of_int(i + 100));
  }
  auto reply = shop->run(read + ")", values);
  if (!reply) {  // SQLite has a limit of its own.
    EXPECT_FALSE(mysql());
    EXPECT_EQ(reply.error().category(), ErrorCategory::kDatabase) << reply.error().message();
  } else {
    std::int64_t count = 0;
    while (true) {
      auto more = reply->rows->next();
      ASSERT_TRUE(more) << more.error().message() << more.error().native_message();
      if (!*more) break;
      ++count;
    }
    EXPECT_EQ(count, kRows);
  }
  EXPECT_FALSE(error_of(shop->run("DELETE FROM t WHERE n = 1", {})));
  EXPECT_EQ(rows(), "0:10 1:11");
}

TEST_P(FaultsTest, AStatementOf64MegabytesIsRunAndALongerOneRefused) {
  constexpr std::size_t kLimit = 64u << 20;
  const std::string head = "INSERT INTO t (id, n, s) VALUES (5, 1, '", tail = "')";
  const auto text = [&](std::size_t bytes) {
    return head + std::string(bytes - head.size() - tail.size(), 'x') + tail;
  };
  auto done = db().try_execute(text(kLimit));
  ASSERT_TRUE(done) << done.error().message() << done.error().native_message();
  EXPECT_EQ(
      std::get<0>(
          *db().query<std::tuple<std::int64_t>>("SELECT LENGTH(s) FROM t WHERE id = 5").begin()),
      static_cast<std::int64_t>(kLimit - head.size() - tail.size()));
  done = db().try_execute("DELETE FROM t WHERE id = 5");
  ASSERT_TRUE(done);
  done = db().try_execute(text(kLimit + 1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kStatementTooLong) << done.error().message();
  EXPECT_LT(done.error().message().size(), 1000u) << "the statement is in its message";
  EXPECT_EQ(rows(), "0:10 1:11");
}

TEST_P(FaultsTest, BytesThatAreNoTextAreRefusedInTheStatementAndKeptInParameters) {
  for (const std::string& bad : {std::string("\0", 1), std::string("\xff"), std::string("\xc0\x80"),
                                 std::string("\xed\xa0\x80"), std::string("\xf5\x80\x80\x80")}) {
    for (const std::string& sql : {"UPDATE t SET n = 0 " + bad, "UPDATE t SET `n" + bad + "` = 0",
                                   bad + "UPDATE t SET n = 0"}) {
      const auto done = db().try_execute(sql);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().category(), ErrorCategory::kSyntax) << done.error().message();
    }
  }
  EXPECT_EQ(rows(), "0:10 1:11");
  // A NUL inside of a text.
  const std::string text("a\0b", 3);
  db().execute("UPDATE t SET s = ? WHERE id = 1", text);
  EXPECT_EQ(
      std::get<0>(*db().query<std::tuple<std::string>>("SELECT s FROM t WHERE id = 1").begin()),
      text);
}

TEST_P(FaultsTest, AFullDiskEndsTheWriteOnEveryShard) {
  if (mysql()) {
    // The server's own space, all of it in one file that may not grow.
    auto server = MariaDbServer::start(
        {"--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M"});
    TestDatabase living, dying(*server);
    const auto url = [](MariaDbServer& at, const std::string& name) {
      return "\"mysql://" + at.user() + ":" + at.password() +
             "@127.0.0.1:" + std::to_string(at.port()) + "/" + name + "\"\n";
    };
    std::ofstream(directory_ / "full.toml")
        << "format = 1\n[databases.shop0]\nwrite = " << url(shared_mariadb(), living.name())
        << "[databases.shop1]\nwrite = " << url(*server, dying.name())
        << "[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1]\"}\n";
    const auto shop = core("full.toml");
    ASSERT_FALSE(error_of(shop->run("CREATE TABLE t (id BIGINT PRIMARY KEY, s LONGTEXT)", {})));
    const std::string text(1u << 20, 'x');
    std::optional<Error> error;
    std::int64_t written = 0;
    for (; !error && written < 100; written += 2) {
      const std::vector<Value> values = {Value::of_int(written), Value::of_text(text),
                                         Value::of_int(written + 1), Value::of_text(text)};
      error = error_of(shop->run("INSERT INTO t (id, s) VALUES (?, ?), (?, ?)", values));
    }
    ASSERT_TRUE(error) << "the disk was never full";
    EXPECT_EQ(error->code(), ErrorCode::kStorageFull) << error->message();
    EXPECT_EQ(error->data_source(), "shop1");
    EXPECT_EQ(error->outcome(), pando::Outcome::kNotApplied);
    auto count = shop->run("SELECT COUNT(*) FROM t", {});
    ASSERT_TRUE(count);
    ASSERT_TRUE(*count->rows->next());
    EXPECT_EQ(count->rows->row()[0].as_int(), written - 2) << "half of a write is there";
    return;
  }
  // A file that may not grow: a disk of its own for one of two is not to be had everywhere.
  const auto shop = core();
  ASSERT_FALSE(error_of(shop->run("SELECT COUNT(*) FROM t", {})));
  {
    auto lease = shop->pool().acquire(1);
    ASSERT_TRUE(lease);
    ASSERT_TRUE((*lease)->run("PRAGMA max_page_count = 20"));
  }
  const std::string text(1u << 20, 'x');
  const std::vector<Value> values = {Value::of_text(text)};
  const auto error =
      error_of(shop->run("INSERT INTO t (id, n, s) VALUES (2, 1, 'a'), (3, 1, ?)", values));
  ASSERT_TRUE(error) << "the file was never full";
  EXPECT_EQ(error->code(), ErrorCode::kStorageFull) << error->message();
  EXPECT_EQ(error->data_source(), "shop1");
  EXPECT_EQ(rows(), "0:10 1:11");
}

// root may write everywhere, so a test that runs as root stops being it for a while.
class Unprivileged {
 public:
  Unprivileged() {
    if (::geteuid() == 0) was_root_ = ::seteuid(65534) == 0;
  }
  ~Unprivileged() {
    if (was_root_ && ::seteuid(0) != 0) ::_exit(1);
  }

 private:
  bool was_root_ = false;
};

TEST_P(FaultsTest, AReadOnlyFileIsReadAndNotWritten) {
  if (mysql()) GTEST_SKIP() << "SQLite only";
  database_.reset();
  ::chmod((directory_ / "shop1.db").c_str(), 0444);
  ::chmod((directory_ / "shop0.db").c_str(), 0666);
  ::chmod(directory_.c_str(), 0777);
  {
    const Unprivileged nobody;
    const auto shop = core();
    EXPECT_FALSE(error_of(shop->run("SELECT COUNT(*) FROM t", {})));
    for (const char* sql : {"UPDATE t SET n = 5", "INSERT INTO t (id, n) VALUES (2, 1), (3, 1)",
                            "DELETE FROM t", "DROP TABLE t"}) {
      const auto error = error_of(shop->run(sql, {}));
      ASSERT_TRUE(error) << sql;
      const bool ddl = std::string_view(sql).starts_with("DROP");
      EXPECT_EQ(error->code(), ddl ? ErrorCode::kPartialDdl : ErrorCode::kReadOnly)
          << sql << ": " << error->message();
      EXPECT_NE(error->message().find("shop1: the database is read-only"), std::string::npos)
          << error->message();
      if (!ddl) {
        auto count = shop->run("SELECT SUM(n), COUNT(*) FROM t", {});
        ASSERT_TRUE(count);
        ASSERT_TRUE(*count->rows->next());
        EXPECT_EQ(count->rows->row()[0].as_int(), 21) << "a half of the write is there: " << sql;
        EXPECT_EQ(count->rows->row()[1].as_int(), 2) << sql;
      }
    }
  }
}

// Parameters with the marker in them, in as many statements that fail as there are kinds of error.
TEST_P(FaultsTest, NoMessageHoldsAParametersValue) {
  const auto shop = core();
  const Value marker = Value::of_text(kMarker);
  const Value bytes = Value::of_bytes(kMarker);
  const Value one = Value::of_int(1);
  for (const char* sql : {"CREATE TABLE child (id INTEGER NOT NULL, m VARCHAR(50))",
                          "CREATE TABLE listed (id INTEGER PRIMARY KEY, s VARCHAR(50))",
                          "CREATE TABLE copied (id INTEGER PRIMARY KEY, s VARCHAR(50))"}) {
    ASSERT_FALSE(error_of(shop->run(sql, {}))) << sql;
  }
  ASSERT_FALSE(error_of(
      shop->run("INSERT INTO t (id, n, u) VALUES (10, 1, ?)", std::vector<Value>{marker})));
  struct Case {
    const char* sql;
    std::vector<Value> values;
    bool fails = true;
  };
  const std::vector<Case> cases = {
      {"INSERT INTO t (id, n, u) VALUES (12, 1, ?)", {marker}},
      {"INSERT INTO t (id, n, u) VALUES (12, 1, ?), (13, 1, ?)", {marker, marker}},
      {"UPDATE t SET u = ?", {marker}},
      {"INSERT INTO t (id, n) VALUES (?, 1)", {marker}},
      {"INSERT INTO t (id, n) VALUES (?, 1)", {bytes}},
      {"INSERT INTO t (id, n) VALUES (2, ?)", {marker}, mysql()},
      {"INSERT INTO t (id, n) VALUES (2, ?), (3, ?)", {marker, marker}, mysql()},
      {"INSERT INTO t (id, n, s) VALUES (2, NULL, ?)", {marker}},
      {"INSERT INTO t (id, n, s) VALUES (2, 2000, ?)", {marker}},
      {"INSERT INTO t (id, n, nowhere) VALUES (2, 1, ?)", {marker}},
      {"INSERT INTO t (n, s) VALUES (1, ?)", {marker}},
      {"INSERT INTO listed (id, s) VALUES (99, ?)", {marker}},
      {"INSERT INTO listed (id, s) VALUES (?, 'a')", {marker}},
      {"INSERT INTO monthly (day) VALUES (?)", {marker}},
      {"INSERT INTO monthly (day, s) VALUES ('2031-01-01', ?)", {marker}},
      {"UPDATE t SET id = ? WHERE id = 1", {marker}},
      {"UPDATE t SET n = ? WHERE id = 1", {marker}, mysql()},
      {"UPDATE t SET n = n + 1 WHERE u = ? LIMIT 1", {marker}},
      {"SELECT * FROM t WHERE id = ?", {marker}, false},
      {"SELECT * FROM t WHERE u = ? AND nowhere = 1", {marker}},
      {"SELECT * FROM nowhere WHERE u = ?", {marker}},
      {"SELECT COUNT(DISTINCT n) FROM t WHERE u <> ?", {marker}, mysql()},
      {"SELECT * FROM t WHERE u = ? LIMIT ?", {marker, marker}},
      {"SELECT * FROM t ORDER BY id LIMIT ?", {marker}},
      {"SELECT * FROM t WHERE u = ?", {marker, marker}},
      {"SELECT * FROM t WHERE u = ? AND", {marker}},
      {"SELECT * FROM t WHERE u = ?; SELECT 2", {marker}},
      {"SELECT * FROM t JOIN child ON t.n = child.id WHERE m = ?", {marker}, mysql()},
      {"SELECT * FROM t WHERE n IN (SELECT id FROM child WHERE m = ?)", {marker}, mysql()},
      {"SELECT no_such_function(?) FROM t", {marker}},
      {"SELECT ABS(-9223372036854775807 - 1) FROM t WHERE u = ?", {marker}, !mysql()},
      {"UPDATE copied SET s = RAND() + ? WHERE id = 1", {marker}},
      {"CREATE TABLE copied (s VARCHAR(?))", {one}},
      {"SELECT /*+ pando: shard=9 */ * FROM t WHERE u = ?", {marker}},
      {"SELECT /*+ pando: nonsense */ * FROM t WHERE u = ?", {marker}},
      {"CALL nowhere(?)", {marker}},
      {"SET @a = ?", {marker}, false},
  };
  std::size_t failed = 0;
  for (const Case& one_case : cases) {
    const auto error = error_of(shop->run(one_case.sql, one_case.values));
    if (!error) {
      EXPECT_FALSE(one_case.fails) << one_case.sql;
      continue;
    }
    ++failed;
    for (const std::string& text :
         {error->message(), error->remedy(), std::string(error->what())}) {
      EXPECT_EQ(text.find(kMarker), std::string::npos) << one_case.sql << "\n" << text;
      EXPECT_EQ(text.find("71397"), std::string::npos) << "in hexadecimal: " << text;
    }
  }
  EXPECT_GE(failed, 28u) << "a sweep that provokes too little";
}

INSTANTIATE_TEST_SUITE_P(Dialects, FaultsTest, testing::Values(Dialect::kMySql, Dialect::kSqlite),
                         [](const auto& each) {
                           return each.param == Dialect::kMySql ? "MariaDb" : "Sqlite";
                         });

}  // namespace
}  // namespace pando::test
