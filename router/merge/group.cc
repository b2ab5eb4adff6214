#include "router/merge/group.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "router/merge/key_table.h"
#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class Grouping : public UnaryOperator {
 public:
  Grouping(RowStreamPtr input, RowComparator keys, Aggregates aggregates, MemoryBudgetPtr budget)
      : UnaryOperator(std::move(input)),
        keys_(std::move(keys)),
        aggregates_(std::move(aggregates)),
        budget_(budget),
        memory_(std::move(budget)),
        result_(columns_.size()),
        texts_(aggregates_.size()) {}

 protected:
  Error out_of_memory() const { return memory_exceeded(*budget_, "grouping"); }

  // Makes row_ of the group's first row and its aggregates.
  Result<void> emit(const Value* first, std::span<const AggregateState> states) {
    result_.assign(first, first + columns_.size());
    PANDO_TRY(aggregates_.finish(states, result_, texts_));
    row_ = result_;
    return {};
  }

  RowComparator keys_;
  Aggregates aggregates_;
  MemoryBudgetPtr budget_;
  Arena memory_;

 private:
  std::vector<Value> result_;
  std::vector<std::string> texts_;
};

class HashedGrouping final : public Grouping {
 public:
  HashedGrouping(RowStreamPtr input, RowComparator keys, Aggregates aggregates,
                 MemoryBudgetPtr budget)
      : Grouping(std::move(input), std::move(keys), std::move(aggregates), budget),
        groups_(std::move(budget), "grouping") {}
  ~HashedGrouping() override { budget_->give_back(charged_); }

 protected:
  Result<bool> advance() override {
    if (!read_) {
      PANDO_TRY(read_all());
      read_ = true;
    }
    if (at_ == rows_.size()) return false;
    PANDO_TRY(emit(rows_[at_], states_of(at_)));
    ++at_;
    return true;
  }

 private:
  Result<void> read_all() {
    while (true) {
      PANDO_ASSIGN(const bool more, input_->next());
      if (!more) break;
      const Row row = input_->row();
      PANDO_TRY(keys_.check(row));
      key_.clear();
      keys_.append_normalised(row, key_);
      PANDO_ASSIGN(const auto place, groups_.insert(key_));
      if (place.second) PANDO_TRY(start_group(row));
      PANDO_TRY(aggregates_.add(row, states_of(place.first), memory_, *budget_));
    }
    input_.reset();
    if (rows_.empty() && keys_.empty()) {
      // Aggregates over no rows at all.
      return start_group(std::vector<Value>(columns_.size()));
    }
    return {};
  }

  Result<void> start_group(Row row) {
    if (rows_.size() == rows_.capacity()) PANDO_TRY(reserve());
    Value* copy = nullptr;
    if (!memory_.copy(row, copy)) return fail(out_of_memory());
    rows_.push_back(copy);
    aggregates_.start(states_);
    return {};
  }

  Result<void> reserve() {
    const std::size_t capacity = rows_.empty() ? 16 : rows_.capacity() * 2;
    const std::uint64_t cost =
        capacity * (sizeof(Value*) + aggregates_.size() * sizeof(AggregateState));
    if (!budget_->take(cost - charged_)) return fail(out_of_memory());
    charged_ = cost;
    rows_.reserve(capacity);
    states_.reserve(capacity * aggregates_.size());
    return {};
  }

  std::span<AggregateState> states_of(std::size_t group) {
    return std::span(states_).subspan(group * aggregates_.size(), aggregates_.size());
  }

  KeyTable groups_;
  std::string key_;
  std::vector<Value*> rows_;            // The first row of each group.
  std::vector<AggregateState> states_;  // Those of one group after those of the other.
  std::uint64_t charged_ = 0;
  std::size_t at_ = 0;
  bool read_ = false;
};

class NeighbourGrouping final : public Grouping {
 public:
  using Grouping::Grouping;

 protected:
  Result<bool> advance() override {
    if (!started_) {
      started_ = true;
      PANDO_TRY(pull());
    }
    if (!more_) return false;
    memory_.clear();
    states_.clear();
    aggregates_.start(states_);
    Value* first = nullptr;
    if (!memory_.copy(input_->row(), first)) return fail(out_of_memory());
    do {
      PANDO_TRY(aggregates_.add(input_->row(), states_, memory_, *budget_));
      PANDO_TRY(pull());
    } while (more_ && keys_.compare(Row(first, columns_.size()), input_->row()) == 0);
    PANDO_TRY(emit(first, states_));
    return true;
  }

 private:
  Result<void> pull() {
    PANDO_ASSIGN(more_, input_->next());
    return more_ ? keys_.check(input_->row()) : Result<void>();
  }

  std::vector<AggregateState> states_;
  bool started_ = false;
  bool more_ = false;
};

}  // namespace

RowStreamPtr group_hashed(RowStreamPtr input, RowComparator keys, Aggregates aggregates,
                          MemoryBudgetPtr budget) {
  return std::make_unique<HashedGrouping>(std::move(input), std::move(keys), std::move(aggregates),
                                          std::move(budget));
}

RowStreamPtr group_neighbours(RowStreamPtr input, RowComparator keys, Aggregates aggregates,
                              MemoryBudgetPtr budget) {
  return std::make_unique<NeighbourGrouping>(std::move(input), std::move(keys),
                                             std::move(aggregates), std::move(budget));
}

}  // namespace pando::merge
