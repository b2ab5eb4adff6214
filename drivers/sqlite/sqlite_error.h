// SQLite's result codes in Pando's terms.

#pragma once

#include <string_view>

#include "drivers/native_error.h"

namespace pando::drivers::sqlite {

// `code` is an extended result code; `message` is what sqlite3_errmsg says.
NativeError classify(int code, std::string_view message);

// True if the handle should be thrown away after this code.
bool breaks_handle(int code);

}  // namespace pando::drivers::sqlite
