#include "router/analyze/scope.h"

#include <string>

#include "drivers/table_schema.h"
#include "pando/names.h"

namespace pando::analyze {

using sql::kNoNode;
using sql::NodeKind;

namespace {

bool quoted(std::string_view text) {
  return !text.empty() && (text[0] == '`' || text[0] == '"' || text[0] == '[' || text[0] == '\'');
}

}  // namespace

bool same_name(const sql::Statement& statement, NodeId a, NodeId b) {
  const std::string_view left = statement.text(a);
  const std::string_view right = statement.text(b);
  if (!quoted(left) && !quoted(right)) return pando::same_name(left, right);
  return pando::same_name(statement.name(a), statement.name(b));
}

BlockId Scopes::block_of(NodeId query) const {
  for (BlockId i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].node == query) return i;
  }
  return kNoIndex;
}

bool Scopes::within(BlockId inner, BlockId outer) const {
  for (BlockId at = inner; at != kNoIndex; at = blocks_[at].parent) {
    if (at == outer) return true;
  }
  return false;
}

NodeId Scopes::visible_name(OccurrenceId id) const {
  const Occurrence& occurrence = occurrences_[id];
  return occurrence.alias != kNoNode ? occurrence.alias : occurrence.name;
}

bool Scopes::applies(OccurrenceId id, BlockId block, std::uint32_t join, bool rejects_null) const {
  const Occurrence& occurrence = occurrences_[id];
  if (occurrence.block != block) return false;
  if (join == kNoIndex) return rejects_null || !occurrence.nullable;
  const Join& at = joins_[join];
  if (id < at.first || id >= at.last) return false;
  switch (at.kind) {
    case sql::JoinKind::kFull:
      return false;
    case sql::JoinKind::kLeft:
      if (id < at.middle) return false;
      break;
    case sql::JoinKind::kRight:
      if (id >= at.middle) return false;
      break;
    default:
      break;
  }
  if (rejects_null) return true;
  for (std::uint32_t j = blocks_[block].first_join; j < join; ++j) {
    const Join& inner = joins_[j];
    if (id < inner.first || id >= inner.last || inner.first < at.first || inner.last > at.last) {
      continue;
    }
    const bool left = id < inner.middle;
    if (inner.kind == sql::JoinKind::kFull ||
        inner.kind == (left ? sql::JoinKind::kRight : sql::JoinKind::kLeft)) {
      return false;
    }
  }
  return true;
}

std::string Scopes::label(OccurrenceId id) const {
  const Occurrence& occurrence = occurrences_[id];
  std::string label;
  if (occurrence.table != nullptr) {
    label = occurrence.table->name;
  } else if (occurrence.name != kNoNode) {
    label = statement_->name(occurrence.name);
  }
  if (occurrence.alias != kNoNode) {
    if (!label.empty()) label += ' ';
    label += statement_->name(occurrence.alias);
  }
  return label;
}

NodeId Scopes::column_name(NodeId column) const {
  NodeId name = statement_->node(column).child;
  while (name != kNoNode && statement_->node(name).next != kNoNode) {
    name = statement_->node(name).next;
  }
  return name;
}

bool names_row_number(const sql::Statement& statement, NodeId name) {
  return statement.name_equals(name, "rowid") || statement.name_equals(name, "_rowid_") ||
         statement.name_equals(name, "oid");
}

bool Scopes::is_row_number(NodeId column) const {
  return std::find(row_numbers_.begin(), row_numbers_.end(), column) != row_numbers_.end();
}

std::optional<std::uint32_t> Scopes::key_index(OccurrenceId id, NodeId name) const {
  const Occurrence& occurrence = occurrences_[id];
  if (!occurrence.sharded()) return std::nullopt;
  const auto& keys = occurrence.table->key_columns;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    if (statement_->name_equals(name, keys[i].name)) return i;
  }
  return std::nullopt;
}

std::optional<bool> Scopes::has_column(OccurrenceId id, NodeId name,
                                       const plan::SchemaView* schema) const {
  const Occurrence& occurrence = occurrences_[id];
  switch (occurrence.kind) {
    case SourceKind::kTable:
      break;
    case SourceKind::kDerived:
    case SourceKind::kCte: {
      const NodeId site =
          occurrence.kind == SourceKind::kCte ? ctes_[occurrence.cte].node : occurrence.node;
      if (const NodeId list = statement_->find(site, NodeKind::kColumnList); list != kNoNode) {
        for (const NodeId column : statement_->children(list)) {
          if (same_name(*statement_, column, name)) return true;
        }
        return false;
      }
      if (occurrence.body == kNoIndex) return std::nullopt;
      return body_has_column(occurrence.body, name, schema);
    }
    case SourceKind::kFunction:
      return std::nullopt;
  }
  if (key_index(id, name)) return true;
  if (schema == nullptr) return std::nullopt;
  const drivers::TableSchema* columns = schema->find(
      occurrence.table != nullptr ? std::string_view(occurrence.table->name)
                                  : std::string_view(statement_->name(occurrence.name)));
  if (columns == nullptr) return std::nullopt;
  return columns->find(statement_->name(name)) != nullptr;
}

bool Scopes::may_have_column(BlockId block, NodeId name, const plan::SchemaView* schema) const {
  for (OccurrenceId id = blocks_[block].first; id < blocks_[block].last; ++id) {
    if (has_column(id, name, schema).value_or(true)) return true;
  }
  return false;
}

std::optional<bool> Scopes::body_has_column(BlockId body, NodeId name,
                                            const plan::SchemaView* schema) const {
  for (int hops = 0; hops < 64; ++hops) {
    const Block& block = blocks_[body];
    const NodeKind kind = statement_->kind(block.node);
    if ((kind == NodeKind::kSetOperation || kind == NodeKind::kQueryParens) &&
        block.left != kNoIndex) {
      body = block.left;
      continue;
    }
    const NodeId list = statement_->find(block.node, NodeKind::kSelectList);
    if (list == kNoNode) return std::nullopt;
    bool unsure = false;
    for (const NodeId item : statement_->children(list)) {
      const NodeId expression = statement_->node(item).child;
      if (const NodeId alias = statement_->find(item, NodeKind::kAlias); alias != kNoNode) {
        if (same_name(*statement_, statement_->node(alias).child, name)) return true;
      } else if (statement_->kind(expression) == NodeKind::kColumn) {
        if (same_name(*statement_, column_name(expression), name)) return true;
      } else if (statement_->kind(expression) == NodeKind::kStar) {
        for (OccurrenceId id = block.first; id < block.last; ++id) {
          // A CTE that names itself ends here: the guard is the limit on hops.
          if (occurrences_[id].kind != SourceKind::kTable) return std::nullopt;
          const std::optional<bool> has = has_column(id, name, schema);
          if (has.value_or(false)) return true;
          unsure |= !has.has_value();
        }
      } else {
        unsure = true;  // An expression's name is its text; who would use that?
      }
    }
    if (unsure) return std::nullopt;
    return false;
  }
  return std::nullopt;
}

Resolution Scopes::resolve_name(NodeId name, OccurrenceId first, OccurrenceId last,
                                const plan::SchemaView* schema) const {
  Resolution found;
  bool unsure = false;
  for (OccurrenceId id = first; id < last; ++id) {
    const std::optional<bool> has = has_column(id, name, schema);
    unsure |= !has.has_value();
    if (!has.value_or(false)) continue;
    if (found.found()) return {};  // Two of them: the database decides, or rejects it.
    found.occurrence = id;
  }
  // A table whose columns are not known could have it as well, but then the name would be ambiguous
  // and the database reject the statement: what is known to have it is meant.
  if (found.found() || !unsure) return found;
  return {};
}

Scopes::Range Scopes::visible(BlockId at, BlockId block) const {
  Range range{blocks_[at].first, blocks_[at].last};
  if (at == block) return range;
  // What a derived table can see of its neighbours: with LATERAL those before it, else none.
  BlockId inner = block;
  while (blocks_[inner].parent != at) inner = blocks_[inner].parent;
  if (blocks_[inner].role == Role::kCte) return {range.first, range.first};
  if (blocks_[inner].role == Role::kDerived) {
    range.last = range.first;
    if (!statement_->node(blocks_[inner].site).has(sql::kLateral)) return range;
    while (range.last < blocks_[at].last && occurrences_[range.last].node != blocks_[inner].site) {
      ++range.last;
    }
  }
  return range;
}

Resolution Scopes::resolve(NodeId column, BlockId block, const plan::SchemaView* schema) const {
  NodeId names[3] = {kNoNode, kNoNode, kNoNode};
  int count = 0;
  for (const NodeId name : statement_->children(column)) {
    if (count < 3) names[count++] = name;
  }
  if (count == 0) return {};
  bool outer = false;
  for (BlockId at = block; at != kNoIndex; at = blocks_[at].parent, outer = true) {
    const auto [first, last] = visible(at, block);
    if (first == last) continue;
    if (count == 1) {
      const Resolution known = resolve_name(names[0], first, last, schema);
      if (known.found()) return {known.occurrence, outer};
      bool certain = true;
      int owners = 0;
      for (OccurrenceId id = first; id < last; ++id) {
        const std::optional<bool> has = has_column(id, names[0], schema);
        certain &= has.has_value();
        owners += has.value_or(false) ? 1 : 0;
      }
      if (owners > 1) {
        // Columns joined by USING have one name for both; the left one stands for it, except in a
        // RIGHT or FULL join.
        for (std::uint32_t j = blocks_[at].first_join; j < blocks_[at].last_join; ++j) {
          const Join& join = joins_[j];
          const NodeId list = statement_->find(join.node, NodeKind::kUsing);
          if (list == kNoNode || join.kind == sql::JoinKind::kFull) continue;
          for (const NodeId name : statement_->children(list)) {
            if (!same_name(*statement_, name, names[0])) continue;
            const bool right = join.kind == sql::JoinKind::kRight;
            const Resolution side = right ? resolve_name(names[0], join.middle, join.last, schema)
                                          : resolve_name(names[0], join.first, join.middle, schema);
            if (side.found()) return {side.occurrence, outer};
          }
        }
        return {};
      }
      if (!certain) return {};
      continue;
    }
    // Qualified: exactly as written first, because MySQL tells `o` from `O` on some systems.
    const NodeId qualifier = names[count - 2];
    const std::string_view text = statement_->text(qualifier);
    OccurrenceId found = kNoIndex;
    int matches = 0;
    for (OccurrenceId id = first; id < last; ++id) {
      const NodeId visible = visible_name(id);
      if (visible == kNoNode) continue;
      if (statement_->text(visible) == text) {
        found = id;
        matches = 1;
        break;
      }
      if (same_name(*statement_, visible, qualifier)) {
        found = id;
        ++matches;
      }
    }
    if (matches == 1) return {found, outer};
    if (matches > 1) return {};
  }
  return {};
}

bool Scopes::may_exist(NodeId column, BlockId block, const plan::SchemaView* schema) const {
  const NodeId name = column_name(column);
  NodeId qualifier = kNoNode;
  for (NodeId part = statement_->node(column).child; part != name;
       part = statement_->node(part).next) {
    qualifier = part;
  }
  for (BlockId at = block; at != kNoIndex; at = blocks_[at].parent) {
    const auto [first, last] = visible(at, block);
    bool meant = false;
    for (OccurrenceId id = first; id < last; ++id) {
      const NodeId table = visible_name(id);
      if (qualifier != kNoNode && (table == kNoNode || !same_name(*statement_, table, qualifier))) {
        continue;
      }
      if (has_column(id, name, schema).value_or(true)) return true;
      meant = qualifier != kNoNode;
    }
    if (meant) return false;
  }
  return qualifier != kNoNode;  // Of the rows of an INSERT: `excluded`, or what AS calls them.
}

Origin Scopes::origin_of(NodeId column, BlockId block, const plan::SchemaView* schema) const {
  const Resolution resolved = resolve(column, block, schema);
  if (!resolved.found()) return {};
  return origin(resolved.occurrence, column_name(column), schema);
}

namespace {

// May a condition on output column `name` be applied to the rows that go into the block?
bool commutes(const Scopes& scopes, const Block& block, NodeId column, BlockId id,
              const plan::SchemaView* schema) {
  const sql::Statement& statement = scopes.statement();
  if (statement.find(block.node, NodeKind::kLimit) != kNoNode) return false;
  if ((block.flags & kHasWindow) != 0) return false;
  const NodeId group = statement.find(block.node, NodeKind::kGroupBy);
  if (group == kNoNode) return (block.flags & (kHasAggregate | kHasUnknownFunction)) == 0;
  if (statement.node(group).has(sql::kRollup)) return false;
  const Resolution wanted = scopes.resolve(column, id, schema);
  for (const NodeId item : statement.children(group)) {
    const NodeId key = statement.node(item).child;
    if (statement.kind(key) != NodeKind::kColumn) continue;
    const Resolution resolved = scopes.resolve(key, id, schema);
    if (resolved.found() && resolved.occurrence == wanted.occurrence &&
        same_name(statement, scopes.column_name(key), scopes.column_name(column))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Origin Scopes::origin(OccurrenceId id, NodeId name, const plan::SchemaView* schema) const {
  Origin result;
  for (int hops = 0; hops < 64; ++hops) {
    const Occurrence& occurrence = occurrences_[id];
    if (occurrence.kind == SourceKind::kTable) {
      result.occurrence = id;
      result.name = name;
      return result;
    }
    if (occurrence.body == kNoIndex || occurrence.kind == SourceKind::kFunction) return {};
    NodeId list_site = occurrence.node;
    if (occurrence.kind == SourceKind::kCte) {
      const Cte& cte = ctes_[occurrence.cte];
      if (cte.recursive) return {};
      if (cte.references != 1) result.pushable = false;
      list_site = cte.node;
    }
    BlockId body = occurrence.body;
    while (statement_->kind(blocks_[body].node) == NodeKind::kQueryParens) {
      if (statement_->find(blocks_[body].node, NodeKind::kLimit) != kNoNode) {
        result.pushable = false;
      }
      if (blocks_[body].left == kNoIndex) return {};
      body = blocks_[body].left;
    }
    const Block& block = blocks_[body];
    if (statement_->kind(block.node) != NodeKind::kSelect) return {};

    // The select item of that name, by the derived table's column list, by alias, or by column.
    const NodeId items = statement_->find(block.node, NodeKind::kSelectList);
    const NodeId columns = statement_->find(list_site, NodeKind::kColumnList);
    NodeId expression = kNoNode;
    NodeId star = kNoNode;
    int matches = 0;
    if (columns != kNoNode) {
      NodeId item = statement_->node(items).child;
      for (const NodeId column : statement_->children(columns)) {
        if (item == kNoNode || statement_->kind(statement_->node(item).child) == NodeKind::kStar) {
          return {};
        }
        if (same_name(*statement_, column, name)) {
          expression = statement_->node(item).child;
          ++matches;
        }
        item = statement_->node(item).next;
      }
    } else {
      for (const NodeId item : statement_->children(items)) {
        const NodeId value = statement_->node(item).child;
        const NodeId alias = statement_->find(item, NodeKind::kAlias);
        if (statement_->kind(value) == NodeKind::kStar) {
          star = value;
        } else if (alias != kNoNode) {
          if (!same_name(*statement_, statement_->node(alias).child, name)) continue;
          expression = value;
          ++matches;
        } else if (statement_->kind(value) == NodeKind::kColumn &&
                   same_name(*statement_, column_name(value), name)) {
          expression = value;
          ++matches;
        }
      }
    }
    if (matches > 1) return {};
    // SQLite takes the first column of that name, which may be one of the star's.
    if (expression != kNoNode && star != kNoNode && may_have_column(body, name, schema)) return {};
    if (expression == kNoNode) {
      // `*` over one table hands the name on.
      if (star == kNoNode || block.last - block.first != 1) return {};
      if (statement_->find(block.node, NodeKind::kGroupBy) != kNoNode ||
          statement_->find(block.node, NodeKind::kLimit) != kNoNode || block.flags != 0) {
        result.pushable = false;
      }
      id = block.first;
      continue;
    }
    if (statement_->kind(expression) != NodeKind::kColumn) {
      result.expression = expression;
      result.expression_block = body;
      return result;
    }
    const Resolution resolved = resolve(expression, body, schema);
    if (!resolved.found() || resolved.outer) return {};
    if (!commutes(*this, block, expression, body, schema)) result.pushable = false;
    result.nullable |= occurrences_[resolved.occurrence].nullable;
    id = resolved.occurrence;
    name = column_name(expression);
  }
  return {};
}

}  // namespace pando::analyze
