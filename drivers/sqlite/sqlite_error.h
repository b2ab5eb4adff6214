// SQLite's result codes in Pando's terms.

#pragma once

#include <string_view>

#include "drivers/native_error.h"

namespace pando::drivers::sqlite {

// `code` is an extended result code; `message` is what sqlite3_errmsg says.
NativeError classify(int code, std::string_view message);

}  // namespace pando::drivers::sqlite
