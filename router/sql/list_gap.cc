#include "router/sql/lexer.h"

namespace pando::sql {

ListGap read_list_gap(std::string_view text, Span gap, const ParseOptions& options) {
  Lexer lexer(text.substr(gap.begin, gap.size()), options);
  LexNotes notes;
  ListGap found;
  bool other = false;
  for (;;) {
    const Token token = lexer.next(&notes);
    if (token.begin == gap.size()) break;  // kEnd, or an error: a versioned comment begins.
    if (token.kind == Tok::kComma && !found.comma) {
      found.comma = gap.begin + token.begin;
    } else {
      other = true;  // The end of a versioned comment that began before the gap: `*` and `/`.
    }
  }
  found.plain = found.comma && !other && !notes.versioned_comment;
  return found;
}

}  // namespace pando::sql
