// Decimal: an exact decimal number, in the text form that the database prints.
//
// Pando does no arithmetic in doubles and offers none here: a Decimal carries money from the
// database to the application's own decimal type without a rounding.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pando {

class Decimal {
 public:
  Decimal() : text_("0") {}
  // The number `units` / 10^scale: Decimal::of(1999, 2) is 19.99.
  static Decimal of(std::int64_t units, unsigned scale) {
    const bool negative = units < 0;
    // Negating INT64_MIN as unsigned is its magnitude.
    std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
    std::string digits = std::to_string(magnitude);
    if (scale > 0) {
      if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
      digits.insert(digits.size() - scale, 1, '.');
    }
    if (negative) digits.insert(0, 1, '-');
    Decimal r;
    r.text_ = std::move(digits);
    return r;
  }
  // [-+]digits[.digits]; nullopt for anything else.
  static std::optional<Decimal> parse(std::string_view text) {
    std::size_t i = 0, digits = 0, points = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    for (; i < text.size(); ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        ++digits;
      } else if (text[i] == '.' && points == 0) {
        ++points;
      } else {
        return std::nullopt;
      }
    }
    if (digits == 0) return std::nullopt;
    Decimal r;
    r.text_ = text;
    return r;
  }

  const std::string& str() const { return text_; }

  // The number times 10^scale, if it is a whole number that fits: "19.99" with scale 2 is 1999.
  std::optional<std::int64_t> units(unsigned scale) const {
    const bool negative = text_[0] == '-';
    std::uint64_t value = 0;
    unsigned fraction = 0;
    bool after_point = false;
    for (const char c : text_) {
      if (c == '-' || c == '+') continue;
      if (c == '.') {
        after_point = true;
        continue;
      }
      if (after_point && fraction == scale) {
        if (c != '0') return std::nullopt;
        continue;
      }
      if (!push_digit(value, static_cast<unsigned>(c - '0'))) return std::nullopt;
      if (after_point) ++fraction;
    }
    for (; fraction < scale; ++fraction) {
      if (!push_digit(value, 0)) return std::nullopt;
    }
    const std::uint64_t limit = negative ? std::uint64_t{1} << 63 : (std::uint64_t{1} << 63) - 1;
    if (value > limit) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - value : value);
  }

  // Same text: 1.0 and 1.00 are equal in SQL, and differ here.
  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  static bool push_digit(std::uint64_t& value, unsigned digit) {
    if (value > (UINT64_MAX - digit) / 10) return false;
    value = value * 10 + digit;
    return true;
  }

  std::string text_;
};

}  // namespace pando
