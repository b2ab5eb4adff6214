#include "router/execute/buffered_stream.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace pando::execute {
namespace {

class BufferedStream final : public RowStream {
 public:
  explicit BufferedStream(merge::MemoryBudgetPtr budget)
      : budget_(budget), memory_(std::move(budget)) {}
  ~BufferedStream() override { budget_->give_back(rows_.size() * sizeof(Value*)); }

  Result<void> fill(RowStream& from) {
    columns_ = from.columns();
    while (true) {
      PANDO_ASSIGN(const bool more, from.next());
      if (!more) return {};
      Value* copy = nullptr;
      if (!budget_->take(sizeof(Value*))) return full();
      rows_.push_back(nullptr);
      if (!memory_.copy(from.row(), copy)) return full();
      rows_.back() = copy;
    }
  }

  Result<bool> next() override {
    if (at_ == rows_.size()) {
      row_ = {};
      return false;
    }
    row_ = Row(rows_[at_++], columns_.size());
    return true;
  }

 private:
  tl::unexpected<Error> full() const {
    return pando::fail(
        merge::memory_exceeded(*budget_, "keeping the rows of a query until it has ended"));
  }

  merge::MemoryBudgetPtr budget_;
  merge::Arena memory_;
  std::vector<Value*> rows_;
  std::size_t at_ = 0;
};

}  // namespace

Result<RowStreamPtr> buffer_rows(RowStream& rows, merge::MemoryBudgetPtr budget) {
  auto buffer = std::make_unique<BufferedStream>(std::move(budget));
  PANDO_TRY(buffer->fill(rows));
  return RowStreamPtr(std::move(buffer));
}

}  // namespace pando::execute
