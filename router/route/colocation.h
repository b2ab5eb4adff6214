// Colocation: is what each shard computes from its own rows a part of the whole?
//
// A block is colocated if its sharded members are tied together by equality of all their sharding
// key columns, so that rows that meet lie on one shard, and if what it takes from elsewhere
// (broadcast tables, subqueries) is the same or complete on every shard.
//
// Threads: values; one check belongs to one thread. Cost: linear in blocks, members and conditions,
// but for pairs of members in one FROM.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pando/result.h"
#include "router/analyze/scope.h"
#include "router/plan/schema.h"
#include "router/route/key_predicate.h"

namespace pando::route {

// A key column of the family among a query's output columns.
struct KeyOutput {
  std::uint32_t key = 0;
  std::uint32_t position = 0;  // 0-based; kNoIndex: somewhere inside of `*`.
  bool nullable = false;       // Rows without the table have NULL there, on any shard.
};

// What a query's rows are, seen from the shards.
struct Relation {
  bool sharded = false;   // Each row is on exactly one shard; else every shard sees the same rows.
  bool complete = true;   // sharded: the shards' own results add up to the whole one.
  bool anchored = false;  // Tied to a row of a query around it by the key: right as it is there.
  bool stable = true;  // Not sharded: every evaluation gives the same rows (no LIMIT, no RAND()).
  std::uint32_t family = 0;
  std::uint32_t key_count = 0;
  std::vector<KeyOutput> outputs;
  sql::Span cause;  // Not complete, not stable: the part that is to blame.
};

class Colocation {
 public:
  Colocation(const analyze::Scopes& scopes, const KeyProgram& keys, const plan::SchemaView* schema)
      : scopes_(scopes), statement_(scopes.statement()), keys_(keys), schema_(schema) {}

  // Checks the block and everything inside of it.
  // Errors: kNotColocated, kNeedsCompute: with the place. (Whoever gets one and was not given the
  // schema of a table may want to try with it: see missing_schema.)
  Result<Relation> check(BlockId block);
  // The same for the statement's own block, and of all tables that the text names: one that stands
  // in a WITH clause which nothing reads has a shard on every data source like the others.
  Result<Relation> check_statement(BlockId block);

  // The key column (by its index) that the occurrence's column `name` carries; nullopt: none.
  struct Carried {
    std::uint32_t key = 0;
    std::uint32_t family = 0;
    bool nullable = false;
  };
  std::optional<Carried> carried(OccurrenceId occurrence, NodeId name);
  std::optional<Carried> carried_by(NodeId expression, BlockId block);

  // All key columns of `relation` are among the plain columns of the list (GROUP BY, PARTITION BY:
  // their items), and NULL in none of them comes from an outer join.
  bool contains_keys(NodeId list, BlockId block, const Relation& relation);
  // The same for the select list; `*` counts for the tables it covers.
  bool selects_keys(NodeId select_list, BlockId block, const Relation& relation);
  bool hides_key(const rules::LogicalTable& table) const;
  // Every window of the block's own expressions is partitioned by all key columns. The first one
  // that is not, or kNoNode.
  NodeId incomplete_window(BlockId block, const Relation& relation);

  // A table whose columns are not known although its name matters; nullptr: none.
  const rules::LogicalTable* missing_schema() const;

 private:
  class Ties;
  Result<Relation> check_select(BlockId block);
  Result<Relation> check_set_operation(BlockId block);
  Result<void> check_members(BlockId block, Relation& relation);
  Result<void> connect(BlockId block, Relation& relation);
  Result<void> check_outer_joins(BlockId block);
  Result<void> check_subqueries(BlockId block, const Relation& relation);
  Result<void> check_subquery(BlockId subquery, BlockId block, const Relation& outer);
  bool is_filter(BlockId subquery, BlockId block, const Relation& inner);
  bool correlated(NodeId node, BlockId block);
  void find_outputs(BlockId block, Relation& relation);
  void find_completeness(BlockId block, Relation& relation);
  bool member_sharded(OccurrenceId id);

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const KeyProgram& keys_;
  const plan::SchemaView* schema_;
  struct Known {
    BlockId block;
    std::optional<Relation> relation;  // nullopt while it is being checked.
  };
  std::vector<Known> known_;
};

}  // namespace pando::route
