// SHOW TABLES: answered from the rules.

#include "router/own_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/config.h"

namespace pando::router {
namespace {

class ShowTablesTest : public ::testing::Test {
 protected:
  ShowTablesTest() {
    auto rules = rules::parse_config(
        "format = 1\n[databases.shop]\nwrite = \"sqlite:shop.db\"\n"
        "[tables]\norders = {at = \"shop\"}\norder_items = {at = \"shop\"}\n"
        "accounts = {at = \"shop\"}\n",
        {});
    EXPECT_TRUE(rules) << rules.error().message();
    if (rules) rules_ = *rules;
  }

  std::vector<std::string> tables_like(const std::string& pattern) {
    plan::Plan plan;
    plan.session = plan::SessionAction::kShowTables;
    plan.session_text = pattern;
    const Reply reply = own_answer(plan, *rules_);
    std::vector<std::string> names;
    while (*reply.rows->next()) names.emplace_back(reply.rows->row()[0].as_string());
    return names;
  }

  rules::RuleSetPtr rules_;
};

TEST_F(ShowTablesTest, ListsEveryTableOfTheRulesInOrder) {
  EXPECT_EQ(tables_like(""), (std::vector<std::string>{"accounts", "order_items", "orders"}));
}

TEST_F(ShowTablesTest, LikeChoosesAsTheDatabaseDoes) {
  struct Case {
    std::string pattern;
    std::vector<std::string> tables;
  };
  const std::vector<std::string> all = {"accounts", "order_items", "orders"};
  for (const Case& c : std::vector<Case>{{"%", all},
                                         {"orders", {"orders"}},
                                         {"ORDERS", {"orders"}},
                                         {"order", {}},
                                         {"order%", {"order_items", "orders"}},
                                         {"%r%s", {"order_items", "orders"}},
                                         {"order_", {"orders"}},
                                         {"order_%", {"order_items", "orders"}},
                                         {"order\\_%", {"order_items"}},
                                         {"a\\%", {}},
                                         {"%%%r%", {"order_items", "orders"}},
                                         {"\\", {}}}) {
    EXPECT_EQ(tables_like(c.pattern), c.tables) << c.pattern;
  }
}

}  // namespace
}  // namespace pando::router
