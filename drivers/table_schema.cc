#include "drivers/table_schema.h"

#include <algorithm>

#include "pando/names.h"

namespace pando::drivers {

const ColumnSchema* TableSchema::find(std::string_view name) const {
  auto same = [name](const ColumnSchema& column) { return same_name(column.name, name); };
  auto found = std::find_if(columns.begin(), columns.end(), same);
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace pando::drivers
