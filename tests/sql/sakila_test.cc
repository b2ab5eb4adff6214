// The Sakila sample database, loaded by `pando query -f` over two servers with two databases each,
// asked what a film-rental shop would ask, and compared with the same dump in one unsharded
// database.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "router/sql/splitter.h"
#include "tests/sql/differential.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

namespace fs = std::filesystem;

std::string corpora() {
  if (const char* path = std::getenv("PANDO_CORPORA")) return path;
  return PANDO_SOURCE_DIR "/../shared/corpora";
}

struct Command {
  int status = -1;
  std::string out;
};

Command run_command(const std::string& command) {
  Command result;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return result;
  std::array<char, 65536> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.out.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

class SakilaPair final : public Pair {
 public:
  SakilaPair() {
    std::string pattern = (fs::temp_directory_path() / "pando_sakila_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary directory");
    directory_ = pattern;
    std::ifstream file(PANDO_SOURCE_DIR "/tests/sql/sakila.toml");
    std::string toml((std::istreambuf_iterator<char>(file)), {});
    for (std::size_t i = 0; i < 4; ++i) {
      MariaDbServer& server = shared_mariadb(i / 2);
      databases_.push_back(std::make_unique<TestDatabase>(server));
      const std::string mark = "@SHOP" + std::to_string(i) + "@";
      toml.replace(toml.find(mark, toml.find("shop" + std::to_string(i) + " =")), mark.size(),
                   "mysql://" + server.user() + ":" + server.password() + "@" + server.host() +
                       ":" + std::to_string(server.port()) + "/" + databases_.back()->name());
    }
    std::ofstream(config()) << toml;
    oracle_database_ = std::make_unique<TestDatabase>(shared_mariadb(0));
    auto oracle = drivers::driver_for(Dialect::kMySql).connect(oracle_database_->options("oracle"));
    if (!oracle) throw std::move(oracle).error();
    oracle_ = *std::move(oracle);
  }
  ~SakilaPair() override {
    sharded_.reset();
    oracle_.reset();
    fs::remove_all(directory_);
  }
  Dialect dialect() const override { return Dialect::kMySql; }
  std::string config() const { return (directory_ / "pando.toml").string(); }
  fs::path directory() const { return directory_; }
  void open_sharded() { sharded_.emplace(open(config())); }

  // Runs the dump on the oracle, whose database has another name and needs no views or routines.
  void load_oracle(const std::string& path) {
    sql::Splitter splitter{sql::ParseOptions{}};
    std::ifstream file(path, std::ios::binary);
    splitter.feed(std::string((std::istreambuf_iterator<char>(file)), {}));
    splitter.finish();
    while (auto piece = splitter.next()) {
      const std::string& text = piece->text;
      if (text.starts_with("USE ") || text.find("SCHEMA ") < 8) continue;
      if (text.starts_with("CREATE ") && !text.starts_with("CREATE TABLE")) continue;
      auto reply = oracle_->run(text);
      ASSERT_TRUE(reply) << text.substr(0, 200) << "\n" << reply.error().native_message();
    }
  }

 private:
  fs::path directory_;
  std::vector<std::unique_ptr<TestDatabase>> databases_;
  std::unique_ptr<TestDatabase> oracle_database_;
};

TEST(SakilaTest, LoadsThroughTheCommandAndAnswersAsOneDatabase) {
  const std::string folder = corpora();
  if (!fs::exists(folder + "/sakila-data.sql.gz")) GTEST_SKIP() << "no corpora at " << folder;
  SakilaPair pair;
  for (const std::string part : {"schema", "data"}) {
    const std::string sql = (pair.directory() / (part + ".sql")).string();
    ASSERT_EQ(std::system(("zcat '" + folder + "/sakila-" + part + ".sql.gz' > " + sql).c_str()),
              0);
    pair.load_oracle(sql);
    // Views, triggers and routines are refused one by one; everything else must succeed.
    const Command load =
        run_command(std::string(PANDO_BINARY) + " -c " + pair.config() +
                    " query --keep-going --format jsonl -f " + sql + " 2>/dev/null");
    EXPECT_EQ(load.status, 5);
    std::istringstream lines(load.out);
    std::size_t refused = 0, statements = 0;
    for (std::string line; std::getline(lines, line); ++statements) {
      if (line.find("\"error\"") == std::string::npos) continue;
      EXPECT_NE(line.find("P3030"), std::string::npos) << line.substr(0, 300);
      ++refused;
    }
    // DROP SCHEMA, 3 triggers, 7 views, 6 routines; in the data, 3 triggers.
    EXPECT_EQ(refused, part == "schema" ? 17u : 3u) << load.out.substr(0, 4000);
    EXPECT_GT(statements, part == "schema" ? 30u : 40u);
  }
  pair.open_sharded();
  std::size_t same = 0, refused = 0;
  for (const char* table :
       {"actor", "address", "category", "city", "country", "customer", "film", "film_actor",
        "film_category", "inventory", "language", "payment", "rental", "staff", "store"}) {
    Record record;
    record.verb = "same";
    record.sql = std::string("SELECT * FROM ") + table;
    EXPECT_EQ(run_record(pair, record), "") << table;
  }
  for (const Record& record :
       read_cases(PANDO_SOURCE_DIR "/tests/sql/sakila.test", Dialect::kMySql)) {
    EXPECT_EQ(run_record(pair, record), "") << "line " << record.line << "\n" << record.sql;
    pair.sharded().explain(record.sql).refused() ? ++refused : ++same;
  }
  std::printf("Sakila: %zu answered, %zu refused\n", same, refused);
  EXPECT_GE(same, 60u);
}

}  // namespace
}  // namespace pando::test
