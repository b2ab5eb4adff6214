#include "cli/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace pando::cli {
namespace {

std::string json(const Value& value, SqlType type = SqlType::kUnknown) {
  std::string out;
  append_json(out, value, Column{.name = "c", .type = type});
  return out;
}

std::string csv(const Value& value) {
  std::string out;
  append_csv(out, value, Column{});
  return out;
}

TEST(TextTest, WidthCountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Björk"), 5u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // A combining accent.
  EXPECT_EQ(display_width("\xff"), 1u);
}

TEST(TextTest, NothingPrintedControlsTheTerminal) {
  EXPECT_EQ(printable("a\nb\tc\x1b[31m"), "a\\nb\\tc\\x1b[31m");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\u202eabc"), "\\xe2\\x80\\xaeabc");
  EXPECT_EQ(printable("日本"), "日本");
}

TEST(TextTest, NumbersReadBackAsTheSameNumber) {
  EXPECT_EQ(shortest(0.1, false), "0.1");
  EXPECT_EQ(shortest(3, false), "3.0");
  EXPECT_EQ(shortest(static_cast<double>(1.1f), true), "1.1");
  EXPECT_EQ(shortest(1e300, false), "1e+300");
  for (const double number : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0}) {
    EXPECT_EQ(std::strtod(shortest(number, false).c_str(), nullptr), number);
  }
}

TEST(TextTest, GroupsDigitsByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(TextTest, JsonKeepsEachKindApart) {
  EXPECT_EQ(json(Value::null()), "null");
  EXPECT_EQ(json(Value::of_int(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(json(Value::of_uint(std::numeric_limits<std::uint64_t>::max())),
            "18446744073709551615");
  EXPECT_EQ(json(Value::of_double(2.5)), "2.5");
  EXPECT_EQ(json(Value::of_double(std::nan(""))), "null");
  EXPECT_EQ(json(Value::of_double(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(json(Value::of_text("0.10"), SqlType::kDecimal), "\"0.10\"");
  EXPECT_EQ(json(Value::of_text("a\"b\\c\n\x01")), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(json(Value::of_bytes(std::string_view("\0\xff", 2))), R"({"hex": "00ff"})");
  EXPECT_EQ(json(Value::of_bytes("")), R"({"hex": ""})");
}

TEST(TextTest, TextThatIsNoUtf8BecomesHexInJson) {
  EXPECT_EQ(json(Value::of_text("caf\xe9")), R"({"hex": "636166e9"})");
  EXPECT_FALSE(is_utf8("\xc0\x80"));      // Overlong.
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));  // A surrogate.
  EXPECT_TRUE(is_utf8("\xf0\x9f\x8c\xb3"));
}

TEST(TextTest, CsvTellsNullFromEmptyAndQuotesWhatNeedsIt) {
  EXPECT_EQ(csv(Value::null()), "");
  EXPECT_EQ(csv(Value::of_text("")), "\"\"");
  EXPECT_EQ(csv(Value::of_text("plain")), "plain");
  EXPECT_EQ(csv(Value::of_text("a,b")), "\"a,b\"");
  EXPECT_EQ(csv(Value::of_text("say \"hi\"")), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv(Value::of_text("two\nlines")), "\"two\nlines\"");
  EXPECT_EQ(csv(Value::of_bytes("\x01")), "0x01");
}

}  // namespace
}  // namespace pando::cli
