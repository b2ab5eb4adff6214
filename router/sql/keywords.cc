#include "router/sql/keywords.h"

namespace pando::sql {
namespace {

using namespace keyword_flag;

constexpr std::size_t kFirst = static_cast<std::size_t>(kFirstKeyword);
constexpr std::size_t kKeywords = static_cast<std::size_t>(Tok::kCount) - kFirst;
constexpr std::size_t kLongest = 19;

constexpr std::array<std::string_view, kKeywords> kTexts = {
#define PANDO_KEYWORD(id, text, flags) text,
#include "router/sql/keywords.inc"
#undef PANDO_KEYWORD
};

constexpr std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> make_flags() {
  constexpr std::array<int, kKeywords> flags_of = {
#define PANDO_KEYWORD(id, text, flags) flags,
#include "router/sql/keywords.inc"
#undef PANDO_KEYWORD
  };
  std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> out{};
  for (std::size_t i = 0; i < kFirst; ++i) out[i] = kM | kS | kMa | kSa;
  out[static_cast<std::size_t>(Tok::kIdent)] = 0;
  out[static_cast<std::size_t>(Tok::kQuotedIdent)] = 0;
  for (std::size_t i = 0; i < kKeywords; ++i) {
    out[kFirst + i] = static_cast<std::uint8_t>(flags_of[i]);
  }
  return out;
}

constexpr std::uint64_t pack(std::string_view bytes) {
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    packed |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return packed;
}

// Words of more than 16 bytes have a middle that only a full comparison sees.
constexpr PackedWord pack_word(std::string_view word) {
  const std::size_t size = word.size();
  if (size <= 8) return {(pack(word) | kLowerBits) & word_mask(size), 0};
  return {pack(word.substr(0, 8)) | kLowerBits, pack(word.substr(size - 8)) | kLowerBits};
}

constexpr KeywordTable make_table() {
  KeywordTable t;
  for (std::size_t i = 0; i < kKeywords; ++i) {
    const PackedWord w = pack_word(kTexts[i]);
    t.words[kFirst + i] = w;
    std::size_t slot = keyword_slot(w, kTexts[i].size());
    while (t.slots[slot] != 0) slot = (slot + 1) % kKeywordSlots;
    t.slots[slot] = static_cast<std::uint16_t>(kFirst + i);
  }
  return t;
}

bool equals_lowered(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) return false;
  for (std::size_t i = 0; i < keyword.size(); ++i) {
    if ((word[i] | 0x20) != (keyword[i] | 0x20)) return false;
  }
  return true;
}

}  // namespace

constexpr std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> kKeywordFlags =
    make_flags();
constexpr KeywordTable kKeywordTable = make_table();

Tok find_long_keyword(std::string_view word) {
  if (word.size() > kLongest) return Tok::kIdent;
  const PackedWord w = pack_word(word);
  for (std::size_t slot = keyword_slot(w, word.size());; slot = (slot + 1) % kKeywordSlots) {
    const std::size_t kind = kKeywordTable.slots[slot];
    if (kind == 0) return Tok::kIdent;
    const PackedWord& found = kKeywordTable.words[kind];
    if (found.head == w.head && found.tail == w.tail &&
        equals_lowered(word, kTexts[kind - kFirst])) {
      return static_cast<Tok>(kind);
    }
  }
}

std::string_view token_name(Tok kind) {
  if (is_keyword(kind)) return kTexts[static_cast<std::size_t>(kind) - kFirst];
  switch (kind) {
    case Tok::kEnd:
      return "the end of the statement";
    case Tok::kUnclosedString:
      return "a string without its closing quote";
    case Tok::kUnclosedName:
      return "a name without its closing quote";
    case Tok::kUnclosedComment:
      return "a comment without its end";
    case Tok::kBadNumber:
      return "a malformed number";
    case Tok::kBadCharacter:
      return "a character that begins nothing";
    case Tok::kBadText:
      return "bytes that are not text";
    case Tok::kNamedParameter:
      return "a named or numbered parameter";
    case Tok::kIdent:
    case Tok::kQuotedIdent:
      return "a name";
    case Tok::kInteger:
      return "an integer";
    case Tok::kDecimal:
    case Tok::kFloat:
      return "a number";
    case Tok::kHex:
      return "a hexadecimal literal";
    case Tok::kBit:
      return "a bit literal";
    case Tok::kString:
    case Tok::kNational:
      return "a string";
    case Tok::kParameter:
      return "`?`";
    case Tok::kUserVariable:
      return "a user variable";
    case Tok::kSystemVariable:
      return "`@@`";
    case Tok::kLeftParen:
      return "`(`";
    case Tok::kRightParen:
      return "`)`";
    case Tok::kComma:
      return "`,`";
    case Tok::kSemicolon:
      return "`;`";
    case Tok::kDot:
      return "`.`";
    case Tok::kStar:
      return "`*`";
    case Tok::kPlus:
      return "`+`";
    case Tok::kMinus:
      return "`-`";
    case Tok::kSlash:
      return "`/`";
    case Tok::kPercent:
      return "`%`";
    case Tok::kCaret:
      return "`^`";
    case Tok::kAmpersand:
      return "`&`";
    case Tok::kPipe:
      return "`|`";
    case Tok::kTilde:
      return "`~`";
    case Tok::kBang:
      return "`!`";
    case Tok::kEqual:
      return "`=`";
    case Tok::kDoubleEqual:
      return "`==`";
    case Tok::kNullSafeEqual:
      return "`<=>`";
    case Tok::kNotEqual:
      return "`<>`";
    case Tok::kLess:
      return "`<`";
    case Tok::kLessEqual:
      return "`<=`";
    case Tok::kGreater:
      return "`>`";
    case Tok::kGreaterEqual:
      return "`>=`";
    case Tok::kShiftLeft:
      return "`<<`";
    case Tok::kShiftRight:
      return "`>>`";
    case Tok::kAndAnd:
      return "`&&`";
    case Tok::kOrOr:
    case Tok::kConcat:
      return "`||`";
    case Tok::kArrow:
      return "`->`";
    case Tok::kDoubleArrow:
      return "`->>`";
    case Tok::kAssign:
      return "`:=`";
    case Tok::kLeftBrace:
      return "`{`";
    case Tok::kRightBrace:
      return "`}`";
    case Tok::kColon:
      return "`:`";
    case Tok::kAt:
      return "`@`";
    default:
      return "a token";
  }
}

}  // namespace pando::sql
