#include "router/compute/groups.h"

#include <utility>

namespace pando::compute {

using analyze::Block;
using analyze::BlockId;
using analyze::FunctionClass;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

bool GroupRewriter::understand() {
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
          if (statement_.kind(value) == NodeKind::kColumn &&
              read_.aliased(value, block_) != kNoNode)
            continue;
          if (!rewrite(value, true)) return false;
        }
        break;
      case NodeKind::kWith:
      case NodeKind::kFrom:
      case NodeKind::kWhere:
      case NodeKind::kGroupBy:
      case NodeKind::kLimit:
      case NodeKind::kLocking:
        break;
      default:
        return false;
    }
  }
  for (const Pending& change : pending_) {
    const bool is_key = change.becomes == Pending::Becomes::kKey;
    std::string text = column(is_key ? change.index : keys_.size() + change.index);
    if (!is_key) {
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

bool GroupRewriter::find_keys(NodeId group) {
  for (const NodeId item : statement_.children(group)) {
    if (statement_.kind(item) != NodeKind::kOrderItem || !add_key(item)) return false;
  }
  return true;
}

bool GroupRewriter::add_key(NodeId item) {
  const NodeId written = statement_.node(item).child;
  const NodeId key = read_.group_key(item, block_);
  if (key == kNoNode) return false;
  const NodeKind kind = statement_.kind(key);
  if (kind == NodeKind::kLiteral || kind == NodeKind::kStar || !simple(key)) return false;
  if (read_.has_parameter(key)) return false;  // Its copies could differ in type.
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!same(keys_[i], key)) continue;
    pending_.push_back({written, Pending::Becomes::kKey, i});
    return true;
  }
  pending_.push_back({written, Pending::Becomes::kKey, keys_.size()});
  keys_.push_back(key);
  return true;
}

// Nothing but the row's own columns, constants and functions of these.
bool GroupRewriter::simple(NodeId node) const {
  switch (statement_.kind(node)) {
    case NodeKind::kSubquery:
    case NodeKind::kAssignUser:
    case NodeKind::kUserVariable:
    case NodeKind::kWindow:
    case NodeKind::kWindowRef:
      return false;
    case NodeKind::kColumn: {
      const auto resolved = scopes_.resolve(node, block_, read_.context().schema);
      return resolved.found() && !resolved.outer;
    }
    case NodeKind::kFunction:
      if (analyze::class_of(statement_, node) != FunctionClass::kScalar) return false;
      break;
    default:
      break;
  }
  for (const NodeId child : statement_.children(node)) {
    if (!simple(child)) return false;
  }
  return true;
}

bool GroupRewriter::rewrite(NodeId node, bool aliases) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!same(keys_[i], node)) continue;
    if (aliases && mentions_other_alias(node)) return false;  // Which one is meant?
    pending_.push_back({node, Pending::Becomes::kKey, i});
    return true;
  }
  switch (statement_.kind(node)) {
    case NodeKind::kColumn: {
      // In HAVING: the alias, if no column of the tables is called so.
      const auto resolved = scopes_.resolve(node, block_, read_.context().schema);
      return aliases && !resolved.found() && read_.aliased(node, block_) != kNoNode &&
             !ambiguous(node);
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

bool GroupRewriter::rewrite_function(NodeId node, bool aliases) {
  const bool window = statement_.find(node, NodeKind::kWindow) != kNoNode ||
                      statement_.find(node, NodeKind::kWindowRef) != kNoNode;
  const FunctionClass what = analyze::class_of(statement_, node);
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
      if (statement_.text(aggregates_[i]) != statement_.text(node) || read_.has_parameter(node))
        continue;
      pending_.push_back({node, Pending::Becomes::kAggregate, i});
      return true;
    }
    pending_.push_back({node, Pending::Becomes::kAggregate, aggregates_.size()});
    aggregates_.push_back(node);
    return true;
  }
  for (const NodeId child : statement_.children(node)) {
    if (child != name && !rewrite(child, aliases)) return false;
  }
  return true;
}

// A name at or below `node` is also the alias of something else in the select list.
bool GroupRewriter::mentions_other_alias(NodeId node) const {
  if (statement_.kind(node) == NodeKind::kColumn) {
    const NodeId alias = read_.aliased(node, block_);
    return alias != kNoNode && !same(alias, node);
  }
  for (const NodeId child : statement_.children(node)) {
    if (mentions_other_alias(child)) return true;
  }
  return false;
}

bool GroupRewriter::ambiguous(NodeId column) const {
  return scopes_.may_have_column(block_, scopes_.column_name(column), read_.context().schema);
}

// A column below `node` belongs to the block's own FROM.
bool GroupRewriter::correlated(NodeId node) const {
  const Block& own = scopes_.block(block_);
  const sql::Span span = statement_.node(node).span;
  for (BlockId id = 0; id < scopes_.blocks().size(); ++id) {
    const sql::Span inner = statement_.node(scopes_.block(id).node).span;
    if (inner.begin < span.begin || inner.end > span.end) continue;
    if (read_.refers_to(scopes_.block(id).node, id, own.first, own.last)) return true;
  }
  return false;
}

}  // namespace pando::compute
