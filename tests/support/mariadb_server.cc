#include "tests/support/mariadb_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <vector>

namespace pando::test {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kStartLimit = std::chrono::seconds(120);

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "tests/support: %s\n", why.c_str());
  std::exit(1);
}

std::string find_program(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    for (const char* directory : {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"}) {
      const fs::path path = fs::path(directory) / name;
      if (fs::exists(path)) return path.string();
    }
  }
  give_up(std::string(*names.begin()) +
          " is not installed; the tests need it: apt-get install mariadb-server");
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Starts a program whose output goes to `log`, and which dies with the calling thread.
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string log_name = log.string();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) give_up("fork failed");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int out = open(log_name.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  for (int fd = 3; fd < 256; ++fd) close(fd);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string as_user() { return geteuid() == 0 ? "--user=root" : ""; }

// Makes the empty data directory, once for all programs of this build.
fs::path template_directory() {
  const char* configured = std::getenv("PANDO_TEST_CACHE");
  const fs::path cache = configured != nullptr ? configured : PANDO_TEST_CACHE_DEFAULT;
  fs::create_directories(cache);
  const fs::path ready = cache / "data";
  const int lock = open((cache / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX) != 0) give_up("cannot lock " + cache.string());
  if (!fs::exists(ready)) {
    const fs::path making = cache / "making";
    fs::remove_all(making);
    std::vector<std::string> arguments = {find_program({"mariadb-install-db", "mysql_install_db"}),
                                          "--no-defaults",
                                          "--datadir=" + making.string(),
                                          "--auth-root-authentication-method=normal",
                                          "--skip-test-db",
                                          "--skip-name-resolve",
                                          "--innodb-log-file-size=32M",
                                          "--innodb-flush-method=nosync"};
    if (!as_user().empty()) arguments.push_back(as_user());
    const pid_t pid = spawn(arguments, cache / "install.log");
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
      give_up("mariadb-install-db failed:\n" + read_file(cache / "install.log"));
    }
    fs::rename(making, ready);
  }
  close(lock);
  return ready;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("no free port on 127.0.0.1");
  }
  close(fd);
  return ntohs(address.sin_port);
}

// True once the server sends its greeting: it listens before it is ready, but greets only then.
bool greets(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(port);
  bool result = false;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    pollfd wait{fd, POLLIN, 0};
    char byte = 0;
    result = poll(&wait, 1, 2000) == 1 && recv(fd, &byte, 1, 0) == 1;
  }
  close(fd);
  return result;
}

std::string random_word() {
  std::random_device random;
  std::ostringstream out;
  out << std::hex << random() << random();
  return out.str();
}

}  // namespace

std::unique_ptr<MariaDbServer> MariaDbServer::at(std::string host, std::uint16_t port,
                                                 std::string user, std::string password) {
  std::unique_ptr<MariaDbServer> server(new MariaDbServer);
  server->host_ = std::move(host);
  server->port_ = port;
  server->user_ = std::move(user);
  server->password_ = std::move(password);
  return server;
}

std::unique_ptr<MariaDbServer> MariaDbServer::start(std::vector<std::string> options) {
  const fs::path from = template_directory();
  std::unique_ptr<MariaDbServer> server(new MariaDbServer);
  server->more_options_ = std::move(options);
  std::string pattern = (fs::temp_directory_path() / "pando_mariadb_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) give_up("cannot make " + pattern);
  server->directory_ = pattern;
  const fs::path directory = pattern;
  fs::copy(from, directory / "data", fs::copy_options::recursive);
  fs::create_directory(directory / "tmp");
  server->password_ = random_word();
  std::ofstream(directory / "init.sql")
      << "CREATE OR REPLACE USER root@127.0.0.1 IDENTIFIED BY '" << server->password_ << "';\n"
      << "GRANT ALL ON *.* TO root@127.0.0.1 WITH GRANT OPTION;\n";
  for (int attempt = 0; attempt < 5; ++attempt) {
    server->port_ = free_port();
    if (server->launch()) return server;
  }
  give_up("five ports in a row were taken by others");
}

bool MariaDbServer::launch() {
  const fs::path directory = directory_;
  const std::string where = directory.string();
  const fs::path log = directory / "log";
  fs::remove(log);
  std::vector<std::string> arguments = {find_program({"mariadbd", "mysqld"}),
                                        "--no-defaults",
                                        "--datadir=" + where + "/data",
                                        "--socket=" + where + "/socket",
                                        "--pid-file=" + where + "/pid",
                                        "--tmpdir=" + where + "/tmp",
                                        "--init-file=" + where + "/init.sql",
                                        "--port=" + std::to_string(port_),
                                        "--bind-address=127.0.0.1",
                                        "--skip-name-resolve",
                                        "--skip-log-bin",
                                        "--character-set-server=utf8mb4",
                                        "--max-allowed-packet=1G",
                                        "--max-connections=300",
                                        "--performance-schema=OFF",
                                        "--innodb-buffer-pool-size=48M",
                                        "--innodb-log-file-size=32M",
                                        "--innodb-flush-log-at-trx-commit=0",
                                        "--innodb-flush-method=nosync",
                                        "--key-buffer-size=1M",
                                        "--aria-pagecache-buffer-size=1M"};
  if (!as_user().empty()) arguments.push_back(as_user());
  arguments.insert(arguments.end(), more_options_.begin(), more_options_.end());
  pid_ = spawn(arguments, log);
  const auto deadline = Clock::now() + kStartLimit;
  while (Clock::now() < deadline) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      const std::string text = read_file(log);
      if (text.find("Address already in use") != std::string::npos) return false;
      give_up("mariadbd did not start:\n" + text);
    }
    if (greets(port_)) return true;
    poll(nullptr, 0, 10);
  }
  give_up("mariadbd did not answer in time:\n" + read_file(log));
}

MariaDbServer::~MariaDbServer() {
  if (directory_.empty()) return;
  kill();  // Its data goes with it: there is nothing to shut down in order.
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void MariaDbServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void MariaDbServer::restart() {
  kill();
  if (!launch()) give_up("the server's port was taken while it was down");
}

std::string MariaDbServer::address() const {
  return host_ + ":" + std::to_string(port_) + ":" + user_ + ":" + password_;
}

drivers::ConnectOptions MariaDbServer::options(std::string name, std::string database) const {
  drivers::ConnectOptions result;
  result.dialect = Dialect::kMySql;
  result.name = std::move(name);
  result.host = host_;
  result.port = port_;
  result.user = user_;
  result.password = password_;
  result.database = std::move(database);
  return result;
}

MariaDbServer& shared_mariadb(std::size_t index) {
  static std::vector<std::unique_ptr<MariaDbServer>> servers = [] {
    std::vector<std::unique_ptr<MariaDbServer>> given;
    const char* list = std::getenv("PANDO_TEST_MARIADB");
    std::istringstream in(list == nullptr ? "" : list);
    for (std::string entry; std::getline(in, entry, ',');) {
      std::istringstream fields(entry);
      std::string host, port, user, password;
      std::getline(fields, host, ':');
      std::getline(fields, port, ':');
      std::getline(fields, user, ':');
      std::getline(fields, password);
      given.push_back(
          MariaDbServer::at(host, static_cast<std::uint16_t>(std::stoi(port)), user, password));
    }
    return given;
  }();
  while (servers.size() <= index) servers.push_back(MariaDbServer::start());
  return *servers[index];
}

TestDatabase::TestDatabase(MariaDbServer& server) : server_(server) {
  static std::atomic<int> number{0};
  name_ = "pando_" + std::to_string(getpid()) + "_" + std::to_string(++number);
  auto connection = drivers::driver_for(Dialect::kMySql).connect(server_.options("test"));
  if (!connection) give_up("cannot connect: " + connection.error().message());
  auto reply = (*connection)->run("CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4");
  if (!reply) give_up("cannot create a database: " + reply.error().native_message());
}

TestDatabase::~TestDatabase() {
  auto connection = drivers::driver_for(Dialect::kMySql).connect(server_.options("test"));
  if (connection) (void)(*connection)->run("DROP DATABASE IF EXISTS " + name_);
}

}  // namespace pando::test
