#include "router/merge/limit.h"

#include "router/merge/operator.h"

namespace pando::merge {
namespace {

class Limit final : public UnaryOperator {
 public:
  Limit(RowStreamPtr input, std::optional<std::uint64_t> limit, std::uint64_t offset)
      : UnaryOperator(std::move(input)), left_(limit), skip_(offset) {}

 protected:
  Result<bool> advance() override {
    if (left_ && *left_ == 0) return false;
    for (; skip_ > 0; --skip_) {
      PANDO_ASSIGN(const bool more, input_->next());
      if (!more) return false;
    }
    PANDO_ASSIGN(const bool more, input_->next());
    if (!more) return false;
    if (left_) --*left_;
    row_ = input_->row();
    return true;
  }

 private:
  std::optional<std::uint64_t> left_;
  std::uint64_t skip_;
};

}  // namespace

RowStreamPtr limit_rows(RowStreamPtr input, std::optional<std::uint64_t> limit,
                        std::uint64_t offset) {
  if (!limit && offset == 0) return input;
  return std::make_unique<Limit>(std::move(input), limit, offset);
}

}  // namespace pando::merge
