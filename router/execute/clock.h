// One time for all queries of a statement: NOW() and the like are the same in all of it, as on one
// server (MySQL's session variable `timestamp`).
//
// Threads: functions without state.

#pragma once

#include <string>
#include <string_view>

namespace pando::execute {

// The statement that stops a connection's clock at the present time of this machine.
std::string set_clock();

// The statement that lets it run again.
inline constexpr std::string_view kOwnClock = "SET timestamp=DEFAULT";

}  // namespace pando::execute
