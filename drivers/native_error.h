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
  DatabaseFault fault = DatabaseFault::kStatement;
  bool retryable = false;
  int number = 0;                  // The database's own; 0 if it gave none.
  std::string_view sqlstate = {};  // "" for the code's own.
  std::string_view message = {};   // The database's own.
  std::string_view remedy = {};    // "" for the code's own.
};

// The rules name a physical table that a data source does not have.
inline constexpr std::string_view kCreateTable =
    "Create it (run its CREATE TABLE through Pando, which makes every physical table), or correct "
    "the rules.";

// "shop1: a unique key already holds this value (MySQL error 1062)".
//
// kUnknownTable: the message names the table, as the database's own one does, and the remedy is
// kCreateTable.
Error make_native_error(const std::string& data_source, std::string_view product,
                        const NativeError& native);

}  // namespace pando::drivers
