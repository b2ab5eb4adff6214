#include "router/merge/ordered.h"

#include <cstddef>
#include <utility>

#include "router/merge/operator.h"

namespace pando::merge {
namespace {

// A tree of losers: inner node i holds the input that lost the match there, tree_[0] the winner of
// all. After the winner has moved on, only the matches on its own way up are played again.
class OrderedMerge final : public Operator {
 public:
  OrderedMerge(std::vector<RowStreamPtr> inputs, RowComparator order)
      : inputs_(std::move(inputs)),
        order_(std::move(order)),
        rows_(inputs_.size()),
        alive_(inputs_.size(), false),
        tree_(inputs_.size()) {
    columns_ = inputs_.front()->columns();
  }

 protected:
  Result<bool> advance() override {
    if (!started_) {
      started_ = true;
      for (std::size_t i = 0; i < inputs_.size(); ++i) PANDO_TRY(pull(i));
      tree_[0] = play(1);
    } else {
      const std::size_t last = tree_[0];
      PANDO_TRY(pull(last));
      replay(last);
    }
    const std::size_t winner = tree_[0];
    if (!alive_[winner]) return false;
    row_ = rows_[winner];
    return true;
  }
  void release() override { inputs_.clear(); }

 private:
  Result<void> pull(std::size_t input) {
    PANDO_ASSIGN(const bool more, inputs_[input]->next());
    alive_[input] = more;
    if (!more) {
      inputs_[input].reset();
      return {};
    }
    rows_[input] = inputs_[input]->row();
    return order_.check(rows_[input]);
  }

  bool wins(std::size_t a, std::size_t b) const {
    if (!alive_[a] || !alive_[b]) return alive_[a];
    const int order = order_.compare(rows_[a], rows_[b]);
    return order < 0 || (order == 0 && a < b);
  }

  // The leaves are the nodes from inputs_.size() on. Returns the winner below `node`.
  std::size_t play(std::size_t node) {
    if (node >= inputs_.size()) return node - inputs_.size();
    const std::size_t left = play(2 * node);
    const std::size_t right = play(2 * node + 1);
    const bool left_wins = wins(left, right);
    tree_[node] = left_wins ? right : left;
    return left_wins ? left : right;
  }

  void replay(std::size_t input) {
    std::size_t winner = input;
    for (std::size_t node = (input + inputs_.size()) / 2; node > 0; node /= 2) {
      if (wins(tree_[node], winner)) std::swap(tree_[node], winner);
    }
    tree_[0] = winner;
  }

  std::vector<RowStreamPtr> inputs_;
  RowComparator order_;
  std::vector<Row> rows_;
  std::vector<bool> alive_;
  std::vector<std::size_t> tree_;
  bool started_ = false;
};

}  // namespace

RowStreamPtr merge_ordered(std::vector<RowStreamPtr> inputs, RowComparator order) {
  if (inputs.size() == 1) return std::move(inputs.front());
  return std::make_unique<OrderedMerge>(std::move(inputs), std::move(order));
}

}  // namespace pando::merge
