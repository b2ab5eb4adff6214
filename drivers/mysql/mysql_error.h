// Error numbers of MySQL, MariaDB and the client library in Pando's terms.

#pragma once

#include <string_view>

#include "drivers/native_error.h"

namespace pando::drivers::mysql {

// Errors that the driver itself acts on.
inline constexpr unsigned kUnknownStatement = 1243;   // The server forgot a prepared statement.
inline constexpr unsigned kNotPreparable = 1295;      // This kind of statement cannot be prepared.
inline constexpr unsigned kNoCursorWithInto = 1323;   // SELECT ... INTO has no rows to fetch.
inline constexpr unsigned kTooManyPrepared = 1461;    // The server holds as many as it may.
inline constexpr unsigned kNeedsPrepareAgain = 1615;  // The tables changed too often meanwhile.
inline constexpr unsigned kOutOfSync = 2014;          // The library did not expect what came.
inline constexpr unsigned kNoTls = 2026;
inline constexpr unsigned kNewColumns = 2057;  // The tables changed, and so the columns did.

NativeError classify(unsigned number, std::string_view sqlstate, std::string_view message);

// The same of a statement: the login is behind it, so what access is denied to is a right.
NativeError lacks_right(NativeError error);

// What to do if there is no encrypted connection.
inline constexpr std::string_view kTlsRemedy =
    "Check `tls` and its certificates in the configuration, and whether the server offers TLS.";

// True if the text certainly changes nothing: it begins with SELECT, SHOW, SET or the like.
bool only_reads(std::string_view sql);

// True if the text can only read when it returns rows: the above, and WITH.
bool only_reads_if_it_has_rows(std::string_view sql);

}  // namespace pando::drivers::mysql
