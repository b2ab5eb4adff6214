#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "rules/functions/function_table.h"
#include "rules/functions/functions.h"
#include "rules/functions/number.h"

namespace pando::rules {
namespace {

class TimeFunction final : public PlaceFunction {
 public:
  TimeFunction(FunctionName name, const Period& period)
      : PlaceFunction(period.count()), name_(std::move(name)), period_(period) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    const std::int64_t unit = unit_of(period_.unit, clamp_number(key[0]));
    if (unit < period_.first || unit > period_.last) {
      return fail(ErrorCode::kNoShardForKey, "The key lies outside of " + describe() + ".");
    }
    return static_cast<std::size_t>(unit - period_.first);
  }

  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    std::int64_t first = period_.first;
    std::int64_t last = period_.last;
    if (range.low) first = std::max(first, unit_of(period_.unit, clamp_number(*range.low)));
    if (range.high) last = std::min(last, unit_of(period_.unit, clamp_number(*range.high)));
    if (first > last) return ShardSet();
    std::vector<ShardIndex> places(static_cast<std::size_t>(last - first + 1));
    std::iota(places.begin(), places.end(), static_cast<ShardIndex>(first - period_.first));
    return ShardSet(std::move(places));
  }

  std::string describe() const override {
    constexpr std::string_view kFormats[] = {"yyyy-MM-dd", "yyyy-MM", "yyyy"};
    const std::string_view format = kFormats[static_cast<std::size_t>(period_.unit)];
    return name_.text() + " from " + format_unit(format, period_.unit, period_.first) + " until " +
           format_unit(format, period_.unit, period_.last);
  }

 private:
  FunctionName name_;
  Period period_;
};

class CyclicTimeFunction final : public PlaceFunction {
 public:
  CyclicTimeFunction(FunctionName name, TimeUnit unit)
      : PlaceFunction(unit == TimeUnit::kMonth ? 12 : 31), name_(std::move(name)), unit_(unit) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    return place_of_unit(unit_of(unit_, clamp_number(key[0])));
  }

  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    if (!range.low || !range.high) return std::nullopt;
    const std::int64_t first = unit_of(unit_, clamp_number(*range.low));
    const std::int64_t last = unit_of(unit_, clamp_number(*range.high));
    if (last - first >= static_cast<std::int64_t>(places())) return std::nullopt;
    std::vector<ShardIndex> found;
    for (std::int64_t unit = first; unit <= last; ++unit) {
      found.push_back(static_cast<ShardIndex>(place_of_unit(unit)));
    }
    return ShardSet(std::move(found));
  }

  std::string describe() const override {
    return name_.text() + (unit_ == TimeUnit::kMonth ? " of the year" : " of the month");
  }

 private:
  std::size_t place_of_unit(std::int64_t unit) const {
    if (unit_ == TimeUnit::kMonth) return static_cast<std::size_t>((unit % 12 + 12) % 12);
    return day_of_month(unit) - 1;
  }

  FunctionName name_;
  TimeUnit unit_;
};

}  // namespace

PlaceFunctionPtr make_time(FunctionName name, const Period& period) {
  return std::make_shared<TimeFunction>(std::move(name), period);
}

PlaceFunctionPtr make_cyclic_time(FunctionName name, TimeUnit unit) {
  return std::make_shared<CyclicTimeFunction>(std::move(name), unit);
}

// With {yyyyMM} in the names there is one place per unit of the period. Plain names are either
// that, if their number fits, or the months of any year and the days of any month.
Result<PlaceFunctionPtr> bind_time(const FunctionInput& input) {
  const KeyColumn& column = input.columns[0];
  if (column.type != KeyType::kDate && column.type != KeyType::kDateTime) {
    return config_fail(ErrorCode::kConfigValue,
                       call_path(input) + ": " + input.call.name.function +
                           " needs a column of type date or datetime.",
                       input.call.text.span);
  }
  const TimeUnit unit = *find_function(input.call.name.function)->unit;
  if (input.period && (input.has_time_pattern || input.period->count() == input.places)) {
    if (input.period->count() == input.places) return make_time(input.call.name, *input.period);
    return config_fail(
        ErrorCode::kConfigPlacement,
        call_path(input) + " has " + std::to_string(input.period->count()) +
            " places, but its names are " + std::to_string(input.places) + ".",
        input.call.text.span,
        "Use `database_by` and `table_by` if databases and tables are chosen apart.");
  }
  const std::size_t cycle = unit == TimeUnit::kMonth ? 12 : 31;
  if (unit != TimeUnit::kYear && input.places == cycle) {
    return make_cyclic_time(input.call.name, unit);
  }
  if (input.period) {
    return config_fail(ErrorCode::kConfigPlacement,
                       call_path(input) + " has " + std::to_string(input.period->count()) +
                           " places from `from` until `until`, but its names are " +
                           std::to_string(input.places) + ".",
                       input.call.text.span);
  }
  std::string remedy = "Add `from` and `until`, both included, to the table";
  if (unit == TimeUnit::kMonth) remedy += ", or name 12 places, one for each month of any year";
  if (unit == TimeUnit::kDay) remedy += ", or name 31 places, one for each day of any month";
  return config_fail(ErrorCode::kConfigMissing,
                     call_path(input) + " does not say which times its places are for.",
                     input.call.text.span, remedy + ".");
}

}  // namespace pando::rules
