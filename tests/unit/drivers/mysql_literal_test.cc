#include "drivers/mysql/mysql_literal.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace pando::drivers::mysql {
namespace {

std::string literal(const Value& value, Escapes escapes = Escapes::kBackslash) {
  std::string out;
  append_literal(out, value, escapes);
  return out;
}

TEST(MysqlLiteralTest, EachKindHasItsLiteral) {
  EXPECT_EQ(literal(Value::null()), " NULL ");
  EXPECT_EQ(literal(Value::of_int(-7)), " -7 ");
  EXPECT_EQ(literal(Value::of_uint(std::numeric_limits<std::uint64_t>::max())),
            " 18446744073709551615 ");
  EXPECT_EQ(literal(Value::of_double(0.1)), " 1.0000000000000001e-01 ");
  EXPECT_EQ(literal(Value::of_text("it's \\")), " 'it''s \\\\' ");
  EXPECT_EQ(literal(Value::of_text("it's \\"), Escapes::kQuotesOnly), " 'it''s \\' ");
  EXPECT_EQ(literal(Value::of_bytes(std::string_view("\0\xff'", 3))), " _binary x'00ff27' ");
  EXPECT_EQ(literal(Value::of_bytes("")), " _binary x'' ");
}

TEST(MysqlLiteralTest, ParametersGoToTheirOffsetsOnly) {
  const std::array<Value, 2> values = {Value::of_text("?"), Value::of_int(2)};
  const std::array<std::uint32_t, 2> offsets = {11, 15};
  auto text =
      interpolate({.sql = "SELECT '?',?, (?)", .parameters = values, .parameter_offsets = offsets},
                  Escapes::kBackslash, "shop0");
  ASSERT_TRUE(text) << text.error().message();
  EXPECT_EQ(*text, "SELECT '?', '?' , ( 2 )");
}

TEST(MysqlLiteralTest, AnOffsetThatIsNotAPlaceholderIsRefused) {
  const std::array<Value, 1> values = {Value::of_int(2)};
  for (const std::uint32_t offset : {0U, 6U, 8U, 99U}) {
    const std::array<std::uint32_t, 1> offsets = {offset};
    auto text = interpolate({.sql = "SELECT ?", .parameters = values, .parameter_offsets = offsets},
                            Escapes::kBackslash, "shop0");
    ASSERT_FALSE(text) << offset;
    EXPECT_EQ(text.error().code(), ErrorCode::kInternal);
  }
}

TEST(MysqlLiteralTest, WhatIsNoNumberIsRefused) {
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const std::array<Value, 1> values = {Value::of_double(value)};
    auto checked = check_parameters({.sql = "SELECT ?", .parameters = values}, "shop0");
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::kParameterType);
  }
}

}  // namespace
}  // namespace pando::drivers::mysql
