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
#include <string>
#include <vector>

#include "drivers/pool.h"
#include "router/core.h"
#include "rules/config.h"
#include "tests/support/mariadb_server.h"

namespace pando::router {
namespace {

constexpr int kProcesses = 8;
constexpr int kKeysEach = 500;

rules::RuleSetPtr rules_for(const std::string& url, const std::string& generator) {
  auto rules = rules::parse_config("format = 1\n[databases.main]\nwrite = \"" + url +
                                       "\"\n[tables]\nt = {at = \"main\"}\n[ids.k]\n" + generator,
                                   {});
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

}  // namespace
}  // namespace pando::router
