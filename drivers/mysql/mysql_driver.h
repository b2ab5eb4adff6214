// The MySQL and MariaDB driver, over MariaDB Connector/C.

#pragma once

#include "drivers/driver.h"

namespace pando::drivers::mysql {

// Lives for ever.
Driver& driver();

}  // namespace pando::drivers::mysql
