#include "cli/report.h"

#include <algorithm>
#include <utility>

#include "cli/text.h"
#include "pando/error_format.h"

namespace pando::cli {

namespace {

// Server messages and statements come from elsewhere: their lines are kept, but nothing in them may
// control the terminal.
std::string safe_lines(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t end = text.find('\n');
    result += printable(text.substr(0, end));
    if (end == std::string_view::npos) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string full_message(const Error& error) {
  if (error.native_message().empty()) return error.message();
  return error.message() + ": " + error.native_message();
}

Error without_place(Error error) {
  std::string_view text = error.message();
  const auto take_number = [&](std::string_view before) {
    if (!text.starts_with(before)) return false;
    text.remove_prefix(before.size());
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(digits);
    return digits != 0;
  };
  if (!take_number("line ") || !take_number(", column ") || !text.starts_with(": ")) return error;
  return std::move(error).with_message(std::string(text.substr(2)));
}

void report(Output& err, const Error& error, std::string_view text, std::string_view where,
            ServerMessage server) {
  const bool colour = err.colours();
  std::string rendered = safe_lines(format_error(error, text));
  while (rendered.ends_with('\n')) rendered.pop_back();
  if (!where.empty()) err.write(bold(where, colour) + ": ");
  err.line(red("error", colour) + ": " + rendered);
  if (server == ServerMessage::kShow && !error.native_message().empty()) {
    err.line("  the database says: " + printable(error.native_message()));
  }
}

void warn(Output& err, std::string_view message) {
  err.line(yellow("warning", err.colours()) + ": " + std::string(message));
}

void usage(Output& err, std::string_view message) { err.line("pando: " + std::string(message)); }

}  // namespace pando::cli
