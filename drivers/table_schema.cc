#include "drivers/table_schema.h"

#include <algorithm>

namespace pando::drivers {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

const ColumnSchema* TableSchema::find(std::string_view name) const {
  auto same = [name](const ColumnSchema& column) {
    return std::equal(column.name.begin(), column.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
  };
  auto found = std::find_if(columns.begin(), columns.end(), same);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace pando::drivers
