// What is particular to SQLite; what both drivers promise is in tests/contract.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver.h"

namespace pando::drivers {
namespace {

class SqliteDriverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_sqlite_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  ConnectOptions options(const std::string& path) const {
    ConnectOptions result;
    result.dialect = Dialect::kSqlite;
    result.name = "shop0";
    result.path = path;
    result.read_timeout = std::chrono::milliseconds(50);
    return result;
  }
  std::string file(const std::string& name = "a.db") const { return directory_ / name; }

  ConnectionPtr open(const std::string& path = ":memory:") const {
    auto connection = driver_for(Dialect::kSqlite).connect(options(path));
    EXPECT_TRUE(connection) << connection.error().message();
    return std::move(connection).value();
  }

  static WriteResult write(Connection& c, std::string_view sql, std::vector<Value> p = {}) {
    auto reply = c.run(Query{.sql = sql, .parameters = p});
    EXPECT_TRUE(reply) << sql << ": " << reply.error().message() << " "
                       << reply.error().native_message();
    return reply ? reply->write : WriteResult{};
  }

  static ErrorCode code_of(Connection& c, std::string_view sql, std::vector<Value> p = {}) {
    auto reply = c.run(Query{.sql = sql, .parameters = p});
    EXPECT_FALSE(reply) << sql;
    if (reply) return ErrorCode::kInternal;
    EXPECT_EQ(reply.error().data_source(), "shop0");
    return reply.error().code();
  }

  static std::int64_t number(Connection& c, std::string_view sql) {
    auto reply = c.run(sql);
    EXPECT_TRUE(reply) << reply.error().native_message();
    auto more = reply->rows->next();
    EXPECT_TRUE(more && *more);
    return reply->rows->row()[0].as_int();
  }

  std::filesystem::path directory_;
};

// SQLite itself answers from the schema that a connection read last.
TEST_F(SqliteDriverTest, WhatAnotherConnectionDidToTheSchemaIsSeen) {
  auto a = open(file()), b = open(file());
  write(*a, "CREATE TABLE t (c INT, d INT)");
  struct Case {
    const char* make;
    const char* undo;
  };
  for (const Case& one : {Case{"CREATE TABLE u (c INT)", "DROP TABLE u"},
                          Case{"ALTER TABLE t RENAME TO v", "ALTER TABLE v RENAME TO t"},
                          Case{"CREATE INDEX i ON t (c)", "DROP INDEX i"}}) {
    SCOPED_TRACE(one.make);
    write(*a, one.make);
    code_of(*a, one.make);
    write(*b, one.undo);
    write(*a, one.make);
    code_of(*a, one.make);
    write(*b, one.undo);
  }
  write(*a, "CREATE INDEX i ON t (c)");
  EXPECT_EQ(a->describe("t")->keys.size(), 1U);
  write(*b, "DROP INDEX i");
  EXPECT_EQ(a->describe("t")->keys.size(), 0U);
  write(*b, "ALTER TABLE t ADD COLUMN e INT");
  EXPECT_EQ(a->describe("t")->columns.size(), 3U);
  write(*b, "DROP TABLE t");
  EXPECT_FALSE(a->describe("t"));
}

TEST_F(SqliteDriverTest, ValuesHaveTheKindOfTheirStorageClass) {
  auto c = open();
  write(*c, "CREATE TABLE t (a, b TEXT)");
  const std::string zero("x\0y", 3);
  write(*c, "INSERT INTO t VALUES (?, ?), (?, ?), (?, ?)",
        {Value::of_int(std::numeric_limits<std::int64_t>::min()), Value::of_text(zero),
         Value::of_double(0.1), Value::null(), Value::of_bytes(zero), Value::of_text("")});
  auto reply = c->run("SELECT a, b FROM t ORDER BY rowid");
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->rows->columns().size(), 2U);
  EXPECT_EQ(reply->rows->columns()[0].name, "a");
  EXPECT_EQ(reply->rows->columns()[1].type, SqlType::kDynamic);
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_int(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(reply->rows->row()[1], Value::of_text(zero));
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_double(0.1));
  EXPECT_TRUE(reply->rows->row()[1].is_null());
  ASSERT_TRUE(*reply->rows->next());
  EXPECT_EQ(reply->rows->row()[0], Value::of_bytes(zero));
  EXPECT_EQ(reply->rows->row()[1], Value::of_text(""));
  EXPECT_FALSE(*reply->rows->next());
  EXPECT_FALSE(*reply->rows->next());
}

TEST_F(SqliteDriverTest, WriteCountsBelongToTheStatementThatMadeThem) {
  auto c = open();
  EXPECT_EQ(write(*c, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)").affected_rows, 0U);
  auto inserted = write(*c, "INSERT INTO t (v) VALUES (1), (2), (3)");
  EXPECT_EQ(inserted.affected_rows, 3U);
  EXPECT_EQ(inserted.generated_key, 3U);
  auto updated = write(*c, "UPDATE t SET v = v + 1 WHERE id > 1");
  EXPECT_EQ(updated.affected_rows, 2U);
  EXPECT_EQ(updated.generated_key, 0U);
  EXPECT_EQ(write(*c, "CREATE TABLE u (a PRIMARY KEY) WITHOUT ROWID").affected_rows, 0U);
  EXPECT_EQ(write(*c, "ALTER TABLE t RENAME COLUMN v TO w").affected_rows, 0U);
  EXPECT_EQ(write(*c, "BEGIN").affected_rows, 0U);
  EXPECT_EQ(write(*c, "COMMIT").affected_rows, 0U);
  auto without = write(*c, "INSERT INTO u VALUES ('x')");
  EXPECT_EQ(without.affected_rows, 1U);
  EXPECT_EQ(without.generated_key, 0U);
  EXPECT_EQ(write(*c, "INSERT OR IGNORE INTO u VALUES ('x')").affected_rows, 0U);
  EXPECT_EQ(write(*c, "WITH x(v) AS (VALUES (9)) REPLACE INTO t (w) SELECT v FROM x").generated_key,
            4U);
  EXPECT_EQ(write(*c, "DELETE FROM t").affected_rows, 4U);
}

TEST_F(SqliteDriverTest, ReturningGivesRowsAndCounts) {
  auto c = open();
  write(*c, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  {
    auto reply = c->run("INSERT INTO t (v) VALUES ('a'), ('b') RETURNING id, v");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->write.affected_rows, 2U);
    EXPECT_EQ(reply->write.generated_key, 2U);
    ASSERT_TRUE(*reply->rows->next());
    EXPECT_EQ(reply->rows->row()[1], Value::of_text("a"));
  }  // The write stands although its rows were not all read.
  EXPECT_EQ(number(*c, "SELECT COUNT(*) FROM t"), 2);
}

TEST_F(SqliteDriverTest, OneStatementAtATime) {
  auto c = open();
  EXPECT_EQ(code_of(*c, "SELECT 1; SELECT 2"), ErrorCode::kTrailingText);
  EXPECT_EQ(code_of(*c, "SELECT 1; nonsense"), ErrorCode::kTrailingText);
  EXPECT_EQ(code_of(*c, std::string_view("SELECT 1\0", 9)), ErrorCode::kBadText);
  EXPECT_EQ(code_of(*c, ""), ErrorCode::kSyntax);
  EXPECT_EQ(code_of(*c, " -- nothing"), ErrorCode::kSyntax);
  EXPECT_EQ(number(*c, "SELECT 7 ; ; -- end\n /* of it */ ;"), 7);
}

TEST_F(SqliteDriverTest, ErrorsHaveCodes) {
  auto c = open();
  write(*c, "CREATE TABLE p (id INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL, k CHECK (k > 0))");
  write(*c, "CREATE TABLE f (p REFERENCES p(id))");
  write(*c, "INSERT INTO p VALUES (1, 1, 1, 1)");
  EXPECT_EQ(code_of(*c, "INSERT INTO p VALUES (1, 2, 1, 1)"), ErrorCode::kDuplicateKey);
  EXPECT_EQ(code_of(*c, "INSERT INTO p VALUES (2, 1, 1, 1)"), ErrorCode::kDuplicateKey);
  EXPECT_EQ(code_of(*c, "INSERT INTO p VALUES (2, 2, NULL, 1)"), ErrorCode::kConstraint);
  EXPECT_EQ(code_of(*c, "INSERT INTO p VALUES (2, 2, 1, 0)"), ErrorCode::kConstraint);
  EXPECT_EQ(code_of(*c, "INSERT INTO f VALUES (9)"), ErrorCode::kConstraint);
  EXPECT_EQ(code_of(*c, "SELECT * FROM nowhere"), ErrorCode::kUnknownTable);
  EXPECT_EQ(code_of(*c, "SELECT nowhere FROM p"), ErrorCode::kUnknownColumn);
  EXPECT_EQ(code_of(*c, "SELEC 1"), ErrorCode::kSyntax);
  EXPECT_EQ(code_of(*c, "COMMIT"), ErrorCode::kTransactionState);
  EXPECT_EQ(code_of(*c, "SELECT ?"), ErrorCode::kParameterCount);
  EXPECT_EQ(code_of(*c, "SELECT ?", {Value::of_uint(std::numeric_limits<std::uint64_t>::max())}),
            ErrorCode::kParameterType);
  EXPECT_EQ(code_of(*c, "SELECT ?", {Value::of_double(std::nan(""))}), ErrorCode::kParameterType);
  EXPECT_TRUE(c->usable());
  EXPECT_FALSE(c->busy());
}

TEST_F(SqliteDriverTest, AMessageQuotesNoData) {
  auto c = open();
  auto reply = c->run("SELECT 'secret' FRM x");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message().find("secret"), std::string::npos);
  EXPECT_EQ(reply.error().message(),
            "shop0: the database found a syntax error in the statement (SQLite error 1)");
}

TEST_F(SqliteDriverTest, SeveralStreamsOfTheSameTextAreIndependent) {
  auto c = open();
  const std::string_view sql =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n";
  auto a = c->run(sql);
  auto b = c->run(sql);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(c->can_interleave());
  EXPECT_TRUE(c->busy());
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(*a->rows->next());
    ASSERT_TRUE(*b->rows->next());
    EXPECT_EQ(a->rows->row()[0].as_int(), i);
    EXPECT_EQ(b->rows->row()[0].as_int(), i);
  }
  a->rows.reset();
  EXPECT_FALSE(*b->rows->next());
  EXPECT_FALSE(c->busy());
}

TEST_F(SqliteDriverTest, AStreamOutlivesItsParametersAndItsConnection) {
  auto c = open();
  RowStreamPtr rows;
  {
    std::string text(100, 'x');
    const std::vector<Value> parameters = {Value::of_text(text)};
    auto reply = c->run(Query{.sql = "SELECT ?1 UNION ALL SELECT ?1", .parameters = parameters});
    ASSERT_TRUE(reply);
    rows = std::move(reply->rows);
  }
  c.reset();
  ASSERT_TRUE(*rows->next());
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->row()[0], Value::of_text(std::string(100, 'x')));
}

TEST_F(SqliteDriverTest, ACachedStatementFollowsTheSchema) {
  auto c = open();
  write(*c, "CREATE TABLE t (a)");
  write(*c, "INSERT INTO t VALUES (1)");
  for (int columns = 1; columns <= 3; ++columns) {
    auto reply = c->run("SELECT * FROM t");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->rows->columns().size(), static_cast<std::size_t>(columns));
    ASSERT_TRUE(*reply->rows->next());
    EXPECT_EQ(reply->rows->row().size(), static_cast<std::size_t>(columns));
    reply->rows.reset();
    write(*c, "ALTER TABLE t ADD COLUMN c" + std::to_string(columns));
  }
}

TEST_F(SqliteDriverTest, DescribeTellsConflictClausesAndVirtualTables) {
  auto c = open();
  write(*c, "CREATE TABLE plain (id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT FAIL)");
  write(*c, "CREATE TABLE replaces (id INTEGER PRIMARY KEY, a UNIQUE On Conflict\nReplace, b)");
  write(*c, "CREATE INDEX plain_b ON replaces (b)");
  const auto plain = c->describe("plain");
  for (const auto& key : plain->keys) EXPECT_FALSE(key.resolves) << key.name;
  const auto replaces = c->describe("replaces");
  for (const auto& key : replaces->keys) EXPECT_EQ(key.resolves, key.unique) << key.name;
  EXPECT_FALSE(replaces->is_virtual);
  write(*c, "CREATE VIRTUAL TABLE words USING fts5(word)");
  EXPECT_TRUE(c->describe("words")->is_virtual);
}

TEST_F(SqliteDriverTest, DescribeTellsColumnsAndKeys) {
  auto c = open();
  write(*c,
        "CREATE TABLE \"o'dd \"\" t\" (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL "
        "COLLATE nocase DEFAULT 'x', at TEXT DEFAULT CURRENT_TIMESTAMP, price DECIMAL(10,2) "
        "DEFAULT -1.5, raw, r REAL DEFAULT (1 + 1), g INT GENERATED ALWAYS AS (id + 1))");
  write(*c, "CREATE UNIQUE INDEX byname ON \"o'dd \"\" t\" (name, lower(at))");
  write(*c, "CREATE INDEX byprice ON \"o'dd \"\" t\" (price)");
  auto schema = c->describe("O'DD \" T");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ(schema->table, "o'dd \" t");
  ASSERT_EQ(schema->columns.size(), 7U);
  const auto& id = schema->columns[0];
  EXPECT_TRUE(id.auto_increment);
  EXPECT_FALSE(id.nullable);
  EXPECT_EQ(id.type, SqlType::kInt64);
  const auto* name = schema->find("NAME");
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->type, SqlType::kText);
  EXPECT_EQ(name->collation, "NOCASE");
  EXPECT_EQ(name->declared_type, "VARCHAR(20)");
  EXPECT_FALSE(name->nullable);
  EXPECT_TRUE(name->has_default);
  EXPECT_FALSE(name->default_varies);
  EXPECT_TRUE(schema->find("at")->default_varies);
  EXPECT_FALSE(schema->find("price")->default_varies);
  EXPECT_EQ(schema->find("price")->type, SqlType::kDecimal);
  EXPECT_EQ(schema->find("raw")->type, SqlType::kBytes);
  EXPECT_EQ(schema->find("r")->type, SqlType::kDouble);
  EXPECT_TRUE(schema->find("r")->default_varies);
  EXPECT_TRUE(schema->find("g")->generated);
  EXPECT_EQ(schema->find("nothing"), nullptr);
  ASSERT_EQ(schema->keys.size(), 3U);
  EXPECT_EQ(schema->keys[0].name, "PRIMARY");
  EXPECT_TRUE(schema->keys[0].primary);
  EXPECT_EQ(schema->keys[0].columns, std::vector<std::string>{"id"});
  EXPECT_EQ(schema->keys[1].name, "byname");
  EXPECT_TRUE(schema->keys[1].unique);
  EXPECT_EQ(schema->keys[1].columns, (std::vector<std::string>{"name", ""}));
  EXPECT_FALSE(schema->keys[2].unique);
  EXPECT_EQ(*c->tables(), std::vector<std::string>{"o'dd \" t"});

  write(*c, "CREATE TABLE w (b INTEGER, a TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID");
  auto without = c->describe("w");
  ASSERT_TRUE(without);
  EXPECT_EQ(without->keys[0].columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(without->columns[0].auto_increment);
  write(*c, "CREATE TABLE only (a INTEGER PRIMARY KEY) WITHOUT ROWID");
  EXPECT_FALSE(c->describe("only")->columns[0].auto_increment);
  EXPECT_EQ(c->describe("nowhere").error().code(), ErrorCode::kUnknownTable);
}

TEST_F(SqliteDriverTest, ResetForgetsTheSessionAndKeepsTheData) {
  for (const std::string& path : {std::string(":memory:"), file()}) {
    SCOPED_TRACE(path);
    auto c = open(path);
    write(*c, "CREATE TABLE t (a)");
    write(*c, "CREATE TEMP TABLE temporary (a)");
    write(*c, "ATTACH ':memory:' AS other");
    auto pragma = c->run("PRAGMA foreign_keys = OFF");
    ASSERT_TRUE(pragma);
    pragma->rows.reset();
    write(*c, "BEGIN");
    write(*c, "INSERT INTO t VALUES (1)");
    EXPECT_TRUE(c->in_transaction());
    auto reset = c->reset();
    ASSERT_TRUE(reset) << reset.error().native_message();
    EXPECT_FALSE(c->in_transaction());
    EXPECT_EQ(number(*c, "SELECT COUNT(*) FROM t"), 0);
    EXPECT_EQ(number(*c, "PRAGMA foreign_keys"), 1);
    EXPECT_EQ(number(*c, "PRAGMA recursive_triggers"), 1);
    EXPECT_EQ(code_of(*c, "SELECT * FROM temporary"), ErrorCode::kUnknownTable);
    EXPECT_EQ(number(*c, "SELECT COUNT(*) FROM pragma_database_list WHERE name = 'other'"), 0);
  }
}

TEST_F(SqliteDriverTest, ALockedFileTimesOutAndMayBeRetried) {
  auto a = open(file());
  auto b = open(file());
  write(*a, "CREATE TABLE t (a)");
  write(*a, "BEGIN IMMEDIATE");
  auto reply = b->run("BEGIN IMMEDIATE");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code(), ErrorCode::kTimeout);
  EXPECT_TRUE(reply.error().retryable());
  EXPECT_TRUE(b->usable());
  write(*a, "COMMIT");
  write(*b, "BEGIN IMMEDIATE");
}

TEST_F(SqliteDriverTest, FilesThatCannotBeOpenedSaySo) {
  auto connect = [this](const std::string& path, bool read_only, bool create) {
    ConnectOptions o = options(path);
    o.read_only = read_only;
    o.create = create;
    auto connection = driver_for(Dialect::kSqlite).connect(o);
    return connection ? std::string("opened") : std::string(connection.error().info().name);
  };
  EXPECT_EQ(connect(file("missing.db"), false, false), "kUnreachable");
  EXPECT_EQ(connect(file("missing.db"), true, true), "kUnreachable");
  EXPECT_EQ(connect(file("no/such/directory.db"), false, true), "kUnreachable");
  EXPECT_EQ(connect("", false, true), "kUnreachable");
  std::ofstream(file("text.db")) << std::string(4096, 'n');
  EXPECT_EQ(connect(file("text.db"), false, true), "kUnreachable");
  EXPECT_EQ(connect(file("new.db"), false, true), "opened");
}

TEST_F(SqliteDriverTest, AMissingFileIsNamedAndMadeOnlyWhenAskedTo) {
  ConnectOptions o = options(file("fresh.db"));
  o.create = false;
  Driver& driver = driver_for(Dialect::kSqlite);
  auto connection = driver.connect(o);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().message(), o.name + ": there is no file " + o.path);
  EXPECT_NE(connection.error().remedy().find("CREATE TABLE"), std::string::npos);

  o.read_only = true;
  EXPECT_TRUE(driver.make_database(o));
  EXPECT_FALSE(std::ifstream(o.path));
  o.read_only = false;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(driver.make_database(o));
    EXPECT_TRUE(driver.connect(o));
  }
  o.path = file("no/such/directory.db");
  const auto made = driver.make_database(o);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(), o.name + ": the file " + o.path + " cannot be made");
}

TEST_F(SqliteDriverTest, ReadOnlyAndFullDatabases) {
  write(*open(file()), "CREATE TABLE t (a)");
  ConnectOptions o = options(file());
  o.read_only = true;
  auto reader = driver_for(Dialect::kSqlite).connect(o);
  ASSERT_TRUE(reader);
  EXPECT_EQ(code_of(**reader, "INSERT INTO t VALUES (1)"), ErrorCode::kReadOnly);
  const auto refused = (*reader)->run(Query{.sql = "INSERT INTO t VALUES (1)"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find(file()), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().remedy().find("?mode=ro"), std::string::npos);

  auto writer = open(file());
  auto limit = writer->run("PRAGMA max_page_count = 3");
  ASSERT_TRUE(limit);
  limit->rows.reset();
  EXPECT_EQ(code_of(*writer, "INSERT INTO t VALUES (zeroblob(100000))"), ErrorCode::kStorageFull);
  EXPECT_TRUE(writer->usable());
  write(*writer, "INSERT INTO t VALUES (1)");
}

TEST_F(SqliteDriverTest, CancelStopsARunningStatement) {
  auto c = open();
  auto reply =
      c->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
  ASSERT_TRUE(reply);
  ASSERT_TRUE(*reply->rows->next());
  std::jthread other([&] { c->cancel(); });
  auto more = reply->rows->next();
  while (more && *more) more = reply->rows->next();
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(reply->rows->next().error().code(), ErrorCode::kCancelled);
  reply->rows.reset();
  EXPECT_TRUE(c->usable());
  EXPECT_EQ(number(*c, "SELECT 5"), 5);
}

}  // namespace
}  // namespace pando::drivers
