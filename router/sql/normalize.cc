#include "router/sql/normalize.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "router/sql/keywords.h"
#include "router/sql/lexer.h"

namespace pando::sql {
namespace {

// True if a string after this token could be an alias, or belong to the word before it.
bool keeps_string(Tok before) {
  switch (before) {
    case Tok::kIdent:
    case Tok::kQuotedIdent:
    case Tok::kRightParen:
    case Tok::kwAs:
    case Tok::kwEnd:
    case Tok::kString:
    case Tok::kNational:
    case Tok::kInteger:
    case Tok::kDecimal:
    case Tok::kFloat:
    case Tok::kHex:
    case Tok::kBit:
    case Tok::kParameter:
    case Tok::kwNull:
    case Tok::kwTrue:
    case Tok::kwFalse:
      return true;
    default:
      return is_keyword(before) && (kKeywordFlags[static_cast<std::size_t>(before)] &
                                    (keyword_flag::kM | keyword_flag::kS)) == 0;
  }
}

// A literal's mark is 1 to 8; 0: the token is none.
std::uint8_t mark_of(Tok kind) {
  Literal literal{};
  switch (kind) {
    case Tok::kInteger:
      literal = Literal::kInteger;
      break;
    case Tok::kDecimal:
      literal = Literal::kDecimal;
      break;
    case Tok::kFloat:
      literal = Literal::kFloat;
      break;
    case Tok::kHex:
      literal = Literal::kHex;
      break;
    case Tok::kBit:
      literal = Literal::kBit;
      break;
    case Tok::kString:
      literal = Literal::kString;
      break;
    case Tok::kNational:
      literal = Literal::kNational;
      break;
    default:
      return 0;
  }
  return static_cast<std::uint8_t>(static_cast<int>(literal) + 1);
}

static_assert(static_cast<int>(Literal::kInteger) == 0);

bool is_number(Tok kind) {
  return kind == Tok::kInteger || kind == Tok::kDecimal || kind == Tok::kFloat;
}

// Words are passed over unread; only one that stands before a string is looked at again. After a
// dot every word is a name.
Tok kind_of(const Token& t, std::string_view text, const ParseOptions& options) {
  if (t.kind != Tok::kIdent || (t.begin > 0 && text[t.begin - 1] == '.')) return t.kind;
  return Lexer(text.substr(t.begin, t.end - t.begin), options).next().kind;
}

}  // namespace

bool normalize(std::string_view text, const ParseOptions& options, NormalizedText* out) {
  out->key.clear();
  out->literals.clear();
  out->parameters = 0;
  if (text.size() > options.max_bytes) return false;
  Lexer lexer(text, options, Lexer::Words::kUnread);
  std::size_t copied = 0;
  Token before;
  for (Token t;; before = t) {
    lexer.skip_plain(&before);
    t = lexer.next();
    if (t.kind == Tok::kEnd) break;
    if (t.kind == Tok::kIdent) continue;
    if (is_error(t.kind)) return false;
    if (t.kind == Tok::kString && options.dialect == Dialect::kMySql && !out->literals.empty() &&
        out->literals.back().end == copied &&
        (before.kind == Tok::kString || before.kind == Tok::kNational)) {
      // Adjacent strings are one literal. A comment between them is a rarity not worth a key.
      if (text.substr(copied, t.begin - copied).find_first_not_of(" \t\r\n") != text.npos) {
        return false;
      }
      out->literals.back().end = t.end;
      copied = t.end;
      continue;
    }
    if (const std::uint8_t mark = mark_of(t.kind);
        mark != 0 && (is_number(t.kind) || !keeps_string(kind_of(before, text, options)))) {
      out->key.append(text, copied, t.begin - copied);
      const char replacement[2] = {'?', static_cast<char>(mark)};
      out->key.append(replacement, 2);
      out->literals.push_back({t.begin, t.end});
      copied = t.end;
    } else if (t.kind == Tok::kParameter) {
      ++out->parameters;
    }
  }
  out->key.append(text, copied);
  out->hash = XXH3_64bits(out->key.data(), out->key.size());
  return true;
}

}  // namespace pando::sql
