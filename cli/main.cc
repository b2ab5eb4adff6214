// The command `pando`.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/exit_code.h"

namespace {

using pando::cli::Command;

// In the order in which --help lists them.
constexpr auto kCommands = std::to_array<const Command*>({
    &pando::cli::kInitCommand,
    &pando::cli::kCheckCommand,
    &pando::cli::kExplainCommand,
    &pando::cli::kRouteCommand,
    &pando::cli::kQueryCommand,
    &pando::cli::kShellCommand,
    &pando::cli::kAnalyzeCommand,
    &pando::cli::kStatsCommand,
    &pando::cli::kDoctorCommand,
});

int run(int argc, char** argv, pando::cli::Environment& environment) {
  try {
    return pando::cli::run_command_line(kCommands, argc, argv, environment);
  } catch (const std::exception& error) {  // Out of memory, or a bug.
    environment.err.line(std::string("pando: ") + error.what());
    return pando::cli::kExitFailed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  pando::cli::guard_standard_descriptors();
  // A reader that goes away shows as a failed write, which says more than dying would.
  std::signal(SIGPIPE, SIG_IGN);
  pando::cli::Environment environment;
  const int code = run(argc, argv, environment);
  if (!environment.out.flush()) {
    if (environment.out.error() == EPIPE) return pando::cli::kExitBrokenPipe;
    environment.err.line(std::string("pando: cannot write the output: ") +
                         std::strerror(environment.out.error()));
    environment.err.flush();
    return code == pando::cli::kExitOk ? pando::cli::kExitFailed : code;
  }
  environment.err.flush();
  return code;
}
