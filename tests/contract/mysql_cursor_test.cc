// Results that are fetched in blocks: many on one connection, with the values that text has.

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/contract/contract.h"

namespace pando::drivers {
namespace {

RowStreamPtr open(Connection& connection, std::string_view sql, std::size_t bytes = 1000) {
  auto reply = connection.run(Query{.sql = sql, .cursor_bytes = bytes});
  if (reply && reply->rows) return std::move(reply->rows);
  ADD_FAILURE() << sql << ": " << (reply ? "no rows" : reply.error().message());
  return nullptr;
}

class MysqlCursorTest : public ::testing::Test {
 protected:
  MysqlCursorTest() : site_(Dialect::kMySql), connection_(site_.connect()) {}
  Connection& c() { return *connection_; }

  std::string status(const std::string& name) {
    return rows(c(), "SHOW SESSION STATUS LIKE '" + name + "'").at(0).at(1).text;
  }

  Site site_;
  ConnectionPtr connection_;
};

TEST_F(MysqlCursorTest, ManyResultsAreReadInTurnsOnOneConnection) {
  std::vector<RowStreamPtr> streams;
  for (int i = 0; i < 50; ++i) {
    streams.push_back(
        open(c(), "SELECT " + std::to_string(i) + " * 100000 + seq FROM seq_1_to_900"));
    ASSERT_NE(streams.back(), nullptr);
    ASSERT_TRUE(c().ready());
    EXPECT_TRUE(c().busy()) << "a pool must not hand it to anyone else";
  }
  for (int row = 1; row <= 900; ++row) {
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(*streams[static_cast<std::size_t>(i)]->next());
      ASSERT_EQ(streams[static_cast<std::size_t>(i)]->row()[0].as_int(), i * 100000 + row);
    }
    if (row % 100 == 0) {
      EXPECT_EQ(rows(c(), "SELECT 5"), (Cells{{int_cell(5)}}));
    }
  }
  for (auto& stream : streams) {
    EXPECT_FALSE(*stream->next());
    EXPECT_FALSE(*stream->next());
  }
  EXPECT_FALSE(c().busy());
}

TEST_F(MysqlCursorTest, ValuesAndColumnsOfExpressionsAreThoseOfText) {
  write(c(),
        "CREATE TABLE t (a INT PRIMARY KEY, f FLOAT, f2 FLOAT(10,4), d DOUBLE, d2 DOUBLE(10,3), "
        "e ENUM('a','b'), s SET('a','b'), b BIT(10), j JSON, p POINT, y YEAR, n DECIMAL(10,4), "
        "ts TIMESTAMP(3) NULL, ti TIME(2), dt DATETIME(6), u BIGINT UNSIGNED, zf INT(6) ZEROFILL, "
        "l VARCHAR(20) CHARACTER SET latin1, tx TEXT, bl BLOB, bi BINARY(4), mi MEDIUMINT, "
        "v VARCHAR(300), ci VARCHAR(20) COLLATE utf8mb4_unicode_ci, tb TINYINT(1))");
  write(c(), "INSERT INTO t (a) VALUES (1)");
  write(c(),
        "INSERT INTO t VALUES (2, 1.2345678, 1234.5678, 0.1, 1.2352, 'b', 'a,b', b'1000000001', "
        "'{\"k\": [1, null]}', ST_GeomFromText('POINT(1 2)'), 2155, -1.5, "
        "'2024-02-29 23:59:59.123', '-25:01:02.5', '0000-00-00 00:00:00', 18446744073709551615, "
        "42, 'äé', REPEAT('x', 3000), x'00ff27', 'a', -8388608, '你😀', 'ﷺß', 1)");
  for (const char* sql :
       {"SELECT * FROM t",
        "SELECT 1, 'a', NULL, 1.5, 1e0, TRUE, 1/3, CONCAT('a', 1), COUNT(*), SUM(a), AVG(a), "
        "SUM(f), SUM(n), AVG(n), SUM(d), MAX(e), MIN(s), MAX(y), MAX(ts), "
        "MAX(ti), MIN(dt) FROM t",
        "SELECT a, GROUP_CONCAT(v), GROUP_CONCAT(a), WEIGHT_STRING(v), WEIGHT_STRING(ci), "
        "WEIGHT_STRING(tx), CAST(a AS UNSIGNED), CAST(f AS FLOAT), a + 1, a & 1, COALESCE(a, u), "
        "IF(a, e, 'z'), BIT_OR(a), MAX(j), JSON_OBJECT('a', v), FORMAT(n, 2) FROM t GROUP BY a",
        "SELECT REPEAT(v, 70000), REPEAT('x', a * 30000), INET6_ATON('::1'), ST_AsText(p), "
        "TIMEDIFF(dt, ts), SEC_TO_TIME(n), CAST(v AS DATETIME(2)), DATE(ts), "
        "a DIV 2, 5 % a, 0x41, b + 0, e + 0, CAST(v AS CHAR(1)), CAST(v AS BINARY(10)) FROM t",
        "SELECT JSON_EXTRACT(j, '$.k'), NULLIF(1, 2), ROW_NUMBER() OVER (ORDER BY a), "
        "ADDTIME(ts, 1.5), UNIX_TIMESTAMP(ts), COALESCE(e, e), COALESCE(y, y), y + 0, "
        "IFNULL(NULL, NULL), (SELECT NULL), f + 0.1, ABS(n), "
        "TRUNCATE(n, 1), 1e308 * 1, COALESCE(tx, bl), CONCAT(tx), CONCAT(e, s) FROM t",
        "SELECT CASE WHEN a = 1 THEN ti ELSE ti END, LEAST(ts, ts), @v, "
        "GREATEST(dt, ts), n * n, n / 7, n / 7 * 3.000000001, u + 0, -a, "
        "SUBSTRING(tx, 2), UPPER(l), CONCAT_WS(',', l, v, tx, n), HEX(v), "
        "QUOTE(v), TO_BASE64(bl), LPAD(v, 9, 'x'), REPLACE(v, '你', '12345'), "
        "DATE_FORMAT(ts, '%W %M %Y %T.%f'), SUBSTRING_INDEX(v, '你', -1) FROM t",
        "SELECT x, y FROM (SELECT MAX(b) x, MAX(b) AS y FROM t GROUP BY a) q",
        "SELECT b FROM (SELECT b FROM t UNION ALL SELECT COALESCE(b, b) FROM t) q",
        "SELECT a FROM t WHERE a > 100", "(SELECT a FROM t) UNION ALL (SELECT f FROM t) ORDER BY 1",
        "WITH q AS (SELECT a, n FROM t) SELECT * FROM q ORDER BY n"}) {
    SCOPED_TRACE(sql);
    auto text = c().run(sql);
    ASSERT_TRUE(text) << text.error().native_message();
    const std::vector<Column> columns = text->rows->columns();
    text->rows.reset();
    auto stream = open(c(), sql);
    ASSERT_EQ(stream->columns().size(), columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      Column column = stream->columns()[i];
      // The server has several minds about how long an expression of endless text may be.
      const bool endless = column.type == SqlType::kText || column.type == SqlType::kJson;
      if (endless && column.length > 1000000) column.length = columns[i].length;
      EXPECT_TRUE(column == columns[i])
          << column.name << ": type " << static_cast<int>(columns[i].type) << ", length "
          << columns[i].length << "; of the cursor " << static_cast<int>(column.type) << ", "
          << column.length;
    }
    EXPECT_TRUE(c().ready()) << "no cursor";
    stream.reset();
    const Cells expected = rows(c(), sql, {}, Way::kText);
    const Cells found = rows(c(), sql, {}, Way::kCursor);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        EXPECT_EQ(found[row][i], expected[row][i]) << columns[i].name;
      }
    }
  }
}

// Text has the digits of a number there, which no temporary table would give back.
TEST_F(MysqlCursorTest, ExpressionsOfBitsHaveNoCursor) {
  write(c(), "CREATE TABLE t (a INT, b BIT(10))");
  write(c(), "INSERT INTO t VALUES (1, b'1000000001')");
  for (const char* sql :
       {"SELECT MAX(b) FROM t", "SELECT COALESCE(b, b) FROM t", "SELECT IF(a, b, b) FROM t",
        "SELECT x, y FROM (SELECT COALESCE(b, b) x, b AS y FROM t) q",
        "SELECT LAG(b, 0) OVER (ORDER BY a) FROM t",
        "WITH q AS (SELECT CASE WHEN a THEN b END AS b FROM t) SELECT b FROM q"}) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(rows(c(), sql, {}, Way::kCursor), rows(c(), sql, {}, Way::kText));
    const auto stream = open(c(), sql);
    EXPECT_FALSE(c().ready());
  }
}

// Its column would be too narrow for great values.
TEST_F(MysqlCursorTest, RoundedDoublesHaveNoCursor) {
  write(c(), "CREATE TABLE t (a INT, d DOUBLE, m DOUBLE(10,2))");
  write(c(), "INSERT INTO t VALUES (1, 1e20, 1.25), (2, -2e20, 7)");
  for (const char* sql : {"SELECT ROUND(d, 2) FROM t", "SELECT TRUNCATE(d, 1), a FROM t",
                          "SELECT STD(a) OVER () FROM t", "SELECT GREATEST(d, m), m / 3 FROM t"}) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(rows(c(), sql, {}, Way::kCursor), rows(c(), sql, {}, Way::kText));
  }
  const auto stream = open(c(), "SELECT ROUND(d, 2) FROM t");
  EXPECT_FALSE(c().ready());
}

TEST_F(MysqlCursorTest, ABlockHoldsManyNarrowRowsOrOneWideRow) {
  EXPECT_EQ(status("Com_stmt_fetch"), "0");
  std::size_t count = 0;
  auto narrow = open(c(), "SELECT seq FROM seq_1_to_5000", 65536);
  while (*narrow->next()) ++count;
  EXPECT_EQ(count, 5000U);
  const int narrow_blocks = std::stoi(status("Com_stmt_fetch"));
  EXPECT_LT(narrow_blocks, 15);
  auto wide = open(c(), "SELECT REPEAT('x', 100000 + seq) FROM seq_1_to_100", 65536);
  for (std::size_t i = 1; *wide->next(); ++i) {
    ASSERT_EQ(wide->row()[0].as_string().size(), 100000 + i);
  }
  EXPECT_GE(std::stoi(status("Com_stmt_fetch")) - narrow_blocks, 92);
}

TEST_F(MysqlCursorTest, OneLeftHalfWayIsClosedAndTheConnectionGoesOn) {
  const auto prepared = [&] {
    return rows(c(), "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")[0][1].text;
  };
  const std::string before = prepared();
  auto left = open(c(), "SELECT seq FROM seq_1_to_100000");
  auto kept = open(c(), "SELECT seq FROM seq_1_to_1000");
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(*left->next() && *kept->next());
  left.reset();
  EXPECT_TRUE(c().usable() && c().busy());
  while (*kept->next()) EXPECT_GT(kept->row()[0].as_int(), 30);
  EXPECT_FALSE(c().busy());
  EXPECT_EQ(prepared(), before);
}

TEST_F(MysqlCursorTest, WhatHasNoCursorIsStreamed) {
  write(c(), "CREATE TABLE t (a INT)");
  write(c(), "INSERT INTO t VALUES (1)");
  const std::string before = rows(c(), "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")[0][1].text;
  for (const char* sql : {"EXPLAIN SELECT * FROM t", "SHOW CREATE TABLE t", "CHECKSUM TABLE t",
                          "INSERT INTO t VALUES (2) RETURNING a", "CALL one()", "SHOW WARNINGS"}) {
    SCOPED_TRACE(sql);
    write(c(), "CREATE OR REPLACE PROCEDURE one() SELECT * FROM t");
    const auto other = open(c(), "SELECT seq FROM seq_1_to_100");
    const auto stream = open(c(), sql);
    ASSERT_NE(stream, nullptr);
    EXPECT_FALSE(c().ready());
    while (*stream->next()) EXPECT_GT(stream->row().size(), 0U);
    EXPECT_TRUE(c().ready());
    for (int i = 1; *other->next(); ++i) EXPECT_EQ(other->row()[0].as_int(), i);
    EXPECT_EQ(rows(c(), "SELECT 7"), (Cells{{int_cell(7)}}));
  }
  auto reply = c().run(Query{.sql = "SELECT 1 INTO @x", .cursor_bytes = 1000});
  ASSERT_TRUE(reply) << reply.error().native_message();
  EXPECT_EQ(reply->rows, nullptr);
  EXPECT_EQ(rows(c(), "SELECT @x", {}, Way::kCursor), (Cells{{int_cell(1)}}));
  EXPECT_EQ(rows(c(), "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'")[0][1].text, before);
}

TEST_F(MysqlCursorTest, AServerThatPreparesNoMoreStreams) {
  auto server = test::MariaDbServer::start();
  auto connection = driver_for(Dialect::kMySql).connect(server->options("shop7", "mysql"));
  ASSERT_TRUE(connection);
  write(**connection, "SET GLOBAL max_prepared_stmt_count = 1");
  const auto first = open(**connection, "SELECT seq FROM seq_1_to_100");
  EXPECT_TRUE((*connection)->ready());
  const auto second = open(**connection, "SELECT 5");
  EXPECT_FALSE((*connection)->ready());
  EXPECT_TRUE(*second->next());
  EXPECT_FALSE(*second->next());
  for (int i = 1; *first->next(); ++i) EXPECT_EQ(first->row()[0].as_int(), i);
}

TEST_F(MysqlCursorTest, ErrorsAreThoseOfText) {
  write(c(), "CREATE TABLE t (a INT)");
  write(c(), "INSERT INTO t VALUES (1), (2)");
  const auto other = open(c(), "SELECT seq FROM seq_1_to_100");
  for (const char* sql :
       {"SELECT * FROM no_such_table", "SELECT b FROM t", "SELECT FROM", "SELECT (SELECT a FROM t)",
        "SELECT a + 9223372036854775807 FROM t", "SELECT no_such_function(1)",
        "SELECT ST_GeomFromText('x')", "SELECT EXTRACTVALUE('<a/>', '/$@')"}) {
    SCOPED_TRACE(sql);
    const auto first_error = [&](std::size_t cursor_bytes) -> std::optional<Error> {
      auto reply = c().run(Query{.sql = sql, .cursor_bytes = cursor_bytes});
      if (!reply) return reply.error();
      auto more = reply->rows->next();
      while (more && *more) more = reply->rows->next();
      return more ? std::nullopt : std::optional(more.error());
    };
    const auto text = first_error(0);
    const auto cursor = first_error(1000);
    ASSERT_EQ(text.has_value(), cursor.has_value());
    if (!text) continue;
    EXPECT_EQ(cursor->code(), text->code());
    EXPECT_EQ(cursor->native_code(), text->native_code());
    EXPECT_EQ(cursor->native_message(), text->native_message());
    EXPECT_EQ(cursor->message(), text->message());
    EXPECT_EQ(cursor->sqlstate(), text->sqlstate());
  }
  for (int i = 1; *other->next(); ++i) EXPECT_EQ(other->row()[0].as_int(), i);
}

TEST_F(MysqlCursorTest, ItShowsTheMomentOfItsOpeningWhateverTheTransactionDoesLater) {
  write(c(), "CREATE TABLE t (a INT)");
  write(c(), "BEGIN");
  write(c(), "INSERT INTO t SELECT seq FROM seq_1_to_500");
  auto first = open(c(), "SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(*first->next());
  EXPECT_TRUE(c().in_transaction());
  write(c(), "DELETE FROM t WHERE a > 100");
  auto second = open(c(), "SELECT a FROM t ORDER BY a");
  write(c(), "ROLLBACK");
  EXPECT_FALSE(c().in_transaction());
  int count = 1;
  while (*first->next()) ++count;
  EXPECT_EQ(count, 500);
  count = 0;
  while (*second->next()) ++count;
  EXPECT_EQ(count, 100);
  EXPECT_FALSE(c().in_transaction());
}

TEST_F(MysqlCursorTest, CancellingEndsAllThatAreOpen) {
  auto first = open(c(), "SELECT seq FROM seq_1_to_100000");
  auto second = open(c(), "SELECT seq FROM seq_1_to_100000");
  ASSERT_TRUE(*first->next());
  c().cancel();
  for (RowStream* stream : {first.get(), second.get()}) {
    auto more = stream->next();
    ASSERT_FALSE(more);
    EXPECT_EQ(error_name(more.error()), "kCancelled");
    EXPECT_FALSE(stream->next()) << "the error lasts";
  }
  first.reset();
  second.reset();
  EXPECT_FALSE(c().busy());
  EXPECT_EQ(rows(c(), "SELECT 5"), (Cells{{int_cell(5)}}));

  first = open(c(), "SELECT seq FROM seq_1_to_100000");
  c().cancel();
  const Error error = error_of(c().run(Query{.sql = "SELECT 1", .cursor_bytes = 1000}));
  EXPECT_EQ(error_name(error), "kCancelled") << "a further part of what was cancelled";
  first.reset();
  EXPECT_EQ(rows(c(), "SELECT 5", {}, Way::kCursor), (Cells{{int_cell(5)}}));
}

TEST_F(MysqlCursorTest, AServerKilledInBetweenIsAnErrorOfEachAndNotAnEnd) {
  auto server = test::MariaDbServer::start();
  const ConnectOptions options = server->options("shop7", "mysql");
  auto connection = driver_for(Dialect::kMySql).connect(options);
  ASSERT_TRUE(connection);
  std::vector<RowStreamPtr> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(open(**connection, "SELECT seq FROM seq_1_to_10000"));
    ASSERT_TRUE(*streams.back()->next());
  }
  server->kill();
  for (auto& stream : streams) {
    auto more = stream->next();
    while (more && *more) more = stream->next();
    ASSERT_FALSE(more) << "a partial answer without an error";
    EXPECT_EQ(error_name(more.error()), "kConnectionLost") << more.error().message();
    EXPECT_EQ(more.error().data_source(), "shop7");
    EXPECT_TRUE(more.error().retryable());
  }
  EXPECT_FALSE((*connection)->usable());
  streams.clear();
}

TEST_F(MysqlCursorTest, AReadTimeoutHolds) {
  ConnectOptions options = site_.options();
  options.read_timeout = std::chrono::milliseconds(1000);
  auto connection = driver_for(Dialect::kMySql).connect(options);
  ASSERT_TRUE(connection);
  const Error error =
      error_of((*connection)->run(Query{.sql = "SELECT SLEEP(60)", .cursor_bytes = 1000}));
  EXPECT_EQ(error_name(error), "kTimeout") << error.message();
  EXPECT_FALSE((*connection)->usable());
}

TEST_F(MysqlCursorTest, AConnectionThatIsLetGoFirstIsNoHarm) {
  auto stream = open(c(), "SELECT seq FROM seq_1_to_1000");
  ASSERT_TRUE(*stream->next());
  connection_.reset();
  int count = 1;
  while (*stream->next()) ++count;
  EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace pando::drivers
