#include "router/merge/sort.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class Sort final : public UnaryOperator {
 public:
  Sort(RowStreamPtr input, RowComparator order, std::optional<std::uint64_t> most,
       MemoryBudgetPtr budget)
      : UnaryOperator(std::move(input)),
        order_(std::move(order)),
        most_(most),
        budget_(std::move(budget)),
        memory_(std::make_unique<Arena>(budget_)) {}
  ~Sort() override { budget_->give_back(charged_); }

 protected:
  Result<bool> advance() override {
    if (!sorted_) {
      PANDO_TRY(read_all());
      sort();
      sorted_ = true;
    }
    if (at_ == rows_.size()) return false;
    row_ = Row(rows_[at_++], columns_.size());
    return true;
  }

 private:
  Error out_of_memory() const { return memory_exceeded(*budget_, "sorting"); }

  Result<void> read_all() {
    while (true) {
      PANDO_ASSIGN(const bool more, input_->next());
      if (!more) break;
      const Row row = input_->row();
      PANDO_TRY(order_.check(row));
      PANDO_TRY(keep(row));
      // Twice as many as wanted: drop the worse half, so that memory stays bounded and each row is
      // sorted a bounded number of times.
      if (most_ && rows_.size() >= kLeastTrimmed && rows_.size() / 2 >= *most_) PANDO_TRY(trim());
    }
    input_.reset();
    return {};
  }

  Result<void> keep(Row row) {
    if (rows_.size() == rows_.capacity()) {
      const std::size_t capacity = std::max<std::size_t>(64, rows_.capacity() * 2);
      // Sorting in a stable way takes as much again for a while.
      const std::uint64_t cost = 2 * capacity * sizeof(Value*);
      if (!budget_->take(cost - charged_)) return fail(out_of_memory());
      charged_ = cost;
      rows_.reserve(capacity);
    }
    Value* copy = nullptr;
    if (!memory_->copy(row, copy)) return fail(out_of_memory());
    rows_.push_back(copy);
    return {};
  }

  void sort() {
    std::stable_sort(rows_.begin(), rows_.end(), [this](const Value* a, const Value* b) {
      return order_.compare(Row(a, columns_.size()), Row(b, columns_.size())) < 0;
    });
    if (most_ && rows_.size() > *most_) rows_.resize(static_cast<std::size_t>(*most_));
  }

  Result<void> trim() {
    sort();
    auto fresh = std::make_unique<Arena>(budget_);
    for (Value*& row : rows_) {
      if (!fresh->copy(Row(row, columns_.size()), row)) return fail(out_of_memory());
    }
    memory_ = std::move(fresh);
    return {};
  }

  static constexpr std::size_t kLeastTrimmed = 1024;

  RowComparator order_;
  std::optional<std::uint64_t> most_;
  MemoryBudgetPtr budget_;
  std::unique_ptr<Arena> memory_;
  std::vector<Value*> rows_;
  std::uint64_t charged_ = 0;
  std::size_t at_ = 0;
  bool sorted_ = false;
};

}  // namespace

RowStreamPtr sort_rows(RowStreamPtr input, RowComparator order, std::optional<std::uint64_t> most,
                       MemoryBudgetPtr budget) {
  return std::make_unique<Sort>(std::move(input), std::move(order), most, std::move(budget));
}

}  // namespace pando::merge
