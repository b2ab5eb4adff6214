#include "router/sql/normalize.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pando::sql {
namespace {

// The key with the kinds' bytes shown as digits.
std::string key(std::string_view text, const ParseOptions& options = {}) {
  NormalizedText out;
  if (!normalize(text, options, &out)) return "none";
  std::string shown;
  for (const char c : out.key) shown += c > 0 && c < 9 ? static_cast<char>('0' + c) : c;
  return shown;
}

TEST(NormalizeTest, NumbersAndStringsAreTakenOut) {
  EXPECT_EQ(key("SELECT c FROM t WHERE id = 1"), "SELECT c FROM t WHERE id = ?1");
  EXPECT_EQ(key("VALUES (1, 2.5, 1e3, 'a', N'b', 0x1f, b'1')"),
            "VALUES (?1, ?2, ?3, ?4, ?5, ?7, ?8)");
  EXPECT_EQ(key("a = -5 AND b IN ('x','y')"), "a = -?1 AND b IN (?4,?4)");
}

TEST(NormalizeTest, WordsStay) {
  EXPECT_EQ(key("SELECT NULL, TRUE, x1, `2`, t.3e5"), "SELECT NULL, TRUE, x1, `2`, t.3e5");
}

TEST(NormalizeTest, AStringThatMayBeAnAliasStays) {
  EXPECT_EQ(key("SELECT a 'x', b AS 'y', f() 'z', 1 'w'"),
            "SELECT a 'x', b AS 'y', f() 'z', ?1 'w'");
  EXPECT_EQ(key("SELECT DATE'2024-01-01', _utf8mb4'x'"), "SELECT DATE'2024-01-01', _utf8mb4'x'");
  EXPECT_EQ(key("SELECT 'a' 'b'"), "SELECT ?4");
  EXPECT_EQ(key("SELECT 'a' 'b'", {.dialect = Dialect::kSqlite}), "SELECT ?4 'b'");
}

TEST(NormalizeTest, ARealPlaceholderIsNoLiteral) {
  NormalizedText real;
  NormalizedText taken;
  ASSERT_TRUE(normalize("SELECT ? + 1", {}, &real));
  ASSERT_TRUE(normalize("SELECT 2 + 1", {}, &taken));
  EXPECT_NE(real.key, taken.key);
  EXPECT_EQ(real.parameters, 1u);
  EXPECT_EQ(taken.parameters, 0u);
  // Nobody can write what a taken literal looks like.
  EXPECT_EQ(key("SELECT ?\x01"), "none");
}

TEST(NormalizeTest, CommentsAndWhiteSpaceStay) {
  EXPECT_EQ(key("/*+ pando: shard=1 */ SELECT  1 -- 2\n"),
            "/*+ pando: shard=1 */ SELECT  ?1 -- 2\n");
  EXPECT_EQ(key("SELECT 1 /*!50101 + 2 */ /*!99999 3 */"),
            "SELECT ?1 /*!50101 + ?1 */ /*!99999 3 */");
}

TEST(NormalizeTest, EqualShapesHaveEqualKeysAndHashes) {
  NormalizedText a;
  NormalizedText b;
  ASSERT_TRUE(normalize("SELECT c FROM t WHERE id = 1 AND d = 'x'", {}, &a));
  ASSERT_TRUE(normalize("SELECT c FROM t WHERE id = 12345 AND d = ''", {}, &b));
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.hash, b.hash);
  ASSERT_EQ(b.literals.size(), 2u);
  EXPECT_EQ(b.literals[0], (Span{27, 32}));
  EXPECT_EQ(b.literals[1], (Span{41, 43}));
}

TEST(NormalizeTest, TextThatDoesNotLexHasNoKey) {
  EXPECT_EQ(key("SELECT 'a"), "none");
  EXPECT_EQ(key("SELECT 1 /*"), "none");
  EXPECT_EQ(key("SELECT 1", {.max_bytes = 3}), "none");
}

}  // namespace
}  // namespace pando::sql
