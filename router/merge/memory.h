// Memory of a merge: a budget that all operators of one answer share, and an arena that draws on
// it.
//
// Threads: belongs to the thread of its stream.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "pando/error.h"
#include "pando/row_stream.h"

namespace pando::merge {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}

  // False: the limit is reached; nothing was taken.
  bool take(std::uint64_t bytes) {
    if (bytes > limit_ - used_) return false;
    used_ += bytes;
    return true;
  }
  void give_back(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

// Shared by the operators of one answer, which end at different times.
using MemoryBudgetPtr = std::shared_ptr<MemoryBudget>;

// kMergeMemory: `what` names the operation.
Error memory_exceeded(const MemoryBudget& budget, std::string_view what);

// Memory that is freed all at once.
class Arena {
 public:
  explicit Arena(MemoryBudgetPtr budget) : budget_(std::move(budget)) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Aligned for any Value. nullptr: the budget is used up.
  char* allocate(std::size_t bytes);
  // Frees everything but one chunk, which is used again.
  void clear();

  // Copies of a row or bytes, valid until clear(). Return false: the budget is used up.
  bool copy(Row row, Value*& out);
  bool copy(std::string_view bytes, std::string_view& out);

 private:
  struct Chunk {
    std::unique_ptr<char[]> memory;
    std::size_t size = 0;
  };
  MemoryBudgetPtr budget_;
  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  // Of the last chunk.
};

}  // namespace pando::merge
