// Reader: what the names and expressions of a query mean, with its tables' columns known.
//
// Threads: immutable. Lifetime: views the scopes and the context.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "drivers/table_schema.h"
#include "router/analyze/scope.h"
#include "router/plan/planner.h"

namespace pando::compute {

class Reader {
 public:
  using NodeId = sql::NodeId;
  using BlockId = analyze::BlockId;
  using OccurrenceId = analyze::OccurrenceId;

  Reader(const analyze::Scopes& scopes, const plan::PlanContext& context);

  const analyze::Scopes& scopes() const { return scopes_; }
  const sql::Statement& statement() const { return statement_; }
  const plan::PlanContext& context() const { return context_; }
  Dialect dialect() const { return dialect_; }

  // --- Tables and their columns

  // Null if it is not known. Requires: a table.
  const drivers::TableSchema* schema_of(OccurrenceId id) const;
  // The table's column that the kColumn hands on; null if it cannot be told.
  const drivers::ColumnSchema* column_of(NodeId column, BlockId block) const;
  // The query may look at this column of the table.
  bool wanted(OccurrenceId id, const drivers::ColumnSchema& column) const;
  // `*` or NATURAL: at all of its columns, in their order.
  bool whole(OccurrenceId id) const { return whole_[id]; }
  // The block stands in a CTE that nothing names: no database looks at its rows.
  bool is_idle(BlockId id) const;

  // --- Names

  // The value of the select item that a bare name is the alias of, or kNoNode.
  NodeId aliased(NodeId column, BlockId block) const;
  // A bare name that is the alias of a member of the block's select list, or a column there (of the
  // first operand of a set operation).
  bool names_item(NodeId column, BlockId id) const;
  // The expression that a member of GROUP BY means: its own, or that of the select list's member
  // which it gives the position or the alias of. kNoNode: it cannot be told.
  NodeId group_key(NodeId item, BlockId block) const;
  // Every name below `node`, an expression or clause of block `at`, is one of `block` or inside of
  // it.
  bool stands_alone(NodeId node, BlockId at, BlockId block) const;
  // A column in the block's expressions means one of these occurrences, or nobody knows which.
  bool refers_to(NodeId node, BlockId block, OccurrenceId first, OccurrenceId last) const;

  // --- Expressions

  bool same_expression(NodeId a, NodeId b, BlockId block) const;
  bool has_parameter(NodeId node) const;
  bool is_aggregate(NodeId function) const;  // And no window function.
  // All columns that could hand on their type are of types that travel as they are.
  bool travels(NodeId node, BlockId block) const;
  // MySQL: a quotient, an average or the like, which has more digits than it shows.
  bool has_hidden_digits(NodeId node, BlockId block) const;
  // MySQL: by its own look; an aggregate is judged by its arguments.
  bool may_be_text(NodeId node) const;
  bool has_text_column(NodeId node, BlockId block) const;
  // Literals, parameters, and what built-in functions make of them: the same for every row.
  bool constant(NodeId node) const;
  bool constant_arguments(NodeId function) const;
  // SQLite: the expression has no affinity, and compares byte by byte.
  bool computed(NodeId node) const;
  // A function that puts its arguments into JSON, as JSON or as strings.
  bool nests_json(NodeId function) const;

 private:
  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const plan::PlanContext& context_;
  Dialect dialect_;
  std::set<std::string> used_;  // Names of columns, lower case.
  std::vector<bool> whole_;     // By occurrence.
};

}  // namespace pando::compute
