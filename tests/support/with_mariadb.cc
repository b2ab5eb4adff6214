// with_mariadb N -- command...: runs a command with N private MariaDB servers, whose addresses are
// in PANDO_TEST_MARIADB, and stops them afterwards. The exit code is the command's.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/mariadb_server.h"

namespace {

volatile sig_atomic_t command_pid = 0;

void pass_on(int signal) {
  if (command_pid > 0) kill(static_cast<pid_t>(command_pid), signal);
}

int run(int count, char** command) {
  std::vector<std::unique_ptr<pando::test::MariaDbServer>> servers;
  std::string list;
  for (int i = 0; i < count; ++i) {
    servers.push_back(pando::test::MariaDbServer::start());
    list += (i == 0 ? "" : ",") + servers.back()->address();
  }
  setenv("PANDO_TEST_MARIADB", list.c_str(), 1);
  const pid_t pid = fork();
  if (pid < 0) return 1;
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execvp(command[0], command);
    std::perror(command[0]);
    _exit(127);
  }
  command_pid = pid;
  signal(SIGINT, pass_on);
  signal(SIGTERM, pass_on);
  int status = 0;
  while (waitpid(pid, &status, 0) != pid) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 0;
  if (argc < 4 || count < 1 || count > 16 || std::strcmp(argv[2], "--") != 0) {
    std::fprintf(stderr, "usage: with_mariadb N -- command...\n");
    return 2;
  }
  return run(count, argv + 3);
}
