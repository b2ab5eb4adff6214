#include "router/compute/reader.h"

#include <algorithm>

#include "pando/names.h"
#include "router/analyze/functions.h"
#include "router/compute/cut.h"

namespace pando::compute {

using analyze::Block;
using analyze::BlockId;
using analyze::FunctionClass;
using analyze::Occurrence;
using analyze::OccurrenceId;
using analyze::SourceKind;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

// A select list has no more members.
constexpr std::size_t kMostPositions = 4096;

}  // namespace

const drivers::TableSchema* Reader::schema_of(OccurrenceId id) const {
  if (context_.schema == nullptr) return nullptr;
  const Occurrence& at = scopes_.occurrence(id);
  return context_.schema->find(at.table != nullptr ? at.table->name : statement_.name(at.name));
}

// By name alone, whatever table is meant: what is not named anywhere cannot matter.
Reader::Reader(const analyze::Scopes& scopes, const plan::PlanContext& context)
    : scopes_(scopes),
      statement_(scopes.statement()),
      context_(context),
      dialect_(statement_.dialect()),
      whole_(scopes.occurrences().size(), false) {
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    if (statement_.kind(id) == NodeKind::kColumn) {
      used_.insert(to_lower(statement_.name(scopes_.column_name(id))));
    } else if (statement_.kind(id) == NodeKind::kUsing) {
      for (const NodeId name : statement_.children(id))
        used_.insert(to_lower(statement_.name(name)));
    }
  }
  for (const analyze::Join& join : scopes_.joins()) {
    if (!join.natural) continue;
    for (OccurrenceId id = join.first; id < join.last; ++id) whole_[id] = true;
  }
  for (const Block& block : scopes_.blocks()) {
    bool star = statement_.kind(block.node) == NodeKind::kTableQuery;
    const NodeId list = statement_.find(block.node, NodeKind::kSelectList);
    if (list != kNoNode) {
      for (const NodeId item : statement_.children(list)) {
        star |= statement_.kind(statement_.node(item).child) == NodeKind::kStar;
      }
    }
    if (!star) continue;
    for (OccurrenceId id = block.first; id < block.last; ++id) whole_[id] = true;
  }
}

const drivers::ColumnSchema* Reader::column_of(NodeId column, BlockId block) const {
  const analyze::Origin origin = scopes_.origin_of(column, block, context_.schema);
  if (!origin.found()) return nullptr;
  const drivers::TableSchema* table = schema_of(origin.occurrence);
  return table == nullptr ? nullptr : table->find(statement_.name(origin.name));
}

bool Reader::wanted(OccurrenceId id, const drivers::ColumnSchema& column) const {
  return whole_[id] || used_.count(to_lower(column.name)) != 0;
}

NodeId Reader::aliased(NodeId column, BlockId block) const {
  const NodeId name = statement_.node(column).child;
  if (name == kNoNode || statement_.node(name).next != kNoNode) return kNoNode;
  const NodeId list = statement_.find(scopes_.block(block).node, NodeKind::kSelectList);
  if (list == kNoNode) return kNoNode;
  for (const NodeId item : statement_.children(list)) {
    const NodeId alias = statement_.find(item, NodeKind::kAlias);
    if (alias != kNoNode && analyze::same_name(statement_, statement_.node(alias).child, name)) {
      return statement_.node(item).child;
    }
  }
  return kNoNode;
}

bool Reader::names_item(NodeId column, BlockId id) const {
  const NodeId name = statement_.node(column).child;
  if (name == kNoNode || statement_.node(name).next != kNoNode) return false;
  while (scopes_.block(id).left != analyze::kNoIndex) id = scopes_.block(id).left;
  if (aliased(column, id) != kNoNode) return true;
  const NodeId list = statement_.find(scopes_.block(id).node, NodeKind::kSelectList);
  if (list == kNoNode) return false;
  for (const NodeId item : statement_.children(list)) {
    const NodeId value = statement_.node(item).child;
    if (statement_.kind(value) == NodeKind::kColumn &&
        analyze::same_name(statement_, scopes_.column_name(value), name)) {
      return true;
    }
  }
  return false;
}

NodeId Reader::group_key(NodeId item, BlockId block) const {
  const NodeId written = statement_.node(item).child;
  const sql::Node& node = statement_.node(written);
  if (node.kind == NodeKind::kLiteral) {
    if (static_cast<sql::Literal>(node.op) != sql::Literal::kInteger) return kNoNode;
    const NodeId list = statement_.find(scopes_.block(block).node, NodeKind::kSelectList);
    std::size_t position = 0;
    for (const char c : statement_.text(written)) {
      position = position * 10 + static_cast<std::size_t>(c - '0');
      if (position > kMostPositions) return kNoNode;
    }
    for (const NodeId member : statement_.children(list)) {
      if (statement_.kind(statement_.node(member).child) == NodeKind::kStar) return kNoNode;
    }
    const NodeId chosen = position == 0 ? kNoNode : statement_.child(list, position - 1);
    return chosen == kNoNode ? kNoNode : statement_.node(chosen).child;
  }
  // Without a column it may be a position in another guise: +1, TRUE, likely(1).
  if (!statement_.mentions(written, NodeKind::kColumn)) return kNoNode;
  if (node.kind != NodeKind::kColumn) return written;
  if (scopes_.resolve(written, block, context_.schema).found()) return written;
  if (scopes_.may_have_column(block, scopes_.column_name(written), context_.schema)) return kNoNode;
  return aliased(written, block);
}

bool Reader::same_expression(NodeId a, NodeId b, BlockId block) const {
  if (a == b) return true;
  if (statement_.kind(a) == NodeKind::kColumn && statement_.kind(b) == NodeKind::kColumn) {
    const auto left = scopes_.resolve(a, block, context_.schema);
    const auto right = scopes_.resolve(b, block, context_.schema);
    if (!left.found() && !right.found()) return statement_.text(a) == statement_.text(b);
    return left.found() && right.found() && !left.outer && !right.outer &&
           left.occurrence == right.occurrence &&
           analyze::same_name(statement_, scopes_.column_name(a), scopes_.column_name(b));
  }
  // Two parameters look alike and are not.
  return statement_.kind(a) == statement_.kind(b) && statement_.text(a) == statement_.text(b) &&
         !has_parameter(a);
}

bool Reader::has_parameter(NodeId node) const {
  const sql::Span span = statement_.node(node).span;
  const auto& marks = statement_.parameters();
  const auto mark = std::lower_bound(marks.begin(), marks.end(), span.begin);
  return mark != marks.end() && *mark < span.end;
}

bool Reader::is_aggregate(NodeId function) const {
  const FunctionClass what = analyze::class_of(statement_, function);
  return what >= FunctionClass::kCount && what <= FunctionClass::kAggregate &&
         statement_.find(function, NodeKind::kWindow) == kNoNode &&
         statement_.find(function, NodeKind::kWindowRef) == kNoNode;
}

bool Reader::refers_to(NodeId node, BlockId block, OccurrenceId first, OccurrenceId last) const {
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

bool Reader::stands_alone(NodeId node, BlockId at, BlockId block) const {
  for (const NodeId child : statement_.children(node)) {
    switch (statement_.kind(child)) {
      case NodeKind::kColumn: {
        const auto resolved = scopes_.resolve(child, at, context_.schema);
        if (resolved.found()) {
          if (!scopes_.within(scopes_.occurrence(resolved.occurrence).block, block)) return false;
          continue;
        }
        // An alias of the select list; nothing else is unknown here.
        if (!names_item(child, at)) return false;
        continue;
      }
      case NodeKind::kTableRef: {
        for (const Occurrence& occurrence : scopes_.occurrences()) {
          if (occurrence.node != child || occurrence.kind != SourceKind::kCte) continue;
          if (!scopes_.within(scopes_.ctes()[occurrence.cte].owner, block)) return false;
        }
        continue;
      }
      case NodeKind::kAssignUser:
        return false;
      default:
        break;
    }
    const BlockId inner = scopes_.block_of(child);
    if (!stands_alone(child, inner == analyze::kNoIndex ? at : inner, block)) return false;
  }
  return true;
}

bool Reader::is_idle(BlockId id) const {
  for (; id != analyze::kNoIndex; id = scopes_.block(id).parent) {
    if (scopes_.block(id).role != analyze::Role::kCte) continue;
    for (const analyze::Cte& cte : scopes_.ctes()) {
      if (cte.body == id && cte.references == 0) return true;
    }
  }
  return false;
}

}  // namespace pando::compute
