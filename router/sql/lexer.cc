#include "router/sql/lexer.h"

#include <array>
#include <cstring>

#include "pando/names.h"
#include "router/sql/keywords.h"

namespace pando::sql {
namespace {

enum CharClass : std::uint8_t {
  kOther,  // Punctuation, quotes, and what begins nothing.
  kBlank,
  kSimple,  // Punctuation that is a token by itself, whatever follows.
  kLetter,  // What a name may begin with.
  kDigit,   // What else may stand in a name.
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> c{};
  for (int i = 'a'; i <= 'z'; ++i) c[static_cast<std::size_t>(i)] = kLetter;
  for (int i = 'A'; i <= 'Z'; ++i) c[static_cast<std::size_t>(i)] = kLetter;
  for (int i = 0x80; i <= 0xff; ++i) c[static_cast<std::size_t>(i)] = kLetter;
  for (int i = '0'; i <= '9'; ++i) c[static_cast<std::size_t>(i)] = kDigit;
  c['_'] = kLetter;
  c['$'] = kDigit;  // Like a digit it goes on with a name; number() sees to one at the beginning.
  for (const char s : {' ', '\t', '\n', '\r', '\f', '\v'}) {
    c[static_cast<std::size_t>(s)] = kBlank;
  }
  for (const char s : {',', '(', ')'}) c[static_cast<std::size_t>(s)] = kSimple;
  return c;
}
constexpr auto kClasses = make_classes();

std::uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }
bool is_word(char c) { return class_of(c) >= kLetter; }
bool is_hex_digit(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }
bool starts_with_pando(const char* p, const char* end) {
  constexpr std::string_view kPando = "pando:";
  if (static_cast<std::size_t>(end - p) < kPando.size()) return false;
  for (std::size_t i = 0; i < kPando.size(); ++i) {
    if ((p[i] | 0x20) != (kPando[i] | 0x20)) return false;
  }
  return true;
}

// Length of the UTF-8 sequence at p, or 0 if it is none.
std::size_t utf8_sequence(const unsigned char* p, std::size_t left) {
  const unsigned char c = p[0];
  if (c < 0x80) return 1;
  const std::size_t n = c >= 0xc2 && c <= 0xdf   ? 2
                        : c >= 0xe0 && c <= 0xef ? 3
                        : c >= 0xf0 && c <= 0xf4 ? 4
                                                 : 0;
  if (n == 0 || n > left) return 0;
  for (std::size_t i = 1; i < n; ++i) {
    if ((p[i] & 0xc0) != 0x80) return 0;
  }
  if (c == 0xe0 && p[1] < 0xa0) return 0;
  if (c == 0xed && p[1] > 0x9f) return 0;  // Surrogates.
  if (c == 0xf0 && p[1] < 0x90) return 0;
  if (c == 0xf4 && p[1] > 0x8f) return 0;
  return n;
}

}  // namespace

bool is_clean_utf8(std::string_view bytes) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    if (left >= 8) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, p, 8);
      // No byte is high, and none is zero.
      if (((eight | (eight - 0x0101010101010101u)) & kHighBits) == 0) {
        p += 8;
        left -= 8;
        continue;
      }
    }
    if (*p == 0) return false;
    const std::size_t n = utf8_sequence(p, left);
    if (n == 0) return false;
    p += n;
    left -= n;
  }
  return true;
}

bool runs_versioned_comment(std::string_view digits, bool mariadb_only, const ParseOptions& options,
                            std::size_t* header) {
  std::uint32_t version = 0;
  std::size_t n = 0;
  while (n < 6 && n < digits.size() && is_digit(digits[n])) {
    version = version * 10 + static_cast<std::uint32_t>(digits[n] - '0');
    ++n;
  }
  *header = n;
  if (n < 5) {
    *header = 0;
    return true;  // Without a version: always code.
  }
  if (version > options.server_version) return false;
  return mariadb_only || !options.mariadb || version < 50700 || version > 99999;
}

Lexer::Lexer(std::string_view text, const ParseOptions& options, Words words)
    : text_(text.data()),
      p_(text.data()),
      token_(p_),
      end_(text.data() + text.size()),
      options_(&options),
      sqlite_(options.dialect == Dialect::kSqlite),
      backslash_(!sqlite_ && !options.no_backslash_escapes),
      read_words_(words == Words::kRead) {}

void Lexer::skip_plain(Token* last) {
  if (after_dot_) return;
  const char* p = p_;
  const char* const end = end_;
  std::string_view token;  // The last one.
  while (p < end) {
    const std::uint8_t kind = class_of(*p);
    if (kind == kBlank) {
      ++p;
    } else if (kind == kLetter) {
      const char* const word = p;
      do ++p;
      while (p < end && is_word(*p));
      if (p - word == 1 && p < end && *p == '\'') {  // x'..'
        p = word;
        break;
      }
      token = {word, static_cast<std::size_t>(p - word)};
    } else if (kind == kSimple || *p == '=') {
      token = {p++, 1};
    } else {
      break;
    }
  }
  p_ = p;
  if (token.empty()) return;
  const Tok simple = token[0] == ')' ? Tok::kRightParen : Tok::kComma;
  const std::uint32_t begin = offset(token.data());
  *last = {begin, begin + static_cast<std::uint32_t>(token.size()),
           class_of(token[0]) == kLetter ? Tok::kIdent : simple};
}

Tok Lexer::one(Tok kind) {
  ++p_;
  return kind;
}

Tok Lexer::operator_token(Tok kind, int length) {
  p_ += length;
  return kind;
}

bool Lexer::skip_blank(LexNotes* notes, Tok* kind) {
  while (p_ < end_) {
    const char c = *p_;
    if (class_of(c) == kBlank) {
      ++p_;
      continue;
    }
    const char following = p_ + 1 < end_ ? p_[1] : '\0';
    token_ = p_;
    if (c == '/' && following == '*') {
      if (!skip_comment(notes, kind)) return false;
    } else if (c == '*' && following == '/' && open_versioned_ > 0) {
      --open_versioned_;
      p_ += 2;
    } else if (c == '-' && following == '-' &&
               (sqlite_ || p_ + 2 >= end_ || class_of(p_[2]) == kBlank ||
                (p_[2] > 0 && p_[2] < 0x20))) {
      if (!skip_line_comment(kind)) return false;
    } else if (c == '#' && !sqlite_) {
      if (!skip_line_comment(kind)) return false;
    } else {
      break;
    }
  }
  return true;
}

bool Lexer::skip_line_comment(Tok* kind) {
  const char* begin = p_;
  while (p_ < end_ && *p_ != '\n') ++p_;
  if (is_clean_utf8({begin, static_cast<std::size_t>(p_ - begin)})) return true;
  *kind = Tok::kBadText;
  return false;
}

bool Lexer::skip_comment(LexNotes* notes, Tok* kind) {
  const char* begin = p_;
  p_ += 2;
  bool nests = false;
  if (!sqlite_ && p_ < end_) {
    const bool m = *p_ == 'M' && p_ + 1 < end_ && p_[1] == '!' && options_->mariadb;
    if (*p_ == '!' || m) {
      if (notes != nullptr) notes->versioned_comment = true;
      const char* version = p_ + (m ? 2 : 1);
      std::size_t header = 0;
      if (runs_versioned_comment({version, static_cast<std::size_t>(end_ - version)}, m, *options_,
                                 &header)) {
        p_ = version + header;
        ++open_versioned_;
        return true;
      }
      nests = true;
    }
  }
  int depth = 1;
  const char* inside = p_;
  for (;;) {
    if (p_ + 1 >= end_) {
      p_ = end_;
      *kind = Tok::kUnclosedComment;
      return false;
    }
    if (p_[0] == '*' && p_[1] == '/') {
      p_ += 2;
      if (--depth == 0) break;
    } else if (nests && p_[0] == '/' && p_[1] == '*') {
      p_ += 2;
      ++depth;
    } else {
      ++p_;
    }
  }
  const char* close = p_ - 2;
  if (!is_clean_utf8({begin, static_cast<std::size_t>(p_ - begin)})) {
    *kind = Tok::kBadText;
    return false;
  }
  if (notes != nullptr && inside < close && *inside == '+') {
    const char* q = inside + 1;
    while (q < close && class_of(*q) == kBlank) ++q;
    if (starts_with_pando(q, close)) {
      notes->hints.push_back({offset(q + 6), offset(close)});
    } else {
      // Behind a hint for the database: taken as a whole, so that it is refused and not passed
      // over.
      const char* other = q;
      while (other < close && !starts_with_pando(other, close)) ++other;
      if (other < close) notes->hints.push_back({offset(q), offset(close)});
    }
  }
  return true;
}

// A keyword or a name. The keyword's number is made of the word's first eight bytes at once.
inline Tok Lexer::word(const char* begin) {
  // A local pointer: the compiler cannot keep a member in a register across reads of characters.
  const char* p = begin + 1;
  const char* const end = end_;
  while (p < end && is_word(*p)) ++p;
  const auto size = static_cast<std::size_t>(p - begin);
  p_ = p;
  if (after_dot_) [[unlikely]]
    return name_after(begin);
  if (!read_words_) {
    return size == 1 && p < end && *p == '\'' ? prefixed_quote(begin) : Tok::kIdent;
  }
  if (size == 1) {
    // No keyword has a single letter.
    if (p < end && *p == '\'') [[unlikely]]
      return prefixed_quote(begin);
    return static_cast<signed char>(*begin) < 0 ? name_after(begin) : Tok::kIdent;
  }
  if (size > 8) return long_word(begin);
  std::uint64_t head = 0;
  if (end - begin >= 8) {
    std::memcpy(&head, begin, 8);
    head &= word_mask(size);
  } else if (p - text_ >= 8) {
    std::memcpy(&head, p - 8, 8);
    head >>= 64 - 8 * size;
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      head |= static_cast<std::uint64_t>(static_cast<unsigned char>(begin[i])) << (8 * i);
    }
  }
  if ((head & kHighBits) != 0) [[unlikely]]
    return name_after(begin);
  return find_short_keyword((head | kLowerBits) & word_mask(size), size);
}

Tok Lexer::long_word(const char* begin) {
  const std::string_view word(begin, static_cast<std::size_t>(p_ - begin));
  const Tok keyword = find_long_keyword(word);
  return keyword == Tok::kIdent ? name_after(begin) : keyword;
}

// A single letter before a quote: x'..', b'..', n'..', or just a name.
Tok Lexer::prefixed_quote(const char* begin) {
  switch (*begin | 0x20) {
    case 'x':
      return digits_in_quotes(Tok::kHex);
    case 'b':
      if (sqlite_) break;
      return digits_in_quotes(Tok::kBit);
    case 'n':
      if (sqlite_) break;
      return quoted('\'', Tok::kNational, Tok::kUnclosedString, backslash_);
    default:
      break;
  }
  return name_after(begin);
}

// A name, whatever keyword it spells. After a dot everything is one: t.select, t.1a, t.1e5.
Tok Lexer::name_after(const char* begin) {
  after_dot_ = false;
  while (p_ < end_ && is_word(*p_)) ++p_;
  const auto size = static_cast<std::size_t>(p_ - begin);
  return is_clean_utf8({begin, size}) ? Tok::kIdent : Tok::kBadText;
}

Tok Lexer::scan(LexNotes* notes) {
  // The usual case first: one blank, or none, before a word.
  const char* p = p_;
  if (p < end_ && *p == ' ') ++p;
  token_ = p;
  if (p < end_ && class_of(*p) == kLetter) return word(p);
  p_ = p;
  return no_word(notes);
}

Tok Lexer::no_word(LexNotes* notes) {
  std::uint8_t kind = p_ < end_ ? class_of(*p_) : std::uint8_t{kOther};
  if (kind < kLetter) {
    if (kind == kBlank || begins_comment()) {
      Tok fault = Tok::kEnd;
      if (!skip_blank(notes, &fault)) {
        end_ = p_;
        return fault;
      }
      token_ = p_;
      kind = p_ < end_ ? class_of(*p_) : std::uint8_t{kOther};
    }
    if (p_ == end_) return end_token();
  }
  if (kind == kLetter) return word(p_);
  if (kind == kDigit) return after_dot_ ? name_after(p_) : number(p_);
  return punctuation();
}

Tok Lexer::end_token() {
  if (open_versioned_ == 0) return Tok::kEnd;
  open_versioned_ = 0;
  return Tok::kUnclosedComment;
}

// True if a comment, or the end of a versioned one, could begin here.
bool Lexer::begins_comment() const {
  if (p_ == end_) return false;
  const char c = *p_;
  return c == '/' || c == '-' || c == '#' || c == '*';
}

Tok Lexer::number(const char* begin) {
  if (*begin == '$') [[unlikely]]
    return sqlite_ ? placeholder() : name_after(begin);
  if (*p_ == '0' && p_ + 1 < end_ &&
      (p_[1] == 'x' || (sqlite_ && p_[1] == 'X') || (p_[1] == 'b' && !sqlite_))) {
    const bool hex = p_[1] != 'b';
    const char* q = p_ + 2;
    while (q < end_ && (hex ? is_hex_digit(*q) : *q == '0' || *q == '1')) ++q;
    if (q > p_ + 2 && (q == end_ || !is_word(*q))) {
      p_ = q;
      return hex ? Tok::kHex : Tok::kBit;
    }
  }
  const char* p = p_;
  while (p < end_ && is_digit(*p)) ++p;
  p_ = p;
  if (p_ == end_) return Tok::kInteger;
  if (*p_ == '.') {
    // MySQL reads `1.a` as a number and a name, but never a name that begins with a digit here.
    ++p_;
    return fraction();
  }
  if (!is_word(*p_)) return Tok::kInteger;
  if ((*p_ | 0x20) == 'e') {
    const char* q = p_ + 1;
    if (q < end_ && (*q == '+' || *q == '-')) ++q;
    if (q < end_ && is_digit(*q)) {
      while (q < end_ && is_digit(*q)) ++q;
      p_ = q;
      if (sqlite_ && p_ < end_ && is_word(*p_)) return Tok::kBadNumber;
      return Tok::kFloat;
    }
  }
  // 1abc is a name in MySQL.
  while (p_ < end_ && is_word(*p_)) ++p_;
  if (sqlite_) return Tok::kBadNumber;
  const auto size = static_cast<std::size_t>(p_ - begin);
  return is_clean_utf8({begin, size}) ? Tok::kIdent : Tok::kBadText;
}

// The digits after a decimal point, and the exponent.
Tok Lexer::fraction() {
  while (p_ < end_ && is_digit(*p_)) ++p_;
  if (p_ < end_ && (*p_ | 0x20) == 'e') {
    const char* q = p_ + 1;
    if (q < end_ && (*q == '+' || *q == '-')) ++q;
    if (q == end_ || !is_digit(*q)) {
      p_ = q;
      return Tok::kBadNumber;
    }
    while (q < end_ && is_digit(*q)) ++q;
    p_ = q;
    if (sqlite_ && p_ < end_ && is_word(*p_)) return Tok::kBadNumber;
    return Tok::kFloat;
  }
  if (sqlite_ && p_ < end_ && is_word(*p_)) return Tok::kBadNumber;
  return Tok::kDecimal;
}

// p_ is at the opening quote. A doubled quote stands for one.
Tok Lexer::quoted(char quote, Tok kind, Tok unclosed, bool escapes) {
  const char close = quote == '[' ? ']' : quote;
  const char* const inside = ++p_;
  const char* p = inside;
  const char* const end = end_;
  bool nul = false;
  unsigned char high = 0;
  for (; p < end; ++p) {
    const char c = *p;
    high |= static_cast<unsigned char>(c);
    if (c == close) {
      if (quote != '[' && p + 1 < end && p[1] == close) {
        ++p;
        continue;
      }
      p_ = p + 1;
      const bool literal = kind == Tok::kString || kind == Tok::kNational;
      const std::string_view bytes(inside, static_cast<std::size_t>(p - inside));
      // A string may hold any bytes, but SQLite takes a NUL for the end of the statement.
      if (literal ? nul && sqlite_ : nul || (high >= 0x80 && !is_clean_utf8(bytes))) {
        return Tok::kBadText;
      }
      return kind;
    }
    if (c == '\0') nul = true;
    if (c == '\\' && escapes && p + 1 < end) ++p;
  }
  p_ = end;
  return unclosed;
}

// x'..' and b'..'; p_ is at the quote.
Tok Lexer::digits_in_quotes(Tok kind) {
  const char* inside = ++p_;
  const bool hex = kind == Tok::kHex;
  while (p_ < end_ && (hex ? is_hex_digit(*p_) : *p_ == '0' || *p_ == '1')) ++p_;
  if (p_ == end_) return Tok::kUnclosedString;
  if (*p_ != '\'' || (hex && (p_ - inside) % 2 != 0)) return Tok::kBadNumber;
  ++p_;
  return kind;
}

Tok Lexer::variable() {
  ++p_;
  if (p_ < end_ && *p_ == '@') {
    ++p_;
    return Tok::kSystemVariable;
  }
  if (p_ < end_) {
    if (*p_ == '\'' || *p_ == '"') {
      return quoted(*p_, Tok::kUserVariable, Tok::kUnclosedString, backslash_);
    }
    if (*p_ == '`') return quoted('`', Tok::kUserVariable, Tok::kUnclosedName, false);
  }
  const char* name = p_;
  while (p_ < end_ && (is_word(*p_) || *p_ == '.')) ++p_;
  const auto size = static_cast<std::size_t>(p_ - name);
  if (size == 0) return Tok::kAt;
  return is_clean_utf8({name, size}) ? Tok::kUserVariable : Tok::kBadText;
}

// `?` and, in SQLite, what names or numbers a parameter.
Tok Lexer::placeholder() {
  const char first = *p_++;
  if (!sqlite_) return Tok::kParameter;
  if (first == '?' && (p_ == end_ || !is_digit(*p_))) return Tok::kParameter;
  const char* name = p_;
  while (p_ < end_ && (is_word(*p_) || *p_ == ':')) ++p_;
  return p_ == name ? Tok::kBadCharacter : Tok::kNamedParameter;
}

Tok Lexer::punctuation() {
  const char c = *p_;
  const char c1 = p_ + 1 < end_ ? p_[1] : '\0';
  const char c2 = p_ + 2 < end_ ? p_[2] : '\0';
  switch (c) {
    case '(':
      return one(Tok::kLeftParen);
    case ')':
      return one(Tok::kRightParen);
    case ',':
      return one(Tok::kComma);
    case ';':
      return one(Tok::kSemicolon);
    case '*':
      return one(Tok::kStar);
    case '+':
      return one(Tok::kPlus);
    case '/':
      return one(Tok::kSlash);
    case '%':
      return one(Tok::kPercent);
    case '~':
      return one(Tok::kTilde);
    case '^':
      return one(sqlite_ ? Tok::kBadCharacter : Tok::kCaret);
    case '{':
      return one(sqlite_ ? Tok::kBadCharacter : Tok::kLeftBrace);
    case '}':
      return one(sqlite_ ? Tok::kBadCharacter : Tok::kRightBrace);
    case '?':
      return placeholder();
    case '.': {
      const bool after_name = p_ > text_ && (is_word(p_[-1]) || p_[-1] == '`' || p_[-1] == '"');
      if (is_digit(c1) && (sqlite_ || !after_name)) {
        ++p_;
        return fraction();
      }
      after_dot_ = is_word(c1) && !sqlite_;
      return one(Tok::kDot);
    }
    case '=':
      return c1 == '=' && sqlite_ ? operator_token(Tok::kDoubleEqual, 2) : one(Tok::kEqual);
    case '<':
      if (c1 == '=' && c2 == '>' && !sqlite_) return operator_token(Tok::kNullSafeEqual, 3);
      if (c1 == '=') return operator_token(Tok::kLessEqual, 2);
      if (c1 == '>') return operator_token(Tok::kNotEqual, 2);
      if (c1 == '<') return operator_token(Tok::kShiftLeft, 2);
      return one(Tok::kLess);
    case '>':
      if (c1 == '=') return operator_token(Tok::kGreaterEqual, 2);
      if (c1 == '>') return operator_token(Tok::kShiftRight, 2);
      return one(Tok::kGreater);
    case '!':
      if (c1 == '=') return operator_token(Tok::kNotEqual, 2);
      return one(sqlite_ ? Tok::kBadCharacter : Tok::kBang);
    case '&':
      if (c1 == '&' && !sqlite_) return operator_token(Tok::kAndAnd, 2);
      return one(Tok::kAmpersand);
    case '|':
      if (c1 == '|') {
        return operator_token(sqlite_ || options_->pipes_as_concat ? Tok::kConcat : Tok::kOrOr, 2);
      }
      return one(Tok::kPipe);
    case '-':
      if (c1 == '>' && c2 == '>') return operator_token(Tok::kDoubleArrow, 3);
      if (c1 == '>') return operator_token(Tok::kArrow, 2);
      return one(Tok::kMinus);
    case ':':
      if (sqlite_) return placeholder();
      if (c1 == '=') return operator_token(Tok::kAssign, 2);
      return one(Tok::kColon);
    case '@':
      return sqlite_ ? placeholder() : variable();
    case '\'':
      return quoted('\'', Tok::kString, Tok::kUnclosedString, backslash_);
    case '"':
      if (sqlite_ || options_->ansi_quotes) {
        return quoted('"', Tok::kQuotedIdent, Tok::kUnclosedName, false);
      }
      return quoted('"', Tok::kString, Tok::kUnclosedString, backslash_);
    case '`':
      return quoted('`', Tok::kQuotedIdent, Tok::kUnclosedName, false);
    case '[':
      if (sqlite_) return quoted('[', Tok::kQuotedIdent, Tok::kUnclosedName, false);
      return one(Tok::kBadCharacter);
    case '\\':
      if (!sqlite_ && c1 == 'N') return operator_token(Tok::kwNull, 2);
      return one(Tok::kBadCharacter);
    case '\0':
      return one(Tok::kBadText);
    default:
      return one(Tok::kBadCharacter);
  }
}

}  // namespace pando::sql
