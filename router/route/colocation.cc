#include "router/route/colocation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "router/sql/refuse.h"

namespace pando::route {

using analyze::Block;
using analyze::Join;
using analyze::Occurrence;
using analyze::Origin;
using analyze::Resolution;
using analyze::Role;
using analyze::SourceKind;
using sql::JoinKind;
using sql::kNoNode;
using sql::Node;
using sql::NodeKind;
using sql::refuse;

Result<Relation> Colocation::check_statement(BlockId block) {
  PANDO_ASSIGN(Relation relation, check(block));
  if (!relation.sharded) return relation;
  for (OccurrenceId id = 0; id < scopes_.occurrences().size(); ++id) {
    const Occurrence& other = scopes_.occurrence(id);
    if (other.kind != SourceKind::kTable || !other.sharded()) continue;
    if (other.table->family == relation.family) continue;
    return refuse(ErrorCode::kNotColocated, statement_.node(other.node).span,
                  scopes_.label(id) + " is not bound to the other sharded tables of the statement");
  }
  return relation;
}

Result<Relation> Colocation::check(BlockId block) {
  for (const Known& known : known_) {
    if (known.block != block) continue;
    if (known.relation) return *known.relation;
    const sql::Span span = statement_.node(scopes_.block(block).node).span;
    return refuse(ErrorCode::kNeedsCompute, span,
                  "a recursive query may follow rows from shard to shard");
  }
  const std::size_t mine = known_.size();
  known_.push_back({block, std::nullopt});
  Result<Relation> relation = Relation();
  const Block& at = scopes_.block(block);
  switch (statement_.kind(at.node)) {
    case NodeKind::kSetOperation:
      relation = check_set_operation(block);
      break;
    case NodeKind::kQueryParens: {
      relation = at.left == kNoIndex ? Relation() : check(at.left);
      const NodeId limit = statement_.find(at.node, NodeKind::kLimit);
      if (relation && limit != kNoNode) {
        relation->complete = relation->stable = false;
        relation->cause = statement_.node(limit).span;
      }
      break;
    }
    case NodeKind::kValuesQuery:
      break;
    default:
      relation = check_select(block);
  }
  if (relation) known_[mine].relation = *relation;
  return relation;
}

bool Colocation::member_sharded(OccurrenceId id) {
  const Occurrence& occurrence = scopes_.occurrence(id);
  if (occurrence.kind == SourceKind::kTable) return occurrence.sharded();
  if (occurrence.body == kNoIndex) return false;
  const Result<Relation> body = check(occurrence.body);
  return body && body->sharded && !body->anchored;
}

std::optional<Colocation::Carried> Colocation::carried(OccurrenceId id, NodeId name) {
  const Occurrence& member = scopes_.occurrence(id);
  const Origin origin = scopes_.origin(id, name, schema_);
  if (origin.found()) {
    const Occurrence& base = scopes_.occurrence(origin.occurrence);
    const auto key = scopes_.key_index(origin.occurrence, origin.name);
    if (!key) return std::nullopt;
    return Carried{*key, base.table->family, origin.nullable || member.nullable};
  }
  // A set operation: by the position of the name in its first operand.
  if (member.body == kNoIndex) return std::nullopt;
  const Result<Relation> relation = check(member.body);
  if (!relation || !relation->sharded) return std::nullopt;
  BlockId first = member.body;
  while (scopes_.block(first).left != kNoIndex) first = scopes_.block(first).left;
  const NodeId site =
      member.kind == SourceKind::kCte ? scopes_.ctes()[member.cte].node : member.node;
  NodeId list = statement_.find(site, NodeKind::kColumnList);
  const bool listed = list != kNoNode;
  if (!listed) list = statement_.find(scopes_.block(first).node, NodeKind::kSelectList);
  if (list == kNoNode) return std::nullopt;
  std::uint32_t position = 0;
  std::uint32_t found = kNoIndex;
  for (const NodeId item : statement_.children(list)) {
    NodeId item_name = item;
    if (!listed) {
      const NodeId value = statement_.node(item).child;
      const NodeId alias = statement_.find(item, NodeKind::kAlias);
      if (statement_.kind(value) == NodeKind::kStar) return std::nullopt;
      item_name = alias != kNoNode                              ? statement_.node(alias).child
                  : statement_.kind(value) == NodeKind::kColumn ? scopes_.column_name(value)
                                                                : kNoNode;
    }
    if (item_name != kNoNode && analyze::same_name(statement_, item_name, name)) {
      if (found != kNoIndex) return std::nullopt;
      found = position;
    }
    ++position;
  }
  for (const KeyOutput& output : relation->outputs) {
    if (output.position == found && found != kNoIndex) {
      return Carried{output.key, relation->family, output.nullable || member.nullable};
    }
  }
  return std::nullopt;
}

std::optional<Colocation::Carried> Colocation::carried_by(NodeId expression, BlockId block) {
  if (statement_.kind(expression) != NodeKind::kColumn) return std::nullopt;
  const Resolution resolved = scopes_.resolve(expression, block, schema_);
  if (!resolved.found() || resolved.outer) return std::nullopt;
  return carried(resolved.occurrence, scopes_.column_name(expression));
}

Result<Relation> Colocation::check_select(BlockId block) {
  Relation relation;
  PANDO_TRY(check_members(block, relation));
  if (relation.sharded) {
    PANDO_TRY(connect(block, relation));
    if (!relation.anchored) PANDO_TRY(check_outer_joins(block));
  }
  PANDO_TRY(check_subqueries(block, relation));
  if (relation.sharded) {
    find_outputs(block, relation);
    if (!relation.anchored) find_completeness(block, relation);
  } else {
    const Block& at = scopes_.block(block);
    const NodeId limit = statement_.find(at.node, NodeKind::kLimit);
    if (limit != kNoNode || (at.flags & analyze::kHasRandom) != 0) {
      relation.stable = false;
      relation.cause = statement_.node(limit != kNoNode ? limit : at.node).span;
    }
  }
  return relation;
}

// What stands in FROM, one by one.
Result<void> Colocation::check_members(BlockId block, Relation& relation) {
  const Block& at = scopes_.block(block);
  const rules::LogicalTable* first = nullptr;
  for (OccurrenceId id = at.first; id < at.last; ++id) {
    const Occurrence& member = scopes_.occurrence(id);
    std::uint32_t family = 0;
    std::uint32_t key_count = 0;
    if (member.kind == SourceKind::kTable) {
      if (!member.sharded()) continue;
      family = member.table->family;
      key_count = static_cast<std::uint32_t>(member.table->key_columns.size());
      if (first == nullptr) first = member.table;
    } else {
      if (member.body == kNoIndex) continue;
      const sql::Span span = statement_.node(member.node).span;
      PANDO_ASSIGN(const Relation body, check(member.body));
      if (!body.sharded) {
        if (!body.stable) {
          relation.stable = false;
          relation.cause = body.cause;
        }
        continue;
      }
      if (member.kind == SourceKind::kCte && scopes_.ctes()[member.cte].recursive) {
        return refuse(ErrorCode::kNeedsCompute, span,
                      "a recursive query may follow rows from shard to shard");
      }
      if (body.anchored) continue;  // LATERAL: right as it is for each row of its neighbours.
      if (!body.complete) {
        return refuse(ErrorCode::kNeedsCompute, body.cause,
                      "this part of a subquery in FROM needs the rows of all shards");
      }
      family = body.family;
      key_count = body.key_count;
    }
    if (relation.sharded && relation.family != family) {
      return refuse(
          ErrorCode::kNotColocated, statement_.node(member.node).span,
          scopes_.label(id) + " is not bound to the other sharded tables of the statement");
    }
    relation.sharded = true;
    relation.family = family;
    relation.key_count = key_count;
  }
  if (relation.sharded && !relation.stable) {
    return refuse(ErrorCode::kNeedsCompute, relation.cause,
                  "which rows this takes could differ from shard to shard");
  }
  return {};
}

Result<void> Colocation::check_subqueries(BlockId block, const Relation& relation) {
  for (BlockId id = block + 1; id < scopes_.blocks().size(); ++id) {
    const Block& at = scopes_.block(id);
    if (at.role == Role::kSubquery && at.parent == block) {
      PANDO_TRY(check_subquery(id, block, relation));
    }
  }
  return {};
}

Result<void> Colocation::check_subquery(BlockId subquery, BlockId block, const Relation& outer) {
  const Block& at = scopes_.block(subquery);
  const sql::Span span = statement_.node(at.site).span;
  PANDO_ASSIGN(const Relation inner, check(subquery));
  if (!inner.sharded) {
    const bool exists =
        at.operand_of != kNoNode && statement_.kind(at.operand_of) == NodeKind::kExists;
    if (inner.stable || exists || correlated(at.node, subquery)) return {};
    return refuse(ErrorCode::kNeedsCompute, inner.cause,
                  "which rows this takes could differ from shard to shard");
  }
  if (inner.anchored) return {};
  if (!outer.sharded) {
    return refuse(ErrorCode::kNeedsCompute, span,
                  "the subquery reads a sharded table, while the tables around it are on every "
                  "shard");
  }
  if (inner.family != outer.family) {
    return refuse(ErrorCode::kNotColocated, span,
                  "the subquery reads a table that is not bound to those around it");
  }
  if (is_filter(subquery, block, inner)) {
    if (inner.complete) return {};
    return refuse(ErrorCode::kNeedsCompute, inner.cause,
                  "this part of a subquery needs the rows of all shards");
  }
  return refuse(ErrorCode::kNeedsCompute, span,
                "the subquery may need rows of other shards; tie it to the query around it by "
                "equality of their sharding keys");
}

// `key IN (SELECT key ...)` that lets rows pass, reached through AND and OR only.
bool Colocation::is_filter(BlockId subquery, BlockId block, const Relation& inner) {
  const Block& at = scopes_.block(subquery);
  if (!at.filters || at.operand_of == kNoNode) return false;
  const Node& test = statement_.node(at.operand_of);
  const bool any = test.kind == NodeKind::kQuantified && !test.has(sql::kAll) &&
                   test.op_as_operator() == sql::Operator::kEqual;
  if (!any && !(test.kind == NodeKind::kIn && !test.has(sql::kNot))) return false;
  const NodeId subject = test.child;
  std::uint64_t equal = 0;
  std::uint32_t position = 0;
  const auto compare = [&](NodeId column) {
    const auto key = carried_by(column, block);
    if (!key || key->family != inner.family || key->key >= 64) return;
    for (const KeyOutput& output : inner.outputs) {
      if (output.position == position && output.key == key->key) {
        equal |= std::uint64_t{1} << key->key;
      }
    }
  };
  if (statement_.kind(subject) == NodeKind::kRow) {
    for (const NodeId member : statement_.children(subject)) {
      compare(member);
      ++position;
    }
  } else {
    compare(subject);
  }
  return inner.key_count < 64 && equal == (std::uint64_t{1} << inner.key_count) - 1;
}

bool Colocation::correlated(NodeId node, BlockId block) {
  for (const NodeId child : statement_.children(node)) {
    if (statement_.kind(child) == NodeKind::kColumn) {
      if (scopes_.resolve(child, block, schema_).outer) return true;
    } else if (statement_.kind(child) != NodeKind::kSubquery && correlated(child, block)) {
      return true;
    }
  }
  return false;
}

void Colocation::find_outputs(BlockId block, Relation& relation) {
  const NodeId list = statement_.find(scopes_.block(block).node, NodeKind::kSelectList);
  if (list == kNoNode) return;
  const NodeId group = statement_.find(scopes_.block(block).node, NodeKind::kGroupBy);
  const bool rollup = group != kNoNode && statement_.node(group).has(sql::kRollup);
  std::uint32_t position = 0;
  for (const NodeId item : statement_.children(list)) {
    const NodeId value = statement_.node(item).child;
    if (statement_.kind(value) == NodeKind::kStar) return;  // Positions are unknown from here on.
    if (const auto key = carried_by(value, block); key && key->family == relation.family) {
      relation.outputs.push_back({key->key, position, key->nullable || rollup});
    }
    ++position;
  }
}

bool Colocation::contains_keys(NodeId list, BlockId block, const Relation& relation) {
  if (relation.key_count == 0 || relation.key_count >= 64) return false;
  std::uint64_t found = 0;
  for (const NodeId item : statement_.children(list)) {
    const NodeId value = statement_.kind(item) == NodeKind::kOrderItem ||
                                 statement_.kind(item) == NodeKind::kSelectItem
                             ? statement_.node(item).child
                             : item;
    const auto key = carried_by(value, block);
    if (key && !key->nullable && key->family == relation.family) {
      found |= std::uint64_t{1} << key->key;
    }
  }
  return found == (std::uint64_t{1} << relation.key_count) - 1;
}

// INVISIBLE: not in `*`.
bool Colocation::hides_key(const rules::LogicalTable& table) const {
  const drivers::TableSchema* schema = schema_ != nullptr ? schema_->find(table.name) : nullptr;
  if (schema == nullptr) return false;
  return std::any_of(table.key_columns.begin(), table.key_columns.end(),
                     [schema](const rules::KeyColumn& key) {
                       const drivers::ColumnSchema* column = schema->find(key.name);
                       return column != nullptr && column->hidden;
                     });
}

bool Colocation::selects_keys(NodeId select_list, BlockId block, const Relation& relation) {
  if (contains_keys(select_list, block, relation)) return true;
  const Block& at = scopes_.block(block);
  for (const NodeId item : statement_.children(select_list)) {
    const NodeId star = statement_.node(item).child;
    if (statement_.kind(star) != NodeKind::kStar) continue;
    const NodeId qualifier = statement_.node(star).child;
    for (OccurrenceId id = at.first; id < at.last; ++id) {
      const Occurrence& member = scopes_.occurrence(id);
      if (!member.sharded() || member.nullable || hides_key(*member.table)) continue;
      const NodeId visible = scopes_.visible_name(id);
      if (qualifier == kNoNode || (statement_.node(qualifier).next == kNoNode &&
                                   analyze::same_name(statement_, visible, qualifier))) {
        return true;
      }
    }
  }
  return false;
}

namespace {

// Calls f for each window of the block's own expressions, until it returns true.
template <typename F>
NodeId find_window(const sql::Statement& statement, NodeId node, F& f) {
  for (const NodeId child : statement.children(node)) {
    const NodeKind kind = statement.kind(child);
    if (kind == NodeKind::kSubquery || kind == NodeKind::kDerived || kind == NodeKind::kWith) {
      continue;
    }
    if (kind == NodeKind::kWindow && f(child)) return child;
    const NodeId found = find_window(statement, child, f);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

}  // namespace

NodeId Colocation::incomplete_window(BlockId block, const Relation& relation) {
  const auto incomplete = [&](NodeId window) {
    const NodeId partition = statement_.find(window, NodeKind::kPartitionBy);
    if (partition != kNoNode) return !contains_keys(partition, block, relation);
    // A window built on a named one takes that one's partition, which is looked at by itself.
    return statement_.find(window, NodeKind::kName) == kNoNode;
  };
  return find_window(statement_, scopes_.block(block).node, incomplete);
}

void Colocation::find_completeness(BlockId block, Relation& relation) {
  const Block& at = scopes_.block(block);
  const auto incomplete = [&](NodeId cause) {
    relation.complete = false;
    relation.cause = statement_.node(cause).span;
  };
  if (const NodeId limit = statement_.find(at.node, NodeKind::kLimit); limit != kNoNode) {
    return incomplete(limit);
  }
  const NodeId list = statement_.find(at.node, NodeKind::kSelectList);
  const NodeId group = statement_.find(at.node, NodeKind::kGroupBy);
  if (group != kNoNode) {
    if (statement_.node(group).has(sql::kRollup) || !contains_keys(group, block, relation)) {
      return incomplete(group);
    }
  } else if ((at.flags & (analyze::kHasAggregate | analyze::kHasUnknownFunction)) != 0 ||
             statement_.find(at.node, NodeKind::kHaving) != kNoNode) {
    return incomplete(list != kNoNode ? list : at.node);
  }
  if (statement_.node(at.node).has(sql::kDistinct) &&
      (list == kNoNode || !selects_keys(list, block, relation))) {
    return incomplete(list != kNoNode ? list : at.node);
  }
  if ((at.flags & analyze::kHasWindow) != 0) {
    if (const NodeId window = incomplete_window(block, relation); window != kNoNode) {
      return incomplete(window);
    }
  }
}

Result<Relation> Colocation::check_set_operation(BlockId block) {
  const Block& at = scopes_.block(block);
  const Node& node = statement_.node(at.node);
  PANDO_ASSIGN(const Relation left, check(at.left));
  PANDO_ASSIGN(const Relation right, check(at.right));
  const NodeId limit = statement_.find(at.node, NodeKind::kLimit);
  Relation relation;
  if (!left.sharded && !right.sharded) {
    relation.stable = left.stable && right.stable && limit == kNoNode;
    relation.cause = limit != kNoNode ? statement_.node(limit).span
                     : left.stable    ? right.cause
                                      : left.cause;
    return relation;
  }
  relation.sharded = true;
  relation.family = left.sharded ? left.family : right.family;
  relation.key_count = left.sharded ? left.key_count : right.key_count;
  const bool anchored = (!left.sharded || left.anchored) && (!right.sharded || right.anchored);
  if (anchored) {
    relation.anchored = true;
    return relation;
  }
  if (!left.sharded || !right.sharded) {
    const BlockId everywhere = left.sharded ? at.right : at.left;
    return refuse(ErrorCode::kNeedsCompute, statement_.node(scopes_.block(everywhere).node).span,
                  "this part of the set operation is the same on every shard, and each shard would "
                  "return it");
  }
  if (left.anchored || right.anchored || left.family != right.family) {
    return refuse(ErrorCode::kNotColocated, statement_.node(scopes_.block(at.right).node).span,
                  "the operands of the set operation read tables that are not bound to each other");
  }
  relation.complete = left.complete && right.complete;
  relation.cause = left.complete ? right.cause : left.cause;
  std::uint64_t same = 0;
  for (const KeyOutput& a : left.outputs) {
    for (const KeyOutput& b : right.outputs) {
      if (a.key != b.key || a.position != b.position) continue;
      relation.outputs.push_back({a.key, a.position, a.nullable || b.nullable});
      if (!a.nullable && !b.nullable && a.key < 64) same |= std::uint64_t{1} << a.key;
    }
  }
  const bool all = static_cast<sql::SetOp>(node.op) == sql::SetOp::kUnion && node.has(sql::kAll);
  const bool keys_match = relation.key_count > 0 && relation.key_count < 64 &&
                          same == (std::uint64_t{1} << relation.key_count) - 1;
  if (relation.complete && !all && !keys_match) {
    relation.complete = false;
    relation.cause = node.span;
  }
  if (limit != kNoNode && relation.complete) {
    relation.complete = false;
    relation.cause = statement_.node(limit).span;
  }
  return relation;
}

const rules::LogicalTable* Colocation::missing_schema() const {
  for (const Occurrence& occurrence : scopes_.occurrences()) {
    if (occurrence.table == nullptr || occurrence.kind != SourceKind::kTable) continue;
    if (schema_ == nullptr || schema_->find(occurrence.table->name) == nullptr) {
      return occurrence.table;
    }
  }
  return nullptr;
}

}  // namespace pando::route
