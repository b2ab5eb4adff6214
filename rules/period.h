// Days, months and years as numbers, and spans of them: what the time functions count in.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pando::rules {

inline constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

enum class TimeUnit : std::uint8_t { kDay, kMonth, kYear };

// "day", "month", "year"
std::string_view unit_name(TimeUnit unit);

// The number of the unit that holds this moment: days since 1970-01-01, months since 0000-01,
// years.
std::int64_t unit_of(TimeUnit unit, std::int64_t micros);

// 1 to 31, of a day counted from 1970-01-01.
std::size_t day_of_month(std::int64_t day);

// A span of units, both ends included.
struct Period {
  TimeUnit unit = TimeUnit::kDay;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::size_t count() const { return static_cast<std::size_t>(last - first + 1); }
};

enum class PeriodEnd : std::uint8_t { kFirst, kLast };

// "2024", "2024-01", "2024-01-05" or a date and time, as the number of a unit. What is coarser than
// the unit means its first or last one: until = "2024" of months is December.
std::optional<std::int64_t> parse_unit(std::string_view text, TimeUnit unit, PeriodEnd end);

// `format` with yyyy, MM and dd replaced.
std::string format_unit(std::string_view format, TimeUnit unit, std::int64_t number);

}  // namespace pando::rules
