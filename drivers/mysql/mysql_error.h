// Error numbers of MySQL, MariaDB and the client library in Pando's terms.

#pragma once

#include <string_view>

#include "drivers/native_error.h"

namespace pando::drivers::mysql {

NativeError classify(unsigned number, std::string_view sqlstate, std::string_view message);

// True if the connection cannot go on after this error.
bool breaks_connection(unsigned number);

// True if the text certainly changes nothing: it begins with SELECT, SHOW, SET or the like.
bool only_reads(std::string_view sql);

// True if the text can only read when it returns rows: the above, and WITH.
bool only_reads_if_it_has_rows(std::string_view sql);

}  // namespace pando::drivers::mysql
