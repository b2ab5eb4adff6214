// Lexer: SQL text to tokens, one at a time, in either dialect.
//
// It cannot fail: what is wrong becomes a token of an error kind. Comments and white space are
// skipped; a versioned comment whose version the server runs is read as code. A lexer is a handful
// of pointers: copy it to look ahead.
//
// Cost: one look at each byte. Memory: none of its own.
//
// Threads: a lexer belongs to one at a time; any number may read the same text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "router/sql/statement.h"
#include "router/sql/token.h"

namespace pando::sql {

// What the lexer notices beside the tokens.
struct LexNotes {
  std::vector<Span> hints;  // The insides of /*+ pando: ... */, without "pando:".
  bool versioned_comment = false;
};

class Lexer {
 public:
  // kUnread: every word is a kIdent, whether it is a keyword or no UTF-8: for those who look for
  // something else.
  enum class Words : std::uint8_t { kRead, kUnread };

  // `text` and `options` must outlive the lexer. Requires: text.size() < 4 GiB.
  Lexer(std::string_view text, const ParseOptions& options, Words words = Words::kRead);

  // The next token; kEnd again and again at the end. Notes go to `notes` unless it is null.
  Token next(LexNotes* notes = nullptr) {
    const Tok kind = scan(notes);
    return {offset(token_), offset(p_), kind};
  }

  // Moves over words, commas, parentheses and `=`, until something else comes. The last of them, if
  // there is any, goes to *last, as kIdent, kRightParen, or kComma for all others.
  // Requires: Words::kUnread.
  void skip_plain(Token* last);

  // Moves to the end of the text, so that only kEnd follows.
  void stop() { p_ = end_; }
  std::uint32_t position() const { return offset(p_); }

 private:
  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - text_); }

  // The methods that find a token return its kind and leave its bytes in [token_, p_): a whole
  // Token would go through memory at each return.
  Tok scan(LexNotes* notes);
  Tok one(Tok kind);
  Tok operator_token(Tok kind, int length);

  // Skips white space and comments. False: the comment at token_ is faulty, `kind` says how.
  bool skip_blank(LexNotes* notes, Tok* kind);
  bool begins_comment() const;
  bool skip_comment(LexNotes* notes, Tok* kind);
  bool skip_line_comment(Tok* kind);

  // Out of line, so that the path of a plain word needs no stack frame.
  [[gnu::noinline]] Tok no_word(LexNotes* notes);
  [[gnu::noinline]] Tok name_after(const char* begin);
  [[gnu::noinline]] Tok prefixed_quote(const char* begin);
  [[gnu::noinline]] Tok long_word(const char* begin);
  Tok word(const char* begin);
  Tok end_token();
  Tok number(const char* begin);
  Tok fraction();
  Tok quoted(char quote, Tok kind, Tok unclosed, bool escapes);
  Tok digits_in_quotes(Tok kind);
  Tok variable();
  Tok placeholder();
  Tok punctuation();

  const char* text_;
  const char* p_;
  const char* token_;  // Where the token begins.
  const char* end_;
  const ParseOptions* options_;
  std::uint32_t open_versioned_ = 0;  // Versioned comments being read as code.
  bool sqlite_;
  bool backslash_;  // Backslash escapes in strings.
  bool read_words_;
  bool after_dot_ = false;  // The last token was the dot of a qualified name.
};

// What stands between two neighbours of a list, where comments may contain commas. Versioned
// comments may end and begin there, as the code of a neighbour.
struct ListGap {
  std::optional<std::uint32_t> comma;  // Its place in the text.
  bool plain = false;                  // Nothing else stands there, but comments without versions.
};

// Requires: neither end of `gap` lies within a token or a comment that is none of code.
ListGap read_list_gap(std::string_view text, Span gap, const ParseOptions& options);

// True if a versioned comment is code: `digits` is what follows `/*!` or (`mariadb_only`) `/*M!`.
// Sets *header to the length of the version. MariaDB passes over /*!50700 to /*!99999.
bool runs_versioned_comment(std::string_view digits, bool mariadb_only, const ParseOptions& options,
                            std::size_t* header);

// True if all of `bytes` is valid UTF-8 without NUL.
bool is_clean_utf8(std::string_view bytes);

}  // namespace pando::sql
