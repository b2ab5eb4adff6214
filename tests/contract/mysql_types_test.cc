// Every column type of MySQL and MariaDB: both protocols, and cursors, give the same value and
// column, and the value goes back in either way as it came out.

#include <cmath>
#include <limits>

#include "tests/contract/contract.h"

namespace pando::drivers {
namespace {

struct TypeCase {
  const char* declared;
  const char* literal;
  Cell expected;
  SqlType type;
  bool is_unsigned = false;
  int decimals = 0;
};

const std::string kDigits65(65, '9');

std::vector<TypeCase> cases() {
  using T = SqlType;
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kUmax = std::numeric_limits<std::uint64_t>::max();
  static const std::string kDecimal30 = std::string(35, '9') + "." + std::string(30, '9');
  static const std::string kDecimal30Negative = "-" + kDecimal30;
  return {
      {"TINYINT", "-128", int_cell(-128), T::kInt8},
      {"TINYINT", "127", int_cell(127), T::kInt8},
      {"TINYINT UNSIGNED", "255", uint_cell(255), T::kInt8, true},
      {"BOOLEAN", "TRUE", int_cell(1), T::kInt8},
      {"SMALLINT", "-32768", int_cell(-32768), T::kInt16},
      {"SMALLINT UNSIGNED", "65535", uint_cell(65535), T::kInt16, true},
      {"MEDIUMINT", "-8388608", int_cell(-8388608), T::kInt24},
      {"MEDIUMINT UNSIGNED", "16777215", uint_cell(16777215), T::kInt24, true},
      {"INT", "-2147483648", int_cell(-2147483648LL), T::kInt32},
      {"INT UNSIGNED", "4294967295", uint_cell(4294967295ULL), T::kInt32, true},
      {"INT(6) ZEROFILL", "42", uint_cell(42), T::kInt32, true},
      {"BIGINT", "-9223372036854775808", int_cell(kMin), T::kInt64},
      {"BIGINT", "9223372036854775807", int_cell(kMax), T::kInt64},
      {"BIGINT UNSIGNED", "18446744073709551615", uint_cell(kUmax), T::kInt64, true},
      {"BIGINT UNSIGNED", "0", uint_cell(0), T::kInt64, true},
      {"YEAR", "2155", int_cell(2155), T::kYear},
      {"YEAR", "0", int_cell(0), T::kYear},
      {"DECIMAL(65,30)", kDecimal30.c_str(), text_cell(kDecimal30), T::kDecimal, false, 30},
      {"DECIMAL(65,30)", kDecimal30Negative.c_str(), text_cell(kDecimal30Negative), T::kDecimal,
       false, 30},
      {"DECIMAL(65,0)", kDigits65.c_str(), text_cell(kDigits65), T::kDecimal},
      {"DECIMAL(10,4)", "1.5", text_cell("1.5000"), T::kDecimal, false, 4},
      {"DECIMAL(10,2) UNSIGNED", "0", text_cell("0.00"), T::kDecimal, true, 2},
      {"FLOAT", "1.5", double_cell(1.5), T::kFloat},
      {"FLOAT", "1.2345678", double_cell(1.23457), T::kFloat},
      {"FLOAT", "16777217", double_cell(16777200), T::kFloat},
      {"FLOAT", "-3.402823466e38", double_cell(-3.40282e38), T::kFloat},
      {"FLOAT", "1.175494351e-38", double_cell(1.17549e-38), T::kFloat},
      {"FLOAT(10,4)", "1234.5678", double_cell(1234.5677), T::kFloat, false, 4},
      {"FLOAT UNSIGNED", "0.1", double_cell(0.1), T::kFloat, true},
      {"DOUBLE", "0.1", double_cell(0.1), T::kDouble},
      {"DOUBLE", "1.7976931348623157e308", double_cell(std::numeric_limits<double>::max()),
       T::kDouble},
      {"DOUBLE", "-1.7976931348623157e308", double_cell(std::numeric_limits<double>::lowest()),
       T::kDouble},
      {"DOUBLE", "2.2250738585072014e-308", double_cell(std::numeric_limits<double>::min()),
       T::kDouble},
      {"DOUBLE", "123456789.123456789", double_cell(123456789.123456789), T::kDouble},
      {"DOUBLE(10,3)", "1.2352", double_cell(1.235), T::kDouble, false, 3},
      {"DATE", "'2024-02-29'", text_cell("2024-02-29"), T::kDate},
      {"DATE", "'0000-00-00'", text_cell("0000-00-00"), T::kDate},
      {"DATE", "'9999-12-31'", text_cell("9999-12-31"), T::kDate},
      {"TIME", "'00:00:00'", text_cell("00:00:00"), T::kTime},
      {"TIME", "'838:59:59'", text_cell("838:59:59"), T::kTime},
      {"TIME", "'-838:59:59'", text_cell("-838:59:59"), T::kTime},
      {"TIME(6)", "'-00:00:00.000001'", text_cell("-00:00:00.000001"), T::kTime, false, 6},
      {"TIME(3)", "'25:01:02.5'", text_cell("25:01:02.500"), T::kTime, false, 3},
      {"TIME(2)", "'00:00:00'", text_cell("00:00:00.00"), T::kTime, false, 2},
      {"DATETIME", "'2024-02-29 23:59:59'", text_cell("2024-02-29 23:59:59"), T::kDateTime},
      {"DATETIME", "'0000-00-00 00:00:00'", text_cell("0000-00-00 00:00:00"), T::kDateTime},
      {"DATETIME", "'2024-01-01 00:00:00'", text_cell("2024-01-01 00:00:00"), T::kDateTime},
      {"DATETIME(6)", "'2024-01-01 00:00:00'", text_cell("2024-01-01 00:00:00.000000"),
       T::kDateTime, false, 6},
      {"DATETIME(1)", "'1000-01-01 01:02:03.9'", text_cell("1000-01-01 01:02:03.9"), T::kDateTime,
       false, 1},
      {"TIMESTAMP", "'1970-01-01 00:00:01'", text_cell("1970-01-01 00:00:01"), T::kTimestamp},
      {"TIMESTAMP(4)", "'2038-01-19 03:14:07.9999'", text_cell("2038-01-19 03:14:07.9999"),
       T::kTimestamp, false, 4},
      {"CHAR(10)", "'ab '", text_cell("ab"), T::kText},
      {"CHAR(10)", "''", text_cell(""), T::kText},
      {"VARCHAR(20)", "'ä你😀'", text_cell("ä你😀"), T::kText},
      {"VARCHAR(20) CHARACTER SET latin1", "'äé'", text_cell("äé"), T::kText},
      {"VARCHAR(20) CHARACTER SET utf16", "'ä你'", text_cell("ä你"), T::kText},
      {"VARCHAR(20)", "CONCAT('a', CHAR(0), 'b')", text_cell(std::string("a\0b", 3)), T::kText},
      {"TINYTEXT", "'x'", text_cell("x"), T::kText},
      {"TEXT", "REPEAT('x', 300)", text_cell(std::string(300, 'x')), T::kText},
      {"MEDIUMTEXT", "REPEAT('y', 70000)", text_cell(std::string(70000, 'y')), T::kText},
      {"LONGTEXT", "''", text_cell(""), T::kText},
      {"BINARY(4)", "'a'", bytes_cell(std::string("a\0\0\0", 4)), T::kBytes},
      {"VARBINARY(10)", "x'00ff27'", bytes_cell(std::string("\0\xff'", 3)), T::kBytes},
      {"TINYBLOB", "''", bytes_cell(""), T::kBytes},
      {"BLOB", "x'0a0d1a5c'", bytes_cell("\n\r\x1a\\"), T::kBytes},
      {"MEDIUMBLOB", "REPEAT(x'00', 70000)", bytes_cell(std::string(70000, '\0')), T::kBytes},
      {"LONGBLOB", "x'c3'", bytes_cell("\xc3"), T::kBytes},
      {"ENUM('a','b,c','')", "'b,c'", text_cell("b,c"), T::kEnum},
      {"ENUM('a','')", "''", text_cell(""), T::kEnum},
      {"SET('a','b','c')", "'c,a'", text_cell("a,c"), T::kSet},
      {"SET('a','b')", "''", text_cell(""), T::kSet},
      {"JSON", "'{\"a\": [1, null]}'", text_cell("{\"a\": [1, null]}"), T::kJson},
      {"BIT(1)", "b'1'", bytes_cell("\x01"), T::kBit},
      {"BIT(10)", "b'1000000001'", bytes_cell("\x02\x01"), T::kBit},
      {"BIT(64)", "x'ff00000000000001'", bytes_cell(std::string("\xff\0\0\0\0\0\0\x01", 8)),
       T::kBit},
      {"POINT", "ST_GeomFromText('POINT(1 2)')",
       bytes_cell(std::string("\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40", 25)),
       T::kGeometry},
      {"INT", "NULL", null_cell(), T::kInt32},
      {"VARCHAR(5)", "NULL", null_cell(), T::kText},
      {"DATETIME(3)", "NULL", null_cell(), T::kDateTime, false, 3},
      {"BLOB", "NULL", null_cell(), T::kBytes},
      {"DOUBLE", "NULL", null_cell(), T::kDouble},
  };
}

// What is known of the columns, one line each.
std::vector<std::string> columns(Connection& connection, const char* sql, Way way) {
  std::vector<std::string> lines;
  auto reply = run(connection, way, sql, {Value::of_int(1)});
  if (!reply) return lines;
  for (const Column& column : reply->rows->columns()) {
    lines.push_back(column.name + " type " + std::to_string(static_cast<int>(column.type)) +
                    (column.is_unsigned ? " unsigned" : "") + " length " +
                    std::to_string(column.length) + " decimals " + std::to_string(column.decimals));
  }
  return lines;
}

class MysqlTypesTest : public ::testing::Test {
 protected:
  MysqlTypesTest() : site_(Dialect::kMySql), connection_(site_.connect()) {}
  Connection& c() { return *connection_; }

  // The only cell and its column.
  std::pair<Column, Cell> read(Way way) {
    auto reply = run(c(), way, "SELECT v FROM t WHERE id = ?", {Value::of_int(1)});
    if (!reply) {
      ADD_FAILURE() << reply.error().native_message();
      return {};
    }
    EXPECT_EQ(c().ready(), way == Way::kCursor) << "a cursor leaves the connection free";
    const Column column = reply->rows->columns().at(0);
    auto more = reply->rows->next();
    EXPECT_TRUE(more && *more);
    if (!more || !*more) return {column, {}};
    return {column, cell(reply->rows->row()[0])};
  }

  Site site_;
  ConnectionPtr connection_;
};

TEST_F(MysqlTypesTest, BothProtocolsGiveTheSameValueAndTakeItBack) {
  write(c(), "SET SESSION innodb_strict_mode = ON");
  for (const TypeCase& type : cases()) {
    SCOPED_TRACE(std::string(type.declared) + " " + std::string(type.literal).substr(0, 60));
    write(c(), std::string("CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, v ") + type.declared +
                   " NULL)");
    write(c(), std::string("INSERT INTO t VALUES (1, ") + type.literal + ")");
    const auto [text_column, text_value] = read(Way::kText);
    const auto [prepared_column, prepared_value] = read(Way::kPrepared);
    const auto [cursor_column, cursor_value] = read(Way::kCursor);
    EXPECT_EQ(text_value, type.expected);
    EXPECT_EQ(prepared_value, type.expected);
    EXPECT_EQ(cursor_value, type.expected);
    EXPECT_TRUE(text_column == cursor_column);
    EXPECT_TRUE(text_column == prepared_column)
        << "types " << static_cast<int>(text_column.type) << " and "
        << static_cast<int>(prepared_column.type);
    EXPECT_EQ(text_column.name, "v");
    EXPECT_EQ(static_cast<int>(text_column.type), static_cast<int>(type.type));
    EXPECT_EQ(text_column.is_unsigned, type.is_unsigned);
    EXPECT_EQ(static_cast<int>(text_column.decimals), type.decimals);
    // FLOAT's printed digits may lie beyond its own range by rounding.
    if (type.type == SqlType::kFloat) continue;
    for (const Way way : {Way::kPrepared, Way::kText}) {
      write(c(), "DELETE FROM t");
      write(c(), "INSERT INTO t VALUES (1, ?)", {value_of(type.expected)}, way);
      EXPECT_EQ(read(Way::kText).second, type.expected);
      EXPECT_EQ(read(Way::kPrepared).second, type.expected);
    }
  }
}

TEST_F(MysqlTypesTest, AFloatCastToDoubleIsExact) {
  write(c(), "CREATE TABLE t (f FLOAT)");
  write(c(), "INSERT INTO t VALUES (16777215), (1.2345678)");
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    EXPECT_EQ(rows(c(), "SELECT CAST(f AS DOUBLE) FROM t WHERE 1 = ?", {Value::of_int(1)}, way),
              (Cells{{double_cell(16777215)}, {double_cell(1.2345678F)}}));
  }
}

TEST_F(MysqlTypesTest, ExpressionsAgreeInBothProtocols) {
  for (const char* sql :
       {"SELECT 1, -1, 1.5, 1e0, 'a', NULL, TRUE WHERE 1 = ?",
        "SELECT SUM(x), AVG(x), COUNT(*), MAX(x), MIN(x) FROM (SELECT 5 AS x UNION ALL SELECT 6) q "
        "WHERE 1 = ?",
        "SELECT CAST(1 AS UNSIGNED), CAST('1.5' AS DECIMAL(10,3)), CAST('x' AS BINARY(3)) WHERE "
        "1=?",
        "SELECT TIMESTAMP('2024-01-01 10:00:00.5'), DATE('2024-01-01'), TIME('10:00:00.25') "
        "WHERE 1 = ?",
        "SELECT SEC_TO_TIME(0.5), TIMEDIFF('10:00:00.000', '11:00:00'), MAKETIME(-5, 1, 2.25) "
        "WHERE 1 = ?",
        "SELECT FROM_UNIXTIME(1.5), ADDTIME('2024-01-01 00:00:00', '1.000001') WHERE 1 = ?",
        "SELECT CAST(1.2345678 AS FLOAT), CAST(0.1 AS FLOAT) + 0.1, 1/3, 1e0/3, 10 DIV 3, 7 % 4 "
        "WHERE 1 = ?",
        "SELECT BIT_OR(255), BIT_AND(x), STD(x), GROUP_CONCAT(x) FROM (SELECT 5 AS x) q WHERE 1=?",
        "SELECT INET6_ATON('::1'), UUID() IS NULL, MD5('a'), UNHEX('00ff'), WEIGHT_STRING('a') "
        "WHERE 1 = ?",
        "SELECT CASE WHEN 1 THEN 1 ELSE 'a' END, COALESCE(NULL, 1.50), IF(1, 18446744073709551615, "
        "1) WHERE 1 = ?"}) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(rows(c(), sql, {Value::of_int(1)}, Way::kText),
              rows(c(), sql, {Value::of_int(1)}, Way::kPrepared));
    EXPECT_EQ(rows(c(), sql, {Value::of_int(1)}, Way::kText),
              rows(c(), sql, {Value::of_int(1)}, Way::kCursor));
    EXPECT_EQ(columns(c(), sql, Way::kText), columns(c(), sql, Way::kCursor));
  }
}

TEST_F(MysqlTypesTest, ParametersMeanTheSameInEitherWay) {
  const std::vector<Value> values = {
      Value::null(),           Value::of_int(-5),         Value::of_uint(1ULL << 63),
      Value::of_double(1e300), Value::of_double(-0.0),    Value::of_double(5e-324),
      Value::of_text("0x41"),  Value::of_text("it's \\"), Value::of_bytes("\x41\x00"),
      Value::of_bytes("")};
  for (const Value& value : values) {
    SCOPED_TRACE(cell(value));
    for (const char* sql : {"SELECT ?", "SELECT CONCAT(?, '')", "SELECT ? IS NULL", "SELECT HEX(?)",
                            "SELECT LENGTH(?)"}) {
      SCOPED_TRACE(sql);
      EXPECT_EQ(rows(c(), sql, {value}, Way::kText), rows(c(), sql, {value}, Way::kPrepared));
      EXPECT_EQ(rows(c(), sql, {value}, Way::kText), rows(c(), sql, {value}, Way::kCursor));
    }
  }
}

TEST_F(MysqlTypesTest, TextIsQuotedRightWithoutBackslashEscapes) {
  const std::string text = "it's \\' \\\\ \" \\n \\";
  const std::string bytes("\\'\0\"", 4);
  for (const char* mode : {"", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI"}) {
    SCOPED_TRACE(mode);
    write(c(), std::string("SET sql_mode = '") + mode + "'");
    for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
      EXPECT_EQ(rows(c(), "SELECT ?, ?", {Value::of_text(text), Value::of_bytes(bytes)}, way),
                (Cells{{text_cell(text), bytes_cell(bytes)}}));
    }
  }
}

TEST_F(MysqlTypesTest, TheSessionIsSetUpOnConnectAndOnReset) {
  for (int round = 0; round < 2; ++round) {
    const Cells session =
        rows(c(),
             "SELECT @@time_zone, @@sql_mode LIKE '%STRICT_TRANS_TABLES%', @@character_set_client, "
             "@@character_set_connection, @@character_set_results, @@collation_connection = "
             "(SELECT COLLATION_NAME FROM information_schema.COLLATIONS WHERE CHARACTER_SET_NAME = "
             "'utf8mb4' AND IS_DEFAULT = 'Yes')");
    EXPECT_EQ(session, (Cells{{text_cell("+00:00"), int_cell(1), text_cell("utf8mb4"),
                               text_cell("utf8mb4"), text_cell("utf8mb4"), int_cell(1)}}));
    write(c(), "SET time_zone = '+05:00', sql_mode = '', NAMES latin1");
    write(c(), "SET @x = 1");
    ASSERT_TRUE(c().reset());
    EXPECT_EQ(rows(c(), "SELECT @x"), (Cells{{null_cell()}}));
  }
  write(c(), "CREATE TABLE t (a TINYINT)");
  EXPECT_EQ(error_name(error_of(c().run("INSERT INTO t VALUES (300)"))), "kNumericOverflow");
}

TEST_F(MysqlTypesTest, DescribeKnowsTheDetails) {
  write(c(),
        "CREATE TABLE `o'dd ``t` (a INT UNSIGNED NOT NULL, b VARCHAR(7) COLLATE utf8mb4_bin "
        "DEFAULT 'it''s', c DECIMAL(10,2) DEFAULT 1.50, d VARCHAR(36) DEFAULT UUID(), e DATETIME "
        "DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, f VARBINARY(9), g INT GENERATED "
        "ALWAYS AS (a + 1) STORED, h ENUM('x','y') NOT NULL DEFAULT 'x', i BIT(8), j GEOMETRY, "
        "k YEAR, l LONGTEXT, m BIGINT DEFAULT -5, n INT DEFAULT NULL, o UUID, p INET6, "
        "PRIMARY KEY (h, a), KEY byb (b(3)))");
  auto schema = c().describe("o'dd `t");
  ASSERT_TRUE(schema) << schema.error().native_message();
  EXPECT_TRUE(schema->find("a")->is_unsigned);
  EXPECT_EQ(schema->find("a")->type, SqlType::kInt32);
  EXPECT_FALSE(schema->find("a")->has_default);
  EXPECT_EQ(schema->find("b")->collation, "utf8mb4_bin");
  EXPECT_EQ(schema->find("b")->max_length, 7U);
  EXPECT_EQ(schema->find("b")->declared_type, "varchar(7)");
  EXPECT_TRUE(schema->find("b")->has_default);
  EXPECT_FALSE(schema->find("b")->default_varies);
  EXPECT_FALSE(schema->find("c")->default_varies);
  EXPECT_TRUE(schema->find("d")->default_varies);
  EXPECT_TRUE(schema->find("e")->default_varies);
  EXPECT_EQ(schema->find("f")->type, SqlType::kBytes);
  EXPECT_EQ(schema->find("f")->collation, "");
  EXPECT_TRUE(schema->find("g")->generated);
  EXPECT_FALSE(schema->find("g")->has_default);
  EXPECT_EQ(schema->find("h")->type, SqlType::kEnum);
  EXPECT_EQ(schema->find("i")->type, SqlType::kBit);
  EXPECT_EQ(schema->find("j")->type, SqlType::kGeometry);
  EXPECT_EQ(schema->find("k")->type, SqlType::kYear);
  EXPECT_EQ(schema->find("l")->type, SqlType::kText);
  // The server stores another spelling than it is given: no text.
  EXPECT_EQ(schema->find("o")->type, SqlType::kOther);
  EXPECT_EQ(schema->find("p")->type, SqlType::kOther);
  EXPECT_FALSE(schema->find("m")->default_varies);
  EXPECT_FALSE(schema->find("n")->has_default);
  ASSERT_EQ(schema->keys.size(), 2U);
  EXPECT_EQ(schema->keys[0].columns, (std::vector<std::string>{"h", "a"}));
  EXPECT_FALSE(schema->keys[1].unique);
}

}  // namespace
}  // namespace pando::drivers
