// The command `pando` as a process: Ctrl-C in the middle of a statement, a full disk, servers that
// refuse, and passwords and parameters that no output may hold.

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "q9x-marker-x9q";

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Finished {
  int code = 0;
  std::string out;
  std::string err;
};

class ProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "pando_process_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ::setenv("HOME", folder_.c_str(), 1);
    ::unsetenv("PANDO_CONFIG");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Runs a shell command in the test's folder; `pando` is the program.
  Finished run(const std::string& command) const {
    const std::string text = "cd '" + folder_.string() + "' && PATH='" +
                             fs::path(PANDO_PROGRAM).parent_path().string() + "':$PATH && { " +
                             command + "\n} >out 2>err </dev/null";
    const int status = std::system(text.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            read_file(folder_ / "out"), read_file(folder_ / "err")};
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  static std::string url(const MariaDbServer& server, const std::string& password,
                         const std::string& database) {
    return "\"mysql://" + server.user() + ":" + password +
           "@127.0.0.1:" + std::to_string(server.port()) + "/" + database + "\"\n";
  }

  // A configuration of one MariaDB, with the database's table t in it.
  void use_mariadb(const TestDatabase& database) const {
    write("pando.toml", "format = 1\n[databases.main]\nwrite = " +
                            url(shared_mariadb(), shared_mariadb().password(), database.name()) +
                            "[tables]\nt = {at = \"main\"}\n");
  }

  // The first cell of an answer, past Pando.
  static std::int64_t ask(const TestDatabase& database, const std::string& sql) {
    auto connection = drivers::driver_for(Dialect::kMySql).connect(database.options());
    EXPECT_TRUE(connection);
    auto reply = (*connection)->run(sql);
    EXPECT_TRUE(reply) << sql;
    if (!reply || !reply->rows || !*reply->rows->next()) return -1;
    return reply->rows->row()[0].as_int();
  }

  // Waits until the server runs so many statements that hold this text. What asks for it is not one
  // of them, nor is one that asked before and whose connection the server has not ended yet: there
  // the text is in two parts.
  static void wait_for(const TestDatabase& database, const std::string& text, std::int64_t count) {
    const std::string sql =
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND DB = "
        "DATABASE() AND INFO LIKE '%" +
        text.substr(0, 1) + "' '" + text.substr(1) + "%'";
    for (int i = 0; ask(database, sql) != count; ++i) {
      ASSERT_LT(i, 3000) << "never " << count << " of " << text;
      ::poll(nullptr, 0, 10);
    }
  }

  fs::path folder_;
};

// A program on a terminal of its own.
class Terminal {
 public:
  Terminal(const fs::path& folder, const std::vector<const char*>& arguments) {
    pid_ = forkpty(&fd_, nullptr, nullptr, nullptr);
    if (pid_ != 0) return;
    ::setenv("TERM", "dumb", 1);
    std::vector<char*> argv;
    for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
    argv.push_back(nullptr);
    if (::chdir(folder.c_str()) == 0) ::execv(PANDO_PROGRAM, argv.data());
    ::_exit(127);
  }
  ~Terminal() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(fd_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& text) {
    ASSERT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Reads until the text was shown; false if the program ended, or after a minute.
  bool shows(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (true) {
      const std::size_t at = seen_.find(text, taken_);
      if (at != std::string::npos) {
        taken_ = at + text.size();
        return true;
      }
      pollfd wait{fd_, POLLIN, 0};
      char block[4096];
      if (::poll(&wait, 1, 1000) > 0) {
        const ssize_t n = ::read(fd_, block, sizeof block);
        if (n <= 0) return false;
        seen_.append(block, static_cast<std::size_t>(n));
      }
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
  }
  const std::string& seen() const { return seen_; }
  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  int fd_ = -1;
  pid_t pid_ = -1;
  std::string seen_;
  std::size_t taken_ = 0;
};

TEST_F(ProcessTest, CtrlCInTheShellEndsTheStatementAndNotTheShell) {
  TestDatabase database;
  use_mariadb(database);
  Terminal terminal(folder_, {"pando", "shell"});
  ASSERT_TRUE(terminal.shows("pando")) << terminal.seen();
  for (int i = 0; i < 2; ++i) {
    terminal.type("SELECT SLEEP(597) AS slept;\n");
    wait_for(database, "SLEEP(597)", 1);
    terminal.type("\x03");
    ASSERT_TRUE(terminal.shows("P4007")) << terminal.seen();
    wait_for(database, "SLEEP(597)", 0);
  }
  terminal.type("SELECT 40 + 2 AS answer;\n");
  ASSERT_TRUE(terminal.shows(" 42")) << terminal.seen();
  terminal.type("\\q\n");
  while (terminal.shows("\n")) {
  }
  EXPECT_EQ(terminal.exit_code(), 0) << terminal.seen();
}

TEST_F(ProcessTest, CtrlCInAQueryRollsBackWhatWasNotCommitted) {
  TestDatabase database;
  use_mariadb(database);
  ASSERT_EQ(run("pando query 'CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)'").code,
            0);
  Terminal terminal(folder_, {"pando", "query",
                              "BEGIN; INSERT INTO t VALUES (2); SELECT SLEEP(596) FROM t; COMMIT"});
  wait_for(database, "SLEEP(596)", 1);
  terminal.type("\x03");
  while (terminal.shows("\n")) {
  }
  EXPECT_EQ(terminal.exit_code(), 130) << terminal.seen();
  EXPECT_NE(terminal.seen().find("interrupted"), std::string::npos) << terminal.seen();
  wait_for(database, "SLEEP(596)", 0);
  EXPECT_EQ(ask(database, "SELECT COUNT(*) FROM t"), 1);
}

TEST_F(ProcessTest, AFullDiskIsToldAndWhatWasThereBeforeIsLeft) {
  if (run("unshare -m sh -c 'mkdir -p disk && mount -t tmpfs -o size=400k tmpfs disk'").code != 0) {
    GTEST_SKIP() << "no disk of its own to be had here";
  }
  write("pando.toml",
        "format = 1\n[databases.shop0]\nwrite = \"sqlite:shop0.db\"\n[databases.shop1]\nwrite = "
        "\"sqlite:disk/shop1.db\"\n[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1]\"}\n");
  // A statement that fits, and one for both shards of which one part does not: more than SQLite
  // keeps in memory fails at once, less fails when it is committed, and then the other is told.
  struct Case {
    std::size_t bytes;
    const char* error;
    const char* left;
  };
  for (const Case& one : {Case{4u << 20, "P5015: shop1: ", "20,19\n3\n"},
                          Case{1u << 20, "committed: shop0; rolled back: shop1", "21,100\n3\n"}}) {
    std::string sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT);\nINSERT INTO t VALUES ";
    for (int i = 0; i < 20; ++i) sql += (i == 0 ? "(" : ", (") + std::to_string(i) + ", 'a')";
    sql += ";\nINSERT INTO t VALUES (100, 'b'), (101, '" + std::string(one.bytes, 'c') + "');\n";
    write("fill.sql", sql);
    const Finished done = run(
        "rm -f shop0.db; unshare -m sh -c 'mount -t tmpfs -o size=400k tmpfs disk && pando query "
        "-f fill.sql; echo $? > code; pando query --format csv \"SELECT COUNT(*), MAX(id) FROM "
        "t\"'; cat code");
    EXPECT_NE(done.err.find(one.error), std::string::npos) << done.err.substr(0, 2000);
    EXPECT_NE(done.out.find(one.left), std::string::npos) << done.out << done.err.substr(0, 2000);
  }
}

TEST_F(ProcessTest, DoctorNamesWhatIsWrongWithTheServers) {
  TestDatabase good(shared_mariadb(0)), other(shared_mariadb(1));
  const auto config = [&](const std::string& password) {
    return "format = 1\n[databases.good]\nwrite = " +
           url(shared_mariadb(0), shared_mariadb(0).password(), good.name()) +
           "[databases.other]\nwrite = " + url(shared_mariadb(1), password, other.name()) +
           "[tables]\nboth = {copy = [\"good\", \"other\"]}\nt = {by = \"mod(id)\", onto = "
           "[\"good\", \"other\"]}\n";
  };
  write("pando.toml", config(shared_mariadb(1).password()));
  ASSERT_EQ(run("pando query 'CREATE TABLE `both` (id INT PRIMARY KEY, s TEXT); CREATE TABLE t (id "
                "INT PRIMARY KEY); INSERT INTO `both` VALUES (1, \"a\"), (2, \"b\")'")
                .code,
            0);
  Finished done = run("pando doctor");
  EXPECT_EQ(done.code, 0) << done.out;
  EXPECT_NE(done.out.find("broadcast table both: 2 copies with the same 2 rows"),
            std::string::npos);

  ask(other, "UPDATE `both` SET s = 'c' WHERE id = 2");
  done = run("pando doctor");
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_NE(done.out.find("finding  broadcast table both: "), std::string::npos) << done.out;
  ask(other, "DROP TABLE `both`");
  done = run("pando doctor");
  EXPECT_NE(done.code, 0) << done.out;
  EXPECT_NE(done.out.find("both"), std::string::npos) << done.out;
  ask(other, "DROP TABLE t");
  done = run("pando check --connect");
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_NE(done.out.find("other.t"), std::string::npos) << done.out;

  write("pando.toml", config(kMarker));
  done = run("pando doctor");
  EXPECT_EQ(done.code, 4) << done.out;
  EXPECT_NE(done.out.find("fail     other: "), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("ok       good ("), std::string::npos) << done.out;
}

// A user that may do everything but make temporary tables.
TEST_F(ProcessTest, DoctorNamesTheRightThatComputeLacks) {
  TestDatabase database;
  const std::string user = database.name().substr(0, 40) + "_u";
  ask(database, "CREATE USER '" + user + "'@'%' IDENTIFIED BY 'pw'");
  ask(database, "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON " + database.name() +
                    ".* TO '" + user + "'@'%'");
  write("pando.toml", "format = 1\ncompute = \"main\"\n[databases.main]\nwrite = \"mysql://" +
                          user + ":pw@127.0.0.1:" + std::to_string(shared_mariadb().port()) + "/" +
                          database.name() +
                          "\"\n[tables]\nt = {by = \"mod(id)\", onto = "
                          "\"main.t_[0..1]\"}\n");
  EXPECT_EQ(run("pando query 'CREATE TABLE t (id INT PRIMARY KEY, n INT)'").code, 0);
  Finished done = run("pando doctor");
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_NE(done.out.find("so compute cannot make temporary tables there"), std::string::npos)
      << done.out;
  EXPECT_NE(done.out.find("GRANT "), std::string::npos) << done.out;
  done = run("pando query 'SELECT COUNT(DISTINCT n) FROM t'");
  EXPECT_NE(done.err.find("the user lacks a right on the database"), std::string::npos) << done.err;
  EXPECT_EQ(done.err.find("the login was refused"), std::string::npos) << done.err;
  ask(database, "GRANT CREATE TEMPORARY TABLES ON " + database.name() + ".* TO '" + user + "'@'%'");
  done = run("pando doctor");
  EXPECT_EQ(done.code, 0) << done.out;
  ask(database, "DROP USER '" + user + "'@'%'");
}

TEST_F(ProcessTest, ShowTablesListsWhatTheRulesDoNotName) {
  TestDatabase database;
  const auto config = [&](const std::string& single) {
    write("pando.toml", "format = 1\n" + single + "[databases.main]\nwrite = " +
                            url(shared_mariadb(), shared_mariadb().password(), database.name()) +
                            "[tables]\nm = {by = \"mod(id)\", onto = \"main.m_[0..1]\"}\n");
  };
  config("defaults.single = \"main\"\n");
  ASSERT_EQ(run("pando query 'CREATE TABLE m (id INT PRIMARY KEY); CREATE TABLE z (id INT); CREATE "
                "TABLE a (id INT)'")
                .code,
            0);
  EXPECT_EQ(run("pando query --format csv 'SHOW TABLES'").out, "Tables_in_pando\na\nm\nz\n");
  EXPECT_EQ(run("pando query --format csv 'BEGIN; SHOW FULL TABLES LIKE \"%\"; COMMIT'").out,
            "Tables_in_pando,Table_type\na,BASE TABLE\nm,BASE TABLE\nz,BASE TABLE\n");
  EXPECT_EQ(run("pando query --format csv 'SHOW TABLES LIKE \"z\"'").out, "Tables_in_pando\nz\n");
  config("");
  EXPECT_EQ(run("pando query --format csv 'SHOW TABLES'").out, "Tables_in_pando\nm\n");
}

TEST_F(ProcessTest, AScriptIsReadAsItsOwnSqlModeSays) {
  TestDatabase database;
  use_mariadb(database);
  write("load.sql",
        "CREATE TABLE t (id INT, s TEXT);\nINSERT INTO t VALUES (1, 'a\\');b'); SET sql_mode = "
        "'NO_BACKSLASH_ESCAPES';\nINSERT INTO t VALUES (2, '\\'); INSERT INTO t VALUES (3, "
        "'c\\');\n");
  const Finished done = run("pando query -f load.sql");
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(ask(database, "SELECT CAST(SUM(id * LENGTH(s)) AS SIGNED) FROM t"),
            1 * 5 + 2 * 1 + 3 * 2);
}

TEST_F(ProcessTest, TheShellReadsAsTheSessionsOwnSqlModeSays) {
  TestDatabase database;
  use_mariadb(database);
  write("typed.sql",
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'\\G\nSELECT 'a\\'; SELECT 40 + 2 AS answer;\n");
  const Finished done = run("pando shell < typed.sql");
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find(" 42"), std::string::npos) << done.out << done.err;

  Terminal terminal(folder_, {"pando", "shell"});
  ASSERT_TRUE(terminal.shows("pando")) << terminal.seen();
  terminal.type("SET sql_mode = 'NO_BACKSLASH_ESCAPES';\n");
  ASSERT_TRUE(terminal.shows("0 rows affected")) << terminal.seen();
  terminal.type("SELECT 'half of a statement\n");
  ASSERT_TRUE(terminal.shows("-> ")) << terminal.seen();
  terminal.type("\x03");
  ASSERT_TRUE(terminal.shows("^C")) << terminal.seen();
  terminal.type("SELECT 'a\\'; SELECT 50 + 3 AS answer;\n");
  EXPECT_TRUE(terminal.shows(" 53")) << terminal.seen();
  terminal.type("\\q\n");
  while (terminal.shows("\n")) {
  }
  EXPECT_EQ(terminal.exit_code(), 0) << terminal.seen();
}

// Wherever a password or a parameter is wrong, what is printed does not hold it.
TEST_F(ProcessTest, NoOutputHoldsAPasswordOrAParameter) {
  TestDatabase database;
  const std::string tables = "[tables]\nt = {by = \"mod(id)\", onto = [\"main\", \"two\"]}\n";
  const auto databases = [&](const std::string& password) {
    return "format = 1\n[databases.main]\nwrite = " +
           url(shared_mariadb(), password, database.name()) +
           "[databases.two]\nwrite = " + url(shared_mariadb(), password, database.name() + "_none");
  };
  const std::vector<std::string> configs = {
      databases(kMarker) + tables,
      databases(std::string(kMarker) + "@") + tables,
      databases(std::string(kMarker) + "/") + tables,
      databases(kMarker) + "tls = \"verify\"\ntls_ca = \"none.pem\"\n" + tables,
      databases(kMarker) + "tls = \"nonsense\"\n" + tables,
      databases(kMarker) + "[tables]\nt = {by = \"mod(id)\", onto = [\"main\", \"tow\"]}\n",
      "format = 1\n[defaults]\npassword = \"" + std::string(kMarker) +
          "\"\n[databases.main]\nwrite = \"mysql://root@127.0.0.1:1/x\"\n[databases.two]\nwrite = "
          "\"mysql://root@127.0.0.1:1/x\"\n" +
          tables,
      "format = 1\n[defaults]\npassword_file = \"secret\"\n[databases.main]\nwrite = "
      "\"mysql://root@127.0.0.1:1/x\"\n[databases.two]\nwrite = \"mysql://root@no.such.host/x\"\n" +
          tables,
  };
  write("secret", std::string(kMarker) + "\n");
  const std::string param = std::string(" --param text:") + kMarker + " ";
  const std::vector<std::string> commands = {
      "pando check",
      "pando check --connect",
      "pando doctor",
      "pando stats",
      "pando query 'SELECT * FROM t'",
      "pando query --format jsonl 'SELECT * FROM t'",
      "pando explain 'SELECT * FROM t'",
      "pando explain --format json 'SELECT * FROM t WHERE id = 1'",
      "pando query" + param + "'SELECT * FROM t WHERE id = ?'",
      "pando query" + param + "--format jsonl 'INSERT INTO t (id) VALUES (?)'",
      "pando query" + param + "'INSERT INTO t (id, s) VALUES (1, ?), (2, 3)'",
      "pando query" + param + "'SELECT * FROM t LIMIT ?'",
      "pando query" + param + "'SELECT ? FROM'",
      "pando query" + param + "'SELECT 1'",
      "pando query" + param + "'SELECT ?; SELECT 2'",
      "echo 'SELECT * FROM t;' | pando shell",
  };
  std::size_t failed = 0;
  const auto sweep = [&](const std::string& config) {
    write("pando.toml", config);
    for (const std::string& command : commands) {
      const Finished done = run(command);
      failed += done.code != 0 ? 1 : 0;
      EXPECT_LT(done.code, 6) << command << "\n" << done.err;
      EXPECT_EQ((done.out + done.err).find(kMarker), std::string::npos)
          << config << "\n$ " << command << "\n"
          << done.out << done.err;
    }
  };
  for (const std::string& config : configs) sweep(config);
  EXPECT_GE(failed, configs.size() * 10) << "a sweep that provokes too little";
  // And with servers that answer.
  failed = 0;
  write("pando.toml", "format = 1\n[databases.main]\nwrite = " +
                          url(shared_mariadb(), shared_mariadb().password(), database.name()) +
                          "[tables]\nt = {at = \"main\"}\n");
  ASSERT_EQ(run("pando query 'CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(3))'").code, 0);
  sweep(read_file(folder_ / "pando.toml"));
  EXPECT_GE(failed, 5u);
}

}  // namespace
}  // namespace pando::test
