// SmallVector: a growing array of plain values whose first N live inside of it.
//
// Planning a common statement must not allocate for each of its handful of tables, predicates and
// edits. Only what such arrays need: appending, indexing, iterating.
//
// Threads: a value.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace pando::plan {

template <typename T, std::size_t N>
class SmallVector {
  static_assert(N > 0);
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  SmallVector() = default;
  SmallVector(const SmallVector& other) { assign(other); }
  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) assign(other);
    return *this;
  }
  SmallVector(SmallVector&& other) noexcept { take(other); }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this == &other) return *this;
    release();
    take(other);
    return *this;
  }
  ~SmallVector() { release(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return on_heap() ? heap_ : std::launder(reinterpret_cast<T*>(inline_)); }
  const T* data() const {
    return on_heap() ? heap_ : std::launder(reinterpret_cast<const T*>(inline_));
  }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }
  void clear() { size_ = 0; }
  void pop_back() { --size_; }

  void push_back(T value) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    std::construct_at(data() + size_, value);
    ++size_;
  }

 private:
  bool on_heap() const { return capacity_ > N; }
  void release() {
    if (on_heap()) std::allocator<T>().deallocate(heap_, capacity_);
  }
  void grow() {
    const std::uint32_t capacity = std::max<std::uint32_t>(8, capacity_ * 2);
    T* const heap = std::allocator<T>().allocate(capacity);
    std::uninitialized_copy(begin(), end(), heap);
    release();
    heap_ = heap;
    capacity_ = capacity;
  }
  void assign(const SmallVector& other) {
    size_ = 0;
    for (const T& value : other) push_back(value);
  }
  // Requires: nothing on the heap.
  void take(SmallVector& other) {
    size_ = other.size_;
    capacity_ = other.capacity_;
    if (on_heap()) {
      heap_ = other.heap_;
    } else {
      std::memcpy(inline_, other.inline_, size_ * sizeof(T));
    }
    other.size_ = 0;
    other.capacity_ = N;
  }

  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = N;
  // Bytes, so that an empty array costs nothing to make.
  union {
    T* heap_;
    alignas(T) std::byte inline_[N * sizeof(T)];
  };
};

}  // namespace pando::plan
