// Arguments: declares the options of a subcommand. A thin layer over CLI11, which only
// arguments.cc includes: it would triple the time to compile every subcommand.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "pando/result.h"

namespace CLI {
class App;
}

namespace pando::cli {

class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  // `name` as CLI11 takes it: "--format", "-f,--file", or "SQL" for a positional. The variables
  // must live until the subcommand has run. Options may be given once unless they are lists.
  void flag(const char* name, bool& value, const char* help);
  void option(const char* name, const char* value_name, std::string& value, const char* help);
  void list(const char* name, const char* value_name, std::vector<std::string>& values,
            const char* help);
  void number(const char* name, const char* value_name, std::size_t& value, const char* help);
  // One of `words`; anything else is a usage error that names them.
  void choice(const char* name, std::string& value, std::vector<std::string> words,
              const char* help);
  void positional(const char* name, std::string& value, const char* help, bool required);
  void positionals(const char* name, std::vector<std::string>& values, const char* help);

 private:
  CLI::App& app_;
};

// Parses the command line and runs the subcommand it names. Help and version go to stdout; a usage
// error goes to stderr with the nearest known word and gives exit code 2.
int run_command_line(std::span<const Command* const> commands, int argc, char** argv,
                     Environment& environment);

}  // namespace pando::cli
