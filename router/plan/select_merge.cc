#include "router/plan/select_merge.h"

#include <string>
#include <utility>

#include "router/analyze/functions.h"
#include "router/sql/lexer.h"
#include "router/sql/refuse.h"

namespace pando::plan {

using analyze::Block;
using analyze::FunctionClass;
using analyze::Occurrence;
using sql::kNoNode;
using sql::Literal;
using sql::needs_compute;
using sql::Node;
using sql::NodeId;
using sql::NodeKind;

namespace {

bool is_window(const sql::Statement& statement, NodeId function) {
  return statement.find(function, NodeKind::kWindow) != kNoNode ||
         statement.find(function, NodeKind::kWindowRef) != kNoNode;
}

// The first argument of a function; kNoNode for COUNT(*).
NodeId argument(const sql::Statement& statement, NodeId function) {
  const NodeId name = statement.find(function, NodeKind::kName);
  return name == kNoNode ? kNoNode : statement.node(name).next;
}

}  // namespace

template <typename F>
NodeId SelectMerge::find_if(NodeId node, const F& wanted) const {
  if (wanted(node)) return node;
  if (statement_.kind(node) == NodeKind::kSubquery) return kNoNode;
  for (const NodeId child : statement_.children(node)) {
    const NodeId found = find_if(child, wanted);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

SelectMerge::SelectMerge(const analyze::Scopes& scopes, const SchemaView* schema,
                         route::Colocation& colocation, analyze::BlockId block,
                         const route::Relation& relation)
    : scopes_(scopes),
      statement_(scopes.statement()),
      schema_(schema),
      colocation_(colocation),
      block_(block),
      relation_(relation),
      select_(scopes.block(block).node),
      sqlite_(scopes.statement().dialect() == Dialect::kSqlite) {
  const NodeId list = statement_.find(select_, NodeKind::kSelectList);
  for (const NodeId node : statement_.children(list)) {
    Item item;
    item.node = node;
    item.value = statement_.node(node).child;
    item.star = statement_.kind(item.value) == NodeKind::kStar;
    const NodeId alias = statement_.find(node, NodeKind::kAlias);
    if (alias != kNoNode) item.alias = statement_.node(alias).child;
    if (item.star) {
      if (!first_star_) first_star_ = items_.size();
      last_star_ = items_.size();
    }
    items_.push_back(item);
  }
}

Result<MergeShape> SelectMerge::analyze() {
  PANDO_TRY(check_statement());
  PANDO_TRY(read_limit());
  const NodeId group = statement_.find(select_, NodeKind::kGroupBy);
  const NodeId having = statement_.find(select_, NodeKind::kHaving);
  const bool complete = group != kNoNode && !statement_.node(group).has(sql::kRollup) &&
                        colocation_.contains_keys(group, block_, relation_);
  const bool aggregates = (scopes_.block(block_).flags & analyze::kHasAggregate) != 0;
  if (!complete) {
    // A function nobody knows could be an aggregate, wherever one may stand.
    for (const NodeKind clause : {NodeKind::kSelectList, NodeKind::kHaving, NodeKind::kOrderBy}) {
      const NodeId node = statement_.find(select_, clause);
      if (node == kNoNode) continue;
      const NodeId unknown = find_if(node, [this](NodeId id) {
        return statement_.kind(id) == NodeKind::kFunction &&
               analyze::class_of(statement_, id) == FunctionClass::kUnknown;
      });
      if (unknown != kNoNode) {
        return needs_compute(span(unknown),
                             "a function that Pando does not know may be an aggregate");
      }
    }
  }
  if (complete) {
    // Hidden columns must not become what a position means.
    for (const NodeId node : statement_.children(group)) {
      if (!statement_.mentions(node, NodeKind::kColumn)) PANDO_TRY(term_of(node, false));
    }
  }
  grouped_ = !complete && (group != kNoNode || aggregates);
  if (grouped_) {
    PANDO_TRY(analyze_groups());
  } else {
    if (having != kNoNode && !complete && sqlite_) {
      return needs_compute(span(having), "HAVING without GROUP BY is about all rows together");
    }
    PANDO_TRY(analyze_rows());
  }
  return finish();
}

Result<void> SelectMerge::check_statement() {
  if ((scopes_.block(block_).flags & analyze::kHasWindow) != 0) {
    const NodeId window = colocation_.incomplete_window(block_, relation_);
    if (window != kNoNode) {
      return needs_compute(
          span(window),
          "the window's partitions may have rows on several shards; PARTITION BY the "
          "sharding key");
    }
  }
  return {};
}

Result<void> SelectMerge::read_limit() {
  const NodeId limit = statement_.find(select_, NodeKind::kLimit);
  if (limit == kNoNode) return {};
  if (statement_.node(limit).has(sql::kOtherForm)) {
    return needs_compute(span(limit), "this form of LIMIT cannot be merged");
  }
  const auto count = route::operand_of(statement_, statement_.child(limit, 0));
  if (!count) return needs_compute(span(limit), "LIMIT of an expression cannot be merged");
  limit_.present = true;
  limit_.span = span(limit);
  limit_.count = *count;
  if (const NodeId offset = statement_.child(limit, 1); offset != kNoNode) {
    limit_.offset = route::operand_of(statement_, offset);
    if (!limit_.offset)
      return needs_compute(span(limit), "OFFSET of an expression cannot be merged");
  }
  return {};
}

// --- Rows as they are: order, distinction, limit

Result<void> SelectMerge::analyze_rows() {
  PANDO_TRY(order_rows());
  if (statement_.node(select_).has(sql::kDistinct)) PANDO_TRY(analyze_distinct());
  return {};
}

Result<void> SelectMerge::order_rows() {
  const NodeId order = statement_.find(select_, NodeKind::kOrderBy);
  if (order == kNoNode) return {};
  const bool distinct = statement_.node(select_).has(sql::kDistinct);
  for (const NodeId node : statement_.children(order)) {
    PANDO_ASSIGN(const Term term, term_of(node, true));
    if (term.constant) continue;
    if (!term.item) {
      if (distinct) {
        return needs_compute(span(node), "ORDER BY of what SELECT DISTINCT does not select");
      }
      PANDO_TRY(check_copyable(term.value));
    }
    PANDO_ASSIGN(const Place place, place_of(term));
    PANDO_ASSIGN(Key key, key_for(place, term.value, term.value));
    const Node& item = statement_.node(node);
    key.descending = item.has(sql::kDescending);
    if (item.has(sql::kNullsFirst)) key.nulls_first = true;
    if (item.has(sql::kNullsLast)) key.nulls_first = false;
    order_.push_back(key);
  }
  return {};
}

// Rows that are equal lie on one shard if the key is among the columns. Otherwise, and if hidden
// columns make more rows differ than the user sees, equal rows are found again when merging.
Result<void> SelectMerge::analyze_distinct() {
  const NodeId list = statement_.find(select_, NodeKind::kSelectList);
  if (hidden_.empty() && colocation_.selects_keys(list, block_, relation_)) return {};
  if (first_star_) {
    return needs_compute(span(items_[*first_star_].node),
                         "DISTINCT over several shards needs the columns written out");
  }
  for (std::size_t i = 0; i < items_.size(); ++i) {
    PANDO_ASSIGN(const Key key, key_for({false, i}, items_[i].value, items_[i].value));
    distinct_.push_back(key);
  }
  if (!hidden_.empty()) limit_.push_down = false;
  return {};
}

// --- Groups that have rows on several shards

std::optional<AggregateKind> SelectMerge::aggregate_kind(NodeId node) const {
  if (statement_.kind(node) != NodeKind::kFunction || is_window(statement_, node)) {
    return std::nullopt;
  }
  switch (analyze::class_of(statement_, node)) {
    case FunctionClass::kCount:
      return AggregateKind::kCount;
    case FunctionClass::kSum:
      return AggregateKind::kSum;
    case FunctionClass::kMin:
      return AggregateKind::kMin;
    case FunctionClass::kMax:
      return AggregateKind::kMax;
    case FunctionClass::kAvg:
      return AggregateKind::kAvg;
    default:
      return std::nullopt;
  }
}

Result<void> SelectMerge::analyze_groups() {
  if (const NodeId having = statement_.find(select_, NodeKind::kHaving); having != kNoNode) {
    return needs_compute(span(having), "HAVING over groups that have rows on several shards");
  }
  if (statement_.node(select_).has(sql::kDistinct)) {
    return needs_compute(span(select_), "DISTINCT over groups that have rows on several shards");
  }
  if ((scopes_.block(block_).flags & analyze::kHasWindow) != 0) {
    return needs_compute(span(select_), "windows over groups that have rows on several shards");
  }
  if (const NodeId group = statement_.find(select_, NodeKind::kGroupBy); group != kNoNode) {
    if (statement_.node(group).has(sql::kRollup)) {
      return needs_compute(span(group), "WITH ROLLUP over groups that have rows on several shards");
    }
    for (const NodeId node : statement_.children(group)) {
      if (statement_.node(node).has(sql::kDescending)) {
        return needs_compute(span(node), "GROUP BY ... DESC over several shards");
      }
      PANDO_ASSIGN(const Term term, term_of(node, false));
      if (term.constant)
        return needs_compute(span(node), "GROUP BY of a constant over several shards");
      if (!term.item) PANDO_TRY(check_copyable(term.value));
      group_terms_.push_back(term);
    }
  }
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    if (aggregate_kind(item.value)) {
      PANDO_TRY(analyze_aggregate({false, i}, item.value));
      continue;
    }
    const NodeKind kind = statement_.kind(item.value);
    const bool constant = kind == NodeKind::kLiteral || kind == NodeKind::kParameter;
    if (constant || (!item.star && group_term_of(item.value, i))) continue;
    return needs_compute(span(item.node),
                         "a column of groups that have rows on several shards must be a GROUP BY "
                         "expression or a plain COUNT, SUM, MIN, MAX or AVG");
  }
  for (Term& term : group_terms_) {
    PANDO_ASSIGN(const Place place, place_of(term));
    PANDO_ASSIGN(const Key key, key_for(place, term.value, term.value));
    group_keys_.push_back(key);
  }
  PANDO_TRY(order_groups());
  limit_.push_down = false;
  return {};
}

std::optional<std::size_t> SelectMerge::group_term_of(NodeId value,
                                                      std::optional<std::size_t> item) {
  for (std::size_t i = 0; i < group_terms_.size(); ++i) {
    Term& term = group_terms_[i];
    if (item && term.item == item) return i;
    if (!same_expression(term.value, value)) continue;
    if (item && !term.item) term.item = item;
    return i;
  }
  return std::nullopt;
}

// What is added up of a view may have more digits than the view shows.
Result<void> SelectMerge::check_no_view(NodeId aggregate) const {
  if (schema_ == nullptr) return {};
  for (const Occurrence& occurrence : scopes_.occurrences()) {
    if (occurrence.kind != analyze::SourceKind::kTable || occurrence.table == nullptr) continue;
    const drivers::TableSchema* known = schema_->find(occurrence.table->name);
    if (known == nullptr) return fail(ErrorCode::kSchemaNeeded, occurrence.table->name);
    if (known->is_view)
      return needs_compute(span(aggregate), "a shard's sum over a view loses digits");
  }
  return {};
}

Result<void> SelectMerge::analyze_aggregate(Place place, NodeId function) {
  const AggregateKind kind = *aggregate_kind(function);
  const Node& node = statement_.node(function);
  PendingAggregate aggregate;
  aggregate.kind = kind;
  aggregate.column = place;
  const bool extreme = kind == AggregateKind::kMin || kind == AggregateKind::kMax;
  if (node.has(sql::kDistinct) && !extreme) {
    // Values that contain the key are never counted on two shards.
    const NodeId name = statement_.find(function, NodeKind::kName);
    bool key = false;
    if (kind == AggregateKind::kCount && relation_.key_count == 1) {
      for (NodeId at = statement_.node(name).next; at != kNoNode; at = statement_.node(at).next) {
        const auto carried = colocation_.carried_by(at, block_);
        key |= carried && carried->family == relation_.family;
      }
    }
    if (!key) {
      return needs_compute(span(function),
                           "DISTINCT inside of an aggregate: equal values may be on "
                           "several shards");
    }
  }
  if (!sqlite_ && (kind == AggregateKind::kSum || kind == AggregateKind::kAvg)) {
    PANDO_TRY(check_no_view(function));
    // What is added up may come from a subquery in FROM.
    const auto hides = [this](NodeId id) { return analyze::hides_digits(statement_, id); };
    NodeId hidden = kNoNode;
    for (const NodeId child : statement_.children(function)) {
      if (hidden == kNoNode) hidden = find_if(child, hides);
    }
    for (const analyze::Block& inner : scopes_.blocks()) {
      if (hidden != kNoNode || inner.node == select_) continue;
      const NodeId list = statement_.find(inner.node, NodeKind::kSelectList);
      if (list != kNoNode) hidden = find_if(list, hides);
    }
    if (hidden != kNoNode) {
      return needs_compute(span(hidden), "a shard shows its sum with fewer digits than it adds up");
    }
  }
  if (kind == AggregateKind::kAvg) {
    PANDO_TRY(check_copyable(function));
    aggregate.sum = hide(Hidden::What::kSum, function);
    aggregate.count = hide(Hidden::What::kCount, function);
  } else if (extreme) {
    const NodeId operand = argument(statement_, function);
    if (operand == kNoNode)
      return needs_compute(span(function), "an aggregate without an argument");
    PANDO_ASSIGN(aggregate.key, key_for(place, function, operand));
  }
  aggregates_.push_back(aggregate);
  return {};
}

Result<void> SelectMerge::order_groups() {
  const NodeId order = statement_.find(select_, NodeKind::kOrderBy);
  if (order == kNoNode) return {};
  erase_ = span(order);
  for (const NodeId node : statement_.children(order)) {
    PANDO_ASSIGN(const Term term, term_of(node, true));
    if (term.constant) continue;
    Key key;
    if (const auto group = group_term_of(term.value, term.item)) {
      key = group_keys_[*group];
    } else if (const auto kind = aggregate_kind(term.value)) {
      Place place{false, term.item.value_or(0)};
      if (!term.item) {
        PANDO_TRY(check_copyable(term.value));
        place = hide(Hidden::What::kPlain, term.value);
        PANDO_TRY(analyze_aggregate(place, term.value));
      }
      key.value = place;
      for (const PendingAggregate& aggregate : aggregates_) {
        const bool same =
            aggregate.column.hidden == place.hidden && aggregate.column.index == place.index;
        if (!same || (*kind != AggregateKind::kMin && *kind != AggregateKind::kMax)) continue;
        key = aggregate.key;
        // SQLite's MIN compares as its column does, but what it returns has no collation any more.
        key.text_order = TextOrder::kBinary;
      }
    } else {
      return needs_compute(
          span(node),
          "groups that have rows on several shards are ordered by GROUP BY expressions "
          "and plain aggregates only");
    }
    const Node& item = statement_.node(node);
    key.descending = item.has(sql::kDescending);
    if (item.has(sql::kNullsFirst)) key.nulls_first = true;
    if (item.has(sql::kNullsLast)) key.nulls_first = false;
    order_.push_back(key);
  }
  return {};
}

// --- The result

ColumnRef SelectMerge::number(const Place& place) const {
  const auto hidden = static_cast<ColumnRef>(hidden_.size());
  if (place.hidden) return static_cast<ColumnRef>(place.index) - hidden;
  const auto index = static_cast<ColumnRef>(place.index);
  if (!first_star_ || place.index < *first_star_) return index;
  return index - static_cast<ColumnRef>(items_.size()) - hidden;
}

MergeKey SelectMerge::number(const Key& key) const {
  MergeKey out;
  out.value = number(key.value);
  if (key.weight) out.weight = number(*key.weight);
  if (key.pad) out.pad = number(*key.pad);
  out.text_order = key.text_order;
  out.descending = key.descending;
  out.whole = key.whole;
  out.nulls_first = key.nulls_first;
  return out;
}

// An aggregate or a window stands somewhere in it.
bool SelectMerge::aggregates(NodeId node) const {
  if (statement_.kind(node) == NodeKind::kSubquery) return true;
  if (statement_.kind(node) == NodeKind::kFunction &&
      analyze::class_of(statement_, node) != FunctionClass::kScalar) {
    return true;
  }
  for (const NodeId child : statement_.children(node)) {
    if (aggregates(child)) return true;
  }
  return false;
}

void SelectMerge::write_hidden(rewrite::TextEdits& edits, const Hidden& hidden) {
  const sql::Span all = span(hidden.expression);
  const auto around = [&](std::string_view before, std::string_view after) {
    edits.add(before);
    edits.add_copy(statement_, all);
    edits.add(after);
  };
  // All rows of a group have one weight, but ONLY_FULL_GROUP_BY believes that of columns only.
  const bool of_group = statement_.find(select_, NodeKind::kGroupBy) != kNoNode &&
                        statement_.kind(hidden.expression) != NodeKind::kColumn &&
                        !aggregates(hidden.expression);
  switch (hidden.what) {
    case Hidden::What::kPlain:
      edits.add_copy(statement_, all);
      return;
    case Hidden::What::kNumber:
      // Unsigned: the last of 64 members of a SET is the highest bit.
      around("CAST(", " AS UNSIGNED)");
      return;
    case Hidden::What::kWeight:
      of_group ? around("MIN(WEIGHT_STRING(", "))") : around("WEIGHT_STRING(", ")");
      return;
    case Hidden::What::kPad:
      // What one trailing space weighs, if an empty string equals it: the collation pads.
      if (of_group) edits.add("MIN(");
      around("IF(LEFT(CONCAT(", ",' '),0)");
      around(" = RIGHT(CONCAT(", ",' '),1)");
      around(", WEIGHT_STRING(RIGHT(CONCAT(", ",' '),1)), NULL)");
      if (of_group) edits.add(")");
      return;
    case Hidden::What::kSum:
    case Hidden::What::kCount: {
      const NodeId name = statement_.find(hidden.expression, NodeKind::kName);
      const bool count = hidden.what == Hidden::What::kCount;
      // SQLite's SUM of integers can overflow where its AVG does not.
      edits.add(count ? "COUNT" : sqlite_ ? "TOTAL" : "SUM");
      // Without the blanks of `AVG (x)`: MySQL takes `SUM (x)` for a stored function.
      sql::Lexer after(statement_.text().substr(span(name).end), statement_.options());
      const std::uint32_t open = span(name).end + after.next().begin;
      edits.add_copy(statement_, {open, all.end});
      return;
    }
  }
}

MergeShape SelectMerge::finish() {
  MergeShape shape;
  shape.limit = limit_;
  Merge& merge = shape.merge;
  merge.hidden_columns = static_cast<std::uint32_t>(hidden_.size());
  if (grouped_) {
    Grouping& grouping = merge.grouping.emplace();
    for (const Key& key : group_keys_) grouping.keys.push_back(number(key));
    for (const PendingAggregate& pending : aggregates_) {
      Aggregate& aggregate = grouping.aggregates.emplace_back();
      aggregate.kind = pending.kind;
      aggregate.column = number(pending.column);
      if (pending.kind == AggregateKind::kAvg) {
        aggregate.sum = number(pending.sum);
        aggregate.count = number(pending.count);
      } else if (pending.kind == AggregateKind::kMin || pending.kind == AggregateKind::kMax) {
        aggregate.key = number(pending.key);
      }
    }
  }
  for (const Key& key : distinct_) merge.distinct.push_back(number(key));
  for (const Key& key : order_) merge.order.push_back(number(key));
  merge.stored = rows_are_stored();

  const NodeId list = statement_.find(select_, NodeKind::kSelectList);
  const std::uint32_t end = span(list).end;
  for (std::size_t i = 0; i < hidden_.size(); ++i) {
    shape.edits.begin({end, end});
    shape.edits.add(", ");
    write_hidden(shape.edits, hidden_[i]);
    shape.edits.add(" AS __pando_" + std::to_string(i));
  }
  if (erase_) shape.edits.erase(*erase_);
  return shape;
}

}  // namespace pando::plan
