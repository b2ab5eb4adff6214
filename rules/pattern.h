// Patterns of names: "shop[0..3]", "orders_[00..15]", "t_[a,b,c]", "events_{yyyyMM}".
//
// Threads: values.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "rules/period.h"

namespace pando::rules {

// Names that one pattern may stand for.
inline constexpr std::size_t kMaxNames = 1'000'000;

// What is wrong with bytes [begin, end) of a pattern.
struct PatternError {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string message;
  std::string remedy;
};

struct Pattern {
  struct Piece {
    std::size_t begin = 0;  // Bytes of the pattern's text.
    std::size_t end = 0;
    std::vector<std::string>
        values;  // One for literal text. Empty for a time piece without period.
    bool is_literal = false;
    std::optional<TimeUnit> unit;  // A time piece.
    std::string format;            // "yyyyMM"
  };
  std::vector<Piece> pieces;

  const Piece* time_piece() const;
  // Gives the time piece its values. Requires: the period has the piece's unit.
  void set_period(const Period& period);
  // The number of names. Requires: the time piece has its values.
  std::size_t count() const;
  // Name `i`; the last piece changes fastest. Requires: i < count().
  std::string name(std::size_t i) const;
  // The values of the pieces that are not literal, in name `i`.
  std::vector<std::string> values(std::size_t i) const;
};

tl::expected<Pattern, PatternError> parse_pattern(std::string_view text);

// The first '.' outside of brackets: it parts the database from the table.
std::size_t find_dot(std::string_view text);

}  // namespace pando::rules
