#include "router/row_batch.h"

#include <algorithm>
#include <bit>

namespace pando::router {
namespace {

// Rows of one statement: a power of two, so that few different texts are planned and prepared.
constexpr std::size_t kBatchRows = 256;
constexpr std::size_t kBatchValues = 4096;
constexpr std::size_t kBatchBytes = 1u << 20;

}  // namespace

RowBatch::RowBatch(const plan::RowsWrite& write, std::span<const Value> parameters,
                   std::size_t columns, Sizes sizes)
    : write_(write),
      columns_(columns),
      listed_(write.count != 0 ? write.count : columns),
      whole_(sizes.whole) {
  most_ = std::clamp<std::size_t>(kBatchValues / listed_, 1, std::min(kBatchRows, sizes.most));
  most_ = std::bit_floor(most_);
  for (const plan::RowsWrite::Source& each : write.head_parameters) {
    head_.push_back(each.of_row ? Value() : parameters[each.index]);
    if (each.of_row) most_ = 1;
  }
  for (const auto& each : write.tail_parameters) tail_.push_back(parameters[each.index]);
}

void RowBatch::add(Row row) {
  values_.insert(values_.end(), row.begin(), row.end());
  for (const Value& value : row) {
    if (value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes) {
      bytes_ += value.as_string().size();
    }
  }
}

bool RowBatch::full() const { return rows() >= most_ || bytes_ >= kBatchBytes; }

RowBatch::Statement RowBatch::take() {
  const std::size_t all = std::min(rows(), most_);
  const std::size_t count = whole_ ? all : std::bit_floor(all);
  const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(begin_);
  const auto end = begin + static_cast<std::ptrdiff_t>(count * columns_);
  taken_ = head_;
  for (std::size_t i = 0; i < head_.size(); ++i) {
    const plan::RowsWrite::Source& source = write_.head_parameters[i];
    if (source.of_row) taken_[i] = values_[begin_ + source.index];
  }
  for (auto row = begin; row != end; row += static_cast<std::ptrdiff_t>(columns_)) {
    const auto first = row + static_cast<std::ptrdiff_t>(write_.first);
    taken_.insert(taken_.end(), first, first + static_cast<std::ptrdiff_t>(listed_));
  }
  taken_.insert(taken_.end(), tail_.begin(), tail_.end());
  begin_ += count * columns_;
  if (begin_ * 2 >= values_.size()) {
    values_.erase(values_.begin(), end);
    begin_ = 0;
  }
  bytes_ = 0;
  taken_any_ = true;
  if (text_rows_ != count) {
    std::string row = "(?";
    for (std::size_t i = 1; i < listed_; ++i) row += ",?";
    row += ')';
    text_ = write_.head;
    for (std::size_t i = 0; i < count; ++i) text_.append(i == 0 ? "" : ",").append(row);
    text_ += write_.tail;
    text_rows_ = count;
  }
  return {text_, taken_};
}

}  // namespace pando::router
