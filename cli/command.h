// Command: one subcommand of `pando`. A file each; main.cc holds the table of them.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/output.h"

namespace pando::cli {

class Arguments;

// What every subcommand works with.
struct Environment {
  Output out{1};       // Data.
  Output err{2, out};  // Talk.
  std::string config;  // -c FILE; empty if not given.
};

// Runs the subcommand and returns the exit code. Failed writes to `out` are seen by main.
using Action = std::function<int(Environment&)>;

struct Command {
  const char* name;
  const char* summary;  // One line.
  const char* details;  // What --help says below the options: explanations and examples.
  // Declares the arguments and returns what to run once they are parsed.
  Action (*configure)(Arguments& arguments);
};

// One line per subcommand; defined in the file of that name.
extern const Command kAnalyzeCommand;
extern const Command kCheckCommand;
extern const Command kDoctorCommand;
extern const Command kExplainCommand;
extern const Command kInitCommand;
extern const Command kQueryCommand;
extern const Command kRouteCommand;
extern const Command kShellCommand;
extern const Command kStatsCommand;

}  // namespace pando::cli
