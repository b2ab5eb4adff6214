// Between C++ types and SQL values: parameters going in, columns coming out.
//
//   in and out   bool, integers, float, double, std::string, Decimal, std::vector<std::byte>,
//                std::chrono::sys_days, std::chrono::sys_time<std::chrono::microseconds>,
//                std::optional of any of these (NULL), OwnedValue (whatever the column holds)
//   in only      const char* (null: NULL), std::string_view, std::nullptr_t (NULL), Value
//
// A value that does not fit is an error (kConversion), never cut or rounded: NULL into a type that
// is not optional, 300 into a uint8_t, 1.5 into an int. Only float and double round: they take the
// nearest number that they have, if the value is within their range. bool is false for 0 and true
// for every other whole number. A floating-point number (DOUBLE, SQLite's REAL) has no one text,
// and is read as float or double alone. A char is neither a number nor a text: use int or
// std::string.

#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "pando/decimal.h"
#include "pando/result.h"
#include "pando/value.h"

namespace pando {

// A value that owns its bytes.
struct OwnedValue {
  ValueKind kind = ValueKind::kNull;
  std::int64_t number = 0;  // kInt; kUint reinterpreted.
  double real = 0;          // kDouble.
  std::string text;         // kText, kBytes.

  OwnedValue() = default;
  explicit OwnedValue(const Value& value) : kind(value.kind()) {
    switch (kind) {
      case ValueKind::kNull:
        break;
      case ValueKind::kInt:
        number = value.as_int();
        break;
      case ValueKind::kUint:
        number = static_cast<std::int64_t>(value.as_uint());
        break;
      case ValueKind::kDouble:
        real = value.as_double();
        break;
      case ValueKind::kText:
      case ValueKind::kBytes:
        text = value.as_string();
        break;
    }
  }
  static OwnedValue of_int(std::int64_t v) { return OwnedValue(Value::of_int(v)); }
  static OwnedValue of_text(std::string_view v) { return OwnedValue(Value::of_text(v)); }

  // Valid as long as this object is unchanged.
  Value view() const {
    switch (kind) {
      case ValueKind::kNull:
        return Value::null();
      case ValueKind::kInt:
        return Value::of_int(number);
      case ValueKind::kUint:
        return Value::of_uint(static_cast<std::uint64_t>(number));
      case ValueKind::kDouble:
        return Value::of_double(real);
      case ValueKind::kText:
        return Value::of_text(text);
      case ValueKind::kBytes:
        return Value::of_bytes(text);
    }
    return Value::null();
  }
  friend bool operator==(const OwnedValue&, const OwnedValue&) = default;
};

namespace detail {

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

inline tl::unexpected<Error> cannot_convert(const Column& column, std::string_view fact) {
  return fail(ErrorCode::kConversion, "column " + column.name + ": " + std::string(fact));
}

// A value of another kind than the type can take.
inline tl::unexpected<Error> not_a(const Value& value, const Column& column,
                                   std::string_view kind) {
  const auto read_as = [&](std::string_view type) {
    return fail(
        Error(ErrorCode::kConversion,
              "column " + column.name + ": the value is no " + std::string(kind))
            .with_remedy("Read it as " + std::string(type) + ", or into the column's own type."));
  };
  switch (value.kind()) {
    case ValueKind::kText:
    case ValueKind::kBytes:
      return read_as("std::string");
    case ValueKind::kDouble:
      break;
    default:
      return cannot_convert(column, "the value is no " + std::string(kind));
  }
  // A column of SQLite takes what it is given: DECIMAL(10,2) becomes REAL there.
  const bool sqlite = column.type == SqlType::kDynamic;
  Error error(ErrorCode::kConversion, "column " + column.name +
                                          (sqlite ? ": SQLite returned a floating-point number"
                                                  : ": it is a floating-point number"));
  return fail(std::move(error).with_remedy(
      sqlite ? "Read it as double, or store whole numbers (cents) or texts: SQLite's DECIMAL "
               "columns hold doubles."
             : "Read it as double, or CAST it to DECIMAL in the statement."));
}

// Date and time as the databases print them: YYYY-MM-DD[ HH:MM:SS[.f{1,6}]], 'T' allowed.
inline std::optional<std::chrono::sys_time<std::chrono::microseconds>> parse_time(
    std::string_view text) {
  namespace chr = std::chrono;
  const auto number = [&](std::size_t at, std::size_t size) -> int {
    int value = -1;
    if (at + size > text.size()) return -1;
    const char* begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + size, value);
    return error == std::errc{} && end == begin + size ? value : -1;
  };
  const bool date_only = text.size() == 10;
  if (!date_only && text.size() < 19) return std::nullopt;
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const chr::year_month_day day{chr::year(number(0, 4)),
                                chr::month(static_cast<unsigned>(number(5, 2))),
                                chr::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok() || number(0, 4) < 0) return std::nullopt;
  chr::sys_time<chr::microseconds> result = chr::sys_days(day);
  if (date_only) return result;
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
      (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  result += chr::hours(hour) + chr::minutes(minute) + chr::seconds(second);
  if (text.size() == 19) return result;
  const std::size_t digits = text.size() - 20;
  if (text[19] != '.' || digits < 1 || digits > 6) return std::nullopt;
  int fraction = number(20, digits);
  if (fraction < 0) return std::nullopt;
  for (std::size_t i = digits; i < 6; ++i) fraction *= 10;
  return result + chr::microseconds(fraction);
}

template <typename T>
Result<T> to_integer(const Value& value, const Column& column) {
  const auto fits = [&](auto number) -> Result<T> {
    if (!std::in_range<T>(number)) return cannot_convert(column, "the number does not fit");
    return static_cast<T>(number);
  };
  switch (value.kind()) {
    case ValueKind::kInt:
      return fits(value.as_int());
    case ValueKind::kUint:
      return fits(value.as_uint());
    case ValueKind::kText: {  // DECIMAL, such as MySQL's SUM of integers: whole numbers fit.
      const auto decimal = Decimal::parse(value.as_string());
      if (const auto units = decimal ? decimal->units(0) : std::nullopt) return fits(*units);
      std::uint64_t number = 0;
      const std::string_view text = value.as_string();
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc{} && end == text.data() + text.size()) return fits(number);
      return not_a(value, column, "whole number that fits");
    }
    default:
      return not_a(value, column, "whole number");
  }
}

template <typename T>
inline constexpr bool kIsCharacter =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <typename T>
Result<T> to_real(const Value& value, const Column& column) {
  switch (value.kind()) {
    case ValueKind::kDouble:
      if (std::isfinite(value.as_double()) &&
          std::abs(value.as_double()) > static_cast<double>(std::numeric_limits<T>::max())) {
        return cannot_convert(column, "the value is out of its range");
      }
      return static_cast<T>(value.as_double());
    case ValueKind::kInt:
      return static_cast<T>(value.as_int());
    case ValueKind::kUint:
      return static_cast<T>(value.as_uint());
    case ValueKind::kText: {  // DECIMAL: the nearest double, because that is what was asked for.
      T number = 0;
      const std::string_view text = value.as_string();
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc{} && end == text.data() + text.size()) return number;
      return not_a(value, column, "number");
    }
    default:
      return not_a(value, column, "number");
  }
}

inline Result<std::string> to_text(const Value& value, const Column& column) {
  switch (value.kind()) {
    case ValueKind::kText:
    case ValueKind::kBytes:
      return std::string(value.as_string());
    case ValueKind::kInt:
      return std::to_string(value.as_int());
    case ValueKind::kUint:
      return std::to_string(value.as_uint());
    default:
      return not_a(value, column, "text");
  }
}

}  // namespace detail

// Reads one column's value as a T. Errors: kConversion, which names the column and not the value.
template <typename T>
Result<T> from_value(const Value& value, const Column& column) {
  namespace chr = std::chrono;
  if constexpr (detail::kIsOptional<T>) {
    if (value.is_null()) return T(std::nullopt);
    PANDO_ASSIGN(auto inner, from_value<typename T::value_type>(value, column));
    return T(std::move(inner));
  } else if constexpr (std::same_as<T, OwnedValue>) {
    return OwnedValue(value);
  } else {
    if (value.is_null())
      return detail::cannot_convert(column, "it is NULL; read it as std::optional");
    if constexpr (std::same_as<T, bool>) {
      PANDO_ASSIGN(const auto number, detail::to_integer<std::int64_t>(value, column));
      return number != 0;
    } else if constexpr (detail::kIsCharacter<T>) {
      static_assert(sizeof(T) == 0, "read a column into int or std::string, not into a char");
    } else if constexpr (std::integral<T>) {
      return detail::to_integer<T>(value, column);
    } else if constexpr (std::floating_point<T>) {
      return detail::to_real<T>(value, column);
    } else if constexpr (std::same_as<T, std::string>) {
      return detail::to_text(value, column);
    } else if constexpr (std::same_as<T, Decimal>) {
      PANDO_ASSIGN(const auto text, detail::to_text(value, column));
      auto decimal = Decimal::parse(text);
      if (!decimal) return detail::cannot_convert(column, "the value is no exact decimal");
      return *std::move(decimal);
    } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
      PANDO_ASSIGN(const auto text, detail::to_text(value, column));
      const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
      return std::vector<std::byte>(bytes, bytes + text.size());
    } else if constexpr (std::same_as<T, chr::sys_time<chr::microseconds>> ||
                         std::same_as<T, chr::sys_days>) {
      PANDO_ASSIGN(const auto text, detail::to_text(value, column));
      const auto time = detail::parse_time(text);
      if (!time) return detail::cannot_convert(column, "the value is no date and time");
      if constexpr (std::same_as<T, chr::sys_days>) {
        const auto day = chr::floor<chr::days>(*time);
        if (day != *time) return detail::cannot_convert(column, "the value has a time of day");
        return day;
      } else {
        return *time;
      }
    } else {
      static_assert(sizeof(T) == 0, "Pando cannot read a column into this type");
    }
  }
}

// A parameter on its way in: a Value, and the bytes it needs if the argument has none of its own.
class Parameter {
 public:
  template <typename T>
  explicit Parameter(const T& argument) {
    set(argument);
  }
  // Valid as long as this object and the argument.
  Value value() const { return owned_ ? Value::of_text(text_) : value_; }

 private:
  template <typename T>
  void set(const T& argument) {
    namespace chr = std::chrono;
    if constexpr (detail::kIsOptional<T>) {
      if (argument) set(*argument);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
      value_ = Value::null();
    } else if constexpr (std::same_as<T, Value>) {
      value_ = argument;
    } else if constexpr (std::same_as<T, OwnedValue>) {
      value_ = argument.view();
    } else if constexpr (std::same_as<T, bool>) {
      value_ = Value::of_int(argument ? 1 : 0);
    } else if constexpr (detail::kIsCharacter<T>) {
      static_assert(sizeof(T) == 0, "pass an int or a std::string, not a char");
    } else if constexpr (std::is_pointer_v<T>) {
      value_ = argument == nullptr ? Value::null() : Value::of_text(std::string_view(argument));
    } else if constexpr (std::signed_integral<T>) {
      value_ = Value::of_int(argument);
    } else if constexpr (std::unsigned_integral<T>) {
      value_ = std::in_range<std::int64_t>(argument)
                   ? Value::of_int(static_cast<std::int64_t>(argument))
                   : Value::of_uint(argument);
    } else if constexpr (std::floating_point<T>) {
      value_ = Value::of_double(argument);
    } else if constexpr (std::same_as<T, Decimal>) {
      value_ = Value::of_text(argument.str());
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      value_ = Value::of_text(std::string_view(argument));
    } else if constexpr (std::same_as<T, std::vector<std::byte>>) {
      value_ = Value::of_bytes({reinterpret_cast<const char*>(argument.data()), argument.size()});
    } else if constexpr (std::same_as<T, chr::sys_days>) {
      text_ = day_text(argument);
      owned_ = true;
    } else if constexpr (std::same_as<T, chr::sys_time<chr::microseconds>>) {
      const auto day = chr::floor<chr::days>(argument);
      const chr::hh_mm_ss<chr::microseconds> time(argument - day);
      text_ = day_text(day) + ' ' + padded(time.hours().count(), 2) + ':' +
              padded(time.minutes().count(), 2) + ':' + padded(time.seconds().count(), 2);
      // SQLite's times are texts: one that was read is found again as it is usually written.
      if (time.subseconds().count() != 0) text_ += '.' + padded(time.subseconds().count(), 6);
      owned_ = true;
    } else {
      static_assert(sizeof(T) == 0, "Pando cannot pass this type as a parameter");
    }
  }
  static std::string padded(std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    if (text.size() < width) text.insert(0, width - text.size(), '0');
    return text;
  }
  static std::string day_text(std::chrono::sys_days day) {
    const std::chrono::year_month_day ymd(day);
    return padded(static_cast<int>(ymd.year()), 4) + '-' +
           padded(static_cast<unsigned>(ymd.month()), 2) + '-' +
           padded(static_cast<unsigned>(ymd.day()), 2);
  }

  Value value_;
  std::string text_;
  bool owned_ = false;
};

}  // namespace pando
