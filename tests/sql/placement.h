// Where rows lie, looked up past Pando: what answers alone do not show, since a row on the wrong
// shard is found by every statement that asks all of them.
//
// Threads: one at a time.

#pragma once

#include <string>

#include "pando/database.h"

namespace pando::test {

// "" if every row of every sharded table lies on the shard that the rules give its key, and all
// copies of a broadcast table hold the same rows; else a line for each that does not. Tables that
// do not exist are passed over. Throws pando::Error if a data source cannot be read.
std::string misplaced_rows(Database& sharded);

}  // namespace pando::test
