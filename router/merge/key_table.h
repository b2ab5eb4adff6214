// KeyTable: a hash table of normalised keys (see KeyComparator::append_normalised), numbered in the
// order in which they came.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/result.h"
#include "router/merge/memory.h"

namespace pando::merge {

class KeyTable {
 public:
  // `what` names the operation in errors, and outlives the table.
  KeyTable(MemoryBudgetPtr budget, std::string_view what);
  ~KeyTable();
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  // The key's number, and whether it is new. Errors: kMergeMemory.
  Result<std::pair<std::size_t, bool>> insert(std::string_view key);
  std::size_t size() const { return keys_.size(); }

 private:
  struct Entry {
    std::uint64_t hash;
    std::string_view key;
  };
  Result<void> grow();

  MemoryBudgetPtr budget_;
  std::string_view what_;
  Arena bytes_;
  std::vector<Entry> keys_;
  std::vector<std::uint32_t> slots_;  // Number + 1; 0 is free. A power of two, at most 3/4 full.
  std::uint64_t charged_ = 0;
};

}  // namespace pando::merge
