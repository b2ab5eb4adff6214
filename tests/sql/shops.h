// Three data sources with a table of accounts and a broadcast table: what the tests of transactions
// and of sessions are about.
//
// Threads: one test at a time.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "drivers/fake/fake_driver.h"
#include "pando/pando.h"
#include "router/core.h"
#include "rules/config.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {

inline constexpr int kShops = 3;

// Three data sources, and accounts in all of them: an id lives on shop(id mod 3).
class ShopsTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_tx_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    std::ostringstream toml;
    toml << "format = 1\nschema = \"shop\"\n";
    for (int i = 0; i < kShops; ++i) {
      toml << "[databases.shop" << i << "]\nwrite = \"" << place(i) << "\"\n";
    }
    toml << "[pool]\nwait_ms = 3000\nsize = 4\n[tables]\n"
            "accounts = {by = \"mod(id)\", onto = \"shop[0..2]\"}\n"
            "times = {by = \"mod(id)\", onto = \"shop[0..2]\"}\n"
            "countries = {copy = \"shop[0..2]\"}\n";
    std::ofstream(config()) << toml.str();
    database_.emplace(open(config()));
    db().execute(mysql()
                     ? "CREATE TABLE accounts (id BIGINT NOT NULL PRIMARY KEY, n INT NOT NULL)"
                     : "CREATE TABLE accounts (id INTEGER NOT NULL PRIMARY KEY, n INT NOT NULL)");
    db().execute("CREATE TABLE countries (code VARCHAR(2) NOT NULL PRIMARY KEY, n INT)");
    db().execute("INSERT INTO accounts (id, n) VALUES (0, 10), (1, 11), (2, 12), (3, 13), (4, 14)");
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string place(int shop) {
    if (!mysql()) return "sqlite:shop" + std::to_string(shop) + ".db";
    MariaDbServer& server = shared_mariadb(static_cast<std::size_t>(shop % 2));
    databases_.push_back(std::make_unique<TestDatabase>(server));
    return "mysql://" + server.user() + ":" + server.password() + "@" + server.host() + ":" +
           std::to_string(server.port()) + "/" + databases_.back()->name();
  }

  bool mysql() const { return GetParam() == Dialect::kMySql; }
  Database& db() { return *database_; }
  std::string config() const { return (directory_ / "pando.toml").string(); }

  // A core whose data sources can be made to fail.
  std::shared_ptr<router::Core> faulty(drivers::fake::FakeDriver& fake) {
    rules::ConfigOptions options;
    options.directory = directory_.string();
    auto rules = rules::load_config(config(), std::move(options));
    if (!rules) throw std::move(rules).error();
    return std::make_shared<router::Core>(*std::move(rules),
                                          std::vector<drivers::Driver*>(kShops, &fake));
  }

  // "0:10 1:11 ..." as another connection sees it.
  std::string accounts() { return accounts_in(db()); }
  template <typename Handle>
  std::string accounts_in(Handle& handle) {
    std::string text;
    for (const auto& [id, n] : handle.template query<std::tuple<std::int64_t, std::int64_t>>(
             "SELECT id, n FROM accounts ORDER BY id")) {
      text += (text.empty() ? "" : " ") + std::to_string(id) + ":" + std::to_string(n);
    }
    return text;
  }

  template <typename Function>
  static std::optional<ErrorCode> code_of(Function function) {
    try {
      function();
    } catch (const Error& error) {
      return error.code();
    }
    return std::nullopt;
  }

  std::filesystem::path directory_;
  std::vector<std::unique_ptr<TestDatabase>> databases_;
  std::optional<Database> database_;
};

}  // namespace pando::test
