#include "cli/parameters.h"

#include <gtest/gtest.h>

namespace pando::cli {
namespace {

TEST(ParametersTest, OnlyPlainIntegersAreNumbers) {
  for (const char* text : {"0", "7", "-7", "9223372036854775807"}) {
    EXPECT_EQ(parse_parameter(text)->kind, ValueKind::kInt) << text;
  }
  EXPECT_EQ(parse_parameter("18446744073709551615")->kind, ValueKind::kUint);
  for (const char* text :
       {"", "007", "-0", "+7", "7.0", "1e3", "7 ", "seven", "NULL", "18446744073709551616"}) {
    const auto value = parse_parameter(text);
    ASSERT_EQ(value->kind, ValueKind::kText) << text;
    EXPECT_EQ(value->text, text);
  }
}

TEST(ParametersTest, APrefixSaysTheKind) {
  EXPECT_EQ(parse_parameter("text:7")->text, "7");
  EXPECT_EQ(parse_parameter("int:007")->number, 7);
  EXPECT_EQ(parse_parameter("real:1.5")->real, 1.5);
  EXPECT_EQ(parse_parameter("hex:00ff")->text, std::string("\0\xff", 2));
  EXPECT_EQ(parse_parameter("hex:")->kind, ValueKind::kBytes);
  EXPECT_EQ(parse_parameter("null:")->kind, ValueKind::kNull);
}

TEST(ParametersTest, DigitsAreTextWhereTextIsWantedButAPrefixCounts) {
  EXPECT_EQ(parse_parameter("7", PlainDigits::kText)->text, "7");
  EXPECT_EQ(parse_parameter("text:7", PlainDigits::kText)->text, "7");
  EXPECT_EQ(parse_parameter("int:7", PlainDigits::kText)->number, 7);
  EXPECT_EQ(parse_parameter("hex:37", PlainDigits::kText)->kind, ValueKind::kBytes);
  EXPECT_EQ(parse_parameter("null:", PlainDigits::kText)->kind, ValueKind::kNull);
}

TEST(ParametersTest, AnErrorDoesNotRepeatTheValue) {
  for (const char* text : {"int:s3cret", "int:", "real:s3cret", "hex:s3cret", "hex:abc"}) {
    const auto value = parse_parameter(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code(), ErrorCode::kUsage);
    EXPECT_EQ(value.error().message().find("s3cret"), std::string::npos);
  }
}

}  // namespace
}  // namespace pando::cli
