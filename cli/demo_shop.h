// The demo shop of `pando init --demo`: its rules, its tables and its rows, the same each time.

#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "pando/result.h"

namespace pando::cli {

extern const std::string_view kDemoConfig;

// The files that the demo consists of, in its folder.
inline constexpr std::array kDemoFiles = {"pando.toml", "shop0.db", "shop1.db", "shop2.db",
                                          "shop3.db"};

// Creates the tables and loads the rows, all through Pando, with a progress bar on stderr.
// Errors: kCancelled after Ctrl-C, and what the statements failed with.
Result<void> fill_demo_shop(const std::string& config, Environment& environment);

}  // namespace pando::cli
