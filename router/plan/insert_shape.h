// What INSERT and REPLACE are made of, before values are looked at.
//
// Threads: immutable once built.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/table_schema.h"
#include "router/plan/table_uses.h"
#include "router/plan/write_checks.h"
#include "router/plan/write_common.h"

namespace pando::plan {

struct InsertTarget {
  std::shared_ptr<const sql::Statement> statement;
  TablePtr table;
  sql::NodeId table_name = sql::kNoNode;
  bool aliased = false;
  sql::NodeId column_list = sql::kNoNode;
  sql::NodeId source = sql::kNoNode;  // kValuesList, kSetList, kDefaultValues, or a query.
  // The columns that values are given for, in order. Not known without a list and a schema; only
  // for a table in one place without `fill` is that no error.
  std::vector<std::string> columns;
  bool columns_known = false;
  // A list that names the columns which a statement without one means. Its rows were placed by the
  // columns that are known; should the table have others by now, no row may be stored by those.
  std::optional<rewrite::Edit> names;
  std::vector<TableUse> others;  // Tables that are read.
  bool spread = false;           // More than one node: rows, or copies, are in several places.
  bool fix_timestamp = false;    // If the plan has several queries.
  sql::Span gives_key{};         // LAST_INSERT_ID(expr): one data source must get every row.

  const sql::Statement& sql() const { return *statement; }
  std::optional<std::size_t> position(std::string_view column) const;
  // A column that numbers itself and is not filled.
  const drivers::ColumnSchema* numbered(const drivers::TableSchema* schema) const;
  // The same of a table in several places, where the numbers would repeat.
  const drivers::ColumnSchema* own_numbers(const drivers::TableSchema* schema) const;
  bool fills(std::string_view column) const;
  // Head of every plan of an INSERT, and what is set when the plan has its queries.
  Plan plan() const;
  Result<void> finish(Plan& plan) const;
  // The target's name, the qualifiers that mean it, and the tables that are read, for one node.
  Result<std::vector<rewrite::Edit>> node_edits(std::size_t node, const PlanContext& context) const;
};

// insert_rows.cc: VALUES, SET and DEFAULT VALUES.
Result<WriteShapePtr> analyze_insert_rows(InsertTarget target, const PlanContext& context);
// insert_select.cc: INSERT ... SELECT.
Result<WriteShapePtr> analyze_insert_select(InsertTarget target, const PlanContext& context);

}  // namespace pando::plan
