#include "drivers/driver.h"

#include "drivers/sqlite/sqlite_driver.h"

namespace pando::drivers {

namespace {

class MissingDriver : public Driver {
 public:
  Result<ConnectionPtr> connect(const ConnectOptions& options) override {
    return fail(Error(ErrorCode::kUnreachable,
                      options.name + ": this build has no driver for MySQL and MariaDB")
                    .with_data_source(options.name));
  }
};

}  // namespace

Driver& driver_for(Dialect dialect) {
  static MissingDriver missing;
  switch (dialect) {
    case Dialect::kMySql:
      break;
    case Dialect::kSqlite:
      return sqlite::driver();
  }
  return missing;
}

}  // namespace pando::drivers
