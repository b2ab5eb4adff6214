#include "drivers/driver.h"

#include <cstdlib>

#include "drivers/mysql/mysql_driver.h"
#include "drivers/sqlite/sqlite_driver.h"

namespace pando::drivers {

Driver& driver_for(Dialect dialect) {
  switch (dialect) {
    case Dialect::kMySql:
      return mysql::driver();
    case Dialect::kSqlite:
      return sqlite::driver();
  }
  std::abort();
}

}  // namespace pando::drivers
