// Merging of one query block: what its shards' rows need to become the answer. Behind scatter.h.
//
// Threads: a SelectMerge belongs to one analysis.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pando/result.h"
#include "router/plan/scatter.h"
#include "router/route/colocation.h"

namespace pando::plan {

class SelectMerge {
 public:
  SelectMerge(const analyze::Scopes& scopes, const SchemaView* schema,
              route::Colocation& colocation, analyze::BlockId block,
              const route::Relation& relation);

  // Requires: the block is a kSelect of the top level, colocated.
  // Errors: kNeedsCompute, kOrderUnsupported, kSessionStatement; kSchemaNeeded with a table's name.
  Result<MergeShape> analyze();

 private:
  // One member of the select list.
  struct Item {
    sql::NodeId node = sql::kNoNode;
    sql::NodeId value = sql::kNoNode;
    sql::NodeId alias = sql::kNoNode;  // The name.
    bool star = false;
  };
  // An expression of ORDER BY or GROUP BY: a select item, or text of its own.
  struct Term {
    std::optional<std::size_t> item;
    sql::NodeId value = sql::kNoNode;  // Its expression, in either case.
    bool constant = false;             // Orders nothing.
  };
  // A place in the shard's row, not yet a number: visible items come first, hidden ones last.
  struct Place {
    bool hidden = false;
    std::size_t index = 0;
  };
  struct Key {
    Place value;
    std::optional<Place> weight;
    std::optional<Place> pad;
    TextOrder text_order = TextOrder::kBinary;
    bool descending = false;
    bool whole = false;
    std::optional<bool> nulls_first;
  };
  enum class Sorts : std::uint8_t { kByValue, kByWeight, kByNumber };  // kByNumber: ENUM, SET.

  Result<void> check_statement();
  Result<void> analyze_rows();
  Result<void> analyze_groups();
  Result<void> analyze_distinct();
  Result<void> check_no_view(sql::NodeId aggregate) const;
  Result<void> analyze_aggregate(Place place, sql::NodeId function);
  Result<void> order_rows();
  Result<void> order_groups();
  Result<void> read_limit();
  MergeShape finish();

  Result<Term> term_of(sql::NodeId item, bool aliases_first);
  Result<Term> term_of_column(sql::NodeId column, bool aliases_first);
  std::optional<std::size_t> item_with_alias(sql::NodeId name) const;
  std::optional<std::size_t> item_like(sql::NodeId expression);
  bool same_expression(sql::NodeId a, sql::NodeId b);
  bool same_column(sql::NodeId a, sql::NodeId b);
  bool mentions_alias(sql::NodeId node, sql::NodeId except) const;
  Result<void> check_copyable(sql::NodeId expression);

  // The key for the value at `place`, which is that of `expression`; appends hidden columns.
  // `operand`: for MIN(x) and MAX(x) the x, whose type decides; else the expression itself.
  Result<Key> key_for(Place place, sql::NodeId expression, sql::NodeId operand);
  bool shows_all_digits(sql::NodeId operand) const;
  bool is_stored(sql::NodeId expression) const;
  bool star_is_stored() const;
  bool rows_are_stored() const;
  // nullptr: not known.
  const drivers::TableSchema* table_schema(const analyze::Occurrence& table) const;
  Result<void> check_collations(sql::NodeId node);
  Result<Sorts> sorts_mysql(sql::NodeId operand, bool extreme);
  Result<TextOrder> order_sqlite(sql::NodeId operand);
  // nullptr: not known (with `needed`, an error).
  Result<const drivers::ColumnSchema*> column_schema(sql::NodeId column, bool needed);
  const rules::LogicalTable* unknown_table() const;
  Result<Place> place_of(const Term& term);

  struct Hidden {
    enum class What : std::uint8_t { kPlain, kWeight, kPad, kNumber, kSum, kCount } what;
    sql::NodeId expression;
  };
  Place hide(Hidden::What what, sql::NodeId expression);
  void write_hidden(rewrite::TextEdits& edits, const Hidden& hidden);
  ColumnRef number(const Place& place) const;
  MergeKey number(const Key& key) const;

  sql::Span span(sql::NodeId id) const { return statement_.node(id).span; }
  std::optional<AggregateKind> aggregate_kind(sql::NodeId node) const;
  bool aggregates(sql::NodeId node) const;
  // The first node at or below `node`, outside of subqueries, for which `wanted` holds.
  template <typename F>
  sql::NodeId find_if(sql::NodeId node, const F& wanted) const;
  std::optional<std::size_t> group_term_of(sql::NodeId value, std::optional<std::size_t> item);

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const SchemaView* schema_;
  route::Colocation& colocation_;
  analyze::BlockId block_;
  const route::Relation& relation_;
  sql::NodeId select_;
  bool sqlite_;

  std::vector<Item> items_;
  std::optional<std::size_t> first_star_;
  std::optional<std::size_t> last_star_;
  std::vector<Hidden> hidden_;

  struct PendingAggregate {
    AggregateKind kind;
    Place column, sum, count;
    Key key;
  };
  bool grouped_ = false;
  std::vector<Key> group_keys_;
  std::vector<Term> group_terms_;
  std::vector<PendingAggregate> aggregates_;
  std::vector<Key> distinct_;
  std::vector<Key> order_;
  std::optional<sql::Span> erase_;  // The user's ORDER BY, where the shards need none.
  LimitShape limit_;
};

}  // namespace pando::plan
