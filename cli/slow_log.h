// SlowLog: the statements of a MySQL or MariaDB slow-query log.
//
// The servers' own lines (headers, `# Time:`, `# User@Host:`, `use db;`, `SET timestamp=...;`) are
// left out. Memory: one entry.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pando::cli {

struct LoggedStatement {
  std::string sql;
  std::size_t line = 1;  // Of its first line, from 1.
  double seconds = 0;    // Query_time; 0 if not given.
};

// True if the beginning of a file looks like a slow-query log.
bool looks_like_slow_log(std::string_view beginning);

class SlowLog {
 public:
  // Feeds one line, without its newline. Returns the statement that ended before it, if one did.
  std::optional<LoggedStatement> feed(std::string_view line);
  // The last statement, after the last line.
  std::optional<LoggedStatement> finish();

 private:
  std::optional<LoggedStatement> take();

  LoggedStatement entry_;
  bool in_statement_ = false;
  std::size_t line_ = 0;
};

}  // namespace pando::cli
