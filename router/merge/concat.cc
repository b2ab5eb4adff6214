#include "router/merge/concat.h"

#include <cstddef>

#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class Concatenation final : public Operator {
 public:
  explicit Concatenation(std::vector<RowStreamPtr> inputs) : inputs_(std::move(inputs)) {
    columns_ = inputs_.front()->columns();
  }

 protected:
  Result<bool> advance() override {
    for (; current_ < inputs_.size(); ++current_) {
      PANDO_ASSIGN(const bool more, inputs_[current_]->next());
      if (more) {
        row_ = inputs_[current_]->row();
        return true;
      }
      inputs_[current_].reset();  // Frees what it held: a connection, or buffered rows.
    }
    return false;
  }
  void release() override { inputs_.clear(); }

 private:
  std::vector<RowStreamPtr> inputs_;
  std::size_t current_ = 0;
};

}  // namespace

RowStreamPtr concatenate(std::vector<RowStreamPtr> inputs) {
  if (inputs.size() == 1) return std::move(inputs.front());
  return std::make_unique<Concatenation>(std::move(inputs));
}

}  // namespace pando::merge
