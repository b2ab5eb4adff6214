#include "router/merge/memory.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

namespace pando::merge {
namespace {

constexpr std::size_t kFirstChunk = 1024;
constexpr std::size_t kLargestChunk = 256 * 1024;
constexpr std::size_t kAlignment = alignof(Value);

bool owns_bytes(const Value& value) {
  return value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes;
}

}  // namespace

Error memory_exceeded(const MemoryBudget& budget, std::string_view what) {
  return Error(ErrorCode::kMergeMemory, std::string(what) + " needs more than the " +
                                            std::to_string(budget.limit()) +
                                            " bytes that merging may use");
}

Arena::~Arena() {
  for (const Chunk& chunk : chunks_) budget_->give_back(chunk.size);
}

char* Arena::allocate(std::size_t bytes) {
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (chunks_.empty() || bytes > chunks_.back().size - used_) {
    std::size_t size =
        chunks_.empty() ? kFirstChunk : std::min(chunks_.back().size * 2, kLargestChunk);
    size = std::max(size, bytes);
    if (!budget_->take(size)) return nullptr;
    chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    used_ = 0;
  }
  char* result = chunks_.back().memory.get() + used_;
  used_ += bytes;
  return result;
}

void Arena::clear() {
  used_ = 0;
  if (chunks_.size() < 2) return;
  std::swap(chunks_.front(), chunks_.back());
  for (std::size_t i = 1; i < chunks_.size(); ++i) budget_->give_back(chunks_[i].size);
  chunks_.resize(1);
}

bool Arena::copy(Row row, Value*& out) {
  std::size_t bytes = row.size() * sizeof(Value);
  for (const Value& value : row) {
    if (owns_bytes(value)) bytes += value.as_string().size();
  }
  char* memory = allocate(bytes);
  if (!memory) return false;
  char* text = memory + row.size() * sizeof(Value);
  out = reinterpret_cast<Value*>(memory);
  for (std::size_t i = 0; i < row.size(); ++i) {
    Value value = row[i];
    if (owns_bytes(value)) {
      const std::string_view from = value.as_string();
      if (!from.empty()) std::memcpy(text, from.data(), from.size());
      const std::string_view to(text, from.size());
      value = value.kind() == ValueKind::kText ? Value::of_text(to) : Value::of_bytes(to);
      text += from.size();
    }
    new (out + i) Value(value);
  }
  return true;
}

bool Arena::copy(std::string_view bytes, std::string_view& out) {
  char* memory = allocate(bytes.size());
  if (!memory) return false;
  if (!bytes.empty()) std::memcpy(memory, bytes.data(), bytes.size());
  out = {memory, bytes.size()};
  return true;
}

}  // namespace pando::merge
