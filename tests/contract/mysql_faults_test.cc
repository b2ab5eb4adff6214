// Servers that refuse, fail, or fall silent.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "drivers/pool.h"
#include "tests/contract/contract.h"

namespace pando::drivers {
namespace {

using std::chrono::milliseconds;

class MysqlFaultsTest : public ::testing::Test {
 protected:
  MysqlFaultsTest() : site_(Dialect::kMySql) {}

  static Result<ConnectionPtr> connect(const ConnectOptions& options) {
    return driver_for(Dialect::kMySql).connect(options);
  }
  // The code of the error that connecting gives.
  static std::string refusal(const ConnectOptions& options) {
    auto connection = connect(options);
    if (connection) return "connected";
    EXPECT_EQ(connection.error().data_source(), options.name);
    EXPECT_EQ(connection.error().message().find(options.password), std::string::npos);
    return error_name(connection.error());
  }

  Site site_;
};

// A port that accepts connections and never says a word, or that nobody listens on.
class SilentPort {
 public:
  explicit SilentPort(bool listening) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(listening ? listen(fd_, 5) : 0, 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(fd_); }
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

// Versioned comments and some words mean something else there.
TEST_F(MysqlFaultsTest, AServerOfAnotherKindThanTheRulesSayIsRefused) {
  ConnectOptions options = site_.options();
  options.mariadb = true;
  EXPECT_EQ(refusal(options), "connected");
  options.mariadb = false;
  EXPECT_EQ(refusal(options), "kWrongServer");
}

TEST_F(MysqlFaultsTest, RefusalsHaveCodesAndKeepThePasswordToThemselves) {
  ConnectOptions options = site_.options();
  options.password = "wrong-password";
  EXPECT_EQ(refusal(options), "kAccessDenied");
  options = site_.options();
  options.user = "nobody_of_that_name";
  EXPECT_EQ(refusal(options), "kAccessDenied");
  options = site_.options();
  options.database = "no_such_database";
  EXPECT_EQ(refusal(options), "kUnreachable");
  options = site_.options();
  options.time_zone = "nowhere'";
  EXPECT_NE(refusal(options), "connected");
  const SilentPort closed(false);
  options = site_.options();
  options.port = closed.port();
  EXPECT_EQ(refusal(options), "kUnreachable");
  options = site_.options();
  options.socket = "/nonexistent/socket";
  EXPECT_EQ(refusal(options), "kUnreachable");
  const SilentPort silent(true);
  options = site_.options();
  options.port = silent.port();
  options.connect_timeout = milliseconds(1000);
  options.read_timeout = milliseconds(1000);
  EXPECT_EQ(refusal(options), "kTimeout");
}

TEST_F(MysqlFaultsTest, TlsThatTheServerLacksIsNotDoneWithout) {
  auto connection = site_.connect();
  const bool has_tls = rows(*connection, "SELECT @@have_ssl")[0][0].text == "YES";
  if (has_tls) GTEST_SKIP() << "this server has TLS";
  for (const auto tls : {ConnectOptions::Tls::kRequired, ConnectOptions::Tls::kVerify}) {
    ConnectOptions options = site_.options();
    options.tls = tls;
    EXPECT_EQ(refusal(options), "kUnreachable");
  }
  ConnectOptions options = site_.options();
  options.tls = ConnectOptions::Tls::kOff;
  EXPECT_EQ(refusal(options), "connected");
}

TEST_F(MysqlFaultsTest, AReadTimeoutBreaksTheConnectionAndSaysWhetherAWriteIsKnown) {
  ConnectOptions options = site_.options();
  options.read_timeout = milliseconds(1000);
  write(*site_.connect(), "CREATE TABLE t (a INT)");
  for (const Way way : {Way::kPrepared, Way::kText}) {
    auto reader = connect(options);
    ASSERT_TRUE(reader);
    auto reply = run(**reader, way, "SELECT SLEEP(?)", {Value::of_int(60)});
    Error error(ErrorCode::kInternal, "");
    if (!reply) {
      error = reply.error();
    } else {
      auto more = reply->rows->next();
      ASSERT_FALSE(more);
      error = more.error();
    }
    EXPECT_EQ(error_name(error), "kTimeout") << error.message();
    EXPECT_EQ(error.outcome(), Outcome::kNotApplied);
    EXPECT_FALSE((*reader)->usable());
    EXPECT_FALSE((*reader)->run("SELECT 1"));
  }
  auto writer = connect(options);
  ASSERT_TRUE(writer);
  const Error error = error_of((*writer)->run("INSERT INTO t SELECT SLEEP(60)"));
  EXPECT_EQ(error_name(error), "kTimeout");
  EXPECT_EQ(error.outcome(), Outcome::kUnknown);
  EXPECT_FALSE(error.retryable());
}

TEST_F(MysqlFaultsTest, AStatementThatTimedOutIsEndedAtTheServer) {
  ConnectOptions options = site_.options();
  options.read_timeout = milliseconds(1000);
  auto connection = connect(options);
  ASSERT_TRUE(connection);
  EXPECT_EQ(error_name(error_of((*connection)->run("DO SLEEP(97)"))), "kTimeout");
  auto other = site_.connect();
  Cells left;
  for (int i = 0; i < 500; ++i) {  // KILL takes effect a little later.
    left =
        rows(*other, "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'DO SLEEP(97)'");
    if (left.empty()) break;
    std::this_thread::yield();
  }
  EXPECT_EQ(left, Cells{});
}

TEST_F(MysqlFaultsTest, AServerKilledInMidStreamIsAnErrorAndNotAnEnd) {
  auto server = test::MariaDbServer::start();
  ConnectOptions options = server->options("shop7", "mysql");
  for (const Way way : {Way::kPrepared, Way::kText}) {
    auto connection = connect(options);
    ASSERT_TRUE(connection);
    auto reply =
        run(**connection, way, "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_2000000 WHERE seq >= ?",
            {Value::of_int(0)});
    ASSERT_TRUE(reply) << reply.error().native_message();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(*reply->rows->next());
    server->kill();
    auto more = reply->rows->next();
    while (more && *more) more = reply->rows->next();
    ASSERT_FALSE(more) << "a partial answer without an error";
    EXPECT_EQ(error_name(more.error()), "kConnectionLost");
    EXPECT_EQ(more.error().data_source(), "shop7");
    EXPECT_FALSE(reply->rows->next()) << "the error does not last";
    EXPECT_FALSE((*connection)->usable());
    reply->rows.reset();
    EXPECT_EQ(refusal(options), "kUnreachable");
    server->restart();
  }
}

// Far more than the sockets hold, so that the server is in the middle of sending when the reader
// goes; it must not keep the table's lock until its net_write_timeout of a minute.
TEST_F(MysqlFaultsTest, AnAnswerThatIsDroppedHoldsNoLockAtTheServer) {
  auto writer = site_.connect();
  ASSERT_TRUE(writer->run("CREATE TABLE long_t (filler LONGTEXT)"));
  ASSERT_TRUE(writer->run("INSERT INTO long_t VALUES (REPEAT('x', 4000000))"));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(writer->run("INSERT INTO long_t SELECT * FROM long_t"));
  }
  auto reader = connect(site_.options());
  ASSERT_TRUE(reader);
  {
    auto reply = (*reader)->run("SELECT * FROM long_t");
    ASSERT_TRUE(reply);
    ASSERT_TRUE(*reply->rows->next());
  }
  reader->reset();
  ASSERT_TRUE(writer->run("SET SESSION lock_wait_timeout = 20"));
  const auto dropped = writer->run("DROP TABLE long_t");
  EXPECT_TRUE(dropped) << dropped.error().message();
}

TEST_F(MysqlFaultsTest, AWriteWhoseAnswerIsLostHasAnUnknownOutcome) {
  auto server = test::MariaDbServer::start();
  const ConnectOptions options = server->options("shop7", "mysql");
  struct Case {
    const char* sql;
    Outcome outcome;
  };
  for (const Case& test :
       {Case{"SELECT SLEEP(600)", Outcome::kNotApplied}, Case{"DO SLEEP(600)", Outcome::kUnknown},
        Case{"INSERT INTO x.t SELECT SLEEP(600)", Outcome::kUnknown}}) {
    SCOPED_TRACE(test.sql);
    auto setup = connect(options);
    ASSERT_TRUE(setup);
    write(**setup, "CREATE DATABASE IF NOT EXISTS x");
    write(**setup, "CREATE TABLE IF NOT EXISTS x.t (a INT)");
    auto connection = connect(options);
    ASSERT_TRUE(connection);
    ASSERT_TRUE((*connection)->send(Query{.sql = test.sql}));
    Cells running;
    while (running.empty()) {
      running = rows(**setup, "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = ?",
                     {Value::of_text(test.sql)});
    }
    server->kill();
    const Error error = error_of((*connection)->receive());
    EXPECT_EQ(error_name(error), "kConnectionLost");
    EXPECT_EQ(error.outcome(), test.outcome);
    EXPECT_EQ(error.retryable(), test.outcome == Outcome::kNotApplied);
    server->restart();
  }
}

TEST_F(MysqlFaultsTest, APoolOutlivesARestartOfItsServer) {
  auto server = test::MariaDbServer::start();
  std::vector<Pool::Source> sources(1);
  sources[0].connect = server->options("shop7", "mysql");
  Pool pool(std::move(sources), {.size = 4});
  {
    const std::vector<std::size_t> three = {0, 0, 0};
    ASSERT_TRUE(pool.acquire(three));
  }
  EXPECT_EQ(pool.stats()[0].idle, 3U);
  server->kill();
  server->restart();
  { EXPECT_FALSE((*pool.acquire(0))->run("SELECT 1")); }
  // One failure is enough: the other idle connections are asked before they are handed out.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE((*pool.acquire(0))->run("DO 0"));
}

TEST_F(MysqlFaultsTest, ADeadlockEndsTheTransactionAndMayBeRetried) {
  auto a = site_.connect();
  auto b = site_.connect();
  write(*a, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
  write(*a, "INSERT INTO t VALUES (1, 0), (2, 0)");
  write(*a, "BEGIN");
  write(*b, "BEGIN");
  write(*a, "UPDATE t SET v = 1 WHERE id = 1");
  write(*b, "UPDATE t SET v = 2 WHERE id = 2");
  ASSERT_TRUE(a->send(Query{.sql = "UPDATE t SET v = 1 WHERE id = 2"}));
  ASSERT_TRUE(b->send(Query{.sql = "UPDATE t SET v = 2 WHERE id = 1"}));
  // The victim's rollback lets the other go on, whichever it is.
  auto from_a = a->receive();
  auto from_b = b->receive();
  ASSERT_NE(from_a.has_value(), from_b.has_value());
  Connection& victim = from_a ? *b : *a;
  const Error error = from_a ? from_b.error() : from_a.error();
  EXPECT_EQ(error_name(error), "kDeadlock");
  EXPECT_TRUE(error.retryable());
  EXPECT_FALSE(victim.in_transaction());
  EXPECT_TRUE(victim.usable());
}

TEST_F(MysqlFaultsTest, ALockThatIsNotGrantedLeavesTheTransactionOpen) {
  auto a = site_.connect();
  auto b = site_.connect();
  write(*a, "CREATE TABLE t (id INT PRIMARY KEY)");
  write(*a, "INSERT INTO t VALUES (1)");
  write(*a, "BEGIN");
  write(*a, "DELETE FROM t");
  write(*b, "SET innodb_lock_wait_timeout = 0");
  write(*b, "BEGIN");
  const Error error = error_of(b->run("DELETE FROM t"));
  EXPECT_EQ(error_name(error), "kDeadlock");
  EXPECT_EQ(error.native_code(), 1205);
  EXPECT_TRUE(b->in_transaction());
}

TEST_F(MysqlFaultsTest, AReadOnlyTransactionSaysSo) {
  auto a = site_.connect();
  write(*a, "CREATE TABLE t (id INT)");
  write(*a, "START TRANSACTION READ ONLY");
  EXPECT_EQ(error_name(error_of(a->run("INSERT INTO t VALUES (1)"))), "kReadOnly");
}

TEST_F(MysqlFaultsTest, ACallWithOneResultWorksAndWithTwoIsRefused) {
  auto c = site_.connect();
  write(*c, "CREATE PROCEDURE one() SELECT 1");
  write(*c, "CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END");
  EXPECT_EQ(rows(*c, "CALL one()"), (Cells{{int_cell(1)}}));
  auto reply = c->run("CALL two()");
  ASSERT_TRUE(reply);
  ASSERT_TRUE(*reply->rows->next());
  auto more = reply->rows->next();
  ASSERT_FALSE(more);
  EXPECT_EQ(error_name(more.error()), "kUnsupportedStatement");
  reply->rows.reset();
  EXPECT_TRUE(c->usable());
  EXPECT_EQ(rows(*c, "SELECT 5"), (Cells{{int_cell(5)}}));
}

TEST_F(MysqlFaultsTest, TheServerCannotAskForOurFiles) {
  auto c = site_.connect();
  write(*c, "CREATE TABLE t (a TEXT)");
  EXPECT_FALSE(c->run("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t"));
}

TEST_F(MysqlFaultsTest, MessagesQuoteNoData) {
  auto c = site_.connect();
  write(*c, "CREATE TABLE t (a VARCHAR(20) UNIQUE)");
  write(*c, "INSERT INTO t VALUES ('secret-value')");
  const Error error = error_of(
      run(*c, Way::kPrepared, "INSERT INTO t VALUES (?)", {Value::of_text("secret-value")}));
  EXPECT_EQ(error.message(), "shop0: a unique key already holds this value (MySQL error 1062)");
  EXPECT_NE(error.native_message().find("secret-value"), std::string::npos);
  EXPECT_EQ(error.native_code(), 1062);
  EXPECT_EQ(error.sqlstate(), "23000");
}

// An error does not say whether the transaction outlived it (a lock timeout may or may not end it).
TEST_F(MysqlFaultsTest, PingTellsWhetherATransactionOutlivedAnError) {
  const ConnectionPtr connection = site_.connect();
  write(*connection, "START TRANSACTION");
  ASSERT_TRUE(connection->in_transaction());
  error_of(connection->run("BEGIN NOT ATOMIC ROLLBACK; SIGNAL SQLSTATE '45000'; END"));
  ASSERT_TRUE(connection->ping());
  EXPECT_FALSE(connection->in_transaction());

  write(*connection, "START TRANSACTION");
  error_of(connection->run("SELECT * FROM no_such_table"));
  ASSERT_TRUE(connection->ping());
  EXPECT_TRUE(connection->in_transaction());
}

}  // namespace
}  // namespace pando::drivers
