// How a Database is opened, and how a transaction runs.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "pando/sharding_function.h"

namespace pando {

struct Options {
  // The application's own sharding functions, by the name that the rules use for them.
  std::map<std::string, std::shared_ptr<const ShardingFunction>> functions;
  // Relative SQLite paths start here; empty: the folder of the configuration file.
  std::string directory;
};

struct TransactOptions {
  // How often transact() rolls back and runs its function again, at once and without a pause, after
  // an Error with retryable(), from the function or from the commit. Those are errors after which
  // nothing of the transaction took effect and whose cause passes: deadlocks, locks that were not
  // granted in time, servers that cannot be reached or have no connection left, connections lost
  // while reading, a pool without a free one, a table that was changed meanwhile. Any other error,
  // and any other exception, passes on at once. 0 and less: never. Where transactions collide, let
  // the program wait a random while between calls of its own instead.
  int retry = 0;
};

}  // namespace pando
