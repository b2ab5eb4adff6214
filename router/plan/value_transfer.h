// Whether a value that a query reads becomes in a column, by way of Pando, what it would become if
// one server had put it there: as a literal or a parameter it has lost the type that it had.
//
// In MySQL that holds for columns of the same type, plain literals, parameters, and exact
// arithmetic. A value of SQLite carries its type with it.
//
// Threads: a ValueTransfer belongs to one analysis; its methods are const.

#pragma once

#include <string>

#include "pando/result.h"
#include "router/analyze/scope.h"
#include "router/plan/schema.h"

namespace pando::plan {

class ValueTransfer {
 public:
  // `schema` may be null.
  ValueTransfer(const analyze::Scopes& scopes, const SchemaView* schema)
      : scopes_(scopes), statement_(scopes.statement()), schema_(schema) {}

  // The schemas of all tables of the statement that the rules know are there.
  // Errors: kSchemaNeeded with a table's name.
  Result<void> check_schemas() const;

  // Whether `value`, an expression of the block, goes over to the column `to`, or to a column that
  // is not there (null). True: as a FLOAT, whose text would have six digits; it is to be read as
  // DOUBLE.
  // Errors: kNeedsCompute, with the place of what does not.
  Result<bool> check(sql::NodeId value, analyze::BlockId block,
                     const drivers::ColumnSchema* to) const;
  Result<void> check_column(const drivers::ColumnSchema& from, const drivers::ColumnSchema* to,
                            sql::Span span) const;

  // What stands in the way of values that go through Pando.
  static tl::unexpected<Error> unlike(sql::Span span, const std::string& what);

 private:
  const drivers::TableSchema* schema_of(analyze::OccurrenceId id) const;
  const drivers::ColumnSchema* column_of(const analyze::Origin& origin) const;
  bool alike(const drivers::ColumnSchema& from, const drivers::ColumnSchema& to) const;
  // The only value of (SELECT value ...), or kNoNode; `block` becomes that of the SELECT.
  sql::NodeId only_item(sql::NodeId subquery, analyze::BlockId& block) const;
  bool number(sql::NodeId node, analyze::BlockId block, bool whole) const;
  bool number_function(sql::NodeId node, analyze::BlockId block, bool whole) const;

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const SchemaView* schema_;
};

}  // namespace pando::plan
