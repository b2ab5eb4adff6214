#include "drivers/mysql/mysql_error.h"

#include <gtest/gtest.h>

namespace pando::drivers::mysql {
namespace {

TEST(MysqlErrorTest, NumbersHaveCodes) {
  using enum DatabaseFault;
  struct Case {
    unsigned number;
    ErrorCode code;
    bool retryable;
    DatabaseFault fault;
  };
  for (const Case& test : {Case{28, ErrorCode::kStorageFull, false, kStatement},
                           Case{1040, ErrorCode::kUnreachable, true, kConnection},
                           Case{1045, ErrorCode::kAccessDenied, false, kStatement},
                           Case{1062, ErrorCode::kDuplicateKey, false, kStatement},
                           Case{1146, ErrorCode::kUnknownTable, false, kStatement},
                           Case{1205, ErrorCode::kDeadlock, true, kLockTimeout},
                           Case{1213, ErrorCode::kDeadlock, true, kDeadlock},
                           Case{1290, ErrorCode::kReadOnly, false, kStatement},
                           Case{1159, ErrorCode::kDatabase, false, kConnection},
                           Case{1317, ErrorCode::kCancelled, false, kStatement},
                           Case{1452, ErrorCode::kConstraint, false, kStatement},
                           Case{1927, ErrorCode::kConnectionLost, false, kConnection},
                           Case{2006, ErrorCode::kConnectionLost, false, kConnection},
                           Case{2013, ErrorCode::kConnectionLost, false, kConnection},
                           Case{2057, ErrorCode::kDatabase, true, kStatement},
                           Case{2999, ErrorCode::kConnectionLost, false, kConnection},
                           Case{4025, ErrorCode::kConstraint, false, kStatement},
                           Case{9999, ErrorCode::kDatabase, false, kStatement}}) {
    SCOPED_TRACE(test.number);
    const NativeError error = classify(test.number, "HY000", "");
    EXPECT_EQ(error.code, test.code);
    EXPECT_EQ(error.retryable, test.retryable);
    EXPECT_EQ(error.fault, test.fault);
    EXPECT_FALSE(error.fact.empty());
  }
}

TEST(MysqlErrorTest, AMissingTableIsNamedAndToBeCreated) {
  const Error error = make_native_error(
      "shop1", "MySQL", classify(1146, "42S02", "Table 'shop.orders_0' doesn't exist"));
  EXPECT_EQ(error.message(), "shop1: there is no table `shop.orders_0` (MySQL error 1146)");
  EXPECT_EQ(error.remedy(), kCreateTable);
  EXPECT_EQ(make_native_error("shop1", "MySQL", classify(1146, "42S02", "")).message(),
            "shop1: the statement names a table that does not exist here (MySQL error 1146)");
}

TEST(MysqlErrorTest, AMissingRightIsNoRefusedLogin) {
  const auto connecting = [](unsigned number) {
    return make_native_error("shop1", "MySQL", classify(number, "42000", ""));
  };
  const auto running = [](unsigned number) {
    return make_native_error("shop1", "MySQL", lacks_right(classify(number, "42000", "")));
  };
  EXPECT_EQ(connecting(1045).message(), "shop1: the login was refused (MySQL error 1045)");
  EXPECT_EQ(connecting(1045).remedy(), error_info(ErrorCode::kAccessDenied).remedy);
  EXPECT_EQ(connecting(1044).message(),
            "shop1: the user lacks a right on the database (MySQL error 1044)");
  for (const unsigned number : {1044u, 1045u, 1142u, 1143u, 1227u, 1370u}) {
    SCOPED_TRACE(number);
    const Error error = running(number);
    EXPECT_EQ(error.code(), ErrorCode::kAccessDenied);
    EXPECT_NE(error.message().find("lacks a right"), std::string::npos) << error.message();
    EXPECT_EQ(error.remedy().substr(0, 6), "GRANT ");
  }
  EXPECT_EQ(running(1064).remedy(), error_info(ErrorCode::kSyntax).remedy);
}

TEST(MysqlErrorTest, WithoutTlsTheRemedyNamesIt) {
  const Error error = make_native_error("shop1", "MySQL", classify(2026, "HY000", ""));
  EXPECT_NE(error.remedy().find("`tls`"), std::string::npos) << error.remedy();
}

TEST(MysqlErrorTest, OnlyTextsThatCertainlyReadCountAsReads) {
  for (const char* sql : {"SELECT 1", " (select 1)", "/* x */ Show TABLES", "-- x\nSELECT 1",
                          "# x\n SELECT", "EXPLAIN DELETE FROM t", "BEGIN", "rollback"}) {
    EXPECT_TRUE(only_reads(sql)) << sql;
  }
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "WITH x AS (SELECT 1) DELETE FROM t", "COMMIT", "CALL p()",
        "/*! INSERT INTO t VALUES (1) */", "/*M! SELECT 1 */", "DO SLEEP(1)", "", "-- SELECT",
        "/* SELECT", "SELECTED", "UPDATE t"}) {
    EXPECT_FALSE(only_reads(sql)) << sql;
  }
  EXPECT_TRUE(only_reads_if_it_has_rows("WITH x AS (SELECT 1) SELECT * FROM x"));
  EXPECT_FALSE(only_reads_if_it_has_rows("INSERT INTO t VALUES (1) RETURNING a"));
}

}  // namespace
}  // namespace pando::drivers::mysql
