// What the command line and the tests reach behind the public handles.
//
// Threads: functions without state.

#pragma once

#include "pando/database.h"

namespace pando::router {

struct Inside {
  // Lives as long as a copy of the handle.
  static Core& core(const Database& database) { return *database.core_; }
  // Requires: a session that was not moved from.
  static SessionState& state(const Session& session) { return *session.state_; }
};

}  // namespace pando::router
