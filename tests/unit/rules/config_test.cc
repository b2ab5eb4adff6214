// The configuration: what it gives, by one example with every kind of table.

#include "rules/config.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace pando::rules {
namespace {

ConfigOptions options_with(std::map<std::string, std::string> variables) {
  ConfigOptions options;
  options.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  options.directory = "/srv";
  return options;
}

constexpr std::string_view kShop = R"toml(format = 1
[databases."shop[0..3]"]
write = "mysql://app@10.0.0.1{n}/shop{n}"
read  = ["mysql://app@10.0.1.1{n}/shop{n}"]
[databases.main]
write = "mysql://app@10.0.0.9/main"
[defaults]
password = "${SHOP_PASSWORD}"
[tables]
orders      = {by = "hash(user_id)", slots = 1024, onto = "shop[0..3].orders_[00..15]", fill = {id = "order_no"}}
order_items = {with = "orders", key = "user_id", onto = "shop[0..3].order_items_[00..15]"}
events      = {database_by = "mod(user_id)", table_by = "month(created_at)", onto = "shop[0..3].events_{yyyyMM}", from = 2024-01-01, until = "2024-12"}
regions     = {copy = "shop[0..3]"}
coupons     = {at = "main"}
[ids.order_no]
snowflake = {worker = "${POD_ORDINAL}"}
)toml";

TEST(ConfigTest, TheShopOfTheDesignGivesItsTables) {
  const auto result =
      parse_config(kShop, options_with({{"SHOP_PASSWORD", "p@ss"}, {"POD_ORDINAL", "7"}}));
  ASSERT_TRUE(result) << result.error().message() << " " << result.error().span().begin;
  const RuleSet& rules = **result;
  ASSERT_EQ(rules.data_sources().size(), 5U);
  EXPECT_EQ(rules.data_sources()[2].name, "shop2");
  EXPECT_EQ(rules.data_sources()[2].write.host, "10.0.0.12");
  EXPECT_EQ(rules.data_sources()[2].write.password, "p@ss");
  EXPECT_EQ(rules.data_sources()[2].read.at(0).display(), "mysql://app@10.0.1.12:3306/shop2");

  const LogicalTable* orders = rules.find_table("ORDERS");
  ASSERT_NE(orders, nullptr);
  ASSERT_EQ(orders->nodes.size(), 64U);
  EXPECT_EQ(orders->nodes[17], (Node{.data_source = 1, .table = "orders_01"}));
  const LogicalTable* items = rules.find_table("order_items");
  ASSERT_NE(items, nullptr);
  EXPECT_EQ(items->family, orders->family);
  EXPECT_EQ(items->sharding, orders->sharding);
  const LogicalTable* events = rules.find_table("events");
  ASSERT_NE(events, nullptr);
  ASSERT_EQ(events->nodes.size(), 48U);
  EXPECT_EQ(events->nodes[13], (Node{.data_source = 1, .table = "events_202402"}));
  EXPECT_NE(events->family, orders->family);
  EXPECT_EQ(rules.find_table("regions")->kind, TableKind::kBroadcast);
  EXPECT_EQ(rules.find_table("coupons")->nodes, (std::vector<Node>{{4, "coupons"}}));
  EXPECT_EQ(rules.find_table("nothing"), nullptr);
  EXPECT_EQ(rules.id_generators().at("order_no").worker, 7U);
  EXPECT_EQ(rules.find_data_source("main"), 4U);

  std::string scratch;
  const Value february[] = {
      Value::of_int(-1),
      *canonical_key(events->key_columns[1], Value::of_text("2024-02-29 23:59:59"), scratch)};
  const auto shard = events->sharding->locate(february);
  ASSERT_TRUE(shard);
  EXPECT_EQ(events->nodes[*shard], (Node{.data_source = 3, .table = "events_202402"}));
}

}  // namespace
}  // namespace pando::rules
