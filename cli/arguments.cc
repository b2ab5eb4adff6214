#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/log.h"
#include "rules/suggest.h"

namespace pando::cli {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) result += i + 1 == words.size() ? " or " : ", ";
    result += words[i];
  }
  return result;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

CLI::App* chosen(const CLI::App& app) {
  const auto subcommands = app.get_subcommands();
  return subcommands.empty() ? nullptr : subcommands.front();
}

// "did you mean `query`?", or "" if no known word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> words(known.begin(), known.end());
  const std::string_view guess = rules::nearest_word(word, words);
  return guess.empty() ? "" : "did you mean `" + std::string(guess) + "`?";
}

void suggest(std::string_view word, const std::vector<std::string>& known, Output& err) {
  if (const std::string guess = did_you_mean(word, known); !guess.empty()) err.line(guess);
}

// The error is about words that no option or subcommand took.
void report_extras(const CLI::App& app, std::span<const Command* const> commands, Output& err) {
  const CLI::App* command = chosen(app);
  const std::vector<std::string> extras = app.remaining(true);
  const std::string word = extras.empty() ? "" : extras.front();
  std::string name = word.substr(0, word.find('='));
  if (name.starts_with("-")) {
    err.line("pando: unknown option `" + name + "`" +
             (command ? " of `" + command->get_name() + "`" : ""));
    auto known = option_names(app);
    if (command) {
      for (auto& option : option_names(*command)) known.push_back(std::move(option));
    }
    if (!name.starts_with("--")) name.insert(0, "-");
    suggest(name, known, err);
  } else if (command) {
    err.line("pando: `" + command->get_name() + "` takes no further argument such as `" + word +
             "`; quote an argument that holds spaces");
  } else {
    err.line("pando: unknown subcommand `" + word + "`");
    std::vector<std::string> known;
    for (const Command* entry : commands) known.emplace_back(entry->name);
    suggest(word, known, err);
  }
}

int usage_error(const CLI::App& app, const CLI::ParseError& error,
                std::span<const Command* const> commands, Output& err) {
  const CLI::App* command = chosen(app);
  const bool extras = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (extras) {
    report_extras(app, commands, err);
  } else if (!command && !app.remaining().empty()) {
    report_extras(app, commands, err);
  } else if (!command && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
    err.line("pando: a subcommand is needed");
  } else {
    err.line("pando: " + std::string(error.what()));
  }
  err.line("See `pando " + (command ? command->get_name() + " " : std::string()) + "--help`.");
  return kExitUsage;
}

}  // namespace

void Arguments::flag(const char* name, bool& value, const char* help) {
  app_.add_flag(name, value, help);
}

void Arguments::option(const char* name, const char* value_name, std::string& value,
                       const char* help) {
  app_.add_option(name, value, help)->option_text(value_name);
}

void Arguments::list(const char* name, const char* value_name, std::vector<std::string>& values,
                     const char* help) {
  // One value each time: a greedy list would swallow the SQL that follows.
  app_.add_option(name, values, help)->option_text(value_name)->allow_extra_args(false);
}

void Arguments::number(const char* name, const char* value_name, std::size_t& value,
                       const char* help) {
  // A negative number would turn into a huge one.
  const auto check = [](const std::string& given) -> std::string {
    if (given.find_first_not_of("0123456789") == std::string::npos) return {};
    return "`" + given + "` is no whole number from 0 on";
  };
  app_.add_option(name, value, help)->option_text(value_name)->check(CLI::Validator(check, ""));
}

void Arguments::choice(const char* name, std::string& value, std::vector<std::string> words,
                       const char* help) {
  std::string value_name;
  for (const std::string& word : words) value_name += (value_name.empty() ? "" : "|") + word;
  const auto check = [words = std::move(words)](const std::string& given) -> std::string {
    for (const std::string& word : words) {
      if (word == given) return {};
    }
    std::string message = "`" + given + "` is not one of " + joined(words);
    if (const auto guess = did_you_mean(given, words); !guess.empty()) message += "; " + guess;
    return message;
  };
  app_.add_option(name, value, help)->option_text(value_name)->check(CLI::Validator(check, ""));
}

void Arguments::positional(const char* name, std::string& value, const char* help, bool required) {
  app_.add_option(name, value, help)->required(required)->option_text(" ");
}

void Arguments::positionals(const char* name, std::vector<std::string>& values, const char* help) {
  app_.add_option(name, values, help)->option_text(" ");
}

int run_command_line(std::span<const Command* const> commands, int argc, char** argv,
                     Environment& environment) {
  CLI::App app("Pando: one database to the application, many MySQL, MariaDB or SQLite underneath.",
               "pando");
  app.set_version_flag("-V,--version", "pando " PANDO_VERSION);
  app.add_option("-c,--config", environment.config,
                 "Configuration file; else $PANDO_CONFIG, else ./pando.toml")
      ->option_text("FILE");
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "Say on stderr which steps took how long");
  app.fallthrough();
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  app.get_formatter()->label("Positionals", "Arguments");
  app.footer(
      "Start with `pando init --demo`. `pando SUBCOMMAND --help` shows examples, `man pando` all\n"
      "of it; completions for bash and zsh are installed with the command.\n"
      "Exit codes: 0 ok, 1 findings, 2 usage, configuration or syntax, 3 failed in a database,\n"
      "4 unreachable, 5 refused by Pando. Of several the worst: 3, then 4, 2, 5, 1.");
  std::vector<std::pair<const CLI::App*, Action>> actions;
  for (const Command* command : commands) {
    CLI::App* subcommand = app.add_subcommand(command->name, command->summary);
    subcommand->footer(command->details);
    Arguments arguments(*subcommand);
    actions.emplace_back(subcommand, command->configure(arguments));
  }
  // `pando help` and `pando help query`, as people know them from other programs.
  std::vector<const char*> words(argv, argv + argc);
  if (argc >= 2 && std::string_view(argv[1]) == "help") {
    words.erase(words.begin() + 1);
    const bool known =
        argc == 2 || std::any_of(commands.begin(), commands.end(), [&](const Command* command) {
          return std::string_view(command->name) == argv[2];
        });
    if (known) words.push_back("--help");
  }
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::CallForHelp&) {
    const CLI::App* command = chosen(app);
    environment.out.write(command ? command->help("pando") : app.help());
    return kExitOk;
  } catch (const CLI::CallForVersion& version) {
    environment.out.line(version.what());
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, commands, environment.err);
  }
  if (verbose) start_log();
  for (const auto& [subcommand, action] : actions) {
    if (subcommand->parsed()) return action(environment);
  }
  return kExitUsage;
}

}  // namespace pando::cli
