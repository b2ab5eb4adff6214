// What every driver promises.

#include "tests/contract/contract.h"

#include <limits>
#include <thread>

namespace pando::drivers {
namespace {

INSTANTIATE_TEST_SUITE_P(Drivers, ContractTest,
                         ::testing::Values(Dialect::kSqlite, Dialect::kMySql),
                         [](const auto& tested) {
                           return tested.param == Dialect::kMySql ? "MySql" : "Sqlite";
                         });

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes + "'\"\\%_;--/**/?`\n\r\t\0x";
}

TEST_P(ContractTest, ParametersComeBackAsTheyWentInEitherWay) {
  write(c(), "CREATE TABLE t (id INTEGER PRIMARY KEY, i BIGINT, d DOUBLE, s TEXT, b BLOB)");
  const std::string text = "it's \"quoted\" \\ back\\\\slash ? -- /* */ ` \n\r\t\x1a äöü 你好 😀";
  const std::string zero("a\0b", 3);
  const std::string bytes = every_byte();
  const std::vector<std::vector<Value>> cases = {
      {Value::of_int(0), Value::of_double(0), Value::of_text(""), Value::of_bytes("")},
      {Value::of_int(std::numeric_limits<std::int64_t>::min()),
       Value::of_double(std::numeric_limits<double>::max()), Value::of_text(text),
       Value::of_bytes(bytes)},
      {Value::of_int(std::numeric_limits<std::int64_t>::max()),
       Value::of_double(std::numeric_limits<double>::min()), Value::of_text(zero),
       Value::of_bytes(zero)},
      {Value::of_int(-1), Value::of_double(-0.1), Value::of_text("0x41"), Value::of_bytes("'")},
      {Value::null(), Value::null(), Value::null(), Value::null()},
      {Value::of_int(1), Value::of_double(1.0 / 3), Value::of_text("\\"), Value::of_bytes("\\")},
  };
  std::int64_t id = 0;
  for (const auto& values : cases) {
    for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
      std::vector<Value> parameters = {Value::of_int(++id)};
      parameters.insert(parameters.end(), values.begin(), values.end());
      write(c(), "INSERT INTO t VALUES (?, ?,?,?, ?)", parameters, way);
      std::vector<Cell> expected;
      for (const Value& value : values) expected.push_back(cell(value));
      for (const Way back : {Way::kPrepared, Way::kText}) {
        EXPECT_EQ(rows(c(), "SELECT i, d, s, b FROM t WHERE id=?", {Value::of_int(id)}, back),
                  Cells{expected});
      }
    }
  }
}

TEST_P(ContractTest, LiteralsDoNotGrowTogetherWithTheirNeighbours) {
  const std::vector<Value> two = {Value::of_int(7), Value::of_int(-3)};
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    EXPECT_EQ(rows(c(), "SELECT ?-?", two, way), (Cells{{int_cell(10)}}));
  }
  EXPECT_EQ(rows(c(), "SELECT 1 WHERE 7=?AND?", {Value::of_int(7), Value::of_int(1)}, Way::kText),
            (Cells{{int_cell(1)}}));
}

TEST_P(ContractTest, AnUnsignedParameterBeyondInt64IsExactOrRefused) {
  const std::vector<Value> big = {Value::of_uint(std::numeric_limits<std::uint64_t>::max())};
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    if (site_.is_mysql()) {
      EXPECT_EQ(rows(c(), "SELECT ?", big, way),
                (Cells{{uint_cell(std::numeric_limits<std::uint64_t>::max())}}));
    } else {
      EXPECT_EQ(error_name(error_of(run(c(), way, "SELECT ?", big))), "kParameterType");
    }
  }
}

TEST_P(ContractTest, ANumberThatIsNoneIsRefused) {
  const std::vector<Value> nan = {Value::of_double(std::numeric_limits<double>::quiet_NaN())};
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    EXPECT_EQ(error_name(error_of(run(c(), way, "SELECT ?", nan))), "kParameterType");
    EXPECT_TRUE(c().usable());
    EXPECT_FALSE(c().busy());
  }
}

TEST_P(ContractTest, ParametersMustMatchThePlaceholders) {
  for (const auto& parameters :
       {std::vector<Value>{Value::of_int(1)}, std::vector<Value>(3, Value::of_int(1))}) {
    EXPECT_EQ(error_name(error_of(run(c(), Way::kPrepared, "SELECT ?, ?", parameters))),
              "kParameterCount");
  }
  EXPECT_EQ(rows(c(), "SELECT 5"), (Cells{{int_cell(5)}}));
}

TEST_P(ContractTest, BlobsOfSixteenMegabytesPassWhole) {
  write(c(), site_.is_mysql() ? "CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)"
                              : "CREATE TABLE t (id INT PRIMARY KEY, b BLOB)");
  std::string big(16U << 20, '\0');
  std::uint32_t state = 1;
  for (char& byte : big) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  int id = 0;
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    write(c(), "INSERT INTO t VALUES (?, ?)", {Value::of_int(++id), Value::of_bytes(big)}, way);
  }
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    const Cells back = rows(c(), "SELECT b FROM t WHERE id > ?", {Value::of_int(0)}, way);
    ASSERT_EQ(back.size(), 3U);
    EXPECT_TRUE(back[0][0] == bytes_cell(big));
    EXPECT_TRUE(back[1][0] == bytes_cell(big));
  }
}

TEST_P(ContractTest, AffectedRowsAndGeneratedKeys) {
  write(c(), site_.is_mysql() ? "CREATE TABLE t (id BIGINT PRIMARY KEY AUTO_INCREMENT, v INT)"
                              : "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v INT)");
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    write(c(), "DELETE FROM t");
    const WriteResult one = write(c(), "INSERT INTO t (v) VALUES (?)", {Value::of_int(1)}, way);
    EXPECT_EQ(one.affected_rows, 1U);
    EXPECT_EQ(rows(c(), "SELECT MAX(id) FROM t"),
              (Cells{{int_cell(static_cast<std::int64_t>(one.generated_key))}}));
    EXPECT_EQ(
        write(c(), "INSERT INTO t (v) VALUES (?), (?)", {Value::of_int(2), Value::of_int(3)}, way)
            .affected_rows,
        2U);
    const WriteResult update =
        write(c(), "UPDATE t SET v = v + 10 WHERE v >= ?", {Value::of_int(2)}, way);
    EXPECT_EQ(update.affected_rows, 2U);
    EXPECT_EQ(update.generated_key, 0U);
    EXPECT_EQ(write(c(), "UPDATE t SET v = v WHERE v = ?", {Value::of_int(99)}, way).affected_rows,
              0U);
    EXPECT_EQ(write(c(), "DELETE FROM t WHERE v < ?", {Value::of_int(12)}, way).affected_rows, 1U);
  }
}

TEST_P(ContractTest, ErrorsHaveTheSameCodesOnEveryDriver) {
  write(c(), "CREATE TABLE p (id INT PRIMARY KEY, u INT UNIQUE, n INT NOT NULL CHECK (n > 0))");
  write(c(), "CREATE TABLE f (p INT, FOREIGN KEY (p) REFERENCES p(id))");
  write(c(), "INSERT INTO p VALUES (1, 1, 1)");
  write(c(), "INSERT INTO f VALUES (1)");
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"INSERT INTO p VALUES (1, 2, 1)", "kDuplicateKey"},
      {"INSERT INTO p VALUES (2, 1, 1)", "kDuplicateKey"},
      {"INSERT INTO p VALUES (2, 2, NULL)", "kConstraint"},
      {"INSERT INTO p VALUES (2, 2, -1)", "kConstraint"},
      {"INSERT INTO f VALUES (9)", "kConstraint"},
      {"DELETE FROM p", "kConstraint"},
      {"SELECT * FROM nowhere", "kUnknownTable"},
      {"SELECT none FROM p", "kUnknownColumn"},
      {"SELEC 1", "kSyntax"},
      {"SELECT 1 FROM", "kSyntax"},
      {"", "kSyntax"},
  };
  for (const auto& [sql, name] : cases) {
    SCOPED_TRACE(sql);
    const Error error = error_of(c().run(sql));
    EXPECT_EQ(error_name(error), name);
    EXPECT_EQ(error.data_source(), "shop0");
    EXPECT_EQ(error.message().substr(0, 7), "shop0: ");
    EXPECT_EQ(error.outcome(), Outcome::kNotApplied);
    EXPECT_TRUE(c().usable());
    EXPECT_FALSE(c().busy());
  }
  EXPECT_EQ(rows(c(), "SELECT COUNT(*) FROM p"), (Cells{{int_cell(1)}}));
}

TEST_P(ContractTest, ASecondStatementInTheTextIsNotRun) {
  write(c(), "CREATE TABLE t (a INT)");
  EXPECT_FALSE(c().run("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"));
  EXPECT_EQ(rows(c(), "SELECT * FROM t"), Cells{});
  EXPECT_EQ(rows(c(), "SELECT 1;"), (Cells{{int_cell(1)}}));
}

TEST_P(ContractTest, TransactionsShowAndRollBack) {
  write(c(), "CREATE TABLE t (a INT)");
  EXPECT_FALSE(c().in_transaction());
  write(c(), "BEGIN");
  EXPECT_TRUE(c().in_transaction());
  write(c(), "INSERT INTO t VALUES (1)");
  EXPECT_TRUE(c().in_transaction());
  write(c(), "ROLLBACK");
  EXPECT_FALSE(c().in_transaction());
  write(c(), "BEGIN");
  write(c(), "INSERT INTO t VALUES (?)", {Value::of_int(2)});
  write(c(), "COMMIT");
  EXPECT_FALSE(c().in_transaction());
  EXPECT_EQ(rows(c(), "SELECT a FROM t"), (Cells{{int_cell(2)}}));
}

TEST_P(ContractTest, ResetRollsBackAndGoesOn) {
  write(c(), "CREATE TABLE t (a INT)");
  EXPECT_EQ(rows(c(), "SELECT a FROM t WHERE a = ?", {Value::of_int(1)}), Cells{});
  write(c(), "BEGIN");
  write(c(), "INSERT INTO t VALUES (1)");
  write(c(), "CREATE TEMPORARY TABLE x (a INT)");
  const auto reset = c().reset();
  ASSERT_TRUE(reset) << reset.error().native_message();
  EXPECT_FALSE(c().in_transaction());
  EXPECT_EQ(rows(c(), "SELECT a FROM t WHERE a = ?", {Value::of_int(1)}), Cells{});
  EXPECT_EQ(error_name(error_of(c().run("SELECT * FROM x"))), "kUnknownTable");
  EXPECT_TRUE(c().ping());
}

// A table of so many rows, each 100 bytes or more.
void fill(Connection& connection, int count) {
  write(connection, "CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(200))");
  std::string sql;
  for (int i = 0; i < count; ++i) {
    sql += sql.empty() ? "INSERT INTO big VALUES " : ", ";
    sql += "(" + std::to_string(i) + ", '" + std::string(100, 'x') + "')";
    if (i % 5000 == 4999 || i == count - 1) {
      write(connection, sql);
      sql.clear();
    }
  }
}

TEST_P(ContractTest, AStreamLeftEarlyNeverSpoilsTheNextAnswer) {
  fill(c(), 20000);
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    for (const char* sql : {"SELECT id, v FROM big WHERE id >= ? ORDER BY id LIMIT 20",
                            "SELECT id, v FROM big WHERE id >= ? ORDER BY id"}) {
      for (int read = 0; read < 3; ++read) {
        SCOPED_TRACE(std::string(sql) + " after " + std::to_string(read) + " rows");
        {
          auto reply = run(c(), way, sql, {Value::of_int(0)});
          ASSERT_TRUE(reply);
          EXPECT_TRUE(c().busy());
          for (int i = 0; i < read; ++i) ASSERT_TRUE(*reply->rows->next());
        }
        if (!c().usable()) connection_ = site_.connect();
        EXPECT_FALSE(c().busy());
        EXPECT_EQ(rows(c(), "SELECT COUNT(*) FROM big"), (Cells{{int_cell(20000)}}));
      }
    }
  }
}

TEST_P(ContractTest, AShortStreamLeftEarlyKeepsTheConnection) {
  fill(c(), 50);
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    {
      auto reply = run(c(), way, "SELECT id, v FROM big WHERE id >= ?", {Value::of_int(0)});
      ASSERT_TRUE(reply);
      ASSERT_TRUE(*reply->rows->next());
    }
    EXPECT_TRUE(c().usable());
    EXPECT_EQ(rows(c(), "SELECT COUNT(*) FROM big"), (Cells{{int_cell(50)}}));
  }
}

// With the connection its transaction would be lost.
TEST_P(ContractTest, InATransactionALongStreamLeftEarlyKeepsTheConnection) {
  fill(c(), 20000);
  write(c(), "BEGIN");
  write(c(), "INSERT INTO big VALUES (-1, 'mine')");
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    {
      auto reply = run(c(), way, "SELECT id, v FROM big WHERE id >= ?", {Value::of_int(0)});
      ASSERT_TRUE(reply);
      ASSERT_TRUE(*reply->rows->next());
    }
    EXPECT_TRUE(c().usable());
    EXPECT_TRUE(c().in_transaction());
  }
  EXPECT_EQ(rows(c(), "SELECT COUNT(*) FROM big"), (Cells{{int_cell(20001)}}));
  write(c(), "ROLLBACK");
}

TEST_P(ContractTest, AStreamOutlivesItsConnectionWithoutACrash) {
  fill(c(), 10);
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    auto other = site_.connect();
    auto reply = run(*other, way, "SELECT id FROM big WHERE id >= ?", {Value::of_int(0)});
    ASSERT_TRUE(reply);
    other.reset();
    int count = 0;
    while (*reply->rows->next()) ++count;
    EXPECT_EQ(count, 10);
  }
}

TEST_P(ContractTest, CancelStopsAStatementFromAnotherThread) {
  const char* endless =
      site_.is_mysql()
          ? "SELECT SLEEP(300)"
          : "SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i FROM n)";
  Result<Reply> reply = fail(ErrorCode::kInternal, "");
  std::atomic<bool> ended{false};
  ASSERT_TRUE(c().send(Query{.sql = endless}));
  std::jthread canceller([&] {
    // The statement may not have begun at the first call: call until it has stopped.
    while (!ended) {
      c().cancel();
      std::this_thread::yield();
    }
  });
  reply = c().receive();
  Error error(ErrorCode::kInternal, "not cancelled");
  if (!reply) {
    error = reply.error();
  } else {
    auto more = reply->rows->next();
    while (more && *more) more = reply->rows->next();
    if (!more) error = more.error();
  }
  ended = true;
  canceller.join();
  EXPECT_EQ(error_name(error), "kCancelled") << error.message();
  reply = fail(ErrorCode::kInternal, "");
  EXPECT_TRUE(c().usable());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rows(c(), "SELECT 5"), (Cells{{int_cell(5)}}));
}

TEST_P(ContractTest, CancelOfAnIdleConnectionHurtsNothing) {
  c().cancel();
  EXPECT_EQ(rows(c(), "SELECT 5"), (Cells{{int_cell(5)}}));
  c().cancel();
  EXPECT_EQ(rows(c(), "SELECT ?", {Value::of_int(6)}), (Cells{{int_cell(6)}}));
}

TEST_P(ContractTest, SendAndReceiveComeInPairs) {
  EXPECT_EQ(error_name(error_of(c().receive())), "kInternal");
  ASSERT_TRUE(c().send(Query{.sql = "SELECT 1"}));
  EXPECT_TRUE(c().busy());
  EXPECT_EQ(c().send(Query{.sql = "SELECT 2"}).error().code(), ErrorCode::kInternal);
  auto reply = c().receive();
  ASSERT_TRUE(reply);
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_int(1));
}

TEST_P(ContractTest, PreparedStatementsSurviveChangesOfTheTable) {
  write(c(), "CREATE TABLE t (a INT)");
  write(c(), "INSERT INTO t VALUES (1)");
  const std::vector<Value> one = {Value::of_int(1)};
  EXPECT_EQ(rows(c(), "SELECT * FROM t WHERE a = ?", one), (Cells{{int_cell(1)}}));
  write(c(), "ALTER TABLE t ADD COLUMN b VARCHAR(10) DEFAULT 'x'");
  EXPECT_EQ(rows(c(), "SELECT * FROM t WHERE a = ?", one), (Cells{{int_cell(1), text_cell("x")}}));
  {
    write(c(), "ALTER TABLE t RENAME COLUMN b TO renamed");
    auto reply = run(c(), Way::kPrepared, "SELECT * FROM t WHERE a = ?", one);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->rows->columns()[1].name, "renamed");
  }
  write(c(), "DROP TABLE t");
  EXPECT_EQ(error_name(error_of(run(c(), Way::kPrepared, "SELECT * FROM t WHERE a = ?", one))),
            "kUnknownTable");
  write(c(), "CREATE TABLE t (a VARCHAR(10))");
  write(c(), "INSERT INTO t VALUES ('1')");
  EXPECT_EQ(rows(c(), "SELECT * FROM t WHERE a = ?", {Value::of_text("1")}),
            (Cells{{text_cell("1")}}));
}

TEST_P(ContractTest, MoreTextsThanTheCacheHoldsWork) {
  ConnectOptions options = site_.options();
  for (const std::uint32_t size : {0U, 1U, 3U}) {
    options.prepared_statements = size;
    auto connection = driver_for(site_.dialect()).connect(options);
    ASSERT_TRUE(connection);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 6; ++i) {
        const std::string sql = "SELECT ? + " + std::to_string(i);
        EXPECT_EQ(rows(**connection, sql, {Value::of_int(1)})[0][0].text, std::to_string(i + 1));
      }
    }
  }
}

TEST_P(ContractTest, DescribeAgreesOnWhatBothHave) {
  write(c(),
        site_.is_mysql()
            ? "CREATE TABLE t (id BIGINT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL "
              "DEFAULT 'a', at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, g INT AS (1 + 1), "
              "n INT, UNIQUE KEY u (name, at))"
            : "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'a', "
              "at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, g INT AS (1 + 1), n INT)");
  if (!site_.is_mysql()) write(c(), "CREATE UNIQUE INDEX u ON t (name, at)");
  write(c(), "CREATE VIEW w AS SELECT id FROM t");
  auto schema = c().describe("t");
  ASSERT_TRUE(schema) << schema.error().native_message();
  EXPECT_EQ(schema->table, "t");
  EXPECT_FALSE(schema->is_view);
  ASSERT_EQ(schema->columns.size(), 5U);
  EXPECT_EQ(schema->columns[0].type, SqlType::kInt64);
  EXPECT_TRUE(schema->columns[0].auto_increment);
  EXPECT_FALSE(schema->columns[0].nullable);
  EXPECT_EQ(schema->columns[1].type, SqlType::kText);
  EXPECT_TRUE(schema->columns[1].has_default);
  EXPECT_FALSE(schema->columns[1].default_varies);
  EXPECT_FALSE(schema->columns[1].collation.empty());
  EXPECT_TRUE(schema->columns[2].default_varies);
  EXPECT_FALSE(schema->columns[2].updates_itself);
  EXPECT_TRUE(schema->columns[3].generated);
  EXPECT_TRUE(schema->columns[4].nullable);
  EXPECT_FALSE(schema->columns[4].has_default);
  ASSERT_EQ(schema->keys.size(), 2U);
  EXPECT_TRUE(schema->keys[0].primary);
  EXPECT_EQ(schema->keys[0].name, "PRIMARY");
  EXPECT_EQ(schema->keys[0].columns, std::vector<std::string>{"id"});
  EXPECT_EQ(schema->keys[1].name, "u");
  EXPECT_TRUE(schema->keys[1].unique);
  EXPECT_EQ(schema->keys[1].columns, (std::vector<std::string>{"name", "at"}));
  EXPECT_TRUE(c().describe("w")->is_view);
  EXPECT_EQ(*c().tables(), (std::vector<std::string>{"t", "w"}));
  EXPECT_EQ(c().describe("nowhere").error().code(), ErrorCode::kUnknownTable);
  EXPECT_EQ(c().describe("t' OR '1'='1").error().code(), ErrorCode::kUnknownTable);
}

TEST_P(ContractTest, RowsOfAWriteComeWithItsCounts) {
  write(c(), "CREATE TABLE t (a INT)");
  for (const Way way : {Way::kPrepared, Way::kText, Way::kCursor}) {
    EXPECT_EQ(rows(c(), "INSERT INTO t VALUES (?) RETURNING a + 1", {Value::of_int(1)}, way),
              (Cells{{int_cell(2)}}));
  }
  EXPECT_EQ(rows(c(), "SELECT COUNT(*) FROM t"), (Cells{{int_cell(3)}}));
}

TEST_P(ContractTest, TheVersionNamesTheProduct) {
  const std::string version = c().server_version();
  EXPECT_NE(version.find(site_.is_mysql() ? "MariaDB" : "SQLite 3."), std::string::npos) << version;
}

}  // namespace
}  // namespace pando::drivers
