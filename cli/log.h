// What `-v` tells of the steps of a run, on stderr with the time of day: what took how long. Never
// SQL or values.
//
// Threads: any. Cost without -v: a comparison.

#pragma once

#include <chrono>
#include <string>

namespace pando::cli {

void start_log();
bool logs();
// Requires: logs().
void log_step(const std::string& what, std::chrono::steady_clock::time_point since);

}  // namespace pando::cli
