// Splitter: cuts a script into statements at `;`, without parsing them.
//
// Knows quotes, comments, versioned comments, the client command DELIMITER, and SQLite's CREATE
// TRIGGER bodies. Comments alone are no statement.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pando/error.h"
#include "router/sql/statement.h"

namespace pando::sql {

// Feed a script in pieces; after each piece take out statements until there are no more. Memory:
// what was fed and not taken out, with at most options.max_bytes for one statement.
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
  // The next complete statement; nullopt: feed more, or the end has been reached, or see error().
  std::optional<Piece> next();
  // The script went on to change how it is read (sql_mode): for what has not been taken out yet.
  void set_options(const ParseOptions& options) { options_ = options; }
  // True if nothing but white space and comments is waiting (the shell's "is this complete?").
  // Requires: next() has returned nullopt.
  bool empty() const;

  // Set once a statement has grown beyond options.max_bytes (kStatementTooLong); nothing comes
  // after.
  const std::optional<Error>& error() const { return error_; }

 private:
  enum class Inside : std::uint8_t {
    kNothing,
    kSingleQuote,
    kDoubleQuote,
    kBacktick,
    kBracket,
    kLineComment,
    kBlockComment,
  };
  // How far a SQLite statement has come to being a CREATE TRIGGER, and that to its END.
  enum class Trigger : std::uint8_t { kStart, kExplain, kCreate, kNo, kBody, kSemicolon, kEnd };

  bool step();            // Past one thing at pos_; false: more bytes are needed.
  bool step_quoted();     // Within quotes.
  bool step_comment();    // Within a comment.
  bool step_code();       // Outside of both.
  bool open_comment();    // At `/*`.
  bool word();            // At a word.
  bool delimiter_line();  // At the client's command DELIMITER.
  bool has(std::size_t bytes) const { return buffer_.size() - pos_ >= bytes || finished_; }
  char at(std::size_t i) const { return pos_ + i < buffer_.size() ? buffer_[pos_ + i] : '\0'; }
  void move(std::size_t bytes);  // Past bytes of the script, counting lines.
  void begin_statement();
  void content(Trigger trigger);
  void end_statement(std::size_t delimiter_bytes);
  bool ends_here() const;  // The delimiter is at pos_, and does not stand within a trigger.
  void forget();           // Drops what was taken out from the buffer.

  ParseOptions options_;
  std::string buffer_;
  std::size_t pos_ = 0;                    // The first byte that was not looked at.
  std::size_t start_ = std::string::npos;  // Where the statement begins, if one has begun.
  std::size_t line_ = 1;
  std::size_t start_line_ = 1;
  std::string delimiter_ = ";";
  std::optional<Piece> piece_;
  std::optional<Error> error_;
  std::uint32_t versioned_ = 0;  // Versioned comments that are open and read as code.
  std::uint32_t nested_ = 0;     // Comments within a versioned comment that is passed over.
  Inside inside_ = Inside::kNothing;
  Trigger trigger_ = Trigger::kStart;
  bool nests_ = false;
  bool content_ = false;  // The statement holds more than comments.
  bool finished_ = false;
};

}  // namespace pando::sql
