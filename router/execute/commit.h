// Ending local transactions on several data sources: best effort, told honestly.
//
// Threads: the connections belong to the caller's thread.

#pragma once

#include <span>

#include "drivers/driver.h"
#include "pando/result.h"

namespace pando::execute {

// Sends COMMIT to one connection after the other. If the first one fails, the others are rolled
// back and nothing took effect. If a later one fails, some data sources have committed and others
// have not.
//
// Errors: the first COMMIT's own error (Outcome::kUnknown as kOutcomeUnknown if its answer was
// lost); kPartialCommit, naming who committed, who did not and who is unknown.
Result<void> commit_all(std::span<drivers::Connection* const> connections);

// Rolls all of them back. A connection that cannot is left unusable, which rolls back too.
void rollback_all(std::span<drivers::Connection* const> connections);

}  // namespace pando::execute
