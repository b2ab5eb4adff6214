// Key generators on real tables: many processes at once never get the same key.

#include "router/id_source.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/pool.h"
#include "router/data_sources.h"
#include "rules/config.h"
#include "tests/support/mariadb_server.h"

namespace pando::router {
namespace {

constexpr int kProcesses = 8;
constexpr int kKeysEach = 500;

rules::RuleSetPtr rules_for(const std::string& url, const std::string& generator) {
  auto rules = rules::parse_config(
      "format = 1\n[databases.main]\nwrite = \"" + url + "\"\n[tables]\n[ids.k]\n" + generator, {});
  if (!rules) throw std::move(rules).error();
  return *rules;
}

// What a process of its own does: takes keys and writes them to a pipe.
int take_keys(const std::string& url, const std::string& generator, int pipe) {
  const auto rules = rules_for(url, generator);
  drivers::Pool pool(pool_sources(*rules), {});
  IdSource ids(*rules, pool);
  for (int i = 0; i < kKeysEach; ++i) {
    auto key = ids.next("k");
    if (!key) {
      std::fprintf(stderr, "%s %s\n", key.error().what(), key.error().native_message().c_str());
      return 1;
    }
    if (write(pipe, &key->number, sizeof key->number) != sizeof key->number) return 2;
  }
  return 0;
}

std::vector<std::int64_t> keys_of_processes(const std::string& url, const std::string& generator) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      int status = 3;
      try {
        status = take_keys(url, generator, ends[1]);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      _exit(status);
    }
    children.push_back(child);
  }
  close(ends[1]);
  std::vector<std::int64_t> keys;
  std::int64_t key = 0;
  while (read(ends[0], &key, sizeof key) == sizeof key) keys.push_back(key);
  close(ends[0]);
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
  return keys;
}

void expect_distinct(std::vector<std::int64_t> keys) {
  EXPECT_EQ(keys.size(), static_cast<std::size_t>(kProcesses * kKeysEach));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_TRUE(keys.empty() || keys.front() > 0);
}

TEST(IdSourceTest, ProcessesTakeDifferentSegmentsFromOneSqliteFile) {
  std::string directory = (std::filesystem::temp_directory_path() / "pando_ids_XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  expect_distinct(keys_of_processes("sqlite:" + directory + "/ids.db",
                                    "segment = {database = \"main\", step = 20}\n"));
  std::filesystem::remove_all(directory);
}

TEST(IdSourceTest, ProcessesTakeDifferentSegmentsFromOneMariaDbTable) {
  test::TestDatabase database;
  const auto options = database.options();
  expect_distinct(keys_of_processes("mysql://" + options.user + ":" + options.password + "@" +
                                        options.host + ":" + std::to_string(options.port) + "/" +
                                        options.database,
                                    "segment = {database = \"main\", step = 20}\n"));
}

// Two data sources with two physical tables, of which the last does not exist.
class FirstKeyTest : public ::testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    if (GetParam() == Dialect::kSqlite) {
      directory_ = (std::filesystem::temp_directory_path() / "pando_ids_XXXXXX").string();
      ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    } else {
      for (auto& database : databases_) database = std::make_unique<test::TestDatabase>();
    }
  }
  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  std::string url(int i) const {
    if (!databases_[0]) return "sqlite:" + directory_ + "/" + std::to_string(i) + ".db";
    const auto options = databases_[i]->options();
    return "mysql://" + options.user + ":" + options.password + "@" + options.host + ":" +
           std::to_string(options.port) + "/" + options.database;
  }

  // Opens the rules anew, as another process would, passes a key that a row brings if it is given,
  // and takes one.
  Result<std::int64_t> first_key(const std::string& generator, const std::string& column,
                                 std::optional<std::int64_t> given = std::nullopt) {
    auto rules = rules::parse_config(
        "format = 1\n[databases.a]\nwrite = \"" + url(0) + "\"\n[databases.b]\nwrite = \"" +
            url(1) + "\"\n[databases.c]\nwrite = \"" + url(2) +
            "\"\n[tables]\nt = {by = \"mod(k)\", onto = \"[a,b].t_[0..1]\", fill = {" + column +
            " = \"k\"}}\n[ids.k]\nsegment = {database = \"c\", step = 10" + generator + "}\n",
        {});
    if (!rules) return fail(std::move(rules).error());
    drivers::Pool pool(pool_sources(**rules), {});
    for (const auto& [source, sql] : before_) {
      PANDO_TRY(pool.make_database(source));
      PANDO_ASSIGN(drivers::Lease lease, pool.acquire(source));
      PANDO_TRY(lease->run(sql));
    }
    before_.clear();
    IdSource ids(**rules, pool);
    if (given) PANDO_TRY(ids.pass("k", *given));
    PANDO_ASSIGN(const OwnedValue key, ids.next("k"));
    return key.number;
  }

  // What is run before the next key is taken.
  std::vector<std::pair<rules::DataSourceIndex, std::string>> before_;

 private:
  std::string directory_;
  std::unique_ptr<test::TestDatabase> databases_[3];
};

TEST_P(FirstKeyTest, IsBehindWhatTheColumnHoldsInAnyShard) {
  before_ = {{0, "CREATE TABLE t_0 (k INT, id BIGINT)"},
             {0, "INSERT INTO t_0 VALUES (1, 7)"},
             {0, "CREATE TABLE t_1 (k INT, id BIGINT)"},
             {1, "CREATE TABLE t_0 (k INT, id BIGINT)"},
             {1, "INSERT INTO t_0 VALUES (2, 4000), (2, NULL)"}};
  EXPECT_EQ(first_key("", "id").value(), 4001);
  // From then on the generator's own row counts.
  before_ = {{1, "INSERT INTO t_0 VALUES (2, 900000)"}};
  EXPECT_EQ(first_key("", "id").value(), 4011);
}

TEST_P(FirstKeyTest, IsBehindAKeyThatARowBringsFirst) {
  before_ = {{0, "CREATE TABLE t_0 (k INT, id BIGINT)"},
             {0, "INSERT INTO t_0 VALUES (1, 7)"},
             {1, "CREATE TABLE t_0 (k INT, id BIGINT)"}};
  const auto first = first_key("", "id", 100);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(*first, 101);
  EXPECT_EQ(first_key("", "id", 50).value(), 111);
  EXPECT_EQ(first_key("", "id", 500).value(), 501);
}

TEST_P(FirstKeyTest, IsTheOneThatTheRulesSay) {
  before_ = {{0, "CREATE TABLE t_0 (k INT, id BIGINT)"}, {0, "INSERT INTO t_0 VALUES (1, 7)"}};
  EXPECT_EQ(first_key(", start = 500", "id").value(), 500);
  EXPECT_EQ(first_key(", start = 500", "id").value(), 510);
}

TEST_P(FirstKeyTest, IsRefusedWhereTheColumnHoldsNoIntegers) {
  before_ = {{0, "CREATE TABLE t_0 (k INT, id VARCHAR(9))"},
             {0, "INSERT INTO t_0 VALUES (1, 'x7')"},
             {1, "CREATE TABLE t_1 (k INT, id BIGINT)"}};
  const auto key = first_key("", "id");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code(), ErrorCode::kIdGenerator);
  EXPECT_EQ(first_key(", start = 1", "id").value(), 1);
}

INSTANTIATE_TEST_SUITE_P(Dialects, FirstKeyTest,
                         ::testing::Values(Dialect::kMySql, Dialect::kSqlite),
                         [](const auto& test) {
                           return test.param == Dialect::kMySql ? "MariaDb" : "Sqlite";
                         });

}  // namespace
}  // namespace pando::router
