// docs/configuration.md lists the words that the reader knows, and its examples can be read.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "rules/config_words.h"
#include "tests/unit/rules/config_fixture.h"

namespace pando::rules {
namespace {

std::vector<std::string> lines_of_document() {
  std::ifstream in(std::string(PANDO_SOURCE_DIR) + "/docs/configuration.md");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The section of the reader that a heading is about.
const std::map<std::string, std::string>& headings() {
  static const std::map<std::string, std::string> map = {
      {"## Top level", ""},
      {"## `[defaults]`", "defaults"},
      {"## `[limits]`", "limits"},
      {"## `[pool]`", "pool"},
      {"## `[databases.NAME]`", "databases.*"},
      {"## `[tables]`", "tables.*"},
      {"## `[ids.NAME]`", "ids.*"},
      {"### `snowflake`", "ids.*.snowflake"},
      {"### `segment`", "ids.*.segment"},
  };
  return map;
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::stringstream in(row.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) {
    const std::size_t begin = cell.find_first_not_of(' ');
    const std::size_t end = cell.find_last_not_of(' ');
    cells.push_back(begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1));
  }
  return cells;
}

TEST(ConfigurationDocTest, ListsExactlyTheWordsThatTheReaderKnows) {
  std::map<std::string, std::vector<std::string>> documented;  // "section word": type, default
  std::string section = "none";
  for (const std::string& line : lines_of_document()) {
    if (const auto heading = headings().find(line); heading != headings().end()) {
      section = heading->second;
    } else if (line.starts_with("## ")) {
      section = "none";
    }
    if (section == "none" || !line.starts_with("| `")) continue;
    const auto cells = cells_of(line);
    if (cells.size() != 4) continue;  // Hashes of keys.
    const std::string word = cells[0].substr(1, cells[0].size() - 2);
    if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") != std::string::npos)
      continue;
    if (word.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos) continue;
    EXPECT_TRUE(documented.emplace(section + " " + word, cells).second) << word << " twice";
  }
  std::set<std::string> known;
  for (const ConfigWord& word : config_words()) {
    const std::string name = std::string(word.section) + " " + std::string(word.word);
    known.insert(name);
    ASSERT_TRUE(documented.contains(name)) << name << " is not documented";
    EXPECT_EQ(documented[name][1], word.type) << name;
    std::string shown = documented[name][2];
    std::erase(shown, '`');
    if (!word.default_value.empty()) {
      EXPECT_TRUE(shown.starts_with(word.default_value)) << name << ": " << shown;
    } else {
      EXPECT_TRUE(shown.empty() || shown == "none" || shown.starts_with("required"))
          << name << ": " << shown;
    }
  }
  for (const auto& [name, unused] : documented) {
    EXPECT_TRUE(known.contains(name)) << name << " is documented but not known";
  }
}

TEST(ConfigurationDocTest, EveryExampleIsRead) {
  auto options = test_options(
      {{"SHOP_PASSWORD", "x"}, {"POD_ORDINAL", "1"}, {"SECRETS", ::testing::TempDir()}});
  for (const char* n : {"00", "01", "02", "03"}) {
    std::ofstream(::testing::TempDir() + "/shop" + n) << "secret\n";
  }
  std::size_t examples = 0;
  std::string text;
  bool inside = false;
  for (const std::string& line : lines_of_document()) {
    if (line == "```toml") {
      inside = true;
      text.clear();
    } else if (line == "```" && inside) {
      inside = false;
      ++examples;
      const auto result = parse_config(text, options);
      EXPECT_TRUE(result) << text << (result ? "" : result.error().message());
    } else if (inside) {
      text += line + "\n";
    }
  }
  EXPECT_GE(examples, 5U);
  for (const char* n : {"00", "01", "02", "03"}) {
    std::remove((::testing::TempDir() + "/shop" + n).c_str());
  }
}

}  // namespace
}  // namespace pando::rules
