#include "router/merge/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace pando::merge {
namespace {

std::string sum_of(const std::vector<std::string>& addends, unsigned scale) {
  DecimalSum sum(scale);
  for (const std::string& text : addends) {
    if (!sum.add(text)) return "not a decimal";
  }
  std::string out;
  return sum.print(out) ? out : "overflow";
}

std::string average_of(const std::vector<std::string>& addends, unsigned scale, unsigned decimals) {
  DecimalSum sum(scale);
  for (const std::string& text : addends) {
    if (!sum.add(text)) return "not a decimal";
  }
  std::string out;
  return sum.print_average(addends.size(), decimals, out) ? out : "overflow";
}

TEST(DecimalTest, ComparesByValueWhateverTheSpelling) {
  const struct {
    const char *a, *b;
    int order;
  } cases[] = {
      {"0", "-0", 0},
      {"0.00", "0", 0},
      {"1.0", "1.00", 0},
      {"1.10", "1.1", 0},
      {"2", "10", -1},
      {"-2", "-10", 1},
      {"-1", "1", -1},
      {"0.1", "0.09", 1},
      {"-0.1", "-0.09", -1},
      {"007", "7.0", 0},
      {"1.000000001", "1", 1},
      {".5", "0.5", 0},
      {"99999999999999999999999999999999999999999999999999999999999999999",
       "99999999999999999999999999999999999999999999999999999999999999998", 1},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(compare_decimals(c.a, c.b), c.order) << c.a << " and " << c.b;
    EXPECT_EQ(compare_decimals(c.b, c.a), -c.order) << c.b << " and " << c.a;
    std::string a, b;
    append_normalised_decimal(c.a, a);
    append_normalised_decimal(c.b, b);
    EXPECT_EQ(a == b, c.order == 0) << a << " and " << b;
  }
}

TEST(DecimalTest, KnowsWhatIsNotADecimal) {
  for (const char* text : {"", "-", ".", "1e5", "1..2", "abc", "1 ", "--1"}) {
    EXPECT_FALSE(is_decimal(text)) << text;
  }
}

TEST(DecimalTest, SumKeepsAllDigitsOfItsScale) {
  EXPECT_EQ(sum_of({"1", "2"}, 0), "3");
  EXPECT_EQ(sum_of({"0.05", "0.05"}, 2), "0.10");
  EXPECT_EQ(sum_of({"-0.05", "0.05"}, 2), "0.00");
  EXPECT_EQ(sum_of({"-0.05"}, 2), "-0.05");
  EXPECT_EQ(sum_of({"1", "-3.5"}, 2), "-2.50");
  EXPECT_EQ(sum_of({"1", "0.125"}, 2), "1.125");
}

TEST(DecimalTest, SumGoesOnWhere128BitsEnd) {
  const std::string nines(38, '9');
  EXPECT_EQ(sum_of({nines, nines, nines}, 0), "2" + std::string(37, '9') + "7");
  EXPECT_EQ(sum_of({"9999999999999999999999999999999999.000000000000000000000000000001", "5"}, 30),
            "10000000000000000000000000000000004.000000000000000000000000000001");
  EXPECT_EQ(sum_of({std::string(65, '9'), "-" + std::string(65, '9'), "1"}, 0), "1");
}

TEST(DecimalTest, SumBeyond65DigitsIsAnOverflow) {
  EXPECT_EQ(sum_of({std::string(65, '9'), "1"}, 0), "overflow");
  EXPECT_EQ(sum_of({std::string(65, '9')}, 0), std::string(65, '9'));
}

// The expected digits are those that MariaDB 10.11 prints.
TEST(DecimalTest, AveragePrintsTheDigitsOfTheServer) {
  EXPECT_EQ(average_of({"1", "1", "5"}, 0, 4), "2.3333");
  EXPECT_EQ(average_of({"1", "2"}, 0, 4), "1.5000");
  EXPECT_EQ(average_of({"0.10", "0.20", "0.20"}, 2, 6), "0.166667");
  // Cut at the ninth digit, which is the last one wanted, and so not rounded.
  EXPECT_EQ(average_of({"0.00001", "0.00001", "0.00000"}, 5, 9), "0.000006666");
  EXPECT_EQ(average_of({"-0.00001", "-0.00002"}, 5, 9), "-0.000015000");
  EXPECT_EQ(average_of({"-2", "-3", "-3"}, 0, 4), "-2.6667");
  EXPECT_EQ(average_of({"12345678901234567890123456789.123456789", "0.000000002"}, 9, 13),
            "6172839450617283945061728394.5617283955000");
  EXPECT_EQ(average_of({"99999999999999999999999999999999999.000000000000000000000000000001", "5"},
                       30, 34),
            "overflow");
}

TEST(DecimalTest, SmallAndBigSumsAgree) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const unsigned scale = random() % 6;
    std::vector<std::string> small;
    for (int i = 0; i < 20; ++i) {
      std::string text = std::to_string(static_cast<std::int64_t>(random()) >> (random() % 60));
      if (scale > 0) text += "." + std::string(scale - 1, '7') + std::to_string(random() % 10);
      small.push_back(text);
    }
    // The same sum by way of big integers: a huge number in and out again.
    std::vector<std::string> big = small;
    big.insert(big.begin(), std::string(50, '8'));
    big.push_back("-" + std::string(50, '8'));
    EXPECT_EQ(sum_of(small, scale), sum_of(big, scale));
  }
}

}  // namespace
}  // namespace pando::merge
