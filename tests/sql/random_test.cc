// Random SELECT statements against SQLite and MariaDB, with one unsharded database as the oracle:
// each as it is, again (from the plan cache), with other constants, and with parameters.
//
//   PANDO_RANDOM_STATEMENTS   how many; 600 if it is not set
//   PANDO_RANDOM_SEED         the first seed, 1 if it is not set; statement i has the seed + i

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sql/differential.h"
#include "tests/sql/statement_generator.h"

namespace pando::test {
namespace {

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Which of several equal texts stands for a group is the database's choice.
void fold(Answer& answer) {
  for (auto& row : answer.rows) {
    for (std::string& cell : row) {
      std::transform(cell.begin(), cell.end(), cell.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      while (!cell.empty() && cell.back() == ' ') cell.pop_back();
    }
  }
}

struct Counts {
  std::size_t same = 0, refused = 0, failed = 0, defects = 0;
};

class RandomTest : public testing::TestWithParam<Dialect> {
 protected:
  void compare(const std::string& sql, const std::vector<Value>& parameters, bool ordered,
               const std::string& what) {
    Answer actual = read_answer(pair_->sharded().run(sql, parameters));
    if (actual.error && actual.error->category() == ErrorCategory::kRefused) {
      ++counts_.refused;
      ++refusals_[std::string(actual.error->id()) + " " + actual.error->message().substr(0, 70)];
      return;
    }
    Answer expected =
        read_answer(pair_->oracle().run(drivers::Query{.sql = sql, .parameters = parameters}));
    if (difference(expected, actual, ordered).empty()) {
      ++(expected.error ? counts_.failed : counts_.same);
      if (expected.error && counts_.failed < 10) {
        failures_.push_back(sql + "\n    " + expected.error->native_message());
      }
      return;
    }
    fold(expected);
    fold(actual);
    const std::string diff = difference(expected, actual, ordered);
    if (diff.empty()) {
      ++counts_.same;
      return;
    }
    if (++counts_.defects > 20) return;
    ADD_FAILURE() << what << "\n"
                  << sql << ";\n"
                  << diff << pair_->sharded().explain_values(sql, parameters).tree();
  }

  static std::vector<Value> values_of(const GeneratedQuery& query,
                                      std::vector<std::string>& texts) {
    texts.clear();
    std::vector<Value> values;
    for (const Constant& constant : query.constants) texts.push_back(constant.text);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::string& text = texts[i];
      if (text[0] == '\'') {
        values.push_back(Value::of_text(std::string_view(text).substr(1, text.size() - 2)));
      } else if (text.find('.') != std::string::npos) {
        values.push_back(Value::of_double(std::strtod(text.c_str(), nullptr)));
      } else {
        values.push_back(Value::of_int(std::strtoll(text.c_str(), nullptr, 10)));
      }
    }
    return values;
  }

  std::unique_ptr<Pair> pair_;
  Counts counts_;
  std::map<std::string, std::size_t> refusals_;
  std::vector<std::string> failures_;
};

TEST_P(RandomTest, AnswersAreTheUnshardedOnesOrARefusal) {
  const Dialect dialect = GetParam();
  pair_ = open_pair(dialect, case_rules(dialect));
  for (const Record& record : read_cases(PANDO_SOURCE_DIR "/tests/sql/cases/setup.sql", dialect)) {
    ASSERT_EQ(run_record(*pair_, record), "");
  }
  const std::uint64_t seed = environment("PANDO_RANDOM_SEED", 1);
  const std::uint64_t count = environment("PANDO_RANDOM_STATEMENTS", 600);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (std::uint64_t i = 0; i < count && counts_.defects <= 20; ++i) {
    StatementGenerator generator(dialect, seed + i);
    const GeneratedQuery query = generator.query();
    const std::string what = "seed " + std::to_string(seed + i);
    compare(query.text(), {}, query.ordered, what);
    const GeneratedQuery other = generator.with_other_constants(query);
    compare(other.text(), {}, query.ordered, what + ", other constants");
    if (i % 2 == 0) compare(query.text(), {}, query.ordered, what + ", again");
    std::vector<std::string> texts;
    const std::string with_parameters = query.text_with_parameters();
    if (!query.constants.empty()) {
      compare(with_parameters, values_of(query, texts), query.ordered, what + ", parameters");
      compare(with_parameters, values_of(other, texts), query.ordered, what + ", other parameters");
    }
  }
  std::printf("%zu answered, %zu refused, %zu failed on both sides, %zu defects\n", counts_.same,
              counts_.refused, counts_.failed, counts_.defects);
  // It is 93 in 100, and more; a few statements prove nothing of it.
  const std::size_t all = counts_.same + counts_.refused + counts_.failed + counts_.defects;
  if (all >= 500) {
    EXPECT_GE(counts_.same * 100, all * 80) << "too few statements were answered to prove anything";
  }
  if (std::getenv("PANDO_RANDOM_VERBOSE") != nullptr) {
    for (const auto& [why, times] : refusals_) std::printf("%7zu %s\n", times, why.c_str());
    for (const std::string& failure : failures_) std::printf("  %s\n", failure.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(Random, RandomTest, testing::Values(Dialect::kSqlite, Dialect::kMySql),
                         [](const auto& test) {
                           return test.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
                         });

}  // namespace
}  // namespace pando::test
