#include "router/compute/choices.h"

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"

namespace pando::compute {

using analyze::Block;
using analyze::BlockId;
using analyze::FunctionClass;
using analyze::OccurrenceId;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

tl::unexpected<Error> refuse(sql::Span span, std::string message, std::string_view remedy) {
  return fail(Error(ErrorCode::kNeedsCompute, std::move(message))
                  .with_span(span.begin, span.end)
                  .with_remedy(remedy));
}

class Choices {
 public:
  Choices(const Reader& reader, BlockId block)
      : read_(reader),
        scopes_(reader.scopes()),
        statement_(reader.statement()),
        context_(reader.context()),
        dialect_(reader.dialect()),
        block_(block) {}

  Result<void> check() const;

 private:
  std::vector<NodeId> group_keys() const;
  NodeId any_of_group(NodeId node, BlockId at, const std::vector<NodeId>& keys, bool aliases) const;
  bool among(NodeId column, BlockId at, const std::vector<NodeId>& keys) const;
  bool determined(OccurrenceId id, const std::vector<NodeId>& keys) const;

  const Reader& read_;
  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const plan::PlanContext& context_;
  Dialect dialect_;
  BlockId block_;
};

Result<void> Choices::check() const {
  const Block& block = scopes_.block(block_);
  if (statement_.kind(block.node) != NodeKind::kSelect) return {};
  const NodeId list = statement_.find(block.node, NodeKind::kSelectList);
  const NodeId group = statement_.find(block.node, NodeKind::kGroupBy);
  const NodeId order = statement_.find(block.node, NodeKind::kOrderBy);
  const bool grouped = group != kNoNode || (block.flags & analyze::kHasAggregate) != 0;
  if (grouped) {
    const std::vector<NodeId> keys = group_keys();
    for (const NodeId clause : {list, statement_.find(block.node, NodeKind::kHaving), order}) {
      if (clause == kNoNode) continue;
      // HAVING and ORDER BY may mean the select list's alias of a name.
      const NodeId chosen = any_of_group(clause, block_, keys, clause != list);
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
    const NodeId chosen = any_of_group(order, block_, selected, true);
    if (chosen != kNoNode) {
      return refuse(statement_.node(chosen).span,
                    "the order is by what DISTINCT leaves out, so any of its values would do",
                    "Add it to the select list, or use GROUP BY and write MIN() or MAX() around "
                    "it.");
    }
  }
  return {};
}

std::vector<NodeId> Choices::group_keys() const {
  std::vector<NodeId> keys;
  const NodeId group = statement_.find(scopes_.block(block_).node, NodeKind::kGroupBy);
  if (group == kNoNode) return keys;
  for (const NodeId item : statement_.children(group)) {
    const NodeId meant = read_.group_key(item, block_);
    keys.push_back(meant == kNoNode ? statement_.node(item).child : meant);
  }
  return keys;
}

// The first column of the block in an expression of block `at` that is not one of `keys`, not a
// part of one, and not determined by them; kNoNode: none.
NodeId Choices::any_of_group(NodeId node, BlockId at, const std::vector<NodeId>& keys,
                             bool aliases) const {
  for (const NodeId child : statement_.children(node)) {
    bool key = false;
    for (const NodeId other : keys)
      key |= at == block_ && read_.same_expression(other, child, block_);
    if (key) continue;
    const NodeKind kind = statement_.kind(child);
    if (kind == NodeKind::kColumn) {
      const auto resolved = scopes_.resolve(child, at, context_.schema);
      if (!resolved.found()) {
        // The alias of something that is looked at itself; else it could be any column.
        if (read_.names_item(child, at)) continue;
        return child;
      }
      const Block& own = scopes_.block(block_);
      const bool mine = resolved.occurrence >= own.first && resolved.occurrence < own.last;
      if (aliases && mine && at == block_ && read_.aliased(child, block_) != kNoNode) continue;
      if (mine && !determined(resolved.occurrence, keys) && !among(child, at, keys)) {
        return child;
      }
      continue;
    }
    if (kind == NodeKind::kStar) {
      const Block& own = scopes_.block(block_);
      for (OccurrenceId id = own.first; id < own.last; ++id) {
        if (at == block_ && !determined(id, keys)) return child;
      }
      continue;
    }
    if (kind == NodeKind::kFunction) {
      const NodeId name = statement_.find(child, NodeKind::kName);
      if (read_.is_aggregate(child) ||
          (name != kNoNode && statement_.name_equals(name, "any_value"))) {
        continue;
      }
    }
    const BlockId inner = scopes_.block_of(child);
    const NodeId found =
        any_of_group(child, inner == analyze::kNoIndex ? at : inner, keys, aliases);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

// The column, in whatever block it is named, is one of the keys.
bool Choices::among(NodeId column, BlockId at, const std::vector<NodeId>& keys) const {
  const auto meant = scopes_.resolve(column, at, context_.schema);
  for (const NodeId key : keys) {
    if (statement_.kind(key) != NodeKind::kColumn) continue;
    const auto other = scopes_.resolve(key, block_, context_.schema);
    if (other.found() && other.occurrence == meant.occurrence &&
        analyze::same_name(statement_, scopes_.column_name(key), scopes_.column_name(column))) {
      return true;
    }
  }
  return false;
}

// The keys hold all columns of a unique key of the occurrence's table.
bool Choices::determined(OccurrenceId id, const std::vector<NodeId>& keys) const {
  if (scopes_.occurrence(id).kind != analyze::SourceKind::kTable) return false;
  const drivers::TableSchema& schema = *read_.schema_of(id);
  const auto grouped = [&](const std::string& name) {
    for (const NodeId key : keys) {
      if (statement_.kind(key) != NodeKind::kColumn) continue;
      const auto resolved = scopes_.resolve(key, block_, context_.schema);
      if (resolved.found() && resolved.occurrence == id &&
          statement_.name_equals(scopes_.column_name(key), name)) {
        return true;
      }
    }
    return false;
  };
  for (const drivers::KeySchema& key : schema.keys) {
    if (!key.unique || key.partial) continue;
    // SQLite's primary keys may be NULL, many times.
    const bool never_null = key.primary && dialect_ == Dialect::kMySql;
    bool all = true;
    for (const std::string& name : key.columns) {
      const drivers::ColumnSchema* column = schema.find(name);
      all &= column != nullptr && (never_null || !column->nullable) && grouped(name);
    }
    if (all && !key.columns.empty()) return true;
  }
  return false;
}

}  // namespace

Result<void> check_choices(const Reader& reader, BlockId block) {
  return Choices(reader, block).check();
}

}  // namespace pando::compute
