#include "router/plan/schema.h"

#include <array>

namespace pando::plan {

const drivers::TableSchema* SchemaView::find(std::string_view logical_table) const {
  if (tables_.empty()) return nullptr;
  std::array<char, 64> buffer;
  std::string longer;
  std::string_view lower;
  const auto fold = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  if (logical_table.size() <= buffer.size()) {
    for (std::size_t i = 0; i < logical_table.size(); ++i) buffer[i] = fold(logical_table[i]);
    lower = std::string_view(buffer.data(), logical_table.size());
  } else {
    for (const char c : logical_table) longer += fold(c);
    lower = longer;
  }
  const auto found = tables_.find(lower);
  return found == tables_.end() ? nullptr : found->second.get();
}

}  // namespace pando::plan
