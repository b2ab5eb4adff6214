// Answers that are the database's choice: a column that is neither grouped nor aggregated, an order
// by what DISTINCT has dropped. One database makes its choice by the order of its rows, which the
// pieces' tables do not have; so these are refused.

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"
#include "router/compute/cutter.h"

namespace pando::compute {

using analyze::Block;
using analyze::FunctionClass;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

tl::unexpected<Error> refuse(sql::Span span, std::string message, std::string_view remedy) {
  return fail(Error(ErrorCode::kNeedsCompute, std::move(message))
                  .with_span(span.begin, span.end)
                  .with_remedy(remedy));
}

}  // namespace

Result<void> Cutter::check_choices(BlockId id) const {
  const Block& block = scopes_.block(id);
  if (statement_.kind(block.node) != NodeKind::kSelect) return {};
  const NodeId list = statement_.find(block.node, NodeKind::kSelectList);
  const NodeId group = statement_.find(block.node, NodeKind::kGroupBy);
  const NodeId order = statement_.find(block.node, NodeKind::kOrderBy);
  const bool grouped = group != kNoNode || (block.flags & analyze::kHasAggregate) != 0;
  if (grouped) {
    const std::vector<NodeId> keys = group_keys(id);
    std::size_t extremes = 0;
    std::size_t aggregates = 0;
    count_aggregates(block.node, extremes, aggregates);
    // SQLite: with one MIN or MAX, other columns are those of its row.
    const bool row_of_extreme = dialect_ == Dialect::kSqlite && extremes == 1 && aggregates == 1;
    for (const NodeId clause : {list, statement_.find(block.node, NodeKind::kHaving), order}) {
      if (clause == kNoNode || row_of_extreme) continue;
      // HAVING and ORDER BY may mean the select list's alias of a name.
      const NodeId chosen = any_of_group(clause, id, id, keys, clause != list);
      if (chosen == kNoNode) continue;
      return refuse(statement_.node(chosen).span,
                    "this is neither grouped nor aggregated, so any of its values would do",
                    statement_.kind(chosen) == NodeKind::kStar
                        ? "Name the columns, and add them to GROUP BY, or write MIN() or MAX() "
                          "around them."
                        : "Add it to GROUP BY, or write MIN() or MAX() around it.");
    }
  }
  if (order != kNoNode && statement_.node(block.node).has(sql::kDistinct)) {
    std::vector<NodeId> selected;
    for (const NodeId item : statement_.children(list)) {
      const NodeId value = statement_.node(item).child;
      if (statement_.kind(value) == NodeKind::kStar) return {};
      selected.push_back(value);
    }
    const NodeId chosen = any_of_group(order, id, id, selected, true);
    if (chosen != kNoNode) {
      return refuse(statement_.node(chosen).span,
                    "the order is by what DISTINCT leaves out, so any of its values would do",
                    "Add it to the select list, or use GROUP BY and write MIN() or MAX() around "
                    "it.");
    }
  }
  return {};
}

std::vector<NodeId> Cutter::group_keys(BlockId id) const {
  std::vector<NodeId> keys;
  const Block& block = scopes_.block(id);
  const NodeId list = statement_.find(block.node, NodeKind::kSelectList);
  const NodeId group = statement_.find(block.node, NodeKind::kGroupBy);
  if (group == kNoNode) return keys;
  for (const NodeId item : statement_.children(group)) {
    const NodeId value = statement_.node(item).child;
    keys.push_back(value);
    if (statement_.kind(value) == NodeKind::kLiteral) {
      std::size_t position = 0;
      for (const char c : statement_.text(value)) {
        if (c < '0' || c > '9' || position > 4096) break;
        position = position * 10 + static_cast<std::size_t>(c - '0');
      }
      const NodeId chosen = position == 0 ? kNoNode : statement_.child(list, position - 1);
      if (chosen != kNoNode) keys.back() = statement_.node(chosen).child;
    } else if (statement_.kind(value) == NodeKind::kColumn &&
               !scopes_.may_have_column(id, scopes_.column_name(value), context_.schema)) {
      const NodeId meant = aliased(value, id);
      if (meant != kNoNode) keys.back() = meant;
    }
  }
  return keys;
}

void Cutter::count_aggregates(NodeId node, std::size_t& extremes, std::size_t& aggregates) const {
  for (const NodeId child : statement_.children(node)) {
    const NodeKind kind = statement_.kind(child);
    if (kind == NodeKind::kSubquery || kind == NodeKind::kFrom || kind == NodeKind::kWith) continue;
    if (kind == NodeKind::kFunction && is_aggregate(child)) {
      const FunctionClass what = analyze::class_of(statement_, child);
      ++aggregates;
      extremes += what == FunctionClass::kMin || what == FunctionClass::kMax ? 1 : 0;
      continue;
    }
    count_aggregates(child, extremes, aggregates);
  }
}

// The first column of `block` in an expression of block `at` that is not one of `keys`, not a part
// of one, and not determined by them; kNoNode: none.
NodeId Cutter::any_of_group(NodeId node, BlockId at, BlockId block, const std::vector<NodeId>& keys,
                            bool aliases) const {
  for (const NodeId child : statement_.children(node)) {
    bool key = false;
    for (const NodeId other : keys) key |= at == block && same_expression(other, child, block);
    if (key) continue;
    const NodeKind kind = statement_.kind(child);
    if (kind == NodeKind::kColumn) {
      const auto resolved = scopes_.resolve(child, at, context_.schema);
      if (!resolved.found()) continue;
      const Block& own = scopes_.block(block);
      const bool mine = resolved.occurrence >= own.first && resolved.occurrence < own.last;
      if (aliases && mine && at == block && aliased(child, block) != kNoNode) continue;
      if (mine && !determined(resolved.occurrence, block, keys) && !among(child, at, block, keys)) {
        return child;
      }
      continue;
    }
    if (kind == NodeKind::kStar) {
      const Block& own = scopes_.block(block);
      for (OccurrenceId id = own.first; id < own.last; ++id) {
        if (at == block && !determined(id, block, keys)) return child;
      }
      continue;
    }
    if (kind == NodeKind::kFunction) {
      const NodeId name = statement_.find(child, NodeKind::kName);
      if (is_aggregate(child) || (name != kNoNode && statement_.name_equals(name, "any_value"))) {
        continue;
      }
    }
    const BlockId inner = scopes_.block_of(child);
    const NodeId found =
        any_of_group(child, inner == analyze::kNoIndex ? at : inner, block, keys, aliases);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

// The column, in whatever block it is named, is one of the keys.
bool Cutter::among(NodeId column, BlockId at, BlockId block,
                   const std::vector<NodeId>& keys) const {
  const auto meant = scopes_.resolve(column, at, context_.schema);
  for (const NodeId key : keys) {
    if (statement_.kind(key) != NodeKind::kColumn) continue;
    const auto other = scopes_.resolve(key, block, context_.schema);
    if (other.found() && other.occurrence == meant.occurrence &&
        analyze::same_name(statement_, scopes_.column_name(key), scopes_.column_name(column))) {
      return true;
    }
  }
  return false;
}

// The keys hold all columns of a unique key of the occurrence's table.
bool Cutter::determined(OccurrenceId id, BlockId block, const std::vector<NodeId>& keys) const {
  if (scopes_.occurrence(id).kind != analyze::SourceKind::kTable) return false;
  const drivers::TableSchema& schema = *schema_of(id);
  const auto grouped = [&](const std::string& name) {
    for (const NodeId key : keys) {
      if (statement_.kind(key) != NodeKind::kColumn) continue;
      const auto resolved = scopes_.resolve(key, block, context_.schema);
      if (resolved.found() && resolved.occurrence == id &&
          statement_.name_equals(scopes_.column_name(key), name)) {
        return true;
      }
    }
    return false;
  };
  for (const drivers::KeySchema& key : schema.keys) {
    if (!key.unique) continue;
    bool all = true;
    for (const std::string& name : key.columns) {
      const drivers::ColumnSchema* column = schema.find(name);
      all &= column != nullptr && (key.primary || !column->nullable) && grouped(name);
    }
    if (all && !key.columns.empty()) return true;
  }
  return false;
}

bool Cutter::is_aggregate(NodeId function) const {
  const FunctionClass what = analyze::class_of(statement_, function);
  return what >= FunctionClass::kCount && what <= FunctionClass::kAggregate &&
         statement_.find(function, NodeKind::kWindow) == kNoNode &&
         statement_.find(function, NodeKind::kWindowRef) == kNoNode;
}

// The value of the select item that a bare name is the alias of.
NodeId Cutter::aliased(NodeId column, BlockId block) const {
  const NodeId name = statement_.node(column).child;
  if (name == kNoNode || statement_.node(name).next != kNoNode) return kNoNode;
  const NodeId list = statement_.find(scopes_.block(block).node, NodeKind::kSelectList);
  for (const NodeId item : statement_.children(list)) {
    const NodeId alias = statement_.find(item, NodeKind::kAlias);
    if (alias != kNoNode && analyze::same_name(statement_, statement_.node(alias).child, name)) {
      return statement_.node(item).child;
    }
  }
  return kNoNode;
}

bool Cutter::same_expression(NodeId a, NodeId b, BlockId block) const {
  if (a == b) return true;
  if (statement_.kind(a) == NodeKind::kColumn && statement_.kind(b) == NodeKind::kColumn) {
    const auto left = scopes_.resolve(a, block, context_.schema);
    const auto right = scopes_.resolve(b, block, context_.schema);
    return left.found() && right.found() && !left.outer && !right.outer &&
           left.occurrence == right.occurrence &&
           analyze::same_name(statement_, scopes_.column_name(a), scopes_.column_name(b));
  }
  // Two parameters look alike and are not.
  return statement_.kind(a) == statement_.kind(b) && statement_.text(a) == statement_.text(b) &&
         !has_parameter(a);
}

bool Cutter::has_parameter(NodeId node) const {
  const sql::Span span = statement_.node(node).span;
  const auto& marks = statement_.parameters();
  const auto mark = std::lower_bound(marks.begin(), marks.end(), span.begin);
  return mark != marks.end() && *mark < span.end;
}

}  // namespace pando::compute
