#include "router/plan/schema.h"

#include <array>

#include "pando/names.h"

namespace pando::plan {

const drivers::TableSchema* SchemaView::find(std::string_view logical_table) const {
  if (tables_.empty()) return nullptr;
  std::array<char, 64> buffer;
  std::string longer;
  std::string_view lower;
  if (logical_table.size() <= buffer.size()) {
    for (std::size_t i = 0; i < logical_table.size(); ++i)
      buffer[i] = lower_ascii(logical_table[i]);
    lower = std::string_view(buffer.data(), logical_table.size());
  } else {
    longer = to_lower(logical_table);
    lower = longer;
  }
  const auto found = tables_.find(lower);
  return found == tables_.end() ? nullptr : found->second.get();
}

}  // namespace pando::plan
