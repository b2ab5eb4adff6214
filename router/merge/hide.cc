#include "router/merge/hide.h"

#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class Hide final : public UnaryOperator {
 public:
  Hide(RowStreamPtr input, std::size_t hidden) : UnaryOperator(std::move(input)) {
    columns_.resize(columns_.size() - hidden);
  }

 protected:
  Result<bool> advance() override {
    PANDO_ASSIGN(const bool more, input_->next());
    if (more) row_ = input_->row().first(columns_.size());
    return more;
  }
};

}  // namespace

RowStreamPtr hide_columns(RowStreamPtr input, std::size_t hidden) {
  if (hidden == 0) return input;
  return std::make_unique<Hide>(std::move(input), hidden);
}

}  // namespace pando::merge
