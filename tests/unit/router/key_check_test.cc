#include "router/plan/key_check.h"

#include <gtest/gtest.h>

#include <string>

#include "router/plan/ddl_names.h"

namespace pando::plan {
namespace {

using drivers::ColumnSchema;
using rules::KeyColumn;
using rules::KeyType;

ColumnSchema mysql(const std::string& type) {
  return column_of_declaration("k", type, Dialect::kMySql);
}
ColumnSchema text_column(const std::string& type, std::uint32_t length,
                         const std::string& collation) {
  ColumnSchema column = mysql(type);
  column.max_length = length;
  column.collation = collation;
  return column;
}

bool fits(KeyType type, const ColumnSchema& column, Dialect dialect, bool fold = false) {
  KeyColumn key{"k", type, fold};
  key.highest_byte = 0x7F;  // Right for every character set.
  return check_key_column("t", key, column, dialect).has_value();
}

bool kept(KeyType type, const ColumnSchema& column, const Value& value) {
  KeyColumn key{"k", type, false};
  key.fraction_digits = 6;  // So that the column's own digits decide.
  std::string scratch;
  const auto canonical = rules::canonical_key(key, value, scratch);
  return canonical && stored_unchanged(key, column, value, *canonical, Dialect::kMySql);
}

TEST(KeyCheckTest, AColumnMustBeOfTheDeclaredKind) {
  struct Case {
    KeyType key;
    const char* type;
    bool fits;
  };
  for (const Case& c : std::initializer_list<Case>{{KeyType::kInteger, "INT UNSIGNED", true},
                                                   {KeyType::kInteger, "bigint(20)", true},
                                                   {KeyType::kInteger, "VARCHAR(20)", false},
                                                   {KeyType::kInteger, "DECIMAL(10)", false},
                                                   {KeyType::kInteger, "DOUBLE", false},
                                                   {KeyType::kInteger, "YEAR", false},
                                                   {KeyType::kInteger, "BIT(8)", false},
                                                   {KeyType::kText, "VARCHAR(20)", true},
                                                   {KeyType::kText, "VARBINARY(20)", true},
                                                   {KeyType::kText, "ENUM('a')", false},
                                                   {KeyType::kText, "INT", false},
                                                   {KeyType::kDate, "DATE", true},
                                                   {KeyType::kDate, "DATETIME", false},
                                                   {KeyType::kDateTime, "DATETIME(6)", true},
                                                   {KeyType::kDateTime, "TIMESTAMP", true},
                                                   {KeyType::kDateTime, "DATE", false}}) {
    EXPECT_EQ(fits(c.key, mysql(c.type), Dialect::kMySql), c.fits) << c.type;
  }
}

TEST(KeyCheckTest, ATextKeysCollationMustComparePlainBytesOrFoldAsDeclared) {
  struct Case {
    const char* collation;
    bool fold;
    bool fits;
  };
  for (const Case& c : std::initializer_list<Case>{{"utf8mb4_bin", false, true},
                                                   {"utf8mb4_0900_bin", false, true},
                                                   {"utf8mb4_general_ci", false, false},
                                                   {"utf8mb4_general_ci", true, false},
                                                   {"ascii_general_ci", false, false},
                                                   {"ascii_general_ci", true, true},
                                                   {"latin1_bin", true, true},
                                                   {"", false, true}}) {
    EXPECT_EQ(
        fits(KeyType::kText, text_column("varchar(9)", 9, c.collation), Dialect::kMySql, c.fold),
        c.fits)
        << c.collation << c.fold;
  }
}

TEST(KeyCheckTest, ATextKeysCharacterSetMustHoldWhatTheRulesSendToOneShard) {
  KeyColumn key{"k", KeyType::kText, false};
  const ColumnSchema latin = text_column("varchar(9)", 9, "latin1_bin");
  EXPECT_FALSE(check_key_column("t", key, latin, Dialect::kMySql));
  key.highest_byte = 0x7F;
  EXPECT_TRUE(check_key_column("t", key, latin, Dialect::kMySql));
  key.highest_byte = 0xEF;
  EXPECT_TRUE(
      check_key_column("t", key, text_column("varchar(9)", 9, "utf8mb3_bin"), Dialect::kMySql));
}

TEST(KeyCheckTest, SqliteColumnsAreJudgedByTheirAffinity) {
  const auto column = [](const char* type, const char* collation) {
    ColumnSchema c = column_of_declaration("k", type, Dialect::kSqlite);
    c.collation = collation;
    return c;
  };
  EXPECT_TRUE(fits(KeyType::kInteger, column("INTEGER", ""), Dialect::kSqlite));
  EXPECT_TRUE(fits(KeyType::kInteger, column("NUMERIC", ""), Dialect::kSqlite));
  EXPECT_FALSE(fits(KeyType::kInteger, column("REAL", ""), Dialect::kSqlite));
  EXPECT_FALSE(fits(KeyType::kInteger, column("TEXT", "BINARY"), Dialect::kSqlite));
  EXPECT_FALSE(fits(KeyType::kInteger, column("", ""), Dialect::kSqlite));
  EXPECT_TRUE(fits(KeyType::kText, column("VARCHAR(9)", "BINARY"), Dialect::kSqlite));
  EXPECT_TRUE(fits(KeyType::kText, column("TEXT", "RTRIM"), Dialect::kSqlite));
  EXPECT_FALSE(fits(KeyType::kText, column("TEXT", "NOCASE"), Dialect::kSqlite));
  EXPECT_TRUE(fits(KeyType::kText, column("TEXT", "NOCASE"), Dialect::kSqlite, true));
  EXPECT_FALSE(fits(KeyType::kText, column("INT", ""), Dialect::kSqlite));
}

TEST(KeyCheckTest, IntegersMustLieInTheColumnsRange) {
  struct Case {
    const char* type;
    std::int64_t value;
    bool kept;
  };
  for (const Case& c : std::initializer_list<Case>{{"TINYINT", 127, true},
                                                   {"TINYINT", 128, false},
                                                   {"TINYINT", -128, true},
                                                   {"TINYINT UNSIGNED", 255, true},
                                                   {"TINYINT UNSIGNED", -1, false},
                                                   {"MEDIUMINT", 8388607, true},
                                                   {"MEDIUMINT", 8388608, false},
                                                   {"INT", 2147483648, false},
                                                   {"INT UNSIGNED", 4294967295, true},
                                                   {"INT UNSIGNED", 4294967296, false},
                                                   {"BIGINT", INT64_MIN, true},
                                                   {"BIGINT UNSIGNED", -1, false}}) {
    EXPECT_EQ(kept(KeyType::kInteger, mysql(c.type), Value::of_int(c.value)), c.kept)
        << c.type << " " << c.value;
  }
  EXPECT_TRUE(kept(KeyType::kInteger, mysql("BIGINT UNSIGNED"), Value::of_uint(UINT64_MAX)));
  EXPECT_FALSE(kept(KeyType::kInteger, mysql("BIGINT"), Value::of_uint(UINT64_MAX)));
}

TEST(KeyCheckTest, TextMustFitInCharactersAndCharacterSet) {
  const ColumnSchema wide = text_column("varchar(3)", 3, "utf8mb4_bin");
  EXPECT_TRUE(kept(KeyType::kText, wide, Value::of_text("äöü")));
  EXPECT_FALSE(kept(KeyType::kText, wide, Value::of_text("abcd")));
  EXPECT_FALSE(kept(KeyType::kText, wide, Value::of_text("abc ")));
  EXPECT_FALSE(kept(KeyType::kText, wide, Value::of_text("a\xff")));
  EXPECT_TRUE(kept(KeyType::kText, wide, Value::of_text("\xF0\x9F\x8C\xB3")));
  const ColumnSchema three = text_column("varchar(3)", 3, "utf8mb3_bin");
  EXPECT_FALSE(kept(KeyType::kText, three, Value::of_text("\xF0\x9F\x8C\xB3")));
  const ColumnSchema latin = text_column("varchar(3)", 3, "latin1_bin");
  EXPECT_TRUE(kept(KeyType::kText, latin, Value::of_text("abc")));
  EXPECT_FALSE(kept(KeyType::kText, latin, Value::of_text("ä")));
  const ColumnSchema fixed = text_column("binary(3)", 3, "");
  EXPECT_TRUE(kept(KeyType::kText, fixed, Value::of_text("abc")));
  EXPECT_FALSE(kept(KeyType::kText, fixed, Value::of_text("ab")));
}

TEST(KeyCheckTest, TimesMustNotBeRounded) {
  const ColumnSchema seconds = mysql("datetime");
  EXPECT_TRUE(kept(KeyType::kDateTime, seconds, Value::of_text("2024-02-29 23:59:59")));
  EXPECT_FALSE(kept(KeyType::kDateTime, seconds, Value::of_text("2024-02-29 23:59:59.600000")));
  EXPECT_TRUE(
      kept(KeyType::kDateTime, mysql("datetime(3)"), Value::of_text("2024-02-29 23:59:59.625000")));
  EXPECT_FALSE(
      kept(KeyType::kDateTime, mysql("datetime(2)"), Value::of_text("2024-02-29 23:59:59.625000")));
  EXPECT_FALSE(kept(KeyType::kDateTime, mysql("timestamp"), Value::of_text("2039-01-01")));
  EXPECT_TRUE(kept(KeyType::kDateTime, mysql("datetime"), Value::of_text("2039-01-01")));
}

rules::LogicalTable table_of(std::initializer_list<rules::DataSourceIndex> sources) {
  rules::LogicalTable table;
  table.name = "t";
  table.kind = rules::TableKind::kSharded;
  for (const rules::DataSourceIndex source : sources) {
    table.nodes.push_back({source, "t_" + std::to_string(table.nodes.size())});
  }
  return table;
}

TEST(NodeNameTest, NamesAreToldApartOnlyWhereOneSchemaHoldsSeveralTables) {
  const rules::LogicalTable table = table_of({0, 1, 1});
  EXPECT_EQ(node_name("fk", table, 0, Dialect::kMySql), "fk");
  EXPECT_EQ(node_name("fk", table, 1, Dialect::kMySql), "fk__1");
  EXPECT_EQ(node_name("fk", table, 2, Dialect::kMySql), "fk__2");
}

TEST(NodeNameTest, LongNamesStayWithinTheLimitAndDifferent) {
  const rules::LogicalTable table = table_of({0, 0});
  const std::string a(64, 'x');
  const std::string b = std::string(63, 'x') + "y";
  const std::string name_a = node_name(a, table, 1, Dialect::kMySql);
  const std::string name_b = node_name(b, table, 1, Dialect::kMySql);
  EXPECT_LE(name_a.size(), 64U);
  EXPECT_LE(name_b.size(), 64U);
  EXPECT_NE(name_a, name_b);
  EXPECT_EQ(name_a, node_name(a, table, 1, Dialect::kMySql));
  EXPECT_EQ(node_name(a, table, 1, Dialect::kSqlite), a + "__1");
}

}  // namespace
}  // namespace pando::plan
