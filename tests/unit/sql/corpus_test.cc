// The syntax corpus: whatever MariaDB does not call a syntax error parses. The statements that it
// does are listed in mysql_syntax_rejected.txt, which mysql_syntax_oracle.py writes.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "router/sql/parser.h"

namespace pando::sql {
namespace {

std::string corpus_path() {
  if (const char* folder = std::getenv("PANDO_CORPORA")) {
    return std::string(folder) + "/mysql-syntax.jsonl.gz";
  }
  return std::string(PANDO_SOURCE_DIR) + "/../shared/corpora/mysql-syntax.jsonl.gz";
}

std::vector<std::string> read_corpus(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      popen(("gzip -dc '" + path + "'").c_str(), "r"), pclose);
  std::string all;
  char buffer[65536];
  for (std::size_t n = 0; pipe && (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) {
    all.append(buffer, n);
  }
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    out.push_back(nlohmann::json::parse(all.substr(at, end - at))["sql"].get<std::string>());
    at = end + 1;
  }
  return out;
}

std::set<std::size_t> read_rejected() {
  std::ifstream file(std::string(PANDO_SOURCE_DIR) + "/tests/unit/sql/mysql_syntax_rejected.txt");
  std::set<std::size_t> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') out.insert(std::stoul(line));
  }
  return out;
}

TEST(CorpusTest, WhatMariaDbUnderstandsParses) {
  const std::string path = corpus_path();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no corpus at " << path;
  const std::vector<std::string> statements = read_corpus(path);
  const std::set<std::size_t> rejected = read_rejected();
  ASSERT_GT(statements.size(), 4000u);
  ASSERT_FALSE(rejected.empty());
  std::size_t failed = 0;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    if (rejected.contains(i)) continue;
    const auto statement = parse(statements[i], {});
    if (statement) continue;
    ++failed;
    // `LIMIT a` needs a stored program's variable.
    std::printf("%zu: %s\n    %s\n", i, statements[i].c_str(), statement.error().message().c_str());
  }
  EXPECT_LE(failed, 2u);
}

}  // namespace
}  // namespace pando::sql
