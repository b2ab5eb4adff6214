// PlainArray: a growing array of plain values, for the nodes of a statement.
//
// A vector checks and constructs more than a parser that makes a node for every second byte can
// afford; here an append is a comparison and the stores of the value.
//
// Threads: a value.

#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace pando::sql {

template <typename T>
class PlainArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  PlainArray() = default;
  PlainArray(const PlainArray& other) {
    if (other.size_ == 0) return;
    reallocate(other.size_);
    std::uninitialized_copy_n(other.data_, other.size_, data_);
    size_ = other.size_;
  }
  PlainArray(PlainArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  PlainArray& operator=(PlainArray other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~PlainArray() {
    if (data_ != nullptr) std::allocator<T>().deallocate(data_, capacity_);
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

  void reserve(std::size_t capacity) {
    if (capacity > capacity_) reallocate(capacity);
  }
  // Returns the index of the new value.
  std::size_t append(const T& value) {
    if (size_ == capacity_) [[unlikely]]
      reallocate(std::max<std::size_t>(16, 2 * capacity_));
    std::construct_at(data_ + size_, value);
    return size_++;
  }

 private:
  // Requires: capacity >= size_.
  void reallocate(std::size_t capacity) {
    T* const data = std::allocator<T>().allocate(capacity);
    std::uninitialized_copy_n(data_, size_, data);
    if (data_ != nullptr) std::allocator<T>().deallocate(data_, capacity_);
    data_ = data;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace pando::sql
