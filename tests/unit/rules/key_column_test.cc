// Canonical keys: what is one key, and what is no key at all.

#include "rules/key_column.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace pando::rules {
namespace {

using namespace std::string_literals;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct IntegerCase {
  Value value;
  std::optional<Value> expected;
};

TEST(CanonicalKeyTest, IntegersAreOneKeyHoweverWritten) {
  const Value none = Value::null();
  const Value seven = Value::of_int(7);
  const std::vector<IntegerCase> cases = {
      {seven, seven},
      {Value::of_uint(7), seven},
      {Value::of_double(7.0), seven},
      {Value::of_double(-0.0), Value::of_int(0)},
      {Value::of_text("7"), seven},
      {Value::of_text("+7"), seven},
      {Value::of_text("007"), seven},
      {Value::of_text("7."), seven},
      {Value::of_text("7.000"), seven},
      {Value::of_text("-7"), Value::of_int(-7)},
      {Value::of_text("-0"), Value::of_int(0)},
      {Value::of_text("999999999999999"), Value::of_int(999999999999999)},
      {none, none},
      {Value::of_uint(std::numeric_limits<std::uint64_t>::max()),
       Value::of_uint(std::numeric_limits<std::uint64_t>::max())},
      {Value::of_uint(std::uint64_t{1} << 63), Value::of_uint(std::uint64_t{1} << 63)},
      {Value::of_int(std::numeric_limits<std::int64_t>::min()),
       Value::of_int(std::numeric_limits<std::int64_t>::min())},
      {Value::of_double(9007199254740991.0), Value::of_int(9007199254740991)},
      // What rows these find depends on how the database converts them.
      {Value::of_text("1000000000000000"), std::nullopt},
      {Value::of_double(9007199254740992.0), std::nullopt},
      {Value::of_double(7.5), std::nullopt},
      {Value::of_double(std::numeric_limits<double>::infinity()), std::nullopt},
      {Value::of_double(std::nan("")), std::nullopt},
      {Value::of_text(""), std::nullopt},
      {Value::of_text("-"), std::nullopt},
      {Value::of_text("."), std::nullopt},
      {Value::of_text(" 7"), std::nullopt},
      {Value::of_text("7 "), std::nullopt},
      {Value::of_text("7abc"), std::nullopt},
      {Value::of_text("7e0"), std::nullopt},
      {Value::of_text("7.5"), std::nullopt},
      {Value::of_text("7.0x"), std::nullopt},
      {Value::of_text("0x7"), std::nullopt},
      {Value::of_text("+-7"), std::nullopt},
      {Value::of_bytes("7"), std::nullopt},
  };
  const KeyColumn column{.name = "id"};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::string scratch;
    EXPECT_EQ(canonical_key(column, cases[i].value, scratch), cases[i].expected) << i;
  }
}

TEST(CanonicalKeyTest, TextLosesItsPadding) {
  KeyColumn column{.name = "name"};
  column.type = KeyType::kText;
  std::string scratch;
  const auto key = [&](const Value& v) { return canonical_key(column, v, scratch); };
  EXPECT_EQ(key(Value::of_text("a  ")), Value::of_text("a"));
  EXPECT_EQ(key(Value::of_text(" a")), Value::of_text(" a"));
  EXPECT_EQ(key(Value::of_text("   ")), Value::of_text(""));
  EXPECT_EQ(key(Value::of_text("a\t")), Value::of_text("a\t"));
  EXPECT_EQ(key(Value::of_bytes("a\0\0"s)), Value::of_text("a"));  // BINARY(3) pads with NULs.
  EXPECT_EQ(key(Value::of_bytes("a\0b"s)), Value::of_text("a\0b"s));
  EXPECT_EQ(key(Value::of_text("Ab")), Value::of_text("Ab"));
  EXPECT_EQ(key(Value::of_text("\xC3\xA4")), Value::of_text("\xC3\xA4"));
  EXPECT_EQ(key(Value::null()), Value::null());
  EXPECT_EQ(key(Value::of_int(7)), std::nullopt);
  EXPECT_EQ(key(Value::of_double(7)), std::nullopt);
}

TEST(CanonicalKeyTest, FoldedTextIsLowerCaseAsciiOnly) {
  KeyColumn column{.name = "name"};
  column.type = KeyType::kText;
  column.fold_ascii_case = true;
  std::string scratch;
  EXPECT_EQ(canonical_key(column, Value::of_text("AbZ@[\xC3\x84 "), scratch),
            Value::of_text("abz@[\xC3\x84"));
  EXPECT_EQ(canonical_key(column, Value::of_text("abz"), scratch), Value::of_text("abz"));
}

TEST(CanonicalKeyTest, TextBeyondTheCharacterSetIsNoKey) {
  KeyColumn ascii{.name = "name"};
  ascii.type = KeyType::kText;
  ascii.highest_byte = 0x7F;
  KeyColumn utf8mb3 = ascii;
  utf8mb3.highest_byte = 0xEF;
  std::string scratch;
  EXPECT_EQ(canonical_key(ascii, Value::of_text("\xC3\xA4"), scratch), std::nullopt);
  EXPECT_EQ(canonical_key(ascii, Value::of_text("a"), scratch), Value::of_text("a"));
  EXPECT_EQ(canonical_key(utf8mb3, Value::of_text("\xE4\xB8\xAD"), scratch),
            Value::of_text("\xE4\xB8\xAD"));
  EXPECT_EQ(canonical_key(utf8mb3, Value::of_text("\xF0\x9F\x98\x80"), scratch), std::nullopt);
}

struct TimeCase {
  std::string_view text;
  std::optional<std::int64_t> micros;
};

TEST(CanonicalKeyTest, DateTimesAreMicrosecondsOfRealDates) {
  const std::vector<TimeCase> cases = {
      {"1970-01-01", 0},
      {"1970-01-02", kDay},
      {"1970-01-01 00:00:01", kSecond},
      {"1969-12-31 23:59:59", -kSecond},
      {"1970-01-01 00:00:00.5", kSecond / 2},
      {"1970-01-01 00:00:00.000001", 1},
      {"2000-02-29", 951'782'400 * kSecond},
      {"2024-02-29 23:59:59.999999", 1'709'251'199 * kSecond + 999'999},
      {"0001-01-01", -62'135'596'800 * kSecond},
      {"9999-12-31", 253'402'214'400 * kSecond},
      {"1900-02-29", std::nullopt},
      {"2023-02-29", std::nullopt},
      {"0000-00-00", std::nullopt},
      {"0000-01-01", std::nullopt},
      {"2024-13-01", std::nullopt},
      {"2024-00-01", std::nullopt},
      {"2024-01-32", std::nullopt},
      {"2024-01-01 24:00:00", std::nullopt},
      {"2024-01-01 00:60:00", std::nullopt},
      {"2024-01-01 23:59:60", std::nullopt},
      {"2024-1-1", std::nullopt},
      {"2024-01-01T00:00:00", std::nullopt},
      {"2024-01-01 00:00", std::nullopt},
      {"2024-01-01 00:00:00.", std::nullopt},
      {"2024-01-01 00:00:00.1234567", std::nullopt},
      {"2024-01-01 00:00:00Z", std::nullopt},
      {"2024-01-01 ", std::nullopt},
      {" 2024-01-01", std::nullopt},
      {"20240101", std::nullopt},
      {"", std::nullopt},
      {"2024", std::nullopt},
      {"-024-01-01", std::nullopt},
  };
  KeyColumn column{.name = "at"};
  column.type = KeyType::kDateTime;
  column.fraction_digits = 6;
  for (const TimeCase& c : cases) {
    std::string scratch;
    const auto key = canonical_key(column, Value::of_text(c.text), scratch);
    ASSERT_EQ(key.has_value(), c.micros.has_value()) << c.text;
    if (key) {
      EXPECT_EQ(*key, Value::of_int(*c.micros)) << c.text;
    }
  }
  std::string scratch;
  EXPECT_EQ(canonical_key(column, Value::of_int(20240101), scratch), std::nullopt);
}

TEST(CanonicalKeyTest, FractionsThatTheColumnWouldRoundAreNoKey) {
  KeyColumn column{.name = "at"};
  column.type = KeyType::kDateTime;
  std::string scratch;
  const auto known = [&](std::string_view text) {
    return canonical_key(column, Value::of_text(text), scratch).has_value();
  };
  EXPECT_TRUE(known("2024-01-31 23:59:59"));
  EXPECT_TRUE(known("2024-01-31 23:59:59.000"));
  EXPECT_FALSE(known("2024-01-31 23:59:59.7"));
  column.fraction_digits = 3;
  EXPECT_TRUE(known("2024-01-31 23:59:59.999"));
  EXPECT_TRUE(known("2024-01-31 23:59:59.999000"));
  EXPECT_FALSE(known("2024-01-31 23:59:59.9995"));
}

TEST(CanonicalKeyTest, ADateIsMidnight) {
  KeyColumn column{.name = "on"};
  column.type = KeyType::kDate;
  std::string scratch;
  const auto key = [&](std::string_view text) {
    return canonical_key(column, Value::of_text(text), scratch);
  };
  EXPECT_EQ(key("1970-01-02"), Value::of_int(kDay));
  EXPECT_EQ(key("1970-01-02 00:00:00"), Value::of_int(kDay));
  EXPECT_EQ(key("1970-01-02 00:00:01"), std::nullopt);
}

}  // namespace
}  // namespace pando::rules
