// Pieces that are the grouped rows of a block: the shards group, merging finishes each group's
// aggregates, and one row per group travels. The block's own text then reads the finished
// aggregates: SUM(x) becomes MIN(column), over groups of one row each.

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"
#include "router/compute/cutter.h"

namespace pando::compute {

using analyze::Block;
using analyze::FunctionClass;
using sql::kNoNode;
using sql::Literal;
using sql::Node;
using sql::NodeId;
using sql::NodeKind;

// One block's rewriting. It edits nothing until all of the block has been understood.
class Cutter::GroupRewriter {
 public:
  GroupRewriter(const Cutter& cutter, BlockId block)
      : cutter_(cutter),
        scopes_(cutter.scopes_),
        statement_(cutter.statement_),
        block_(block),
        select_(scopes_.block(block).node) {}

  // False: the block is not of the kind that can be split so.
  bool understand();

  struct Change {
    sql::Span span;
    std::string text;
  };
  const std::vector<NodeId>& keys() const { return keys_; }
  const std::vector<NodeId>& aggregates() const { return aggregates_; }
  const std::vector<Change>& changes() const { return changes_; }

  static std::string column(std::size_t index) { return "__pando_c" + std::to_string(index + 1); }

 private:
  bool find_keys(NodeId group);
  bool add_key(NodeId item);
  // Rewrites an expression of the select list, HAVING or ORDER BY.
  bool rewrite(NodeId node, bool aliases);
  bool rewrite_function(NodeId node, bool aliases);
  bool same(NodeId a, NodeId b) const { return cutter_.same_expression(a, b, block_); }
  bool simple(NodeId node) const;
  bool has_parameter(NodeId node) const { return cutter_.has_parameter(node); }
  bool correlated(NodeId node) const;
  NodeId aliased(NodeId column) const { return cutter_.aliased(column, block_); }
  // A name at or below `node` is also the alias of something else in the select list.
  bool mentions_other_alias(NodeId node) const {
    if (statement_.kind(node) == NodeKind::kColumn) {
      const NodeId alias = aliased(node);
      return alias != kNoNode && !same(alias, node);
    }
    for (const NodeId child : statement_.children(node)) {
      if (mentions_other_alias(child)) return true;
    }
    return false;
  }
  bool ambiguous(NodeId column) const {
    return scopes_.may_have_column(block_, scopes_.column_name(column), cutter_.context_.schema);
  }
  FunctionClass class_of(NodeId function) const { return analyze::class_of(statement_, function); }

  const Cutter& cutter_;
  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  BlockId block_;
  NodeId select_;
  std::vector<NodeId> keys_;
  std::vector<NodeId> aggregates_;
  struct Pending {
    NodeId node;
    bool key;
    std::size_t index;
  };
  std::vector<Pending> pending_;
  std::vector<Change> changes_;
};

bool Cutter::GroupRewriter::understand() {
  const NodeId group = statement_.find(select_, NodeKind::kGroupBy);
  if (group != kNoNode && (statement_.node(group).has(sql::kRollup) || !find_keys(group))) {
    return false;
  }
  for (const NodeId clause : statement_.children(select_)) {
    switch (statement_.kind(clause)) {
      case NodeKind::kSelectList:
        for (const NodeId item : statement_.children(clause)) {
          if (!rewrite(statement_.node(item).child, false)) return false;
        }
        break;
      case NodeKind::kHaving:
      case NodeKind::kWindowClause:
        for (const NodeId child : statement_.children(clause)) {
          if (!rewrite(child, true)) return false;
        }
        break;
      case NodeKind::kOrderBy:
        for (const NodeId item : statement_.children(clause)) {
          const NodeId value = statement_.node(item).child;
          // An alias wins over a column here; a position is one of the select list.
          if (statement_.kind(value) == NodeKind::kLiteral) continue;
          if (statement_.kind(value) == NodeKind::kColumn && aliased(value) != kNoNode) continue;
          if (!rewrite(value, true)) return false;
        }
        break;
      case NodeKind::kWith:
      case NodeKind::kFrom:
      case NodeKind::kWhere:
      case NodeKind::kGroupBy:
      case NodeKind::kLimit:
        break;
      default:
        return false;
    }
  }
  for (const Pending& change : pending_) {
    const std::size_t index = change.key ? change.index : keys_.size() + change.index;
    std::string text = column(index);
    if (!change.key) {
      text = "MIN(" + text + ")";
    } else if (statement_.dialect() == Dialect::kSqlite &&
               statement_.kind(keys_[change.index]) != NodeKind::kColumn) {
      text = "(+" + text + ")";  // An expression has no affinity.
    }
    changes_.push_back({statement_.node(change.node).span, std::move(text)});
  }
  // A column that stands alone in the select list keeps its name.
  const NodeId list = statement_.find(select_, NodeKind::kSelectList);
  for (const NodeId item : statement_.children(list)) {
    const NodeId value = statement_.node(item).child;
    if (statement_.kind(value) != NodeKind::kColumn) continue;
    if (statement_.find(item, NodeKind::kAlias) != kNoNode) continue;
    const sql::Span name = statement_.node(scopes_.column_name(value)).span;
    const std::uint32_t end = statement_.node(item).span.end;
    changes_.push_back({{end, end}, " AS " + std::string(statement_.text(name))});
  }
  return true;
}

bool Cutter::GroupRewriter::find_keys(NodeId group) {
  for (const NodeId item : statement_.children(group)) {
    if (statement_.kind(item) != NodeKind::kOrderItem || !add_key(item)) return false;
  }
  return true;
}

bool Cutter::GroupRewriter::add_key(NodeId item) {
  const NodeId written = statement_.node(item).child;
  NodeId key = written;
  const Node& node = statement_.node(written);
  if (node.kind == NodeKind::kLiteral) {
    if (static_cast<Literal>(node.op) != Literal::kInteger) return false;
    const NodeId list = statement_.find(select_, NodeKind::kSelectList);
    std::size_t position = 0;
    for (const char c : statement_.text(written)) {
      position = position * 10 + static_cast<std::size_t>(c - '0');
      if (position > 4096) return false;
    }
    if (position == 0) return false;
    const NodeId chosen = statement_.child(list, position - 1);
    if (chosen == kNoNode) return false;
    for (const NodeId member : statement_.children(list)) {
      if (statement_.kind(statement_.node(member).child) == NodeKind::kStar) return false;
    }
    key = statement_.node(chosen).child;
  } else if (node.kind == NodeKind::kColumn) {
    const auto resolved = scopes_.resolve(written, block_, cutter_.context_.schema);
    if (!resolved.found()) {
      const NodeId alias = aliased(written);
      if (alias == kNoNode || ambiguous(written)) return false;
      key = alias;
    } else if (resolved.outer) {
      return false;
    }
  }
  const NodeKind kind = statement_.kind(key);
  if (kind == NodeKind::kLiteral || kind == NodeKind::kStar || !simple(key)) return false;
  if (has_parameter(key)) return false;  // Its copies could differ in type.
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!same(keys_[i], key)) continue;
    pending_.push_back({written, true, i});
    return true;
  }
  pending_.push_back({written, true, keys_.size()});
  keys_.push_back(key);
  return true;
}

// Nothing but the row's own columns, constants and functions of these.
bool Cutter::GroupRewriter::simple(NodeId node) const {
  switch (statement_.kind(node)) {
    case NodeKind::kSubquery:
    case NodeKind::kAssignUser:
    case NodeKind::kUserVariable:
    case NodeKind::kWindow:
    case NodeKind::kWindowRef:
      return false;
    case NodeKind::kColumn: {
      const auto resolved = scopes_.resolve(node, block_, cutter_.context_.schema);
      return resolved.found() && !resolved.outer;
    }
    case NodeKind::kFunction:
      if (class_of(node) != FunctionClass::kScalar) return false;
      break;
    default:
      break;
  }
  for (const NodeId child : statement_.children(node)) {
    if (!simple(child)) return false;
  }
  return true;
}

bool Cutter::GroupRewriter::rewrite(NodeId node, bool aliases) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!same(keys_[i], node)) continue;
    if (aliases && mentions_other_alias(node)) return false;  // Which one is meant?
    pending_.push_back({node, true, i});
    return true;
  }
  switch (statement_.kind(node)) {
    case NodeKind::kColumn: {
      // In HAVING: the alias, if no column of the tables is called so.
      const auto resolved = scopes_.resolve(node, block_, cutter_.context_.schema);
      return aliases && !resolved.found() && aliased(node) != kNoNode && !ambiguous(node);
    }
    case NodeKind::kStar:
    case NodeKind::kAssignUser:
      return false;
    case NodeKind::kSubquery:
      return !correlated(node);
    case NodeKind::kFunction:
      return rewrite_function(node, aliases);
    default:
      break;
  }
  for (const NodeId child : statement_.children(node)) {
    if (!rewrite(child, aliases)) return false;
  }
  return true;
}

bool Cutter::GroupRewriter::rewrite_function(NodeId node, bool aliases) {
  const bool window = statement_.find(node, NodeKind::kWindow) != kNoNode ||
                      statement_.find(node, NodeKind::kWindowRef) != kNoNode;
  const FunctionClass what = class_of(node);
  const NodeId name = statement_.find(node, NodeKind::kName);
  if (!window && what >= FunctionClass::kCount && what <= FunctionClass::kAggregate) {
    if (what == FunctionClass::kAggregate) return false;
    const bool extreme = what == FunctionClass::kMin || what == FunctionClass::kMax;
    if (statement_.node(node).has(sql::kDistinct) && !extreme) return false;
    for (const NodeId child : statement_.children(node)) {
      if (child != name && !simple(child) && statement_.kind(child) != NodeKind::kFilter) {
        return false;
      }
    }
    for (std::size_t i = 0; i < aggregates_.size(); ++i) {
      if (statement_.text(aggregates_[i]) != statement_.text(node) || has_parameter(node)) continue;
      pending_.push_back({node, false, i});
      return true;
    }
    pending_.push_back({node, false, aggregates_.size()});
    aggregates_.push_back(node);
    return true;
  }
  for (const NodeId child : statement_.children(node)) {
    if (child != name && !rewrite(child, aliases)) return false;
  }
  return true;
}

// A column below `node` belongs to the block's own FROM.
bool Cutter::GroupRewriter::correlated(NodeId node) const {
  const Block& own = scopes_.block(block_);
  const sql::Span span = statement_.node(node).span;
  for (BlockId id = 0; id < scopes_.blocks().size(); ++id) {
    const sql::Span inner = statement_.node(scopes_.block(id).node).span;
    if (inner.begin < span.begin || inner.end > span.end) continue;
    if (cutter_.refers_to(scopes_.block(id).node, id, own.first, own.last)) return true;
  }
  return false;
}

// A column in the block's expressions means one of these occurrences, or nobody knows which.
bool Cutter::refers_to(NodeId node, BlockId block, OccurrenceId first, OccurrenceId last) const {
  for (const NodeId child : statement_.children(node)) {
    if (statement_.kind(child) == NodeKind::kColumn) {
      const auto resolved = scopes_.resolve(child, block, context_.schema);
      if (!resolved.found()) {
        if (!names_item(child, block)) return true;
      } else if (resolved.occurrence >= first && resolved.occurrence < last) {
        return true;
      }
      continue;
    }
    if (scopes_.block_of(child) != analyze::kNoIndex) continue;
    if (refers_to(child, block, first, last)) return true;
  }
  return false;
}

Result<bool> Cutter::take_groups(BlockId id) {
  const Block& block = scopes_.block(id);
  if (statement_.kind(block.node) != NodeKind::kSelect) return false;
  const NodeId group = statement_.find(block.node, NodeKind::kGroupBy);
  if (group == kNoNode && (block.flags & analyze::kHasAggregate) == 0) return false;
  const NodeId from = statement_.find(block.node, NodeKind::kFrom);
  const NodeId where = statement_.find(block.node, NodeKind::kWhere);
  if (from == kNoNode || block.first == block.last) return false;
  for (const NodeId clause : {from, where}) {
    if (clause == kNoNode) continue;
    // CTEs of the block itself would have to come along.
    for (const analyze::Occurrence& at : scopes_.occurrences()) {
      const sql::Span span = statement_.node(at.node).span;
      const sql::Span whole = statement_.node(clause).span;
      if (at.kind == analyze::SourceKind::kCte && whole.begin <= span.begin &&
          span.end <= whole.end) {
        return false;
      }
    }
    if (!stands_alone(clause, id, id)) return false;
  }
  GroupRewriter rewriter(*this, id);
  if (!rewriter.understand()) return false;
  if (rewriter.keys().empty() && rewriter.aggregates().empty()) return false;

  Piece piece;
  piece.table = next_name();
  piece.label = "groups";
  PieceText text(*this);
  std::vector<Output> outputs;
  const auto add_key = [&](NodeId key) {
    const drivers::ColumnSchema* column =
        statement_.kind(key) == NodeKind::kColumn ? column_of(key, id) : nullptr;
    if (column != nullptr && !travels_plain(*column, dialect_)) {
      text.add(transported(*column, statement_.text(key), dialect_));
    } else {
      text.copy(statement_.node(key).span);
    }
    return column;
  };
  text.add("SELECT ");
  for (const NodeId key : rewriter.keys()) {
    if (!outputs.empty()) text.add(", ");
    Output output;
    output.column = add_key(key);
    output.computed = output.column == nullptr;
    if (output.column == nullptr) {
      if (dialect_ == Dialect::kSqlite ? !computed(key) : !travels(key, id)) return false;
    }
    outputs.push_back(output);
  }
  for (const NodeId aggregate : rewriter.aggregates()) {
    if (!outputs.empty()) text.add(", ");
    text.copy(statement_.node(aggregate).span);
    if (!travels(aggregate, id)) return false;
    if (dialect_ == Dialect::kSqlite && !computed(aggregate)) return false;
    outputs.push_back({});
  }
  text.add(" ");
  text.copy(statement_.node(from).span);
  if (where != kNoNode) {
    text.add(" ");
    text.copy(statement_.node(where).span);
  }
  if (!rewriter.keys().empty()) {
    text.add(" GROUP BY ");
    bool first = true;
    for (const NodeId key : rewriter.keys()) {
      if (!first) text.add(", ");
      first = false;
      add_key(key);
    }
  }
  PANDO_ASSIGN(const bool answered, finish_query(text, outputs, piece));
  if (!answered) return false;
  for (const GroupRewriter::Change& change : rewriter.changes()) edit(change.span, change.text);
  const sql::Span from_span = statement_.node(from).span;
  edit(from_span, "FROM " + piece.table);
  covered_.push_back(from_span);
  if (where != kNoNode) {
    edit(statement_.node(where).span, "");
    covered_.push_back(statement_.node(where).span);
  }
  cut_.pieces.push_back(std::move(piece));
  cut_.shapes.push_back(std::move(shape_));
  return true;
}

}  // namespace pando::compute
