// KeyColumn: a sharding key's column, its type, and the canonical form of its values.
//
// Equal keys must reach the same shard however they are written: for an integer column 7, '7' and
// 7.0 are one key; for a text column 'a' and 'a ' are one key (trailing spaces and NULs never
// count, which PAD SPACE collations and BINARY(n) columns need and which does no harm to others).
//
// Canonical order is the database's order only for integers and, on MySQL, for dates and times.
// SQLite compares dates as text ('2024-01-05' < '2024-01-05 00:00:00'), so an open bound on one
// must be kept as a closed bound, unless it is an upper bound without a time of day.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pando/dialect.h"
#include "pando/value.h"
#include "rules/value_set.h"

namespace pando::rules {

enum class KeyType : std::uint8_t {
  kInteger,   // Any integer column.
  kText,      // CHAR, VARCHAR, TEXT, BINARY ... with a collation that compares bytes, or NOCASE.
  kDate,      // DATE: canonical form is midnight.
  kDateTime,  // DATETIME, TIMESTAMP: canonical kInt microseconds since 1970-01-01, no time zone.
};

struct KeyColumn {
  std::string name;  // As in the rules; compared without regard to ASCII case.
  KeyType type = KeyType::kInteger;
  bool fold_ascii_case = false;  // NOCASE and ascii_general_ci: canonical text is lower case.
  // Text with a byte above this has no canonical form. MySQL compares a column of a smaller
  // character set with a character outside of it under the literal's collation, where 'e' = 'ē'.
  // 0x7F for character sets other than utf8mb4 (0xFF) and utf8mb3 (0xEF).
  unsigned char highest_byte = 0xFF;
  // DATETIME(n): MySQL rounds longer fractions, perhaps into the next month, so that text with more
  // digits has no canonical form.
  std::uint8_t fraction_digits = 0;

  friend bool operator==(const KeyColumn&, const KeyColumn&) = default;
};

// The canonical form of a value that a key of this type is compared with or set to. NULL stays
// NULL. nullopt: what rows the comparison would find cannot be told from the value alone ('7abc'
// for an integer, a number for a text, an invalid date): a read must ask all shards, a write be
// refused.
//
// 7.5 for an integer is nullopt too. Strings are taken for an integer only in the plain form
// [+-]digits[.0*] of at most 15 digits, for dates only as YYYY-MM-DD[ HH:MM:SS[.ffffff]] of a real
// date (for kDate: with a time other than midnight, nullopt).
//
// `scratch` holds the bytes if the canonical form is not a part of the value; it must live as long
// as the result.
std::optional<Value> canonical_key(const KeyColumn& column, const Value& value,
                                   std::string& scratch);

// Microseconds since 1970-01-01 of YYYY-MM-DD[ HH:MM:SS[.ffffff]], years 0001 to 9999.
std::optional<std::int64_t> parse_date_time(std::string_view text);

}  // namespace pando::rules
