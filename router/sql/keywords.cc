#include "router/sql/keywords.h"

#include <bit>
#include <cstring>

namespace pando::sql {
namespace {

using namespace keyword_flag;

constexpr std::size_t kFirst = static_cast<std::size_t>(kFirstKeyword);
constexpr std::size_t kKeywords = static_cast<std::size_t>(Tok::kCount) - kFirst;
constexpr std::size_t kLongest = 19;
constexpr std::uint64_t kLower = 0x2020202020202020u;

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

// A word as three numbers: its first eight bytes, its last eight if it has more than eight, and its
// length. Setting bit 5 lowers letters and maps no two characters of names to one, save for letter
// case. Words of more than 16 bytes have a middle that only a full comparison sees.
struct Packed {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
};

constexpr std::size_t kSlots = 2048;
constexpr std::size_t slot_of(Packed w, std::size_t size) {
  const std::uint64_t mixed = (w.head ^ std::rotl(w.tail, 17) ^ size) * 0x9E3779B97F4A7C15u;
  return static_cast<std::size_t>(mixed >> 53);
}

constexpr std::uint64_t mask_of(std::size_t bytes) {
  return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
}

struct Table {
  std::array<std::uint16_t, kSlots> slots{};  // 0: empty, otherwise keyword + 1.
  std::array<Packed, kKeywords> packed{};
  std::array<std::uint8_t, kKeywords> sizes{};
};

constexpr Table make_table() {
  Table t;
  for (std::size_t i = 0; i < kKeywords; ++i) {
    const std::string_view text = kTexts[i];
    Packed w;
    w.head =
        (pack(text.substr(0, text.size() < 8 ? text.size() : 8)) | kLower) & mask_of(text.size());
    if (text.size() > 8) w.tail = pack(text.substr(text.size() - 8)) | kLower;
    t.packed[i] = w;
    t.sizes[i] = static_cast<std::uint8_t>(text.size());
    std::size_t slot = slot_of(w, text.size());
    while (t.slots[slot] != 0) slot = (slot + 1) % kSlots;
    t.slots[slot] = static_cast<std::uint16_t>(i + 1);
  }
  return t;
}

constexpr Table kTable = make_table();

std::uint64_t load(const char* p, std::size_t n) {
  std::uint64_t v = 0;
  std::memcpy(&v, p, n);
  return v;
}

bool equals_lowered(const char* word, std::string_view keyword) {
  for (std::size_t i = 0; i < keyword.size(); ++i) {
    if ((word[i] | 0x20) != (keyword[i] | 0x20)) return false;
  }
  return true;
}

}  // namespace

constexpr std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> kKeywordFlags =
    make_flags();

Tok find_keyword(const char* word, std::size_t size, const char* limit) {
  if (size < 2 || size > kLongest) return Tok::kIdent;
  Packed w;
  if (size >= 8) {
    w.head = load(word, 8) | kLower;
    if (size > 8) w.tail = load(word + size - 8, 8) | kLower;
  } else if (limit - word >= 8) {
    w.head = (load(word, 8) | kLower) & mask_of(size);
  } else {
    w.head = (pack({word, size}) | kLower) & mask_of(size);
  }
  for (std::size_t slot = slot_of(w, size);; slot = (slot + 1) % kSlots) {
    const std::uint16_t entry = kTable.slots[slot];
    if (entry == 0) return Tok::kIdent;
    const std::size_t i = entry - 1u;
    if (kTable.packed[i].head == w.head && kTable.packed[i].tail == w.tail &&
        kTable.sizes[i] == size && (size <= 16 || equals_lowered(word, kTexts[i]))) {
      return static_cast<Tok>(kFirst + i);
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
