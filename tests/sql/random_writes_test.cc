// Random writes through Pando and on one unsharded database: the same affected rows, the same
// tables in the end, and each row where the rules say. The seed is printed; PANDO_SEED and
// PANDO_WRITES change the run.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "router/core.h"
#include "router/inside.h"
#include "router/sql/lexer.h"
#include "tests/sql/differential.h"
#include "tests/sql/placement.h"

namespace pando::test {
namespace {

constexpr const char* kRules = R"toml(
[tables]
users   = {by = "hash(id)", slots = 64, onto = "shop[0..3].users_[0..1]"}
tickets = {by = "list(zone)", lists = [[0, 1, 2], [3], [4, 5, 6], [7]], onto = "shop[0..3]"}
regions = {copy = "shop[0..3]"}
)toml";

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// What a statement is made of that is refused more often than others.
struct Write {
  std::string sql;
  std::string kind;  // Of kKinds.
};
constexpr const char* kKinds[] = {"plain", "elsewhere", "limit", "values", "moves", "copy"};

class Generator {
 public:
  Generator(std::uint64_t seed, Dialect dialect)
      : random_(seed), mysql_(dialect == Dialect::kMySql) {}

  // One in five is of the kind whose turn it is, so that the rare ones come too.
  Write next() {
    const char* wanted = made_ % 5 == 0 ? kKinds[made_ / 5 % std::size(kKinds)] : nullptr;
    ++made_;
    std::string sql;
    do {
      kind_ = "plain";
      sql = any();
    } while (wanted != nullptr && kind_ != wanted);
    return {std::move(sql), kind_};
  }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

 private:
  std::string any() {
    switch (below(4)) {
      case 0:
        return insert();
      case 1:
        return below(4) == 0 ? copy_rows() : update();
      case 2:
        return below(3) == 0 ? remove() : update();
      default:
        return insert();
    }
  }
  std::string key() { return std::to_string(below(40)); }
  std::string zone() { return std::to_string(below(8)); }
  std::string text() {
    static const char* const kTexts[] = {"NULL", "'a'", "'B'", "''", "'it''s'", "'z; -- '"};
    return kTexts[below(6)];
  }
  std::string n() { return below(6) == 0 ? "NULL" : std::to_string(below(5)); }
  std::string row(int table) {
    if (table == 0) return "(" + key() + ", " + text() + ", " + n() + ")";
    if (table == 1) return "(" + zone() + ", " + std::to_string(below(5)) + ", " + text() + ")";
    return "('" + std::string(1, static_cast<char>('a' + below(9))) + "', " + text() + ", " + n() +
           ")";
  }

  std::string insert() {
    static const char* const kHeads[] = {"users (id, name, n)", "tickets (zone, seat, owner)",
                                         "regions (code, title, n)"};
    static const char* const kUpserts[] = {"name", "owner", "title"};
    static const char* const kKeys[] = {"id", "zone, seat", "code"};
    const int table = static_cast<int>(below(3));
    const std::uint64_t kind = below(5);
    std::string sql = kind == 0   ? "REPLACE INTO "
                      : kind == 1 ? (mysql_ ? "INSERT IGNORE INTO " : "INSERT OR IGNORE INTO ")
                                  : "INSERT INTO ";
    sql += std::string(kHeads[table]) + " VALUES " + row(table);
    for (std::uint64_t more = below(5); more > 0; --more) sql += ", " + row(table);
    if (kind == 2 || kind == 3) {
      const std::string column = kUpserts[table];
      sql += mysql_ ? " ON DUPLICATE KEY UPDATE " + column + " = VALUES(" + column + ")"
                    : " ON CONFLICT (" + std::string(kKeys[table]) + ") DO UPDATE SET " + column +
                          " = excluded." + column;
    }
    return sql;
  }

  // Conditions over rows that lie elsewhere.
  std::string elsewhere(int table) {
    static const char* const kConditions[][5] = {
        {"n IN (SELECT seat FROM tickets)", "id IN (SELECT zone FROM tickets WHERE owner IS NULL)",
         "n > (SELECT AVG(n) FROM regions)", "name NOT IN (SELECT owner FROM tickets)",
         "EXISTS (SELECT 1 FROM tickets t WHERE t.zone + t.seat = users.id)"},
        {"seat IN (SELECT n FROM users)", "owner IN (SELECT name FROM users)",
         "seat < (SELECT COUNT(*) FROM regions)", "(zone, seat) IN (SELECT n, id FROM users)",
         "NOT EXISTS (SELECT 1 FROM users u WHERE u.n = tickets.zone)"},
        {"n IN (SELECT seat FROM tickets)", "title IN (SELECT name FROM users)",
         "n >= (SELECT MIN(n) FROM users)", "title NOT IN (SELECT owner FROM tickets)",
         "EXISTS (SELECT 1 FROM users u WHERE u.n = regions.n)"}};
    static const char* const kKeys[] = {"id", "seat DESC, zone", "code DESC"};
    if (kind_ == "plain") kind_ = "elsewhere";
    std::string sql = std::string(" WHERE ") + kConditions[table][below(5)];
    if (table < 2 && below(3) == 0) {
      if (kind_ == "elsewhere") kind_ = "limit";
      sql += std::string(" ORDER BY ") + kKeys[table] + " LIMIT " + std::to_string(below(5));
    }
    return sql;
  }

  std::string copy_rows() {
    static const char* const kQueries[] = {
        "users (id, name, n) SELECT zone * 5 + seat, owner, seat FROM tickets ORDER BY zone, seat",
        "tickets (zone, seat, owner) SELECT n, id, name FROM users WHERE n < 5",
        "regions (code, title, n) SELECT 'q', MAX(name), COUNT(*) FROM users",
        "users (id, name, n) SELECT id + 7, name, n FROM users WHERE id < 20"};
    kind_ = "copy";
    const std::uint64_t kind = below(3);
    return (kind == 0   ? "REPLACE INTO "
            : kind == 1 ? (mysql_ ? "INSERT IGNORE INTO " : "INSERT OR IGNORE INTO ")
                        : "INSERT INTO ") +
           std::string(kQueries[below(4)]);
  }

  std::string where(int table) {
    if (below(4) == 0) return elsewhere(table);
    if (table == 0) {
      switch (below(6)) {
        case 0:
          return " WHERE id = " + key();
        case 1:
          return " WHERE id IN (" + key() + ", " + key() + ", NULL)";
        case 2:
          return " WHERE id BETWEEN " + key() + " AND " + key();
        case 3:
          return " WHERE id = " + key() + " OR n = " + n();
        case 4:
          return " WHERE NOT (id > " + key() + ") AND name IS NOT NULL";
        default:
          return " WHERE n < " + n();
      }
    }
    if (table == 1) {
      return below(2) == 0 ? " WHERE zone = " + zone()
                           : " WHERE (zone, seat) IN ((" + zone() + ", 1), (" + zone() + ", 2))";
    }
    return " WHERE code > '" + std::string(1, static_cast<char>('a' + below(9))) + "'";
  }
  // Values of rows that lie elsewhere.
  std::string assign_elsewhere(int table) {
    static const char* const kAssignments[][3] = {
        {"users SET n = (SELECT MAX(seat) FROM tickets WHERE zone >= users.n)",
         "users SET name = (SELECT owner FROM tickets WHERE zone = users.n AND seat = 1), n = 3",
         "users SET n = COALESCE((SELECT SUM(n) FROM regions), 0) + id"},
        {"tickets SET owner = (SELECT name FROM users WHERE id = tickets.seat)",
         "tickets SET owner = (SELECT MAX(title) FROM regions WHERE n > tickets.seat)",
         "tickets SET owner = (SELECT 'x' FROM users WHERE users.n = tickets.zone AND id > 20)"},
        {"regions SET n = (SELECT COUNT(*) FROM users WHERE users.n >= regions.n)",
         "regions SET title = (SELECT MIN(owner) FROM tickets), n = n + 1",
         "regions SET n = (SELECT MIN(zone) FROM tickets WHERE seat = regions.n AND owner = "
         "title)"}};
    kind_ = "values";
    return std::string("UPDATE ") + kAssignments[table][below(3)] +
           (below(2) == 0 ? "" : where(table));
  }

  // Other sharding keys, such that no order of writing makes two rows alike for a while.
  std::string move() {
    kind_ = "moves";
    switch (below(4)) {
      case 0:
        return "UPDATE users SET id = " + key() + ", n = n + 1 WHERE id = " + key();
      case 1:
        return "UPDATE users SET id = id + 100, name = " + text() + " WHERE id < 40 AND n = " + n();
      case 2:
        return "UPDATE tickets SET zone = " + zone() + ", owner = " + text() + where(1);
      default:
        return "UPDATE tickets SET zone = " + zone() + " WHERE seat = " + std::to_string(below(5)) +
               " AND zone = (SELECT MIN(n) FROM users)";
    }
  }

  std::string update() {
    const int table = static_cast<int>(below(3));
    if (below(6) == 0) return assign_elsewhere(table);
    if (below(6) == 0) return move();
    if (table == 0) {
      return "UPDATE users SET n = n + 1, name = " + text() + where(0);
    }
    if (table == 1) return "UPDATE tickets SET owner = " + text() + where(1);
    return "UPDATE regions SET n = COALESCE(n, 0) * 2, title = " + text() + where(2);
  }
  std::string remove() {
    static const char* const kNames[] = {"users", "tickets", "regions"};
    const int table = static_cast<int>(below(3));
    return "DELETE FROM " + std::string(kNames[table]) + where(table);
  }

  std::mt19937_64 random_;
  std::uint64_t made_ = 0;
  bool mysql_;
  std::string kind_;
};

// The statement with parameters in the place of its numbers and texts.
struct WithParameters {
  std::string sql;
  std::vector<std::string> texts;
  std::vector<Value> values;
};

WithParameters with_parameters(const std::string& sql, Dialect dialect) {
  WithParameters made;
  sql::ParseOptions options;
  options.dialect = dialect;
  sql::Lexer lexer(sql, options);
  made.texts.reserve(sql.size());
  std::uint32_t at = 0;
  for (sql::Token token = lexer.next(); token.kind != sql::Tok::kEnd; token = lexer.next()) {
    const std::string text = sql.substr(token.begin, token.end - token.begin);
    if (token.kind == sql::Tok::kInteger) {
      made.values.push_back(Value::of_int(std::stoll(text)));
    } else if (token.kind == sql::Tok::kString && text.find("''", 1) == std::string::npos) {
      made.values.push_back(
          Value::of_text(made.texts.emplace_back(text.substr(1, text.size() - 2))));
    } else {
      continue;
    }
    made.sql.append(sql, at, token.begin - at).push_back('?');
    at = token.end;
  }
  made.sql.append(sql, at);
  return made;
}

constexpr const char* kTables[] = {
    "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), n BIGINT)",
    ("CREATE TABLE tickets (zone INT NOT NULL, seat INT NOT NULL, owner VARCHAR(20), "
     "PRIMARY KEY (zone, seat))"),
    "CREATE TABLE regions (code CHAR(2) NOT NULL PRIMARY KEY, title VARCHAR(30), n BIGINT)"};

class RandomWritesTest : public testing::TestWithParam<Dialect> {};

TEST_P(RandomWritesTest, WouldShowARowThatLiesElsewhere) {
  auto pair = open_pair(GetParam(), kRules);
  for (const char* sql : kTables) pair->sharded().execute(sql);
  pair->sharded().execute("INSERT INTO users (id) VALUES (1), (2), (3)");
  pair->sharded().execute("INSERT INTO regions (code) VALUES ('a'), ('b')");
  EXPECT_EQ(misplaced_rows(pair->sharded()), "");
  const auto run_at = [&](std::size_t data_source, const char* sql) {
    auto lease = router::Inside::core(pair->sharded()).pool().acquire(data_source);
    ASSERT_TRUE(lease) << lease.error().message();
    const auto reply = (*lease)->run(sql);
    ASSERT_TRUE(reply) << reply.error().message();
  };
  run_at(0, "INSERT INTO tickets (zone, seat) VALUES (3, 1), (1, 1)");
  EXPECT_EQ(misplaced_rows(pair->sharded()),
            "shop0.tickets holds a row of tickets that belongs to shop1.tickets\n");
  run_at(0, "UPDATE tickets SET zone = 9 WHERE zone = 3");
  EXPECT_NE(misplaced_rows(pair->sharded()).find("belongs nowhere"), std::string::npos);
  run_at(0, "DELETE FROM tickets");
  EXPECT_EQ(misplaced_rows(pair->sharded()), "");
  run_at(2, "UPDATE regions SET n = 1 WHERE code = 'b'");
  EXPECT_EQ(misplaced_rows(pair->sharded()), "shop2.regions holds other rows than shop0.regions\n");
}

TEST_P(RandomWritesTest, LeaveWhatTheyLeaveUnsharded) {
  const std::uint64_t seed = number_from("PANDO_SEED", std::random_device{}());
  const std::uint64_t writes = number_from("PANDO_WRITES", 200);
  std::printf("PANDO_SEED=%llu\n", static_cast<unsigned long long>(seed));
  auto pair = open_pair(GetParam(), kRules);
  const auto both = [&](const std::string& sql) {
    return run_record(*pair, {.verb = "either", .words = {}, .sql = sql});
  };
  for (const char* sql : kTables) {
    ASSERT_EQ(both(sql), "") << sql;
  }
  Generator generator(seed, GetParam());
  std::map<std::string, int> refused;
  std::map<std::string, int> carried_out;
  std::uint64_t same = 0, failed = 0;
  for (std::uint64_t i = 0; i < writes; ++i) {
    const auto [text, kind] = generator.next();
    WithParameters made{.sql = text, .texts = {}, .values = {}};
    if (generator.below(3) == 0) made = with_parameters(text, GetParam());
    const std::string& sql = made.sql;
    const Answer actual = read_answer(pair->sharded().run(sql, made.values));
    if (actual.error && actual.error->category() == ErrorCategory::kRefused) {
      ++refused[std::string(actual.error->id())];
      continue;
    }
    const Answer expected =
        read_answer(pair->oracle().run(drivers::Query{.sql = sql, .parameters = made.values}));
    ASSERT_EQ(difference(expected, actual, false), "") << sql << "\nfrom " << text;
    ++(expected.error ? failed : same);
    if (!expected.error) ++carried_out[kind];
    if (i % 20 != 0 && i + 1 != writes) continue;
    for (const char* table : {"users", "tickets", "regions"}) {
      ASSERT_EQ(both("SELECT * FROM " + std::string(table)), "") << "after " << sql;
    }
    ASSERT_EQ(misplaced_rows(pair->sharded()), "") << "after " << sql;
  }
  for (const auto& [code, count] : refused) std::printf("refused %s: %d\n", code.c_str(), count);
  std::printf("%llu did the same, %llu failed on both sides, of %llu\n",
              static_cast<unsigned long long>(same), static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(writes));
  // Few writes prove nothing of the share. It is 85 in 100, and more; one kind alone cannot hide in
  // the rest.
  if (writes < 100) return;
  EXPECT_GE(same * 100, writes * 75) << "too few writes were carried out to prove anything";
  for (const char* kind : kKinds) {
    EXPECT_GT(carried_out[kind], 0) << kind;
  }
}

// Beside rows of other data sources, which are read with a clock of their own elsewhere.
TEST_P(RandomWritesTest, WriteOneTimeToAllCopies) {
  if (GetParam() != Dialect::kMySql) GTEST_SKIP() << "SQLite's clock is not the statement's";
  auto pair = open_pair(GetParam(), kRules);
  Database& db = pair->sharded();
  db.execute(
      "CREATE TABLE regions (code CHAR(2) NOT NULL PRIMARY KEY, at DATETIME(6), seen DATETIME(6))");
  db.execute(kTables[0]);
  db.execute("INSERT INTO users (id, n) VALUES (1, 1), (2, 1), (3, 2)");
  db.execute("UPDATE users SET name = 'b' WHERE n = 1");
  db.execute("INSERT INTO regions (code) VALUES ('a'), ('b')");
  db.execute(
      "UPDATE regions SET at = NOW(6), seen = NOW(6) WHERE code IN (SELECT name FROM users WHERE "
      "NOW(6) > '2020-01-01' AND id < 100)");
  EXPECT_EQ(misplaced_rows(db), "");
  const auto done = db.query<std::int64_t>("SELECT COUNT(*) FROM regions WHERE at = seen").all();
  EXPECT_EQ(done.at(0), 1);
}

TEST_P(RandomWritesTest, AreTheSameInMoreThanOneStatement) {
  auto pair = open_pair(GetParam(), kRules);
  const auto both = [&](const std::string& sql, const char* verb = "both") {
    EXPECT_EQ(run_record(*pair, {.verb = verb, .words = {}, .sql = sql}), "") << sql.substr(0, 80);
  };
  for (const char* sql : kTables) both(sql);
  std::string rows = "INSERT INTO users (id, name, n) VALUES (1, 'x', 1)";
  for (int id = 2; id <= 700; ++id) {
    rows += ", (" + std::to_string(id) + ", 'x', " + std::to_string(id % 7) + ")";
  }
  both(rows);
  both("INSERT INTO tickets (zone, seat, owner) SELECT n, id, name FROM users");
  both("UPDATE tickets SET owner = 'y' WHERE seat IN (SELECT id FROM users WHERE n <> 3)");
  both("UPDATE users SET n = (SELECT MAX(seat) FROM tickets WHERE zone = users.n)");
  both("SELECT * FROM users", "same");
  both("SELECT * FROM tickets", "same");
  both("DELETE FROM tickets WHERE seat IN (SELECT id FROM users)");
  both("SELECT * FROM tickets", "same");
}

// SQLite judges foreign keys at the end of a statement, of which here are several.
TEST_P(RandomWritesTest, OfATableThatRefersToItselfMustFitInOneStatement) {
  if (GetParam() != Dialect::kSqlite) GTEST_SKIP() << "MySQL judges each row";
  auto pair = open_pair(GetParam(), kRules);
  Database& db = pair->sharded();
  db.execute(kTables[1]);
  db.execute(
      "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, parent INT, n INT, FOREIGN KEY (id) "
      "REFERENCES users (id))");
  std::string rows = "INSERT INTO users (id, n) VALUES (1, 1)";
  for (int id = 2; id <= 300; ++id) rows += ", (" + std::to_string(id) + ", 1)";
  db.execute(rows);
  db.execute("INSERT INTO tickets (zone, seat) VALUES (1, 1)");
  try {
    db.execute("DELETE FROM users WHERE n IN (SELECT seat FROM tickets)");
    ADD_FAILURE() << "300 rows were deleted";
  } catch (const Error& thrown) {
    EXPECT_EQ(thrown.code(), ErrorCode::kUnsupportedStatement);
  }
  EXPECT_EQ(db.execute("DELETE FROM users WHERE id < 20 AND n IN (SELECT seat FROM tickets)")
                .affected_rows(),
            19u);
}

INSTANTIATE_TEST_SUITE_P(Dialects, RandomWritesTest,
                         testing::Values(Dialect::kSqlite, Dialect::kMySql), [](const auto& test) {
                           return test.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
                         });

}  // namespace
}  // namespace pando::test
