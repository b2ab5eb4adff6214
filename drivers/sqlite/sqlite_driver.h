// The SQLite driver. One connection is one sqlite3 handle; several streams may be open on it.
//
// Threads: any; its connections follow Connection's rule.

#pragma once

#include "drivers/driver.h"

namespace pando::drivers::sqlite {

// Lives for ever.
Driver& driver();

}  // namespace pando::drivers::sqlite
