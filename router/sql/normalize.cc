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

// 1 to 8, or 0 if the token is no literal that is taken out.
std::uint8_t mark_of(Tok kind, Tok before) {
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
  const bool quoted = kind != Tok::kInteger && kind != Tok::kDecimal && kind != Tok::kFloat;
  if (quoted && keeps_string(before)) return 0;
  return static_cast<std::uint8_t>(static_cast<int>(literal) + 1);
}

static_assert(static_cast<int>(Literal::kInteger) == 0);

}  // namespace

bool normalize(std::string_view text, const ParseOptions& options, NormalizedText* out) {
  out->key.clear();
  out->literals.clear();
  out->parameters = 0;
  if (text.size() > options.max_bytes) return false;
  Lexer lexer(text, options);
  std::size_t copied = 0;
  Tok before = Tok::kEnd;
  for (;;) {
    const Token t = lexer.next();
    if (t.kind == Tok::kEnd) break;
    if (is_error(t.kind)) return false;
    if (t.kind == Tok::kString && options.dialect == Dialect::kMySql && !out->literals.empty() &&
        out->literals.back().span.end == copied &&
        (before == Tok::kString || before == Tok::kNational)) {
      // Adjacent strings are one literal. A comment between them is a rarity not worth a key.
      if (text.substr(copied, t.begin - copied).find_first_not_of(" \t\r\n") != text.npos) {
        return false;
      }
      out->literals.back().span.end = t.end;
      copied = t.end;
      continue;
    }
    if (const std::uint8_t mark = mark_of(t.kind, before); mark != 0) {
      out->key.append(text, copied, t.begin - copied);
      const char replacement[2] = {'?', static_cast<char>(mark)};
      out->key.append(replacement, 2);
      out->literals.push_back(
          {{t.begin, t.end}, static_cast<Literal>(static_cast<std::uint8_t>(mark - 1))});
      copied = t.end;
    } else if (t.kind == Tok::kParameter) {
      ++out->parameters;
    }
    before = t.kind;
  }
  out->key.append(text, copied);
  out->hash = XXH3_64bits(out->key.data(), out->key.size());
  return true;
}

}  // namespace pando::sql
