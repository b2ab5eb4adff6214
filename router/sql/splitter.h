// Splitter: cuts a script into statements at `;`, without parsing them.
//
// Knows quotes, comments, versioned comments, the client command DELIMITER, and SQLite's CREATE
// TRIGGER bodies. Comments alone are no statement.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "router/sql/statement.h"

namespace pando::sql {

// Feed a script in pieces; take out statements as they become complete. Memory: the unfinished
// statement, at most options.max_bytes.
class Splitter {
 public:
  explicit Splitter(const ParseOptions& options) : options_(options) {}

  void feed(std::string_view piece);
  // Call when the script has ended; the rest is then a statement even without a `;`.
  void finish();

  struct Piece {
    std::string text;      // Without the delimiter and the white space around it.
    std::size_t line = 1;  // 1-based line of its first byte in the script.
  };
  // The next complete statement; nullopt: feed more, or the end has been reached.
  std::optional<Piece> next();
  // True if nothing but white space and comments is waiting (the shell's "is this complete?").
  bool empty() const;

 private:
  ParseOptions options_;
};

}  // namespace pando::sql
