// SchemaView: the columns and keys of logical tables, as far as they have been read.
//
// Threads: implementations are immutable snapshots.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/table_schema.h"

namespace pando::plan {

class SchemaView {
 public:
  // Logical names, lower case.
  using Tables = std::map<std::string, std::shared_ptr<const drivers::TableSchema>, std::less<>>;

  SchemaView() = default;
  explicit SchemaView(Tables tables) : tables_(std::move(tables)) {}

  // nullptr: not known. Without regard to ASCII case.
  const drivers::TableSchema* find(std::string_view logical_table) const;
  const Tables& tables() const { return tables_; }

 private:
  Tables tables_;
};

}  // namespace pando::plan
