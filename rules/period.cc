#include "rules/period.h"

#include <chrono>
#include <cstdio>

#include "rules/key_column.h"

namespace pando::rules {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::chrono::year_month_day date_of_day(std::int64_t day) {
  return std::chrono::sys_days(std::chrono::days(day));
}

std::chrono::year_month_day date_of(TimeUnit unit, std::int64_t number) {
  using std::chrono::day, std::chrono::month, std::chrono::year;
  switch (unit) {
    case TimeUnit::kDay:
      return date_of_day(number);
    case TimeUnit::kMonth:
      return {year(static_cast<int>(floor_divide(number, 12))),
              month(static_cast<unsigned>(number - floor_divide(number, 12) * 12 + 1)), day(1)};
    case TimeUnit::kYear:
      break;
  }
  return {year(static_cast<int>(number)), month(1), day(1)};
}

}  // namespace

std::string_view unit_name(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kDay:
      return "day";
    case TimeUnit::kMonth:
      return "month";
    case TimeUnit::kYear:
      return "year";
  }
  return "";
}

std::int64_t unit_of(TimeUnit unit, std::int64_t micros) {
  const std::int64_t day = floor_divide(micros, kMicrosPerDay);
  if (unit == TimeUnit::kDay) return day;
  const std::chrono::year_month_day date = date_of_day(day);
  const std::int64_t year = static_cast<int>(date.year());
  if (unit == TimeUnit::kYear) return year;
  return year * 12 + static_cast<unsigned>(date.month()) - 1;
}

std::size_t day_of_month(std::int64_t day) { return static_cast<unsigned>(date_of_day(day).day()); }

std::optional<std::int64_t> parse_unit(std::string_view text, TimeUnit unit, PeriodEnd end) {
  // Complete the text to a moment; the last moment of a coarse unit is found from the next one.
  std::string full(text);
  TimeUnit written = TimeUnit::kDay;
  if (text.size() == 4) {
    full += "-01-01";
    written = TimeUnit::kYear;
  } else if (text.size() == 7) {
    full += "-01";
    written = TimeUnit::kMonth;
  } else if (text.size() > 10 && (text[10] == 'T' || text[10] == 't')) {
    full[10] = ' ';
  }
  const auto micros = parse_date_time(full);
  if (!micros) return std::nullopt;
  if (end == PeriodEnd::kFirst || written == TimeUnit::kDay) return unit_of(unit, *micros);
  const auto next = date_of(written, unit_of(written, *micros) + 1);
  const auto next_day = std::chrono::sys_days(next).time_since_epoch().count();
  return unit_of(unit, static_cast<std::int64_t>(next_day) * kMicrosPerDay - 1);
}

std::string format_unit(std::string_view format, TimeUnit unit, std::int64_t number) {
  const std::chrono::year_month_day date = date_of(unit, number);
  std::string text;
  const auto append = [&](int value, const char* pattern) {
    char digits[16];
    std::snprintf(digits, sizeof digits, pattern, value);
    text += digits;
  };
  for (std::size_t i = 0; i < format.size();) {
    if (format.substr(i, 4) == "yyyy") {
      append(static_cast<int>(date.year()), "%04d");
      i += 4;
    } else if (format.substr(i, 2) == "MM") {
      append(static_cast<int>(static_cast<unsigned>(date.month())), "%02d");
      i += 2;
    } else if (format.substr(i, 2) == "dd") {
      append(static_cast<int>(static_cast<unsigned>(date.day())), "%02d");
      i += 2;
    } else {
      text += format[i++];
    }
  }
  return text;
}

}  // namespace pando::rules
