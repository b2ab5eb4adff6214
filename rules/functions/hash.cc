#include <xxhash.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "rules/functions/function_table.h"
#include "rules/functions/functions.h"
#include "rules/functions/short_range.h"

namespace pando::rules {
namespace {

std::array<unsigned char, 8> little_endian(std::uint64_t number) {
  std::array<unsigned char, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(number >> (8 * i));
  }
  return bytes;
}

std::uint64_t bits(const Value& v) {
  return v.kind() == ValueKind::kUint ? v.as_uint() : static_cast<std::uint64_t>(v.as_int());
}

bool is_text(const Value& v) {
  return v.kind() == ValueKind::kText || v.kind() == ValueKind::kBytes;
}

class HashFunction final : public PlaceFunction {
 public:
  HashFunction(FunctionName name, std::vector<std::uint32_t> place_of_slot, std::size_t places)
      : PlaceFunction(places), name_(std::move(name)), place_of_slot_(std::move(place_of_slot)) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    return place_of_slot_[hash_key(key) % place_of_slot_.size()];
  }
  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    return places_in_short_range(*this, range);
  }
  std::string describe() const override {
    return name_.text() + " over " + std::to_string(place_of_slot_.size()) + " slots";
  }

 private:
  FunctionName name_;
  std::vector<std::uint32_t> place_of_slot_;
};

}  // namespace

std::uint64_t hash_key(std::span<const Value> key) {
  if (key.size() == 1) {
    if (is_text(key[0])) {
      const std::string_view text = key[0].as_string();
      return XXH3_64bits(text.data(), text.size());
    }
    const auto bytes = little_endian(bits(key[0]));
    return XXH3_64bits(bytes.data(), bytes.size());
  }
  std::string buffer;
  const auto append = [&](std::uint64_t number) {
    const auto bytes = little_endian(number);
    buffer.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (const Value& v : key) {
    if (is_text(v)) {
      append(v.as_string().size());
      buffer.append(v.as_string());
    } else {
      append(bits(v));
    }
  }
  return XXH3_64bits(buffer.data(), buffer.size());
}

std::vector<std::uint32_t> spread_slots(std::size_t slots, std::size_t places) {
  std::vector<std::uint32_t> place_of_slot(slots);
  for (std::size_t s = 0; s < slots; ++s) {
    place_of_slot[s] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(s) * places / slots);
  }
  return place_of_slot;
}

PlaceFunctionPtr make_hash(FunctionName name, std::vector<std::uint32_t> place_of_slot,
                           std::size_t places) {
  return std::make_shared<HashFunction>(std::move(name), std::move(place_of_slot), places);
}

Result<PlaceFunctionPtr> bind_hash(const FunctionInput& input) {
  constexpr std::int64_t kDefaultSlots = 1024;
  PANDO_ASSIGN(const auto slots, input.table.integer("slots", 1, kMaxBuckets));
  const auto count = static_cast<std::size_t>(slots.value_or(kDefaultSlots));
  if (count < input.places) {
    return config_fail(ErrorCode::kConfigPlacement,
                       call_path(input) + " has " + std::to_string(count) + " slots for " +
                           std::to_string(input.places) + " places.",
                       slots ? input.table.find("slots")->value.span : input.call.text.span,
                       "Give at least one slot to each place with `slots`; it cannot be changed "
                       "once there are rows.");
  }
  std::vector<std::uint32_t> place_of_slot = spread_slots(count, input.places);
  if (input.table.has("slot_ranges")) {
    PANDO_ASSIGN(place_of_slot, read_buckets(input, "slot_ranges", count));
  }
  return make_hash(input.call.name, std::move(place_of_slot), input.places);
}

}  // namespace pando::rules
