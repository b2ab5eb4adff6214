#include "cli/slow_log.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "pando/names.h"

namespace pando::cli {

namespace {

bool starts_with_word(std::string_view line, std::string_view word) {
  if (line.size() < word.size()) return false;
  return same_name(line.substr(0, word.size()), word);
}

// The titles of the columns: MariaDB has tabs between them, MySQL blanks.
bool is_titles(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  for (const std::string_view word : {"Time", "Id", "Command", "Argument"}) {
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    const std::size_t blanks = std::min(line.find_first_not_of(kBlank), line.size());
    if (blanks == 0 && !line.empty()) return false;
    line.remove_prefix(blanks);
  }
  return line.empty();
}

// What a server writes when it starts.
bool is_server_header(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  return (line.find(", Version: ") != std::string_view::npos && line.ends_with("started with:")) ||
         line.starts_with("Tcp port:") || line.starts_with("TCP Port:") || is_titles(line);
}

// The line that begins the entry of a statement.
bool begins_entry(std::string_view line) {
  return line.starts_with("# Time:") || line.starts_with("# User@Host:");
}

// Written by the server before a statement, not by the application.
bool is_preamble(std::string_view line) {
  if (starts_with_word(line, "use ")) return line.ends_with(";");
  if (!starts_with_word(line, "set ") || !line.ends_with(";")) return false;
  return line.find("timestamp=") != std::string_view::npos;
}

double query_time(std::string_view line) {
  constexpr std::string_view kName = "Query_time:";
  const std::size_t at = line.find(kName);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = line.substr(at + kName.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  double seconds = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
  return seconds;
}

}  // namespace

bool looks_like_slow_log(std::string_view beginning) {
  while (!beginning.empty()) {
    const std::size_t end = beginning.find('\n');
    const std::string_view line = beginning.substr(0, end);
    if (begins_entry(line) || line.starts_with("# Query_time:") || is_server_header(line)) {
      return true;
    }
    if (end == std::string_view::npos) return false;
    beginning.remove_prefix(end + 1);
  }
  return false;
}

std::optional<LoggedStatement> SlowLog::take() {
  in_statement_ = false;
  LoggedStatement entry = std::exchange(entry_, {});
  if (entry.sql.empty()) return std::nullopt;
  return entry;
}

std::optional<LoggedStatement> SlowLog::feed(std::string_view line) {
  ++line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (begins_entry(line) || is_server_header(line)) {
    // `# Time:` and `# User@Host:` begin the same entry.
    return in_statement_ ? take() : std::nullopt;
  }
  if (!in_statement_) {
    if (line.empty()) return std::nullopt;
    if (line.starts_with("#")) {
      if (const double seconds = query_time(line); seconds > 0) entry_.seconds = seconds;
      return std::nullopt;
    }
    if (is_preamble(line)) return std::nullopt;
    in_statement_ = true;
    entry_.line = line_;
  } else {
    entry_.sql += '\n';
  }
  entry_.sql += line;
  return std::nullopt;
}

std::optional<LoggedStatement> SlowLog::finish() { return take(); }

}  // namespace pando::cli
