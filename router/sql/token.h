// Token: a kind and a place in the text. Lexical errors are kinds of token, so the lexer cannot
// fail.

#pragma once

#include <cstdint>
#include <string_view>

namespace pando::sql {

// Each keyword has a kind of its own (kwSelect ...), after the others.
enum class Tok : std::uint16_t {
  kEnd,
  // --- Errors
  kUnclosedString,
  kUnclosedName,
  kUnclosedComment,
  kBadNumber,       // 1.5e, x'abc' ...
  kBadCharacter,    // A character that begins nothing.
  kBadText,         // NUL, or bytes that are not UTF-8.
  kNamedParameter,  // SQLite's ?1, :name, @name and $name.
  // --- Names and values
  kIdent,
  kQuotedIdent,
  kInteger,
  kDecimal,
  kFloat,
  kHex,
  kBit,
  kString,
  kNational,
  kParameter,
  kUserVariable,    // @name, with the name
  kSystemVariable,  // @@ alone; the name follows
  // --- Punctuation
  kLeftParen,
  kRightParen,
  kComma,
  kSemicolon,
  kDot,
  kStar,
  kPlus,
  kMinus,
  kSlash,
  kPercent,
  kCaret,
  kAmpersand,
  kPipe,
  kTilde,
  kBang,
  kEqual,
  kDoubleEqual,
  kNullSafeEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kShiftLeft,
  kShiftRight,
  kAndAnd,
  kOrOr,    // `||` as OR
  kConcat,  // `||` as concatenation
  kArrow,
  kDoubleArrow,
  kAssign,
  kLeftBrace,
  kRightBrace,
  kColon,
  kAt,
// --- Keywords
#define PANDO_KEYWORD(id, text, flags) kw##id,
#include "router/sql/keywords.inc"
#undef PANDO_KEYWORD
  kCount,
};

struct Token {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Tok kind = Tok::kEnd;
};

inline constexpr Tok kFirstKeyword = static_cast<Tok>(static_cast<int>(Tok::kAt) + 1);

constexpr bool is_keyword(Tok kind) { return kind >= kFirstKeyword; }
constexpr bool is_error(Tok kind) {
  return kind >= Tok::kUnclosedString && kind <= Tok::kNamedParameter;
}

// What a kind is called in a message: SELECT, `,`, a string ...
std::string_view token_name(Tok kind);

}  // namespace pando::sql
