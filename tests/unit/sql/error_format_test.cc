#include "pando/error_format.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pando {
namespace {

std::string shown(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  const std::string out =
      format_error(Error(ErrorCode::kSyntax, "m").with_span(begin, end).with_remedy(""), text);
  return out.substr(out.find('\n') + 1);
}

TEST(ErrorFormatTest, CodePlaceAndRemedy) {
  EXPECT_EQ(format_error(Error(ErrorCode::kSyntax, "found FROM").with_span(7, 11), "SELECT FROM t"),
            "P2001: found FROM\n  SELECT FROM t\n         ^^^^\n"
            "Correct the place the caret points at.");
  EXPECT_EQ(format_error(Error(ErrorCode::kCancelled, "gone"), "SELECT 1"), "P4007: gone");
}

TEST(ErrorFormatTest, OnlyTheLineWithThePlaceIsShown) {
  EXPECT_EQ(shown("a\nbc d\ne", 5, 6), "  bc d\n     ^");
  EXPECT_EQ(shown("a\r\nbc\r\ne", 3, 8), "  bc\n  ^^");
  EXPECT_EQ(shown("abc", 3, 3), "  abc\n     ^");
}

TEST(ErrorFormatTest, WidthsAreThoseOfATerminal) {
  EXPECT_EQ(shown("日本 x", 7, 8), "  日本 x\n       ^");
  EXPECT_EQ(shown("e\xcc\x81 x", 4, 5), "  e\xcc\x81 x\n    ^");
  EXPECT_EQ(shown("\tx", 1, 2), "   x\n   ^");
}

TEST(ErrorFormatTest, NothingPlaysTricksWithATerminal) {
  EXPECT_EQ(shown("\x1b[1m\xff x", 6, 7), "  .[1m. x\n        ^");
  EXPECT_EQ(shown("a\xe2\x80\xae x", 5, 6), "  a. x\n     ^");
}

TEST(ErrorFormatTest, WhatDotsWouldHideIsShownIfItIsAsShort) {
  const std::string left(95, 'a');
  EXPECT_EQ(shown(left + "()", 0, 97), "  " + left + "()\n  " + std::string(97, '^'));
  EXPECT_EQ(shown(left + "(xy)", 0, 99), "  " + left + "(xy)\n  " + std::string(99, '^'));
  EXPECT_EQ(shown(left + "(xyz)", 0, 99), "  " + left + "(...\n  " + std::string(96, '^'));
  EXPECT_EQ(shown(std::string(66, 'a') + "X", 66, 67),
            "  " + std::string(66, 'a') + "X\n" + std::string(68, ' ') + "^");
}

TEST(ErrorFormatTest, LongLinesAreCutAroundThePlace) {
  const std::string text = std::string(5000, 'a') + "X" + std::string(5000, 'b');
  const std::string out = shown(text, 5000, 5001);
  const std::size_t newline = out.find('\n');
  EXPECT_LE(newline, 110u);
  EXPECT_EQ(out.substr(0, 6), "  ...a");
  EXPECT_EQ(out.find('X'), out.find('^') - newline - 1);
}

}  // namespace
}  // namespace pando
