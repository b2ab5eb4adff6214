// Pieces that are queries of their own: a subquery, a CTE or an operand of a set operation that
// needs nothing from around it and that the other levels answer.

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"
#include "router/compute/cutter.h"
#include "router/compute/groups.h"
#include "router/rewrite/titles.h"
#include "router/sql/parser.h"

namespace pando::compute {

using analyze::Block;
using analyze::Occurrence;
using analyze::Role;
using analyze::SourceKind;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

std::string_view role_label(Role role) {
  switch (role) {
    case Role::kDerived:
      return "subquery in FROM";
    case Role::kCte:
      return "common table expression";
    case Role::kOperand:
      return "part of a set operation";
    default:
      return "subquery";
  }
}

}  // namespace

Result<bool> Cutter::take_block(BlockId id) {
  const Block& block = scopes_.block(id);
  if (block.role == Role::kTop || !has_tables(id) || !read_.stands_alone(block.node, id, id))
    return false;
  const auto outputs = outputs_of(id);
  if (!outputs) return false;
  Piece piece;
  piece.table = next_name();
  piece.label = role_label(block.role);
  PieceText text(read_, piece.table);
  const sql::Span span = statement_.node(block.node).span;
  text.copy(span);
  PANDO_ASSIGN(const bool answered, finish_query(text, *outputs, piece));
  if (!answered) return false;
  const bool parens = statement_.kind(block.node) == NodeKind::kQueryParens;
  std::string stand_in = parens ? "(SELECT " : "SELECT ";
  std::uint32_t at = span.begin;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const Output& output = (*outputs)[i];
    const std::string& column = piece.columns[i].name;
    if (i > 0) stand_in += ", ";
    if (output.constant != kNoNode) {
      const sql::Span written = statement_.node(output.constant).span;
      edit({at, written.begin}, stand_in);
      stand_in.clear();
      at = written.end;
    } else if (output.computed) {
      // A value without affinity and collation, as it was.
      stand_in += "coalesce(" + column + ", " + column + ")";
    } else {
      stand_in += column;
    }
    if (!output.name.empty()) {
      stand_in += " AS " + rewrite::quote_identifier(output.name, dialect_);
    }
  }
  stand_in += " FROM " + piece.table + (parens ? ")" : "");
  edit({at, span.end}, stand_in);
  covered_.push_back(span);
  cut_.pieces.push_back(std::move(piece));
  cut_.shapes.push_back(std::move(shape_));
  return true;
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
    if (!read_.stands_alone(clause, id, id)) return false;
  }
  GroupRewriter rewriter(read_, id);
  if (!rewriter.understand()) return false;
  if (rewriter.keys().empty() && rewriter.aggregates().empty()) return false;

  Piece piece;
  piece.table = next_name();
  piece.label = "groups";
  PieceText text(read_, piece.table);
  std::vector<Output> outputs;
  const auto add_key = [&](NodeId key) {
    const drivers::ColumnSchema* column =
        statement_.kind(key) == NodeKind::kColumn ? read_.column_of(key, id) : nullptr;
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
      if (dialect_ == Dialect::kSqlite ? !read_.computed(key) : !read_.travels(key, id))
        return false;
    }
    outputs.push_back(output);
  }
  for (const NodeId aggregate : rewriter.aggregates()) {
    if (!outputs.empty()) text.add(", ");
    text.copy(statement_.node(aggregate).span);
    if (!read_.travels(aggregate, id)) return false;
    if (dialect_ == Dialect::kSqlite && !read_.computed(aggregate)) return false;
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
  text.add(lock_of(id));
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

bool Cutter::has_tables(BlockId id) const {
  return std::any_of(scopes_.occurrences().begin(), scopes_.occurrences().end(),
                     [&](const Occurrence& at) {
                       return at.kind == SourceKind::kTable && scopes_.within(at.block, id);
                     });
}

std::optional<std::vector<Cutter::Output>> Cutter::outputs_of(BlockId id) const {
  BlockId first = id;
  bool set_operation = false;
  while (scopes_.block(first).left != analyze::kNoIndex) {
    set_operation |= statement_.kind(scopes_.block(first).node) == NodeKind::kSetOperation;
    first = scopes_.block(first).left;
  }
  // What a set operation makes of affinities and collations is its own business.
  if (set_operation && dialect_ == Dialect::kSqlite) return std::nullopt;
  const Block& block = scopes_.block(first);
  const NodeId list = statement_.find(block.node, NodeKind::kSelectList);
  if (list == kNoNode) return std::nullopt;
  for (BlockId other = id; other < scopes_.blocks().size(); ++other) {
    if (!scopes_.within(other, id) || !operand_of(other, id)) continue;
    const NodeId items = statement_.find(scopes_.block(other).node, NodeKind::kSelectList);
    if (items != kNoNode && !read_.travels(items, other)) return std::nullopt;
  }
  std::vector<Output> outputs;
  for (const NodeId item : statement_.children(list)) {
    if (!add_outputs(item, first, outputs)) return std::nullopt;
  }
  if (set_operation) {
    for (Output& output : outputs) {
      output.column = nullptr;
      output.constant = kNoNode;
      output.alone = false;
    }
  }
  return outputs;
}

// `inner` is `outer` itself, or hands its rows on to it.
bool Cutter::operand_of(BlockId inner, BlockId outer) const {
  while (inner != outer && scopes_.block(inner).role == Role::kOperand) {
    inner = scopes_.block(inner).parent;
  }
  return inner == outer;
}

bool Cutter::add_outputs(NodeId item, BlockId id, std::vector<Output>& outputs) const {
  const Block& block = scopes_.block(id);
  const NodeId value = statement_.node(item).child;
  if (statement_.kind(value) == NodeKind::kStar) {
    const NodeId qualifier = statement_.node(value).child;
    if (block.first_join != block.last_join) {
      for (std::uint32_t j = block.first_join; j < block.last_join; ++j) {
        const analyze::Join& join = scopes_.joins()[j];
        const bool merges = join.natural || statement_.find(join.node, NodeKind::kUsing) != kNoNode;
        if (qualifier == kNoNode && merges) return false;
      }
    }
    if (qualifier != kNoNode && statement_.node(qualifier).next != kNoNode) return false;
    bool any = false;
    const bool alone = block.last - block.first == 1;
    for (OccurrenceId at = block.first; at < block.last; ++at) {
      const Occurrence& member = scopes_.occurrence(at);
      const NodeId visible = scopes_.visible_name(at);
      if (qualifier != kNoNode &&
          (visible == kNoNode || !analyze::same_name(statement_, visible, qualifier))) {
        continue;
      }
      if (member.kind != SourceKind::kTable) return false;
      any = true;
      for (const drivers::ColumnSchema& column : read_.schema_of(at)->columns) {
        if (column.hidden) continue;
        if (!travels_plain(column, dialect_)) return false;
        outputs.push_back({.name = column.name, .column = &column, .alone = alone});
      }
    }
    return any;
  }
  Output output;
  if (const NodeId alias = statement_.find(item, NodeKind::kAlias); alias != kNoNode) {
    output.name = statement_.name(statement_.node(alias).child);
  } else if (statement_.kind(value) == NodeKind::kColumn) {
    output.name = statement_.name(scopes_.column_name(value));
  } else {
    output.name = rewrite::title_of(statement_, item);
    if (dialect_ == Dialect::kMySql && (output.name.empty() || output.name.size() > 64)) {
      return false;
    }
  }
  if (statement_.kind(value) == NodeKind::kColumn) {
    output.column = read_.column_of(value, id);
    if (output.column == nullptr) return false;
    const auto resolved = scopes_.resolve(value, id, context_.schema);
    output.alone = block.last - block.first == 1 && resolved.found() && !resolved.outer &&
                   scopes_.occurrence(resolved.occurrence).kind == SourceKind::kTable;
  } else if (read_.constant(value)) {
    output.constant = value;
  } else if (dialect_ == Dialect::kSqlite) {
    if (!read_.computed(value)) return false;
    output.computed = true;
  }
  outputs.push_back(std::move(output));
  return true;
}

Result<bool> Cutter::finish_query(const PieceText& text, const std::vector<Output>& outputs,
                                  Piece& piece) {
  if (text.splits(clocks_)) return false;
  PANDO_ASSIGN(shape_, answered(text.text()));
  if (shape_ == nullptr) return false;
  piece.sql = text.text();
  piece.parameters = text.parameters();
  std::string names;
  std::vector<plan::PieceColumn> defined;
  for (const Output& output : outputs) {
    plan::PieceColumn column;
    if (output.column != nullptr) {
      drivers::ColumnSchema schema = *output.column;
      // An outer join may have made it so. Nothing else does, and a zero date IS NULL only if its
      // column is not.
      schema.nullable = schema.nullable || !output.alone;
      schema.hidden = false;
      column = piece_column(schema, dialect_);
    }
    column.name = "__pando_c" + std::to_string(piece.columns.size() + 1);
    names += (names.empty() ? "" : ", ") + column.name;
    if (!column.definition.empty()) defined.push_back(column);
    piece.columns.push_back(std::move(column));
  }
  if (defined.size() == outputs.size() || dialect_ == Dialect::kSqlite) {
    piece.create.push_back(create_table(piece.table, piece.columns, dialect_));
    return true;
  }
  // MariaDB gives functions of an ENUM or SET the length of what was selected for it.
  for (const Output& output : outputs) {
    if (output.column != nullptr && !travels_plain(*output.column, dialect_)) return false;
  }
  piece.create = text.skeletons();
  piece.create.push_back((defined.empty() ? "CREATE TEMPORARY TABLE " + piece.table
                                          : create_table(piece.table, defined, dialect_)) +
                         " AS WITH __pando_q (" + names + ") AS (" + text.typed() +
                         ") SELECT * FROM __pando_q LIMIT 0");
  return true;
}

namespace {

// Each table that is not sharded has a copy wherever a sharded one has rows.
bool meets_everywhere(const analyze::Scopes& scopes) {
  for (const Occurrence& other : scopes.occurrences()) {
    if (other.kind != SourceKind::kTable || other.sharded()) continue;
    if (!other.broadcast()) return false;
    for (const Occurrence& sharded : scopes.occurrences()) {
      if (!sharded.sharded()) continue;
      for (const rules::Node& node : sharded.table->nodes) {
        if (std::none_of(
                other.table->nodes.begin(), other.table->nodes.end(),
                [&](const rules::Node& copy) { return copy.data_source == node.data_source; })) {
          return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

Result<plan::ShapePtr> Cutter::answered(const std::string& text) const {
  auto parsed = sql::parse(text, sql::for_own_text(statement_.options()));
  if (!parsed) return nullptr;
  const auto refused = [](const Error& error) -> Result<plan::ShapePtr> {
    if (error.code() == ErrorCode::kSchemaNeeded) return fail(error);
    return nullptr;
  };
  auto shape = plan::analyze(std::make_shared<const sql::Statement>(*std::move(parsed)), context_);
  if (!shape) return refused(shape.error());
  const auto* query = std::get_if<plan::QueryShape>(&(*shape)->what);
  if (query == nullptr) return nullptr;
  if (query->keys.sharded().empty()) {
    plan::PlanContext piecewise = context_;
    piecewise.may_cut = false;
    const std::vector<Value> nulls((*shape)->statement->parameter_count());
    const auto tried = plan::bind(**shape, nulls, piecewise);
    if (!tried) return refused(tried.error());
  } else {
    const auto scatter = query->scatter(context_.schema);
    if (!scatter) return refused(scatter.error());
    if ((*scatter)->merge_error || !meets_everywhere(query->scopes)) return nullptr;
  }
  return shape;
}

}  // namespace pando::compute
