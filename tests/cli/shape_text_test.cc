#include "cli/shape_text.h"

#include <gtest/gtest.h>

namespace pando::cli {
namespace {

std::string shape(std::string_view sql) { return shape_text(sql, sql::ParseOptions{}); }

TEST(ShapeTextTest, LiteralsBecomePlaceholders) {
  EXPECT_EQ(shape("SELECT a FROM t WHERE id = 7 AND name = 'Ada'"),
            "SELECT a FROM t WHERE id = ? AND name = ?");
  EXPECT_EQ(shape("SELECT 1.5, 1e3, x'00', b'1', ?"), "SELECT ?, ...");
}

TEST(ShapeTextTest, WhiteSpaceAndCommentsDoNotCount) {
  EXPECT_EQ(shape("SELECT  a -- why\n FROM\tt /* here */ WHERE id=7;"),
            "SELECT a FROM t WHERE id=?");
}

TEST(ShapeTextTest, ListsOfAnyLengthAreOneShape) {
  const std::string expected = "SELECT a FROM t WHERE id IN (?, ...)";
  EXPECT_EQ(shape("SELECT a FROM t WHERE id IN (1, 2)"), expected);
  EXPECT_EQ(shape("SELECT a FROM t WHERE id IN (1,2,3,4)"), expected);
}

TEST(ShapeTextTest, RowsOfAnyNumberAreOneShape) {
  const std::string expected = "INSERT INTO t (a, b) VALUES (?, ...), ...";
  EXPECT_EQ(shape("INSERT INTO t (a, b) VALUES (1, 2), (3, 4)"), expected);
  EXPECT_EQ(shape("INSERT INTO t (a, b) VALUES (1, 2), (3, 4), (5, 6), (7, 8)"), expected);
  EXPECT_EQ(shape("INSERT INTO t (a, b) VALUES (1, now()), (3, now()), (5, now())"),
            "INSERT INTO t (a, b) VALUES (?, now()), ...");
}

TEST(ShapeTextTest, HoldsNoValueEvenIfTheTextIsBroken) {
  EXPECT_EQ(shape("SELECT a FROM t WHERE p = 's3cret"), "SELECT a FROM t WHERE p = ...");
}

TEST(ShapeTextTest, IsBounded) {
  const std::string sql = "SELECT " + std::string(10000, 'a');
  EXPECT_LE(shape_text(sql, sql::ParseOptions{}, 100).size(), 104u);
}

}  // namespace
}  // namespace pando::cli
