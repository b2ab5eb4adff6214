// A MariaDB server that is killed while rows are read from it and from another one.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "pando/pando.h"
#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

class DyingServerTest : public testing::TestWithParam<const char*> {};

TEST_P(DyingServerTest, EndsTheAnswerWithAnErrorAndIsUsedAgainWhenItIsBack) {
  std::string pattern = (std::filesystem::temp_directory_path() / "pando_die_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  auto server = MariaDbServer::start();
  TestDatabase living;
  TestDatabase dying(*server);
  // The servers of the tests are quick and forgetful; this one must remember what it committed.
  auto admin = drivers::driver_for(Dialect::kMySql).connect(dying.options());
  ASSERT_TRUE(admin);
  ASSERT_TRUE((*admin)->run("SET GLOBAL innodb_flush_log_at_trx_commit = 1"));
  admin->reset();
  const auto url = [](MariaDbServer& at, const std::string& database) {
    return "\"mysql://" + at.user() + ":" + at.password() + "@" + at.host() + ":" +
           std::to_string(at.port()) + "/" + database + "\"\n";
  };
  const std::string config = pattern + "/pando.toml";
  std::ofstream(config) << "format = 1\n[databases.living]\nwrite = "
                        << url(shared_mariadb(), living.name())
                        << "[databases.dying]\nwrite = " << url(*server, dying.name())
                        << "[tables]\nt = {by = \"mod(id)\", onto = [\"living\", \"dying\"]}\n";
  {
    Database db = open(config);
    db.execute("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, filler TEXT)");
    for (int block = 0; block < 40; ++block) {
      std::string sql = "INSERT INTO t (id, filler) VALUES ";
      for (int i = 0; i < 500; ++i) {
        sql += (i == 0 ? "(" : ", (") + std::to_string(block * 500 + i) + ", REPEAT('x', 2000))";
      }
      db.execute(sql);
    }
    std::size_t rows = 0;
    std::optional<Error> error;
    try {
      for (const auto& row : db.query<std::tuple<std::int64_t, std::string>>(GetParam())) {
        (void)row;
        if (++rows == 10) server->kill();
      }
    } catch (const Error& caught) {
      error = caught;
    }
    ASSERT_TRUE(error) << "an answer of " << rows << " rows, as if it were whole";
    EXPECT_EQ(error->code(), ErrorCode::kConnectionLost) << error->message();
    EXPECT_EQ(error->data_source(), "dying") << error->message();
    auto down = db.try_query("SELECT COUNT(*) FROM t");
    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().category(), ErrorCategory::kUnreachable) << down.error().message();
    server->restart();
    EXPECT_EQ(std::get<0>(*db.query<std::tuple<std::int64_t>>("SELECT COUNT(*) FROM t").begin()),
              20000);
  }
  std::filesystem::remove_all(pattern);
}

INSTANTIATE_TEST_SUITE_P(Reads, DyingServerTest,
                         testing::Values("SELECT id, filler FROM t",
                                         "SELECT id, filler FROM t ORDER BY id"));

}  // namespace
}  // namespace pando::test
