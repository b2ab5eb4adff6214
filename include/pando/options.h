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
  // How often transact() runs its function again after an error that says the transaction was
  // rolled back and may succeed when repeated (a deadlock, a lock timeout).
  int retry = 0;
};

}  // namespace pando
