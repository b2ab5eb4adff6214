#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

#include "rules/functions/function_table.h"
#include "rules/functions/functions.h"
#include "rules/functions/number.h"

namespace pando::rules {
namespace {

class RangeFunction final : public PlaceFunction {
 public:
  RangeFunction(FunctionName name, std::vector<KeyRange> ranges, std::size_t places)
      : PlaceFunction(places), name_(std::move(name)), ranges_(std::move(ranges)) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    const std::int64_t number = clamp_number(key[0]);
    const auto range = first_not_below(number);
    if (range == ranges_.end() || (range->low && number < *range->low)) {
      return fail(ErrorCode::kNoShardForKey,
                  "The key lies in none of the ranges of " + name_.text() + ".");
    }
    return range->place;
  }

  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    std::vector<ShardIndex> places;
    auto r = range.low ? first_not_below(clamp_number(*range.low)) : ranges_.begin();
    for (; r != ranges_.end(); ++r) {
      if (range.high && r->low && clamp_number(*range.high) < *r->low) break;
      places.push_back(r->place);
    }
    return ShardSet(std::move(places));
  }

  std::string describe() const override {
    return name_.text() + " in " + std::to_string(ranges_.size()) + " ranges";
  }

 private:
  // The first range that does not lie wholly below `number`.
  std::vector<KeyRange>::const_iterator first_not_below(std::int64_t number) const {
    return std::partition_point(ranges_.begin(), ranges_.end(),
                                [&](const KeyRange& r) { return r.high && *r.high <= number; });
  }

  FunctionName name_;
  std::vector<KeyRange> ranges_;
};

}  // namespace

PlaceFunctionPtr make_range(FunctionName name, std::vector<KeyRange> ranges, std::size_t places) {
  return std::make_shared<RangeFunction>(std::move(name), std::move(ranges), places);
}

namespace {

struct WrittenRange {
  KeyRange range;
  const Text* text;
  std::size_t begin;
  std::size_t end;
};

// A bound as a canonical key; nullopt: not one.
std::optional<std::int64_t> parse_bound(const KeyColumn& column, std::string_view text) {
  if (column.type != KeyType::kInteger) {
    const bool whole_day = text.size() <= 10;
    if (!whole_day) return column.type == KeyType::kDate ? std::nullopt : parse_date_time(text);
    const auto day = parse_unit(text, TimeUnit::kDay, PeriodEnd::kFirst);
    if (!day) return std::nullopt;
    return *day * 86'400'000'000;
  }
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<KeyRange> parse_range(const KeyColumn& column, std::string_view text,
                                    std::size_t place) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  KeyRange range{.low = {}, .high = {}, .place = static_cast<std::uint32_t>(place)};
  if (dots > 0 && !(range.low = parse_bound(column, text.substr(0, dots)))) return std::nullopt;
  const std::string_view high = text.substr(dots + 2);
  if (!high.empty() && !(range.high = parse_bound(column, high))) return std::nullopt;
  if (range.low && range.high && *range.low >= *range.high) return std::nullopt;
  return range;
}

Result<std::vector<WrittenRange>> read_ranges(const FunctionInput& input,
                                              const std::vector<Text>& texts) {
  std::vector<WrittenRange> ranges;
  for (std::size_t place = 0; place < texts.size(); ++place) {
    const std::string_view text = texts[place].value;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      std::size_t begin = at;
      std::size_t end = comma;
      while (begin < end && text[begin] == ' ') ++begin;
      while (end > begin && text[end - 1] == ' ') --end;
      const auto range = parse_range(input.columns[0], text.substr(begin, end - begin), place);
      if (!range) {
        return config_fail(
            ErrorCode::kConfigPlacement,
            input.table.path("ranges") + ": " + texts[place].quoted(begin, end) +
                " is no range of keys.",
            texts[place].piece(begin, end),
            "Write low..high with low below high; low is included, high is not, and "
            "either may be left out. Integers or dates, as the column's `type` says.");
      }
      ranges.push_back({*range, &texts[place], begin, end});
      at = comma + 1;
    }
  }
  return ranges;
}

// Gaps may be at the ends only: a hole in the middle is a slip.
Result<void> check_cover(const FunctionInput& input, std::vector<WrittenRange>& ranges) {
  std::stable_sort(ranges.begin(), ranges.end(), [](const WrittenRange& a, const WrittenRange& b) {
    if (!a.range.low || !b.range.low) return !a.range.low && b.range.low;
    return *a.range.low < *b.range.low;
  });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    const WrittenRange& before = ranges[i - 1];
    const WrittenRange& r = ranges[i];
    const bool overlap = !before.range.high || !r.range.low || *r.range.low < *before.range.high;
    if (!overlap && *r.range.low == *before.range.high) continue;
    return config_fail(ErrorCode::kConfigPlacement,
                       input.table.path("ranges") + ": " + r.text->quoted(r.begin, r.end) +
                           (overlap ? " overlaps " : " leaves a gap after ") +
                           before.text->quoted(before.begin, before.end) + ".",
                       r.text->piece(r.begin, r.end));
  }
  return {};
}

}  // namespace

Result<PlaceFunctionPtr> bind_range(const FunctionInput& input) {
  if (input.columns[0].type == KeyType::kText) {
    return config_fail(ErrorCode::kConfigValue,
                       call_path(input) + ": range needs an integer, date or datetime column.",
                       input.call.text.span, "Use hash or list for text.");
  }
  if (!input.table.has("ranges")) {
    return config_fail(ErrorCode::kConfigMissing, call_path(input) + " needs `ranges`.",
                       input.call.text.span,
                       "Add ranges = [\"..1000\", \"1000..\"], one string per place.");
  }
  PANDO_ASSIGN(const std::vector<Text> texts, input.table.texts("ranges"));
  if (texts.size() != input.places) {
    return config_fail(ErrorCode::kConfigPlacement,
                       input.table.path("ranges") + " has " + std::to_string(texts.size()) +
                           " entries for " + std::to_string(input.places) + " places.",
                       input.table.find("ranges")->value.span,
                       "Write one string for each place, in the order of `onto`.");
  }
  PANDO_ASSIGN(std::vector<WrittenRange> written, read_ranges(input, texts));
  PANDO_TRY(check_cover(input, written));
  std::vector<KeyRange> ranges;
  for (const WrittenRange& r : written) ranges.push_back(r.range);
  return make_range(input.call.name, std::move(ranges), input.places);
}

}  // namespace pando::rules
