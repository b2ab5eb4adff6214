#include "rules/key_column.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "pando/names.h"
#include "rules/period.h"

namespace pando::rules {
namespace {

constexpr std::size_t kMaxTextDigits = 15;              // Exact as a double, in every database.
constexpr double kMaxExactDouble = 9007199254740992.0;  // 2^53

// [+-]digits[.0*]
std::optional<Value> integer_of_text(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::int64_t number = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (i == kMaxTextDigits) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  if (i == 0) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != '.') return std::nullopt;
    if (text.find_first_not_of('0', i + 1) != std::string_view::npos) return std::nullopt;
  }
  return Value::of_int(negative ? -number : number);
}

std::optional<Value> canonical_integer(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kInt:
      return value;
    case ValueKind::kUint:
      if (value.as_uint() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return Value::of_int(static_cast<std::int64_t>(value.as_uint()));
      }
      return value;
    case ValueKind::kDouble: {
      const double d = value.as_double();
      if (!(std::fabs(d) < kMaxExactDouble) || d != std::trunc(d)) return std::nullopt;
      return Value::of_int(static_cast<std::int64_t>(d));
    }
    case ValueKind::kText:
      return integer_of_text(value.as_string());
    case ValueKind::kNull:
    case ValueKind::kBytes:
      break;
  }
  return std::nullopt;
}

std::optional<Value> canonical_text(const KeyColumn& column, const Value& value,
                                    std::string& scratch) {
  if (value.kind() != ValueKind::kText && value.kind() != ValueKind::kBytes) return std::nullopt;
  std::string_view text = value.as_string();
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  if (column.highest_byte != 0xFF && std::any_of(text.begin(), text.end(), [&](char c) {
        return static_cast<unsigned char>(c) > column.highest_byte;
      })) {
    return std::nullopt;
  }
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!column.fold_ascii_case || std::none_of(text.begin(), text.end(), is_upper)) {
    return Value::of_text(text);
  }
  scratch.assign(text);
  std::transform(scratch.begin(), scratch.end(), scratch.begin(), lower_ascii);
  return Value::of_text(scratch);
}

std::optional<Value> canonical_time(const KeyColumn& column, const Value& value) {
  if (value.kind() != ValueKind::kText) return std::nullopt;
  const std::string_view text = value.as_string();
  const auto micros = parse_date_time(text);
  if (!micros) return std::nullopt;
  if (column.type == KeyType::kDate) {
    if (*micros % kMicrosPerDay != 0) return std::nullopt;
    return Value::of_int(*micros);
  }
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos) {
    const std::size_t last = text.find_last_not_of('0');  // At least the point itself.
    if (last - point > column.fraction_digits) return std::nullopt;
  }
  return Value::of_int(*micros);
}

// Reads exactly `count` digits at `position` and moves it.
std::optional<int> read_digits(std::string_view text, std::size_t& position, std::size_t count) {
  if (text.size() - position < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[position + i];
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  position += count;
  return number;
}

bool skip(std::string_view text, std::size_t& position, char c) {
  if (position >= text.size() || text[position] != c) return false;
  ++position;
  return true;
}

// HH:MM:SS[.ffffff]
std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  std::size_t at = 0;
  const auto hour = read_digits(text, at, 2);
  if (!hour || *hour > 23 || !skip(text, at, ':')) return std::nullopt;
  const auto minute = read_digits(text, at, 2);
  if (!minute || *minute > 59 || !skip(text, at, ':')) return std::nullopt;
  const auto second = read_digits(text, at, 2);
  if (!second || *second > 59) return std::nullopt;
  std::int64_t micros = ((*hour * 60LL + *minute) * 60 + *second) * 1'000'000;
  if (at == text.size()) return micros;
  if (!skip(text, at, '.') || at == text.size() || text.size() - at > 6) return std::nullopt;
  std::int64_t unit = 100'000;
  for (; at < text.size(); ++at, unit /= 10) {
    if (!is_digit(text[at])) return std::nullopt;
    micros += (text[at] - '0') * unit;
  }
  return micros;
}

}  // namespace

std::optional<std::int64_t> parse_date_time(std::string_view text) {
  std::size_t at = 0;
  const auto year = read_digits(text, at, 4);
  if (!year || *year == 0 || !skip(text, at, '-')) return std::nullopt;
  const auto month = read_digits(text, at, 2);
  if (!month || !skip(text, at, '-')) return std::nullopt;
  const auto day = read_digits(text, at, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  std::int64_t micros =
      static_cast<std::int64_t>(std::chrono::sys_days(date).time_since_epoch().count()) *
      kMicrosPerDay;
  if (at == text.size()) return micros;
  if (!skip(text, at, ' ')) return std::nullopt;
  const auto time = parse_time_of_day(text.substr(at));
  if (!time) return std::nullopt;
  return micros + *time;
}

std::optional<Value> canonical_key(const KeyColumn& column, const Value& value,
                                   std::string& scratch) {
  if (value.is_null()) return value;
  switch (column.type) {
    case KeyType::kInteger:
      return canonical_integer(value);
    case KeyType::kText:
      return canonical_text(column, value, scratch);
    case KeyType::kDate:
    case KeyType::kDateTime:
      return canonical_time(column, value);
  }
  return std::nullopt;
}

}  // namespace pando::rules
