// Private MariaDB servers for tests: on 127.0.0.1, on a free port, in a temporary directory, gone
// with the test. The empty data directory is made once per build and copied.
//
// PANDO_TEST_MARIADB="host:port:user:password[,...]" names servers that already run (with_mariadb
// sets it); shared_mariadb() then uses those. A missing mariadbd is a failure, not a skip.
//
// Threads: start from the main thread: a server dies with the thread that started it.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver.h"

namespace pando::test {

class MariaDbServer {
 public:
  // Starts a server, or ends the program with a message that says what is missing.
  // `options` are more of mariadbd's own, "--ssl-cert=/path".
  static std::unique_ptr<MariaDbServer> start(std::vector<std::string> options = {});
  // A server that somebody else started and stops.
  static std::unique_ptr<MariaDbServer> at(std::string host, std::uint16_t port, std::string user,
                                           std::string password);
  ~MariaDbServer();
  MariaDbServer(const MariaDbServer&) = delete;
  MariaDbServer& operator=(const MariaDbServer&) = delete;

  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  const std::string& user() const { return user_; }  // May do everything.
  const std::string& password() const { return password_; }
  std::string address() const;  // "host:port:user:password"

  // How to connect, under the data source name `name`.
  drivers::ConnectOptions options(std::string name, std::string database = "") const;

  // kill -9, as if the machine failed. Requires: start() made it.
  void kill();
  // Starts it again after kill(), on the same port and data.
  void restart();

 private:
  MariaDbServer() = default;
  bool launch();  // False: the port was taken meanwhile.

  std::string host_ = "127.0.0.1";
  std::uint16_t port_ = 0;
  std::string user_ = "root";
  std::string password_;
  std::string directory_;  // "" if it is not ours.
  std::vector<std::string> more_options_;
  pid_t pid_ = -1;
};

// Servers shared by all tests of this program; each is started when it is first asked for.
MariaDbServer& shared_mariadb(std::size_t index = 0);

// A database with a name of its own, dropped at the end.
class TestDatabase {
 public:
  explicit TestDatabase(MariaDbServer& server = shared_mariadb());
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  drivers::ConnectOptions options(std::string data_source = "shop0") const {
    return server_.options(std::move(data_source), name_);
  }

 private:
  MariaDbServer& server_;
  std::string name_;
};

}  // namespace pando::test
