// Runs the case files against SQLite and MariaDB, with one unsharded database as the oracle.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sql/differential.h"

namespace pando::test {
namespace {

// Every kind of table and function the cases use. Two physical tables per database and family, so
// that shards of one data source are told apart as well.
constexpr const char* kRules = R"toml(
[defaults]
single = "main"
[tables]
users    = {by = "hash(id)", slots = 64, onto = "shop[0..3].users_[0..1]"}
orders   = {with = "users", key = "user_id", onto = "shop[0..3].orders_[0..1]"}
items    = {with = "users", key = "user_id", onto = "shop[0..3].items_[0..1]"}
accounts = {by = "hash(name)", type = "text", collation = "@BINARY@", onto = "shop[0..3]"}
numbers  = {by = "mod(n)", onto = "shop[0..3].numbers_[0..1]"}
scores   = {by = "range(points)", ranges = ["..0", "0..100", "100..1000", "1000.."], onto = "shop[0..3]"}
tickets  = {by = "list(zone)", lists = [[1, 2], [3], [4, 5, 6], [7]], onto = "shop[0..3]"}
events   = {database_by = "mod(user_id)", table_by = "month(at)", from = "2024-01", until = "2024-06", onto = "shop[0..3].events_{yyyyMM}"}
regions  = {copy = "shop[0..3]"}
coupons  = {at = "main"}
)toml";

std::string rules_for(Dialect dialect) {
  std::string rules = kRules;
  const std::string mark = "@BINARY@";
  return rules.replace(rules.find(mark), mark.size(),
                       dialect == Dialect::kMySql ? "utf8mb4_bin" : "BINARY");
}

std::vector<std::string> case_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(PANDO_SOURCE_DIR "/tests/sql/cases")) {
    if (entry.path().extension() == ".test") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class CasesTest : public testing::TestWithParam<std::tuple<Dialect, std::string>> {};

TEST_P(CasesTest, AnswersAreTheUnshardedOnesOrARefusal) {
  const auto& [dialect, name] = GetParam();
  const std::string folder = PANDO_SOURCE_DIR "/tests/sql/cases/";
  auto pair = open_pair(dialect, rules_for(dialect));
  for (const std::string& file : {std::string("setup.sql"), name + ".test"}) {
    for (const Record& record : read_cases(folder + file, dialect)) {
      const std::string failure = run_record(*pair, record);
      EXPECT_EQ(failure, "") << file << ":" << record.line << ": " << record.verb << "\n"
                             << record.sql << "\n"
                             << pair->sharded().explain(record.sql).tree();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CasesTest,
                         testing::Combine(testing::Values(Dialect::kSqlite, Dialect::kMySql),
                                          testing::ValuesIn(case_files())),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == Dialect::kSqlite
                                                  ? "Sqlite_"
                                                  : "MariaDb_") +
                                  std::get<1>(test.param);
                         });

}  // namespace
}  // namespace pando::test
