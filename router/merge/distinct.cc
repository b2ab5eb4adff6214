#include "router/merge/distinct.h"

#include <string>

#include "router/merge/key_table.h"
#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class HashedDistinct final : public UnaryOperator {
 public:
  HashedDistinct(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget)
      : UnaryOperator(std::move(input)),
        keys_(std::move(keys)),
        seen_(std::move(budget), "DISTINCT") {}

 protected:
  Result<bool> advance() override {
    while (true) {
      PANDO_ASSIGN(const bool more, input_->next());
      if (!more) return false;
      PANDO_TRY(keys_.check(input_->row()));
      key_.clear();
      keys_.append_normalised(input_->row(), key_);
      PANDO_ASSIGN(const auto place, seen_.insert(key_));
      if (!place.second) continue;
      row_ = input_->row();
      return true;
    }
  }

 private:
  RowComparator keys_;
  KeyTable seen_;
  std::string key_;
};

class NeighbourDistinct final : public UnaryOperator {
 public:
  NeighbourDistinct(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget)
      : UnaryOperator(std::move(input)),
        keys_(std::move(keys)),
        budget_(budget),
        last_row_(std::move(budget)) {}

 protected:
  Result<bool> advance() override {
    while (true) {
      PANDO_ASSIGN(const bool more, input_->next());
      if (!more) return false;
      const Row row = input_->row();
      PANDO_TRY(keys_.check(row));
      if (last_ && keys_.compare(Row(last_, columns_.size()), row) == 0) continue;
      last_row_.clear();
      if (!last_row_.copy(row, last_)) return fail(memory_exceeded(*budget_, "DISTINCT"));
      row_ = row;
      return true;
    }
  }

 private:
  RowComparator keys_;
  MemoryBudgetPtr budget_;
  Arena last_row_;
  Value* last_ = nullptr;
};

}  // namespace

RowStreamPtr distinct_hashed(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget) {
  return std::make_unique<HashedDistinct>(std::move(input), std::move(keys), std::move(budget));
}

RowStreamPtr distinct_neighbours(RowStreamPtr input, RowComparator keys, MemoryBudgetPtr budget) {
  return std::make_unique<NeighbourDistinct>(std::move(input), std::move(keys), std::move(budget));
}

}  // namespace pando::merge
