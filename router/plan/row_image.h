// RowImage: a row whose sharding key an UPDATE changes, as the whole row that is to be.
//
// Such a row is removed and inserted. What it is to be is read with its keys, as an expression for
// each column, while it still lies where it was.
//
// Threads: belongs to one.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/table_schema.h"
#include "pando/result.h"
#include "router/analyze/scope.h"
#include "router/plan/plan.h"
#include "router/plan/schema.h"

namespace pando::plan {

class RowImage {
 public:
  // `target`: the table that is written, whose schema must be known. The arguments outlive this
  // object.
  RowImage(const analyze::Scopes& scopes, analyze::OccurrenceId target, const SchemaView& schemas);

  // An assignment of SET, in their order. Errors: kUnsupportedStatement, with why the row's value
  // cannot be read beforehand, as those of finish().
  Result<void> assign(sql::NodeId column, sql::NodeId value);
  // After all assignments, makes columns() and text(). `qualifier`: "t." for the columns that stay.
  Result<void> finish(const std::string& qualifier);

  std::size_t columns() const { return columns_.size(); }
  // ", expression" for each of the columns.
  const std::string& text() const { return text_; }
  // What text() repeats of the statement, in this order.
  std::vector<sql::NodeId> values() const;
  // `keys`: the columns of a row that is read which name it, from the first. `first`: the place of
  // the image's first column in it.
  RowsMove move(const std::vector<std::string>& keys, std::size_t first) const;

 private:
  struct Column {
    std::string name;
    sql::NodeId value = sql::kNoNode;  // What is assigned to it.
  };

  Result<std::string> expression(const drivers::ColumnSchema& column, sql::NodeId value,
                                 const std::string& qualifier) const;
  sql::NodeId assigned(std::string_view column) const;
  RowsMove::Unique unique() const;

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const analyze::Occurrence& target_;
  const SchemaView& schemas_;
  const drivers::TableSchema& schema_;
  std::vector<Column> assigned_;
  std::vector<Column> columns_;
  std::string text_;
  std::optional<std::size_t> number_;  // The AUTO_INCREMENT column, in columns_.
};

}  // namespace pando::plan
