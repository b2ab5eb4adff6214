// Runs the command `pando` as a user does, by text files: tests/cli/cases/*.txt.
//
//   # a comment, before or between commands
//   $ pando query "SELECT 1"
//    1
//   ---
//    1
//   2> 1 row (... s)
//   [0 is not written; another exit code is:]
//   [2]
//
// Each file runs in an empty folder of its own; its commands go to /bin/sh one after the other.
// Then come stdout, lines of stderr after "2> ", and the exit code in brackets if it is not 0.
// A line may end in "(...)" for what differs from run to run. PANDO_UPDATE=1 writes the files anew.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Step {
  std::vector<std::string> comments;
  std::string command;
  std::vector<std::string> expected;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<Step> read_case(const fs::path& path) {
  std::vector<Step> steps;
  std::vector<std::string> comments;
  for (const std::string& line : lines_of(read_file(path))) {
    if (line.starts_with("# ") || line == "#") {
      comments.push_back(line);
    } else if (line.starts_with("$ ")) {
      steps.push_back({std::move(comments), line.substr(2), {}});
      comments.clear();
    } else if (!steps.empty()) {
      steps.back().expected.push_back(line);
    }
  }
  // An empty line before the next command is for the reader.
  for (Step& step : steps) {
    if (!step.expected.empty() && step.expected.back().empty()) step.expected.pop_back();
  }
  return steps;
}

// What the command wrote, in the form of the files.
std::vector<std::string> run(const std::string& command, const fs::path& folder) {
  const fs::path out = folder.string() + ".out", err = folder.string() + ".err";
  const std::string shell = "cd '" + folder.string() + "' && { " + command + "\n} >'" +
                            out.string() + "' 2>'" + err.string() + "' </dev/null";
  const int status = std::system(shell.c_str());
  std::vector<std::string> result = lines_of(read_file(out));
  for (const std::string& line : lines_of(read_file(err))) result.push_back("2> " + line);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code != 0) result.push_back("[" + std::to_string(code) + "]");
  return result;
}

// "(...)" stands for any text in its place.
bool matches(const std::string& expected, const std::string& actual) {
  const std::size_t at = expected.find("(...)");
  if (at == std::string::npos) return expected == actual;
  const std::string head = expected.substr(0, at), tail = expected.substr(at + 5);
  return actual.size() >= head.size() + tail.size() && actual.starts_with(head) &&
         actual.ends_with(tail);
}

// The folder's own name and times change from run to run; a time is "(... s)".
std::string stable(std::string line, const std::string& folder) {
  static const std::regex kTime(R"(\([0-9.]+ s\))");
  line = std::regex_replace(line, kTime, "(... s)");
  for (std::size_t at; (at = line.find(folder)) != std::string::npos;) {
    line.replace(at, folder.size(), "FOLDER");
  }
  return line;
}

class CliTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pando-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directory(root_ / "run");
    ::setenv("PATH", (fs::path(PANDO_PROGRAM).parent_path().string() + ":/usr/bin:/bin").c_str(),
             1);
    ::setenv("HOME", root_.c_str(), 1);
    for (const char* name_to_unset : {"PANDO_CONFIG", "NO_COLOR", "XDG_STATE_HOME"}) {
      ::unsetenv(name_to_unset);
    }
    ::setenv("CASES", (fs::path(PANDO_SOURCE_DIR) / "tests/cli/cases").c_str(), 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
};

void write_case(const fs::path& path, const std::vector<Step>& steps,
                const std::vector<std::vector<std::string>>& outputs) {
  std::ofstream stream(path, std::ios::binary);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i != 0) stream << "\n";
    for (const std::string& comment : steps[i].comments) stream << comment << "\n";
    stream << "$ " << steps[i].command << "\n";
    for (std::size_t j = 0; j < outputs[i].size(); ++j) {
      // Lines that match a pattern keep it.
      const auto& expected = steps[i].expected;
      const bool keep = j < expected.size() && expected[j].find("(...)") != std::string::npos &&
                        matches(expected[j], outputs[i][j]);
      stream << (keep ? expected[j] : outputs[i][j]) << "\n";
    }
  }
}

TEST_P(CliTest, SaysWhatTheFileSays) {
  const fs::path path = fs::path(PANDO_SOURCE_DIR) / "tests/cli/cases" / (GetParam() + ".txt");
  const auto steps = read_case(path);
  ASSERT_FALSE(steps.empty());
  std::vector<std::vector<std::string>> outputs;
  for (const Step& step : steps) {
    outputs.push_back(run(step.command, root_ / "run"));
    for (std::string& line : outputs.back()) line = stable(line, (root_ / "run").string());
  }
  if (std::getenv("PANDO_UPDATE") != nullptr) return write_case(path, steps, outputs);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& expected = steps[i].expected;
    bool same = expected.size() == outputs[i].size();
    for (std::size_t j = 0; same && j < expected.size(); ++j) {
      same = matches(expected[j], outputs[i][j]);
    }
    std::string wanted, got;
    for (const std::string& line : expected) wanted += "    " + line + "\n";
    for (const std::string& line : outputs[i]) got += "    " + line + "\n";
    EXPECT_TRUE(same) << "$ " << steps[i].command << "\n  expected\n" << wanted << "  got\n" << got;
  }
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(PANDO_SOURCE_DIR) / "tests/cli/cases")) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, CliTest, testing::ValuesIn(case_names()),
                         [](const auto& each) { return each.param; });

}  // namespace
