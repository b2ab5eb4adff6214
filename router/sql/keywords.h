// Keywords: from a word to its kind of token, and which of them may stand as names.
//
// Cost: one multiplication and one probe for most words; no allocation.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/sql/token.h"

namespace pando::sql {

namespace keyword_flag {
inline constexpr std::uint8_t kM = 1;   // Reserved in MySQL and MariaDB both.
inline constexpr std::uint8_t kS = 2;   // Reserved in SQLite.
inline constexpr std::uint8_t kMa = 4;  // MySQL: not an alias without AS.
inline constexpr std::uint8_t kSa = 8;  // SQLite: not an alias without AS.
}  // namespace keyword_flag

// Flags of each kind of token. Names have none; punctuation and literals, which can be no names,
// have all.
extern const std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> kKeywordFlags;

// A word as numbers: its first eight bytes, and its last eight if it has more than eight. Setting
// bit 5 lowers letters, and maps no two characters of names to one, save for letter case.
struct PackedWord {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
};
inline constexpr std::uint64_t kLowerBits = 0x2020202020202020u;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// The bits of the first `bytes` bytes; at most eight.
constexpr std::uint64_t word_mask(std::size_t bytes) {
  return ~std::uint64_t{0} >> (64 - 8 * bytes);
}

constexpr std::size_t kKeywordSlots = 2048;
constexpr std::size_t keyword_slot(PackedWord w, std::size_t size) {
  const std::uint64_t mixed = (w.head ^ std::rotl(w.tail, 17) ^ size) * 0x9E3779B97F4A7C15u;
  return static_cast<std::size_t>(mixed >> 53);
}

// Open addressing: from a slot to an entry, plus one; 0 is an empty slot.
struct KeywordTable {
  std::array<std::uint16_t, kKeywordSlots> slots{};
  std::array<PackedWord, static_cast<std::size_t>(Tok::kCount)> words{};  // By kind.
};
extern const KeywordTable kKeywordTable;

// The keyword's kind, or Tok::kIdent. `head`: a word of 1 to 8 bytes, packed and lowered.
inline Tok find_short_keyword(std::uint64_t head, std::size_t size) {
  for (std::size_t slot = keyword_slot({head, 0}, size);; slot = (slot + 1) % kKeywordSlots) {
    const std::uint16_t kind = kKeywordTable.slots[slot];
    if (kind == 0) return Tok::kIdent;
    const PackedWord& w = kKeywordTable.words[kind];
    if (w.head == head && w.tail == 0) return static_cast<Tok>(kind);
  }
}

// The same for words of more than eight bytes.
Tok find_long_keyword(std::string_view word);

}  // namespace pando::sql
