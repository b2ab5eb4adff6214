// Any bytes at all become tokens: in order, inside of the text, and finitely many.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/sql/lexer.h"
#include "tests/fuzz/check.h"

namespace {

void lex(std::string_view text, const pando::sql::ParseOptions& options) {
  pando::sql::Lexer lexer(text, options);
  pando::sql::LexNotes notes;
  std::uint32_t last = 0;
  bool unclosed = false;
  for (std::size_t count = 0;; ++count) {
    FUZZ_CHECK(count <= text.size() + 1);
    const auto token = lexer.next(&notes);
    FUZZ_CHECK(token.begin <= token.end);
    FUZZ_CHECK(token.end <= text.size());
    FUZZ_CHECK(token.begin >= last);
    last = token.end;
    if (token.kind == pando::sql::Tok::kEnd) break;
    // A versioned comment that is read as code and never closed is noticed when nothing but the end
    // is left.
    FUZZ_CHECK(!unclosed);
    unclosed = token.kind == pando::sql::Tok::kUnclosedComment && token.begin == token.end;
    FUZZ_CHECK(token.begin < token.end || unclosed);
  }
  FUZZ_CHECK(lexer.next().kind == pando::sql::Tok::kEnd);
  for (const auto& hint : notes.hints) {
    FUZZ_CHECK(hint.begin <= hint.end && hint.end <= text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  lex(text, {.dialect = pando::Dialect::kMySql});
  lex(text, {.dialect = pando::Dialect::kMySql,
             .mariadb = false,
             .server_version = 80036,
             .ansi_quotes = true,
             .no_backslash_escapes = true});
  lex(text, {.dialect = pando::Dialect::kSqlite});
  return 0;
}
