#include "router/merge/decimal.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstddef>

#include "pando/names.h"

namespace pando::merge {
namespace {

using Integer = boost::multiprecision::cpp_int;

constexpr std::size_t kMostDigits = 65;   // DECIMAL(65).
constexpr unsigned kWordDigits = 9;       // The servers keep decimals in words of nine digits.
constexpr std::size_t kSmallDigits = 37;  // Fits in 128 bits with room for one more addend.

struct Parts {
  bool negative = false;
  std::string_view whole;     // Without leading zeros.
  std::string_view fraction;  // As written.
};

Parts split(std::string_view text) {
  Parts parts;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  parts.whole = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  parts.whole.remove_prefix(std::min(parts.whole.find_first_not_of('0'), parts.whole.size()));
  return parts;
}

// Trailing zeros say nothing about the value; a zero has no sign.
Parts split_normalised(std::string_view text) {
  Parts parts = split(text);
  const std::size_t last = parts.fraction.find_last_not_of('0');
  parts.fraction = parts.fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (parts.whole.empty() && parts.fraction.empty()) parts.negative = false;
  return parts;
}

int sign_of(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

Integer power_of_ten(unsigned exponent) {
  return boost::multiprecision::pow(Integer(10), exponent);
}

unsigned round_up_to_words(unsigned digits) {
  return (digits + kWordDigits - 1) / kWordDigits * kWordDigits;
}

bool print_unscaled(const Integer& number, unsigned scale, std::string& out) {
  const bool negative = number < 0;
  std::string digits = Integer(negative ? -number : number).str();
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  const std::size_t whole = digits.size() - scale;
  if ((digits[0] == '0' ? 0 : whole) + scale > kMostDigits) return false;
  out.clear();
  if (negative) out += '-';
  out.append(digits, 0, whole);
  if (scale > 0) {
    out += '.';
    out.append(digits, whole, scale);
  }
  return true;
}

bool print_small(__int128 number, unsigned scale, std::string& out) {
  char digits[48];
  char* const end = digits + sizeof(digits);
  char* at = end;
  const bool negative = number < 0;
  auto rest =
      negative ? -static_cast<unsigned __int128>(number) : static_cast<unsigned __int128>(number);
  if (scale >= sizeof(digits) - 4) return print_unscaled(Integer(number), scale, out);
  for (unsigned written = 0; rest != 0 || written <= scale; ++written) {
    if (written == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) *--at = '-';
  out.assign(at, end);
  return true;
}

}  // namespace

bool is_decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  bool digits = false;
  bool point = false;
  for (const char c : text) {
    if (is_digit(c)) {
      digits = true;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      return false;
    }
  }
  return digits;
}

int compare_decimals(std::string_view a, std::string_view b) {
  const Parts x = split_normalised(a);
  const Parts y = split_normalised(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order = 0;
  if (x.whole.size() != y.whole.size()) {
    order = x.whole.size() < y.whole.size() ? -1 : 1;
  } else {
    order = x.whole.compare(y.whole);
    // A fraction that is a prefix of the other is the smaller one, as compare() has it.
    if (order == 0) order = x.fraction.compare(y.fraction);
  }
  order = sign_of(order);
  return x.negative ? -order : order;
}

void append_normalised_decimal(std::string_view text, std::string& out) {
  const Parts parts = split_normalised(text);
  if (parts.negative) out += '-';
  if (parts.whole.empty()) {
    out += '0';
  } else {
    out += parts.whole;
  }
  if (parts.fraction.empty()) return;
  out += '.';
  out += parts.fraction;
}

struct DecimalSum::Big {
  Integer sum;
};

DecimalSum::DecimalSum(unsigned scale) : scale_(scale) {}
DecimalSum::~DecimalSum() = default;
DecimalSum::DecimalSum(DecimalSum&&) noexcept = default;
DecimalSum& DecimalSum::operator=(DecimalSum&&) noexcept = default;

void DecimalSum::grow() {
  if (big_) return;
  big_ = std::make_unique<Big>(Big{Integer(small_)});
}

bool DecimalSum::add(std::string_view text) {
  if (!is_decimal(text)) return false;
  const Parts parts = split(text);
  const auto scale = static_cast<unsigned>(parts.fraction.size());
  if (scale > scale_) {
    grow();
    big_->sum *= power_of_ten(scale - scale_);
    scale_ = scale;
  }
  if (!big_ && parts.whole.size() + scale_ <= kSmallDigits) {
    __int128 number = 0;
    for (const char c : parts.whole) number = number * 10 + (c - '0');
    for (const char c : parts.fraction) number = number * 10 + (c - '0');
    for (unsigned i = scale; i < scale_; ++i) number *= 10;
    if (parts.negative) number = -number;
    __int128 sum = 0;
    if (!__builtin_add_overflow(small_, number, &sum)) {
      small_ = sum;
      return true;
    }
  }
  grow();
  std::string digits(parts.whole);
  digits += parts.fraction;
  digits.append(scale_ - scale, '0');
  // A leading zero would make it octal.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  const Integer number(digits.empty() ? "0" : digits.c_str());
  if (parts.negative) {
    big_->sum -= number;
  } else {
    big_->sum += number;
  }
  return true;
}

bool DecimalSum::print(std::string& out) const {
  if (big_) return print_unscaled(big_->sum, scale_, out);
  return print_small(small_, scale_, out);
}

bool DecimalSum::print_average(std::uint64_t count, unsigned decimals, std::string& out) const {
  const unsigned words = round_up_to_words(scale_);
  const unsigned wanted = decimals > scale_ ? decimals - scale_ : 0;
  const unsigned more = wanted > words - scale_ ? wanted - (words - scale_) : 0;
  const unsigned kept = round_up_to_words(words + more);

  const Integer sum = big_ ? big_->sum : Integer(small_);
  const bool negative = sum < 0;
  Integer quotient = (negative ? Integer(-sum) : sum) * power_of_ten(kept - scale_) / count;
  if (kept > decimals) {
    const Integer unit = power_of_ten(kept - decimals);
    quotient = (quotient + unit / 2) / unit;
  }
  return print_unscaled(negative ? Integer(-quotient) : quotient, decimals, out);
}

}  // namespace pando::merge
