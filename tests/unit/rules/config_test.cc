// The configuration: what it gives.

#include "rules/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/unit/rules/config_fixture.h"

namespace pando::rules {
namespace {

RuleSetPtr parsed(const std::string& text, std::map<std::string, std::string> variables = {}) {
  auto result = parse_config(text, test_options(std::move(variables)));
  if (result) return *result;
  ADD_FAILURE() << result.error().message() << " at " << result.error().span().begin << "\n"
                << result.error().remedy();
  return nullptr;
}

const std::string kHead = R"(format = 1
[databases."shop[0..3]"]
write = "mysql://app@db{n}/shop{n}"
[databases.main]
write = "mysql://app@db/main"
)";
RuleSetPtr with_tables(const std::string& tables) { return parsed(kHead + "[tables]\n" + tables); }

// "shop0.t_0 shop0.t_1": the nodes in the order of their shards.
std::string nodes(const RuleSet& rules, std::string_view table) {
  std::string text;
  for (const Node& node : rules.find_table(table)->nodes) {
    if (!text.empty()) text += " ";
    text += rules.data_sources()[node.data_source].name + "." + node.table;
  }
  return text;
}

// The node of a key.
std::string node_of(const RuleSet& rules, std::string_view table, std::vector<Value> key) {
  const LogicalTable& t = *rules.find_table(table);
  std::vector<std::string> scratch(key.size());
  for (std::size_t c = 0; c < key.size(); ++c) {
    const auto canonical = canonical_key(t.key_columns[c], key[c], scratch[c]);
    if (!canonical) return "no key";
    key[c] = *canonical;
  }
  const auto shard = t.sharding->locate(key);
  if (!shard) return std::string(shard.error().id());
  const Node& node = t.nodes[*shard];
  return rules.data_sources()[node.data_source].name + "." + node.table;
}

TEST(ConfigTest, TheShopOfTheDesignGivesItsTables) {
  const auto rules = parsed(R"toml(format = 1
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
)toml",
                            {{"SHOP_PASSWORD", "p@ss{n}"}, {"POD_ORDINAL", "7"}});
  ASSERT_NE(rules, nullptr);
  ASSERT_EQ(rules->data_sources().size(), 5U);
  EXPECT_EQ(rules->data_sources()[2].name, "shop2");
  EXPECT_EQ(rules->data_sources()[2].write.host, "10.0.0.12");
  EXPECT_EQ(rules->data_sources()[2].write.password, "p@ss{n}");
  EXPECT_EQ(rules->data_sources()[2].read.at(0).display(), "mysql://app@10.0.1.12:3306/shop2");
  EXPECT_EQ(rules->data_sources()[2].read.at(0).password, "p@ss{n}");

  const LogicalTable* orders = rules->find_table("ORDERS");
  ASSERT_NE(orders, nullptr);
  ASSERT_EQ(orders->nodes.size(), 64U);
  EXPECT_EQ(orders->nodes[17], (Node{.data_source = 1, .table = "orders_01"}));
  EXPECT_EQ(orders->sharding->describe(), "hash(user_id) over 1024 slots");
  ASSERT_EQ(orders->fill.size(), 1U);
  EXPECT_EQ(orders->fill[0].generator, "order_no");
  const LogicalTable* items = rules->find_table("order_items");
  ASSERT_NE(items, nullptr);
  EXPECT_EQ(items->family, orders->family);
  EXPECT_EQ(items->sharding, orders->sharding);
  const LogicalTable* events = rules->find_table("events");
  ASSERT_NE(events, nullptr);
  ASSERT_EQ(events->nodes.size(), 48U);
  EXPECT_EQ(events->nodes[13], (Node{.data_source = 1, .table = "events_202402"}));
  EXPECT_NE(events->family, orders->family);
  EXPECT_EQ(node_of(*rules, "events", {Value::of_int(-1), Value::of_text("2024-02-29 23:59:59")}),
            "shop3.events_202402");
  EXPECT_EQ(node_of(*rules, "events", {Value::of_int(1), Value::of_text("2025-01-01")}), "P3022");
  EXPECT_EQ(rules->find_table("regions")->kind, TableKind::kBroadcast);
  EXPECT_EQ(nodes(*rules, "regions"), "shop0.regions shop1.regions shop2.regions shop3.regions");
  EXPECT_EQ(nodes(*rules, "coupons"), "main.coupons");
  EXPECT_EQ(rules->find_table("nothing"), nullptr);
  EXPECT_EQ(rules->id_generators().at("order_no").worker, 7U);
  EXPECT_EQ(rules->find_data_source("main"), 4U);
  EXPECT_EQ(rules->find_data_source("shop4"), std::nullopt);
}

TEST(ConfigTest, DefaultsAreThoseOfTheTypes) {
  const auto rules = parsed("format = 1\n[databases.main]\nwrite = 'mysql://h/d'\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->limits().depth, Limits{}.depth);
  EXPECT_EQ(rules->pool().wait, PoolRule{}.wait);
  EXPECT_TRUE(rules->mariadb());
  EXPECT_EQ(rules->server_version(), 101100U);
  EXPECT_EQ(rules->time_zone(), "+00:00");
  EXPECT_EQ(rules->default_single(), std::nullopt);
  EXPECT_TRUE(rules->tables().empty());
  EXPECT_EQ(rules->find_table("x"), nullptr);
}

TEST(ConfigTest, EverySettingArrives) {
  const auto rules = parsed(R"(format = 1
schema = "shop"
server = "mysql-8.0.36"
[databases.main]
write = "mysql://h/d"
[defaults]
user = "app"
password = "pw"
single = "main"
cross_shard_foreign_keys = "omit"
time_zone = "Europe/Berlin"
tls = "verify"
tls_ca = "ca.pem"
tls_cert = "cert.pem"
tls_key = "key.pem"
[limits]
statement_bytes = 1024
depth = 16
list_items = 1
merge_bytes = 1048576
plan_cache = 0
prepared_statements = 0
[pool]
size = "${SIZE}"
wait_ms = 2
connect_timeout_ms = 3
read_timeout_ms = 4
write_timeout_ms = 5
idle_check_ms = 6
[ids.a]
segment = {database = "main", table = "numbers", step = 50}
[ids.b]
uuid7 = {}
)",
                            {{"SIZE", "8"}});
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->schema(), "shop");
  EXPECT_FALSE(rules->mariadb());
  EXPECT_EQ(rules->server_version(), 80036U);
  const Endpoint& e = rules->data_sources()[0].write;
  EXPECT_EQ(e.user, "app");
  EXPECT_EQ(e.password, "pw");
  EXPECT_EQ(e.tls, Endpoint::Tls::kVerify);
  EXPECT_EQ(e.tls_ca + e.tls_cert + e.tls_key, "ca.pemcert.pemkey.pem");
  EXPECT_EQ(rules->default_single(), 0U);
  EXPECT_EQ(rules->cross_shard_foreign_keys(), CrossShardForeignKeys::kOmit);
  EXPECT_EQ(rules->time_zone(), "Europe/Berlin");
  const Limits& l = rules->limits();
  EXPECT_EQ(l.statement_bytes, 1024U);
  EXPECT_EQ(l.depth, 16U);
  EXPECT_EQ(l.list_items, 1U);
  EXPECT_EQ(l.merge_bytes, 1048576U);
  EXPECT_EQ(l.plan_cache, 0U);
  EXPECT_EQ(l.prepared_statements, 0U);
  const PoolRule& p = rules->pool();
  EXPECT_EQ(p.size, 8U);
  EXPECT_EQ(p.wait.count(), 2);
  EXPECT_EQ(p.connect_timeout.count(), 3);
  EXPECT_EQ(p.read_timeout.count(), 4);
  EXPECT_EQ(p.write_timeout.count(), 5);
  EXPECT_EQ(p.idle_check.count(), 6);
  EXPECT_EQ(rules->id_generators().at("a").table, "numbers");
  EXPECT_EQ(rules->id_generators().at("a").step, 50U);
  EXPECT_EQ(rules->id_generators().at("b").kind, IdGeneratorRule::Kind::kUuid7);
}

struct UrlCase {
  std::string url;
  std::string expected;  // user|password|host|port|socket|database|tls|path|read_only
};

TEST(ConfigTest, UrlsAreRead) {
  const std::vector<UrlCase> cases = {
      {"mysql://h/d", "def|defpw|h|3306||d|0||0"},
      {"mysql://u@h:3307/d", "u|defpw|h|3307||d|0||0"},
      {"mysql://u:p%40%3a%2F@h/d", "u|p@:/|h|3306||d|0||0"},
      {"mysql://u:p@q@h/d", "u|p@q|h|3306||d|0||0"},
      {"mysql://u:@h/d", "u||h|3306||d|0||0"},
      {"mysql://u@[::1]:3308/d", "u|defpw|::1|3308||d|0||0"},
      {"mysql://[fe80::1%25eth0]/d", ""},
      {"mysql://u@/d?socket=/run/a%20b.sock", "u|defpw||3306|/run/a b.sock|d|0||0"},
      {"mysql://h/d?tls=verify&ca=/c.pem", "def|defpw|h|3306||d|3||0"},
      {"mysql://h/d?tls=off", "def|defpw|h|3306||d|1||0"},
      {"mysql://${HOST}/${NONE:-d}", "def|defpw|example|3306||d|0||0"},
      {"sqlite:a.db", "|||0|||0|/srv/a.db|0"},
      {"sqlite:sub/../a%20b.db", "|||0|||0|/srv/a b.db|0"},
      {"sqlite:/data/a.db?mode=ro", "|||0|||0|/data/a.db|1"},
  };
  for (const UrlCase& c : cases) {
    const auto result = parse_config(
        "format = 1\n[defaults]\nuser = 'def'\npassword = 'defpw'\n[databases.m]\nwrite = '" +
            c.url + "'\n",
        test_options({{"HOST", "example"}}));
    if (c.expected.empty()) continue;
    ASSERT_TRUE(result) << c.url << result.error().message();
    const Endpoint& e = (*result)->data_sources()[0].write;
    EXPECT_EQ(e.user + "|" + e.password + "|" + e.host + "|" + std::to_string(e.port) + "|" +
                  e.socket + "|" + e.database + "|" + std::to_string(static_cast<int>(e.tls)) +
                  "|" + e.path + "|" + std::to_string(e.read_only),
              c.expected)
        << c.url;
    EXPECT_EQ(e.display().find("pw"), std::string::npos);
  }
}

TEST(ConfigTest, PasswordsComeFromTheNearestPlace) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "pando_password";
  std::ofstream(file) << "from file\n";
  const auto rules =
      parsed("format = 1\n[defaults]\npassword_file = '" + file.string() +
             "'\n[databases.a]\nwrite = 'mysql://u:url@h/a'\npassword = 'own'\n"
             "[databases.b]\nwrite = 'mysql://u@h/b'\npassword = 'own'\nread = 'mysql://u:r@h/b2'\n"
             "[databases.c]\nwrite = 'mysql://u@h/c'\nuser = 'x'\n[databases.d]\nwrite = "
             "'mysql://h/d'\nuser = 'x'\n");
  std::filesystem::remove(file);
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->data_sources()[0].write.password, "url");
  EXPECT_EQ(rules->data_sources()[1].write.password, "own");
  EXPECT_EQ(rules->data_sources()[1].read[0].password, "r");
  EXPECT_EQ(rules->data_sources()[2].write.password, "from file");
  EXPECT_EQ(rules->data_sources()[2].write.user, "u");
  EXPECT_EQ(rules->data_sources()[3].write.user, "x");
}

TEST(ConfigTest, TheDollarCanBeEscaped) {
  const auto rules =
      parsed("format = 1\n[databases.a]\nwrite = 'mysql://h/d'\npassword = 'a$${b}{n}'\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->data_sources()[0].write.password, "a${b}{n}");
}

TEST(ConfigTest, PatternsOfDatabases) {
  const auto rules = parsed(
      "format = 1\n[databases.\"s[08..10]\"]\nwrite = 'sqlite:s{n}.db'\n"
      "[databases.\"dc[a,b]_[0..1]\"]\nwrite = 'sqlite:{n}{n1}{n2}.db'\n");
  ASSERT_NE(rules, nullptr);
  std::string all;
  for (const DataSource& s : rules->data_sources()) all += s.name + "=" + s.write.path + " ";
  EXPECT_EQ(all,
            "s08=/srv/s08.db s09=/srv/s09.db s10=/srv/s10.db dca_0=/srv/aa0.db dca_1=/srv/aa1.db "
            "dcb_0=/srv/bb0.db dcb_1=/srv/bb1.db ");
}

TEST(ConfigTest, PatternsOfTablesAreDatabaseByDatabase) {
  const auto rules = with_tables(R"toml(
a = {by = "hash(k)", onto = "shop[0..1].a_[08..10]"}
b = {by = "hash(k)", onto = ["shop0.b_[0..1]", "shop1.b_[2..3]"]}
c = {by = "hash(k)", onto = "shop[0,3]"}
d = {by = "hash(k)", onto = "main.d[0..1]_[x,y]"}
e = {copy = ["main", "shop1.e_copy"]}
f = {at = "main.f_real"}
)toml");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(nodes(*rules, "a"),
            "shop0.a_08 shop0.a_09 shop0.a_10 shop1.a_08 shop1.a_09 shop1.a_10");
  EXPECT_EQ(nodes(*rules, "b"), "shop0.b_0 shop0.b_1 shop1.b_2 shop1.b_3");
  EXPECT_EQ(nodes(*rules, "c"), "shop0.c shop3.c");
  EXPECT_EQ(nodes(*rules, "d"), "main.d0_x main.d0_y main.d1_x main.d1_y");
  EXPECT_EQ(nodes(*rules, "e"), "main.e shop1.e_copy");
  EXPECT_EQ(nodes(*rules, "f"), "main.f_real");
}

TEST(ConfigTest, FunctionsPlaceKeys) {
  const auto rules = with_tables(R"toml(
mods = {by = "mod(k)", onto = "main.m_[0..3]"}
buckets = {by = "mod(k, 8)", onto = "main.b_[0..1]", buckets = ["0..3, 7", "4..6"]}
slots = {by = "hash(k)", onto = "main.s_[0..1]", slots = 4, slot_ranges = ["1..3", "0"]}
ranges = {by = "range(k)", onto = "main.r_[0..2]", ranges = ["..0, 100..200", "0..100", "200.."]}
days = {by = "range(k)", onto = "main.y_[0..1]", ranges = ["..2024-07", "2024-07.."], type = "date"}
lists = {by = "list(k)", onto = "main.l_[0..1]", lists = [[1, 2], [3]]}
words = {by = "list(k)", onto = "main.w_[0..1]", lists = [["DE", "AT"], ["US"]], otherwise = 1, type = "text", collation = "ascii_general_ci"}
user = {by = "sum(a, b)", onto = "main.u_[0..3]"}
grid = {database_by = "mod(a)", table_by = "mod(b)", onto = "shop[0..3].g_[0..1]"}
)toml");
  ASSERT_NE(rules, nullptr);
  const auto at = [&](std::string_view table, Value key) { return node_of(*rules, table, {key}); };
  EXPECT_EQ(at("mods", Value::of_text("-1")), "main.m_3");
  EXPECT_EQ(at("buckets", Value::of_int(7)), "main.b_0");
  EXPECT_EQ(at("buckets", Value::of_int(14)), "main.b_1");
  // hash(1) is odd in its two lowest bits: 0x...e, slot 2.
  EXPECT_EQ(at("slots", Value::of_int(1)), "main.s_0");
  EXPECT_EQ(at("ranges", Value::of_int(-5)), "main.r_0");
  EXPECT_EQ(at("ranges", Value::of_int(99)), "main.r_1");
  EXPECT_EQ(at("ranges", Value::of_int(100)), "main.r_0");
  EXPECT_EQ(at("days", Value::of_text("2024-06-30")), "main.y_0");
  EXPECT_EQ(at("days", Value::of_text("2024-07-01")), "main.y_1");
  EXPECT_EQ(at("lists", Value::of_int(3)), "main.l_1");
  EXPECT_EQ(at("lists", Value::of_int(4)), "P3022");
  EXPECT_EQ(at("words", Value::of_text("at ")), "main.w_0");
  EXPECT_EQ(at("words", Value::of_text("FR")), "main.w_1");
  EXPECT_EQ(node_of(*rules, "user", {Value::of_int(2), Value::of_int(3)}), "main.u_1");
  EXPECT_EQ(node_of(*rules, "grid", {Value::of_int(2), Value::of_int(3)}), "shop2.g_1");
  EXPECT_EQ(at("mods", Value::of_text("x")), "no key");
}

TEST(ConfigTest, TimesPlaceKeys) {
  const auto rules = with_tables(R"toml(
months = {by = "month(t)", onto = "main.mo_{yyyyMM}", from = "2023-11", until = 2024-02-15}
days = {by = "day(t)", onto = "main.da_{yyyy_MM_dd}", from = "2024-02", until = "2024-02", type = "date"}
years = {by = "year(t)", onto = "main.ye_[0..1]", from = 2024, until = "2025"}
cycle = {by = "month(t)", onto = "main.cy_[01..12]"}
monthday = {by = "day(t)", onto = "main.md_[01..31]"}
both = {database_by = "year(t)", table_by = "month(t)", onto = "shop[0..1].bo_[01..12]", from = "2024", until = "2025"}
)toml");
  ASSERT_NE(rules, nullptr);
  const auto at = [&](std::string_view table, std::string_view key) {
    return node_of(*rules, table, {Value::of_text(key)});
  };
  EXPECT_EQ(nodes(*rules, "months"), "main.mo_202311 main.mo_202312 main.mo_202401 main.mo_202402");
  EXPECT_EQ(at("months", "2023-12-31 23:59:59"), "main.mo_202312");
  EXPECT_EQ(at("months", "2024-03-01"), "P3022");
  EXPECT_EQ(rules->find_table("days")->nodes.size(), 29U);
  EXPECT_EQ(at("days", "2024-02-29"), "main.da_2024_02_29");
  EXPECT_EQ(at("days", "2024-02-29 00:00:01"), "no key");
  EXPECT_EQ(at("years", "2025-12-31 23:59:59"), "main.ye_1");
  EXPECT_EQ(at("cycle", "1999-12-31"), "main.cy_12");
  EXPECT_EQ(at("monthday", "1999-12-31"), "main.md_31");
  EXPECT_EQ(at("both", "2025-03-05"), "shop1.bo_03");
  EXPECT_EQ(at("both", "2026-03-05"), "P3022");
}

TEST(ConfigTest, BoundTablesShareTheFamilyOfTheirRoot) {
  const auto rules = with_tables(R"toml(
leaf = {with = "middle", key = ["C", "D"], onto = "shop[0..1].leaf_{yyyy}"}
middle = {with = "root", onto = "shop[0..1].middle_{yyyy}"}
root = {database_by = "mod(a)", table_by = "year(b)", onto = "shop[0..1].root_{yyyy}", from = "2024", until = "2025"}
flat = {by = "hash(a)", onto = "shop[0..3].flat_real"}
child = {with = "flat"}
)toml");
  ASSERT_NE(rules, nullptr);
  const LogicalTable& root = *rules->find_table("root");
  const LogicalTable& leaf = *rules->find_table("leaf");
  EXPECT_EQ(rules->tables()[0].name, "leaf");
  EXPECT_EQ(leaf.family, root.family);
  EXPECT_EQ(rules->find_table("middle")->family, root.family);
  EXPECT_NE(rules->find_table("flat")->family, root.family);
  EXPECT_EQ(leaf.key_columns[0].name, "C");
  EXPECT_EQ(leaf.key_columns[1].name, "D");
  EXPECT_EQ(leaf.key_columns[1].type, KeyType::kDateTime);
  EXPECT_EQ(rules->find_table("middle")->key_columns, root.key_columns);
  EXPECT_EQ(nodes(*rules, "leaf"),
            "shop0.leaf_2024 shop0.leaf_2025 shop1.leaf_2024 shop1.leaf_2025");
  EXPECT_EQ(nodes(*rules, "child"), "shop0.child shop1.child shop2.child shop3.child");
}

TEST(ConfigTest, CollationsDecideWhatIsOneKey) {
  const auto column = [](const std::string& head, const std::string& collation) {
    const auto rules =
        parsed(head + "[tables]\nt = {by = 'hash(a)', onto = 'main', type = 'text', collation = '" +
               collation + "'}\n");
    return rules ? rules->find_table("t")->key_columns[0] : KeyColumn{};
  };
  const std::string sqlite = "format = 1\n[databases.main]\nwrite = 'sqlite:a'\n";
  EXPECT_EQ(column(kHead, "utf8mb4_bin").highest_byte, 0xFF);
  EXPECT_EQ(column(kHead, "UTF8MB4_NOPAD_BIN").highest_byte, 0xFF);
  EXPECT_EQ(column(kHead, "utf8mb4_0900_bin").highest_byte, 0xFF);
  EXPECT_EQ(column(kHead, "binary").highest_byte, 0xFF);
  EXPECT_EQ(column(kHead, "utf8mb3_bin").highest_byte, 0xEF);
  EXPECT_EQ(column(kHead, "latin1_bin").highest_byte, 0x7F);
  EXPECT_TRUE(column(kHead, "ascii_general_ci").fold_ascii_case);
  EXPECT_EQ(column(kHead, "ascii_general_ci").highest_byte, 0x7F);
  EXPECT_FALSE(column(sqlite, "BINARY").fold_ascii_case);
  EXPECT_FALSE(column(sqlite, "rtrim").fold_ascii_case);
  EXPECT_TRUE(column(sqlite, "NoCase").fold_ascii_case);
  EXPECT_EQ(column(sqlite, "NOCASE").highest_byte, 0xFF);
}

TEST(ConfigTest, FractionsAreAsLongAsTheColumnKeepsThem) {
  const auto digits = [](const std::string& url, const std::string& type) {
    const auto rules =
        parsed("format = 1\n[databases.m]\nwrite = '" + url +
               "'\n[tables]\nt = {by = 'month(a)', onto = 'm.t_[1..12]'" + type + "}\n");
    return rules ? static_cast<int>(rules->find_table("t")->key_columns[0].fraction_digits) : -1;
  };
  EXPECT_EQ(digits("mysql://h/d", ""), 0);
  EXPECT_EQ(digits("mysql://h/d", ", type = 'datetime'"), 0);
  EXPECT_EQ(digits("mysql://h/d", ", type = 'datetime(3)'"), 3);
  EXPECT_EQ(digits("sqlite:d", ""), 6);
}

TEST(ConfigTest, TenThousandTablesAreFoundByName) {
  std::string text = kHead + "[tables]\n";
  for (int i = 0; i < 2000; ++i) {
    text += "t" + std::to_string(i) + " = {at = \"main\"}\n";
  }
  const auto rules = parsed(text);
  ASSERT_NE(rules, nullptr);
  for (int i = 0; i < 2000; ++i) {
    const LogicalTable* table = rules->find_table("T" + std::to_string(i));
    ASSERT_NE(table, nullptr);
    ASSERT_EQ(table->name, "t" + std::to_string(i));
  }
  EXPECT_EQ(rules->find_table("t2000"), nullptr);
  EXPECT_EQ(rules->find_table(""), nullptr);
}

TEST(ConfigTest, AByteOrderMarkAndWindowsLinesAreTaken) {
  EXPECT_NE(parsed("\xEF\xBB\xBF"
                   "format = 1\r\n[databases.main]\r\nwrite = 'sqlite:a'\r\n"),
            nullptr);
}

}  // namespace
}  // namespace pando::rules
