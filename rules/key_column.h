// KeyColumn: a sharding key's column, its type, and the canonical form of its values.
//
// Equal keys must reach the same shard however they are written: for an integer column 7, '7' and
// 7.0 are one key; for a text column 'a' and 'a ' are one key (trailing spaces never count, which
// holds for PAD SPACE collations and does no harm for others).

#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

}  // namespace pando::rules
