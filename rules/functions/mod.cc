#include <span>
#include <utility>

#include "rules/functions/function_table.h"
#include "rules/functions/functions.h"
#include "rules/functions/short_range.h"

namespace pando::rules {
namespace {

class ModFunction final : public PlaceFunction {
 public:
  ModFunction(FunctionName name, std::vector<std::uint32_t> place_of_remainder, std::size_t places)
      : PlaceFunction(places),
        name_(std::move(name)),
        place_of_remainder_(std::move(place_of_remainder)) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    const Value& v = key[0];
    const auto n = static_cast<std::int64_t>(place_of_remainder_.size());
    if (v.kind() == ValueKind::kUint) {
      return place_of_remainder_[v.as_uint() % static_cast<std::uint64_t>(n)];
    }
    if (v.kind() != ValueKind::kInt) {
      return fail(ErrorCode::kUnroutableKey, "The key of " + name_.text() + " is not an integer.");
    }
    std::int64_t remainder = v.as_int() % n;
    if (remainder < 0) remainder += n;
    return place_of_remainder_[static_cast<std::size_t>(remainder)];
  }
  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    return places_in_short_range(*this, range);
  }
  std::string describe() const override {
    return name_.text() + " by " + std::to_string(place_of_remainder_.size());
  }

 private:
  FunctionName name_;
  std::vector<std::uint32_t> place_of_remainder_;
};

}  // namespace

std::string FunctionName::text() const {
  std::string text = function + "(";
  for (const std::string& column : columns) {
    if (text.back() != '(') text += ", ";
    text += column;
  }
  return text + ")";
}

PlaceFunctionPtr make_mod(FunctionName name, std::vector<std::uint32_t> place_of_remainder,
                          std::size_t places) {
  return std::make_shared<ModFunction>(std::move(name), std::move(place_of_remainder), places);
}

Result<PlaceFunctionPtr> bind_mod(const FunctionInput& input) {
  const KeyColumn& column = input.columns[0];
  if (column.type != KeyType::kInteger) {
    return config_fail(ErrorCode::kConfigValue, call_path(input) + ": mod needs an integer column.",
                       input.call.text.span,
                       "Use hash for text, and day, month or year for dates.");
  }
  const std::int64_t divisor = input.call.number.value_or(static_cast<std::int64_t>(input.places));
  if (divisor < 1 || divisor > kMaxBuckets) {
    return config_fail(
        ErrorCode::kConfigValue,
        call_path(input) + ": the divisor must be from 1 to " + std::to_string(kMaxBuckets) + ".",
        input.call.text.span);
  }
  const auto total = static_cast<std::size_t>(divisor);
  if (input.table.has("buckets")) {
    PANDO_ASSIGN(auto places, read_buckets(input, "buckets", total));
    return make_mod(input.call.name, std::move(places), input.places);
  }
  if (total != input.places) {
    return config_fail(ErrorCode::kConfigPlacement,
                       call_path(input) + " has " + std::to_string(total) + " remainders for " +
                           std::to_string(input.places) + " places.",
                       input.call.text.span,
                       "Say which remainders go to which place with `buckets`.");
  }
  return make_mod(input.call.name, spread_slots(total, total), total);
}

}  // namespace pando::rules
