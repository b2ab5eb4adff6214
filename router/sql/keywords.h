// Keywords: from a word to its kind of token, and which of them may stand as names.
//
// Cost: one multiplication and one probe for most words; no allocation.

#pragma once

#include <array>
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

// Flags of each kind of token; kinds that are no keyword have none.
extern const std::array<std::uint8_t, static_cast<std::size_t>(Tok::kCount)> kKeywordFlags;

// The keyword's kind, or Tok::kIdent. `limit`: the end of the readable bytes that hold the word.
Tok find_keyword(const char* word, std::size_t size, const char* limit);

}  // namespace pando::sql
