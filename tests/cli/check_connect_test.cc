#include "cli/check_connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/config.h"

namespace pando::cli {
namespace {

using drivers::ColumnSchema;
using drivers::TableSchema;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

rules::RuleSetPtr rules_of(const std::string& tables, const std::string& url) {
  const std::string text = "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"" + url +
                           "\"\n[tables]\n" + tables +
                           "\n[ids.order_no]\nsnowflake = {worker = 1}\n";
  auto rules = rules::parse_config(text, rules::ConfigOptions{});
  EXPECT_TRUE(rules) << rules.error().message();
  return *rules;
}

// orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, note TEXT), index (user_id).
TableSchema orders() {
  TableSchema schema;
  schema.table = "orders";
  ColumnSchema id;
  id.name = "id";
  id.type = SqlType::kInt64;
  id.declared_type = "INTEGER";
  id.auto_increment = true;
  ColumnSchema user = id;
  user.name = "user_id";
  user.auto_increment = false;
  ColumnSchema note = user;
  note.name = "note";
  note.type = SqlType::kText;
  note.declared_type = "TEXT";
  note.collation = "BINARY";
  schema.columns = {id, user, note};
  schema.keys = {{.name = "PRIMARY", .unique = true, .primary = true, .columns = {"id"}},
                 {.name = "by_user", .columns = {"user_id"}}};
  return schema;
}

constexpr const char* kFilled =
    "orders = {by = \"hash(user_id)\", onto = \"shop[0..1].orders\", fill = {id = \"order_no\"}}";
constexpr const char* kUnfilled = "orders = {by = \"hash(user_id)\", onto = \"shop[0..1].orders\"}";

std::vector<std::string> findings(const char* tables, std::vector<Result<TableSchema>> schemas,
                                  const std::string& url = "sqlite:shop{n}.db") {
  const auto rules = rules_of(tables, url);
  std::vector<std::string> texts;
  for (const Finding& finding : compare_table(*rules, rules->tables()[0], schemas)) {
    texts.push_back(finding.text);
  }
  return texts;
}

TEST(CheckConnectTest, AlikeTablesHaveNoFindings) {
  EXPECT_THAT(findings(kFilled, {orders(), orders()}), IsEmpty());
}

TEST(CheckConnectTest, NamesTheMissingTable) {
  const Result<TableSchema> missing = fail(ErrorCode::kUnknownTable, "");
  EXPECT_THAT(findings(kFilled, {orders(), missing}), ElementsAre("missing: shop1.orders"));
  EXPECT_THAT(findings(kFilled, {missing, missing}), ElementsAre("none of its 2 tables exists"));
}

TEST(CheckConnectTest, ADataSourceThatDidNotAnswerIsNotTakenForMissing) {
  EXPECT_THAT(findings(kFilled, {orders(), fail(ErrorCode::kUnreachable, "")}), IsEmpty());
}

TEST(CheckConnectTest, FindsColumnsThatDiffer) {
  TableSchema other = orders();
  other.columns[2].declared_type = "BLOB";
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre("column note is BLOB, not TEXT, in shop1.orders"));
  other = orders();
  other.columns[2].collation = "NOCASE";
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre(HasSubstr("has the collation NOCASE, not BINARY")));
  other.columns[2].collation.clear();
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre(HasSubstr("has no collation, not BINARY,")));
  EXPECT_THAT(findings(kFilled, {other, orders()}),
              ElementsAre(HasSubstr("has the collation BINARY, not no collation,")));
  other = orders();
  other.columns.pop_back();
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre("column note is missing in shop1.orders"));
  other = orders();
  std::swap(other.columns[1], other.columns[2]);
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre("the columns are in another order in shop1.orders"));
}

TEST(CheckConnectTest, FindsKeysThatDiffer) {
  TableSchema other = orders();
  other.keys.pop_back();
  EXPECT_THAT(findings(kFilled, {orders(), other}),
              ElementsAre("the index (user_id) is missing in shop1.orders"));
}

TEST(CheckConnectTest, FindsAKeyWithoutAnIndex) {
  TableSchema bare = orders();
  bare.keys.pop_back();
  EXPECT_THAT(findings(kFilled, {bare, bare}),
              ElementsAre("no index begins with the sharding key user_id"));
}

TEST(CheckConnectTest, FindsAutoIncrementAndUniqueKeysThatShardsCannotKeep) {
  EXPECT_THAT(findings(kUnfilled, {orders(), orders()}),
              ElementsAre(HasSubstr("column id is AUTO_INCREMENT"),
                          HasSubstr("the primary key (id) lacks the sharding key user_id")));
}

TEST(CheckConnectTest, FindsAShardingKeyThatNumbersItself) {
  constexpr const char* kById = "orders = {by = \"hash(id)\", onto = \"shop[0..1].orders\"}";
  EXPECT_THAT(findings(kById, {orders(), orders()}, "mysql://app@db{n}/shop"),
              ElementsAre(HasSubstr("the sharding key id is AUTO_INCREMENT")));
  // SQLite's INTEGER PRIMARY KEY is the plain way to have such a key.
  EXPECT_THAT(findings(kById, {orders(), orders()}), IsEmpty());
  EXPECT_THAT(findings("orders = {by = \"hash(id)\", onto = \"shop[0..1].orders\", "
                       "fill = {id = \"order_no\"}}",
                       {orders(), orders()}, "mysql://app@db{n}/shop"),
              IsEmpty());
}

TEST(CheckConnectTest, FindsATimeWithOtherDigitsOfASecondThanTheRulesSay) {
  constexpr const char* kByTime = "orders = {by = \"hash(at)\", onto = \"shop[0..1].orders\", ";
  const auto with = [&](const char* rule, const char* type) {
    TableSchema table = orders();
    table.columns[1].name = "at";
    table.columns[1].type = SqlType::kDateTime;
    table.columns[1].declared_type = type;
    table.keys.clear();
    table.keys.push_back({.name = "at", .columns = {"at"}});
    table.columns[0].auto_increment = false;
    return findings(std::string(kByTime + std::string("type = \"") + rule + "\"}").c_str(),
                    {table, table}, "mysql://app@db{n}/shop");
  };
  EXPECT_THAT(with("datetime", "datetime"), IsEmpty());
  EXPECT_THAT(with("datetime(3)", "datetime(3)"), IsEmpty());
  EXPECT_THAT(with("datetime", "datetime(3)"),
              ElementsAre("the sharding key orders.at is datetime in the rules, but the column has "
                          "type datetime(3)"));
  EXPECT_THAT(with("datetime(6)", "datetime"), ElementsAre(HasSubstr("is datetime(6) in the")));
}

TEST(CheckConnectTest, FindsAShardingKeyOfTheWrongTypeOrNone) {
  TableSchema wrong = orders();
  wrong.columns[1].type = SqlType::kText;
  wrong.columns[1].declared_type = "TEXT";
  EXPECT_THAT(findings(kFilled, {wrong, wrong}), ElementsAre(HasSubstr("sharding key")));
  wrong = orders();
  wrong.columns[1].name = "customer_id";
  wrong.keys.pop_back();
  EXPECT_THAT(findings(kFilled, {wrong, wrong}),
              ElementsAre("the sharding key user_id is no column of it"));
}

}  // namespace
}  // namespace pando::cli
