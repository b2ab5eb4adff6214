#include "router/merge/merge.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "router/merge/aggregate.h"
#include "router/merge/columns.h"
#include "router/merge/compare.h"
#include "router/merge/concat.h"
#include "router/merge/distinct.h"
#include "router/merge/group.h"
#include "router/merge/hide.h"
#include "router/merge/limit.h"
#include "router/merge/memory.h"
#include "router/merge/ordered.h"
#include "router/merge/sort.h"

namespace pando::merge {
namespace {

// True if rows sorted by `order` have those that are equal in `distinct` side by side: the first
// keys of the order are just the keys of the distinction.
bool neighbours(const std::vector<plan::MergeKey>& order,
                const std::vector<plan::MergeKey>& distinct) {
  if (order.size() < distinct.size()) return false;
  const auto same_column = [](const plan::MergeKey& a, const plan::MergeKey& b) {
    return a.value == b.value && a.weight == b.weight && a.text_order == b.text_order;
  };
  return std::is_permutation(distinct.begin(), distinct.end(), order.begin(),
                             order.begin() + static_cast<std::ptrdiff_t>(distinct.size()),
                             same_column);
}

// True if rows sorted by `keys` are sorted by `order` as well.
bool already_sorted(const std::vector<plan::MergeKey>& keys,
                    const std::vector<plan::MergeKey>& order) {
  return order.size() <= keys.size() && std::equal(order.begin(), order.end(), keys.begin());
}

std::optional<std::uint64_t> rows_needed(const plan::Merge& how) {
  std::uint64_t sum = 0;
  if (!how.limit || __builtin_add_overflow(*how.limit, how.offset, &sum)) return std::nullopt;
  return sum;
}

// Builds the operators one on top of the other.
class Builder {
 public:
  Builder(const plan::Merge& how, const MergeOptions& options, std::vector<Column> columns)
      : how_(how),
        options_(options),
        columns_(std::move(columns)),
        budget_(std::make_shared<MemoryBudget>(options.memory_limit)) {}

  Result<RowStreamPtr> build(std::vector<RowStreamPtr> inputs) {
    RowStreamPtr rows;
    if (how_.grouping) {
      PANDO_ASSIGN(rows, group(std::move(inputs)));
    } else if (!how_.order.empty() && inputs.size() > 1) {
      PANDO_ASSIGN(rows, merge_inputs(std::move(inputs), how_.order));
    } else {
      rows = concatenate(std::move(inputs));
    }
    if (!how_.distinct.empty()) {
      PANDO_ASSIGN(rows, distinct(std::move(rows)));
    }
    const bool sorted = !how_.grouping || how_.order.empty() ||
                        (streamed_groups() && already_sorted(how_.grouping->keys, how_.order));
    if (!sorted) {
      PANDO_ASSIGN(RowComparator order, comparator(how_.order, Purpose::kOrder));
      rows = sort_rows(std::move(rows), std::move(order), rows_needed(how_), budget_);
    }
    rows = limit_rows(std::move(rows), how_.limit, how_.offset);
    return hide_columns(std::move(rows), how_.hidden_columns);
  }

 private:
  bool streamed_groups() const { return how_.grouping->sorted && !how_.grouping->keys.empty(); }

  Result<RowComparator> comparator(const std::vector<plan::MergeKey>& keys, Purpose purpose) const {
    return RowComparator::make(keys, columns_, options_.dialect, purpose);
  }

  Result<RowStreamPtr> merge_inputs(std::vector<RowStreamPtr> inputs,
                                    const std::vector<plan::MergeKey>& keys) const {
    PANDO_ASSIGN(RowComparator order, comparator(keys, Purpose::kOrder));
    return merge_ordered(std::move(inputs), std::move(order));
  }

  Result<RowStreamPtr> group(std::vector<RowStreamPtr> inputs) const {
    const plan::Grouping& grouping = *how_.grouping;
    PANDO_ASSIGN(Aggregates aggregates,
                 Aggregates::make(grouping.aggregates, columns_, options_.dialect));
    PANDO_ASSIGN(
        RowComparator keys,
        comparator(grouping.keys, streamed_groups() ? Purpose::kOrder : Purpose::kEquality));
    if (!streamed_groups()) {
      return group_hashed(concatenate(std::move(inputs)), std::move(keys), std::move(aggregates),
                          budget_);
    }
    PANDO_ASSIGN(RowStreamPtr rows, merge_inputs(std::move(inputs), grouping.keys));
    return group_neighbours(std::move(rows), std::move(keys), std::move(aggregates), budget_);
  }

  Result<RowStreamPtr> distinct(RowStreamPtr rows) const {
    PANDO_ASSIGN(RowComparator keys, comparator(how_.distinct, Purpose::kEquality));
    if (!how_.grouping && neighbours(how_.order, how_.distinct)) {
      return distinct_neighbours(std::move(rows), std::move(keys), budget_);
    }
    return distinct_hashed(std::move(rows), std::move(keys), budget_);
  }

  const plan::Merge& how_;
  const MergeOptions& options_;
  std::vector<Column> columns_;
  MemoryBudgetPtr budget_;
};

}  // namespace

Result<RowStreamPtr> merge(std::vector<RowStreamPtr> inputs, const plan::Merge& how,
                           const MergeOptions& options) {
  if (inputs.empty()) return fail(ErrorCode::kInternal, "a merge without inputs");
  const bool values_are_compared = how.grouping || !how.distinct.empty() || !how.order.empty();
  std::vector<Column> columns = inputs.front()->columns();
  for (const RowStreamPtr& input : inputs) {
    PANDO_TRY(check_columns(columns, input->columns(),
                            values_are_compared ? Digits::kMustAgree : Digits::kMayDiffer));
  }
  if (how.hidden_columns > columns.size()) {
    return fail(ErrorCode::kInternal, "the plan hides more columns than there are");
  }
  return Builder(how, options, std::move(columns)).build(std::move(inputs));
}

}  // namespace pando::merge
