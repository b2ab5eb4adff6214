// One way to word what a database answered. A database's own message may quote the application's
// data, so Error::message() holds only the data source, the fact and the number.

#pragma once

#include <string>
#include <string_view>

#include "pando/error.h"

namespace pando::drivers {

struct NativeError {
  ErrorCode code = ErrorCode::kDatabase;
  std::string_view fact;  // "a unique key already holds this value"
  bool retryable = false;
  int number = 0;                  // The database's own; 0 if it gave none.
  std::string_view sqlstate = {};  // "" for the code's own.
  std::string_view message = {};   // The database's own.
};

// "shop1: a unique key already holds this value (MySQL error 1062)".
Error make_native_error(const std::string& data_source, std::string_view product,
                        const NativeError& native);

}  // namespace pando::drivers
