// SQLite's sqllogictest over split tables: every file of the corpus once more, each table split
// over four data sources by one of its columns, with one unsharded database beside them. Every
// answer must be the database's own, or a coded refusal; what is refused is counted by its code.
//
// PANDO_SQLLOGICTEST=all runs every file; without it a share of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "router/sql/parser.h"
#include "tests/sql/differential.h"

namespace pando::test {
namespace {

using nlohmann::json;
using sql::NodeKind;

std::string corpus(Dialect dialect) {
  const char* folder = std::getenv("PANDO_CORPORA");
  return (folder ? std::string(folder) : PANDO_SOURCE_DIR "/../shared/corpora") +
         (dialect == Dialect::kSqlite ? "/sqllogictest-sqlite.jsonl.gz"
                                      : "/sqllogictest-mysql.jsonl.gz");
}

std::vector<json> files_of(Dialect dialect) {
  std::string all;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("gzip -dc '" + corpus(dialect) + "'").c_str(), "r"), pclose);
  std::vector<char> block(1u << 16);
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe.get())) {
    all.append(block.data(), n);
  }
  std::vector<json> files;
  for (std::size_t at = 0, end; at < all.size(); at = end + 1) {
    end = std::min(all.find('\n', at), all.size());
    files.push_back(json::parse(all.substr(at, end - at)));
  }
  return files;
}

// What the file's tables are split by: the primary key, else the first integer column; but none
// that an UPDATE sets, for then the row would have to move.
std::string rules_of(const json& file, Dialect dialect) {
  struct Table {
    std::string name;
    std::vector<std::string> columns;  // Best first.
  };
  std::vector<Table> tables;
  bool copies = false;  // INSERT ... SELECT: its tables are bound to each other.
  std::set<std::string> updated;
  for (const json& item : file["items"]) {
    if (item["k"] != "stmt") continue;
    const auto parsed = sql::parse(item["sql"].get<std::string>(), {.dialect = dialect});
    if (!parsed) continue;
    const sql::Statement& statement = *parsed;
    const sql::NodeId root = statement.root();
    copies |= statement.kind(root) == NodeKind::kInsert &&
              statement.find(root, NodeKind::kSelect) != sql::kNoNode;
    if (statement.kind(root) == NodeKind::kUpdate) {
      for (sql::NodeId id = 1; id < statement.node_count(); ++id) {
        if (statement.kind(id) != NodeKind::kAssign) continue;
        updated.insert(statement.name(statement.node(statement.node(id).child).child));
      }
    }
    if (statement.kind(root) != NodeKind::kCreateTable) continue;
    Table table;
    for (sql::NodeId id = 1; id < statement.node_count(); ++id) {
      const NodeKind kind = statement.kind(id);
      if (kind == NodeKind::kTableName && table.name.empty()) {
        table.name = statement.name(statement.node(id).child);
      }
      if (kind != NodeKind::kColumnDefinition) continue;
      const std::string_view text = statement.text(id);
      const std::string column = statement.name(statement.node(id).child);
      if (text.find("PRIMARY KEY") != std::string_view::npos) {
        table.columns.insert(table.columns.begin(), column);
      } else if (text.find("INTEGER") != std::string_view::npos) {
        table.columns.push_back(column);
      }
    }
    if (!table.name.empty()) tables.push_back(std::move(table));
  }
  std::string rules = "[defaults]\nsingle = \"main\"\n[tables]\n";
  std::set<std::string> known;
  std::string first;
  for (const Table& table : tables) {
    if (!known.insert(table.name).second) continue;
    const auto key =
        std::find_if(table.columns.begin(), table.columns.end(),
                     [&](const std::string& column) { return !updated.count(column); });
    if (key == table.columns.end()) continue;
    rules += "\"" + table.name + "\" = {" +
             (copies && !first.empty() ? "with = \"" + first + "\", key = \"" + *key + "\""
                                       : "by = \"hash(" + *key + ")\"") +
             ", onto = \"shop[0..3]\"}\n";
    if (first.empty()) first = table.name;
  }
  return rules;
}

struct Totals {
  std::size_t files = 0;
  std::size_t queries = 0;
  std::size_t equal = 0;
  std::map<std::string, std::size_t> refused;  // By code and reason.
};

class SqlLogicTest : public testing::TestWithParam<Dialect> {
 protected:
  void run_file(const json& file) {
    ++totals_.files;
    const std::string name = file["file"];
    auto pair = open_pair(GetParam(), rules_of(file, GetParam()));
    Session session = pair->sharded().session();
    if (GetParam() == Dialect::kMySql) {
      const char* const mode = "SET sql_mode = 'PIPES_AS_CONCAT'";
      ASSERT_TRUE(session.run(mode));
      ASSERT_TRUE(pair->oracle().run(mode));
    }
    for (const json& item : file["items"]) {
      const std::string text = item["sql"];
      const bool query = item["k"] == "query";
      const Answer expected = read_answer(pair->oracle().run(text));
      const Answer actual = read_answer(session.run(text));
      totals_.queries += query ? 1 : 0;
      if (actual.error && actual.error->category() == ErrorCategory::kRefused && !expected.error) {
        ++totals_.refused[std::string(actual.error->id()) + " " + actual.error->message()];
        // The two sides have different rows now.
        if (!query && !text.starts_with("CREATE ") && !text.starts_with("DROP ")) return;
        continue;
      }
      const std::string failure = difference(expected, actual, query && item["sort"] == "nosort");
      totals_.equal += query && failure.empty() ? 1 : 0;
      ASSERT_EQ(failure, "") << name << "\n"
                             << text << "\n"
                             << pair->sharded().explain(text).tree();
    }
  }

  Totals totals_;
};

TEST_P(SqlLogicTest, SplitTablesGiveTheSameAnswers) {
  if (!std::filesystem::exists(corpus(GetParam()))) {
    GTEST_SKIP() << "no corpora at " << corpus(GetParam());
  }
  const char* const wanted = std::getenv("PANDO_SQLLOGICTEST");
  const bool all = wanted != nullptr && std::string(wanted) == "all";
  const std::vector<json> files = files_of(GetParam());
  for (std::size_t i = 0; i < files.size(); i += all ? 1 : 12) run_file(files[i]);
  std::cout << totals_.files << " files, " << totals_.queries << " queries: " << totals_.equal
            << " equal\n";
  for (const auto& [reason, count] : totals_.refused) {
    std::cout << "  " << count << " refused: " << reason << "\n";
  }
}

INSTANTIATE_TEST_SUITE_P(Dialects, SqlLogicTest, testing::Values(Dialect::kSqlite, Dialect::kMySql),
                         [](const auto& test) {
                           return test.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
                         });

}  // namespace
}  // namespace pando::test
