// Runs the case files against SQLite and MariaDB, with one unsharded database as the oracle.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sql/differential.h"
#include "tests/sql/placement.h"

namespace pando::test {
namespace {

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
  auto pair = open_pair(dialect, case_rules(dialect));
  for (const std::string& file : {std::string("setup.sql"), name + ".test"}) {
    for (const Record& record : read_cases(folder + file, dialect)) {
      const std::string failure = run_record(*pair, record);
      EXPECT_EQ(failure, "") << file << ":" << record.line << ": " << record.verb << "\n"
                             << record.sql << "\n"
                             << pair->sharded().explain(record.sql).tree();
    }
  }
  EXPECT_EQ(misplaced_rows(pair->sharded()), "");
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
