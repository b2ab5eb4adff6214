// Errors on stderr: code, message, caret, the database's own words, and what to do.

#pragma once

#include <string>
#include <string_view>

#include "cli/output.h"
#include "pando/error.h"

namespace pando::cli {

// The message with the server's own appended. Callers who sent parameters use error.message()
// instead: a server's message may quote them.
std::string full_message(const Error& error);

// `where`, such as "load.sql:17", says better than the message's own "line 1, column 8: " where in
// a file it is.
Error without_place(Error error);

enum class ServerMessage : bool { kHide, kShow };

// Writes the error; `text` is the statement it is about ("" if none), `where` what goes before it,
// such as "load.sql:17" ("" if nothing). With kHide the server's own message is left out.
void report(Output& err, const Error& error, std::string_view text = {},
            std::string_view where = {}, ServerMessage server = ServerMessage::kShow);

// "warning: ..." and "pando: ..." lines.
void warn(Output& err, std::string_view message);
void usage(Output& err, std::string_view message);

}  // namespace pando::cli
