#include "router/merge/key_table.h"

#include <xxhash.h>

namespace pando::merge {
namespace {

constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kMostSlots = std::size_t{1} << 31;

}  // namespace

KeyTable::KeyTable(MemoryBudgetPtr budget, std::string_view what)
    : budget_(budget), what_(what), bytes_(std::move(budget)) {}

KeyTable::~KeyTable() { budget_->give_back(charged_); }

Result<void> KeyTable::grow() {
  const std::size_t count = slots_.empty() ? kFirstSlots : slots_.size() * 2;
  const std::size_t keys = count / 4 * 3;
  const std::uint64_t cost = count * sizeof(std::uint32_t) + keys * sizeof(Entry);
  if (count > kMostSlots || !budget_->take(cost - charged_)) {
    return fail(memory_exceeded(*budget_, what_));
  }
  charged_ = cost;
  keys_.reserve(keys);
  slots_.assign(count, 0);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    std::size_t at = keys_[i].hash & (count - 1);
    while (slots_[at] != 0) at = (at + 1) & (count - 1);
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
  return {};
}

Result<std::pair<std::size_t, bool>> KeyTable::insert(std::string_view key) {
  if (keys_.size() + 1 > slots_.size() / 4 * 3) PANDO_TRY(grow());
  const std::uint64_t hash = XXH3_64bits(key.data(), key.size());
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const Entry& entry = keys_[slots_[at] - 1];
    if (entry.hash == hash && entry.key == key)
      return std::pair(std::size_t{slots_[at] - 1}, false);
  }
  std::string_view copy;
  if (!bytes_.copy(key, copy)) return fail(memory_exceeded(*budget_, what_));
  slots_[at] = static_cast<std::uint32_t>(keys_.size() + 1);
  keys_.push_back({hash, copy});
  return std::pair(keys_.size() - 1, true);
}

}  // namespace pando::merge
