// The MySQL and MariaDB driver, over MariaDB Connector/C.
//
// Threads: any; its connections follow Connection's rule.

#pragma once

#include "drivers/driver.h"

namespace pando::drivers::mysql {

// Lives for ever.
Driver& driver();

}  // namespace pando::drivers::mysql
