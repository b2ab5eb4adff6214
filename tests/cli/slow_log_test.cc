#include "cli/slow_log.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace pando::cli {
namespace {

std::vector<LoggedStatement> read(const std::string& text) {
  SlowLog log;
  std::vector<LoggedStatement> result;
  const auto add = [&](std::optional<LoggedStatement> entry) {
    if (entry) result.push_back(*std::move(entry));
  };
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) add(log.feed(line));
  add(log.finish());
  return result;
}

constexpr const char* kMariaDb = R"(/usr/sbin/mariadbd, Version: 10.11.14-MariaDB. started with:
Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock
Time		    Id Command	Argument
# Time: 261122 15:00:00
# User@Host: app[app] @ localhost []
# Thread_id: 8  Schema: shop  QC_hit: No
# Query_time: 1.500000  Lock_time: 0.000067  Rows_sent: 1  Rows_examined: 1
# Rows_affected: 0  Bytes_sent: 60
use shop;
SET timestamp=1795359600;
SELECT *
FROM orders;
# User@Host: app[app] @ localhost []
# Query_time: 0.250000  Lock_time: 0.000067  Rows_sent: 1  Rows_examined: 1
SET timestamp=1795359601;
UPDATE orders SET note = 'a
# not a comment
b' WHERE user_id = 7;
# User@Host: app[app] @ localhost []
# Query_time: 0.000100  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0
# administrator command: Quit;
)";

TEST(SlowLogTest, TakesTheStatementsAndTheirTimes) {
  const auto entries = read(kMariaDb);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].sql, "SELECT *\nFROM orders;");
  EXPECT_EQ(entries[0].line, 11u);
  EXPECT_EQ(entries[0].seconds, 1.5);
  EXPECT_EQ(entries[1].sql, "UPDATE orders SET note = 'a\n# not a comment\nb' WHERE user_id = 7;");
  EXPECT_EQ(entries[1].seconds, 0.25);
}

TEST(SlowLogTest, TellsALogFromSql) {
  EXPECT_TRUE(looks_like_slow_log(kMariaDb));
  EXPECT_TRUE(looks_like_slow_log("# Time: 2026-11-22T15:00:00.000000Z\n# User@Host: a\n"));
  EXPECT_FALSE(looks_like_slow_log("# my queries\nSELECT 1;\n"));
  EXPECT_FALSE(looks_like_slow_log(""));
}

// MySQL writes blanks between the titles; and both write all of it again whenever they start.
constexpr const char* kMySql =
    R"(/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
# Time: 2026-11-22T15:00:00.000000Z
# User@Host: app[app] @ localhost []  Id:     8
# Query_time: 1.500000  Lock_time: 0.000067 Rows_sent: 1  Rows_examined: 1
SET timestamp=1795359600;
SELECT 1;
/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 0  Unix socket: (null)
Time                 Id Command    Argument
# Time: 2026-11-22T15:10:00.000000Z
# User@Host: app[app] @ localhost []  Id:     8
# Query_time: 0.500000  Lock_time: 0.000067 Rows_sent: 1  Rows_examined: 1
SET timestamp=1795360200;
SELECT 2;
)";

TEST(SlowLogTest, TheHeaderOfAServerThatStartsIsNoStatement) {
  const auto entries = read(kMySql);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].sql, "SELECT 1;");
  EXPECT_EQ(entries[1].sql, "SELECT 2;");
  EXPECT_EQ(entries[1].seconds, 0.5);
  EXPECT_TRUE(looks_like_slow_log("Time                 Id Command    Argument\n"));
  EXPECT_FALSE(looks_like_slow_log("Time to go\n"));
}

TEST(SlowLogTest, AnApplicationsOwnSetIsAStatement) {
  const auto entries =
      read("# User@Host: a\n# Query_time: 1.0\nSET timestamp=1;\nSET NAMES utf8mb4;\n");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].sql, "SET NAMES utf8mb4;");
}

}  // namespace
}  // namespace pando::cli
