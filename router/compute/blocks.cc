// Pieces that are queries of their own: a subquery, a CTE or an operand of a set operation that
// needs nothing from around it and that the other levels answer.

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"
#include "router/compute/cutter.h"
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
  if (block.role == Role::kTop || !has_tables(id) || !stands_alone(block.node, id, id))
    return false;
  const auto outputs = outputs_of(id);
  if (!outputs) return false;
  Piece piece;
  piece.table = next_name();
  piece.label = role_label(block.role);
  PieceText text(*this);
  const sql::Span span = statement_.node(block.node).span;
  text.copy(span);
  PANDO_ASSIGN(const bool answered, finish_query(text, *outputs, piece));
  if (!answered) return false;
  std::string stand_in = "SELECT ";
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    if (i > 0) stand_in += ", ";
    if ((*outputs)[i].computed) stand_in += '+';  // A value without affinity, as it was.
    stand_in += piece.columns[i].name;
    if (!(*outputs)[i].name.empty()) {
      stand_in += " AS " + rewrite::quote_identifier((*outputs)[i].name, dialect_);
    }
  }
  stand_in += " FROM " + piece.table;
  if (statement_.kind(block.node) == NodeKind::kQueryParens) stand_in = "(" + stand_in + ")";
  edit(span, stand_in);
  covered_.push_back(span);
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

// Every name below `node`, an expression or clause of block `at`, is one of `block` or inside of
// it.
bool Cutter::stands_alone(NodeId node, BlockId at, BlockId block) const {
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

// A bare name that is the alias of a member of the block's select list (the first one's, in a set
// operation).
bool Cutter::names_item(NodeId column, BlockId id) const {
  const NodeId name = statement_.node(column).child;
  if (name == kNoNode || statement_.node(name).next != kNoNode) return false;
  while (scopes_.block(id).left != analyze::kNoIndex) id = scopes_.block(id).left;
  const NodeId list = statement_.find(scopes_.block(id).node, NodeKind::kSelectList);
  if (list == kNoNode) return false;
  for (const NodeId item : statement_.children(list)) {
    const NodeId alias = statement_.find(item, NodeKind::kAlias);
    if (alias != kNoNode && analyze::same_name(statement_, statement_.node(alias).child, name)) {
      return true;
    }
    const NodeId value = statement_.node(item).child;
    if (statement_.kind(value) == NodeKind::kColumn &&
        analyze::same_name(statement_, scopes_.column_name(value), name)) {
      return true;
    }
  }
  return false;
}

const drivers::ColumnSchema* Cutter::column_of(NodeId column, BlockId block) const {
  const analyze::Origin origin = scopes_.origin_of(column, block, context_.schema);
  if (!origin.found()) return nullptr;
  const drivers::TableSchema* table = schema_of(origin.occurrence);
  return table == nullptr ? nullptr : table->find(statement_.name(origin.name));
}

// All columns that could hand on their type are of types that travel as they are.
bool Cutter::travels(NodeId node, BlockId block) const {
  const NodeKind kind = statement_.kind(node);
  if (kind == NodeKind::kColumn) {
    const drivers::ColumnSchema* column = column_of(node, block);
    return column != nullptr && travels_plain(*column, dialect_);
  }
  if (kind == NodeKind::kSubquery) return false;
  if (kind == NodeKind::kFunction) {
    if (nests_json(node)) return false;  // A column has no mark that its text is JSON.
    switch (analyze::class_of(statement_, node)) {
      case analyze::FunctionClass::kCount:
      case analyze::FunctionClass::kSum:
      case analyze::FunctionClass::kAvg:
        return true;
      default:
        break;
    }
  }
  for (const NodeId child : statement_.children(node)) {
    if (!travels(child, block)) return false;
  }
  return true;
}

// SQLite: the expression has no affinity, and compares byte by byte.
bool Cutter::computed(NodeId node) const {
  switch (statement_.kind(node)) {
    case NodeKind::kLiteral:
    case NodeKind::kBinary:
    case NodeKind::kFunction:
      break;
    default:
      return false;
  }
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    if (statement_.kind(id) != NodeKind::kCollate) continue;
    const sql::Span inner = statement_.node(id).span;
    const sql::Span outer = statement_.node(node).span;
    if (outer.begin <= inner.begin && inner.end <= outer.end) return false;
  }
  return true;
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
    if (items != kNoNode && !travels(items, other)) return std::nullopt;
  }
  std::vector<Output> outputs;
  for (const NodeId item : statement_.children(list)) {
    if (!add_outputs(item, first, outputs)) return std::nullopt;
  }
  if (set_operation) {
    for (Output& output : outputs) output.column = nullptr;
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
    for (OccurrenceId at = block.first; at < block.last; ++at) {
      const Occurrence& member = scopes_.occurrence(at);
      const NodeId visible = scopes_.visible_name(at);
      if (qualifier != kNoNode &&
          (visible == kNoNode || !analyze::same_name(statement_, visible, qualifier))) {
        continue;
      }
      if (member.kind != SourceKind::kTable) return false;
      any = true;
      for (const drivers::ColumnSchema& column : schema_of(at)->columns) {
        if (column.hidden) continue;
        if (!travels_plain(column, dialect_)) return false;
        outputs.push_back({column.name, &column, false});
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
    output.name = statement_.text(value);
    if (dialect_ == Dialect::kMySql && output.name.size() > 64) return false;
  }
  if (statement_.kind(value) == NodeKind::kColumn) {
    output.column = column_of(value, id);
    if (output.column == nullptr) return false;
  } else if (dialect_ == Dialect::kSqlite) {
    if (!computed(value)) return false;
    output.computed = true;
  }
  outputs.push_back(std::move(output));
  return true;
}

// --- Text

void Cutter::PieceText::copy(sql::Span span) {
  const sql::Statement& statement = cutter_.statement_;
  const auto& marks = statement.parameters();
  for (auto at = std::lower_bound(marks.begin(), marks.end(), span.begin);
       at != marks.end() && *at < span.end; ++at) {
    parameters_.push_back(static_cast<std::uint32_t>(at - marks.begin()));
  }
  text_ += statement.text(span);
  copied_.push_back(span);
  // The same over skeletons.
  std::uint32_t from = span.begin;
  std::vector<std::pair<sql::Span, OccurrenceId>> paths;
  for (OccurrenceId id = 0; id < cutter_.scopes_.occurrences().size(); ++id) {
    const Occurrence& at = cutter_.scopes_.occurrence(id);
    if (at.kind != SourceKind::kTable) continue;
    const sql::Span path = statement.node(at.path).span;
    if (path.begin >= span.begin && path.end <= span.end) paths.emplace_back(path, id);
  }
  std::sort(paths.begin(), paths.end(),
            [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  for (const auto& [path, id] : paths) {
    const Occurrence& at = cutter_.scopes_.occurrence(id);
    typed_ += statement.text({from, path.begin});
    const std::string name = cutter_.next_name() + "_" + std::to_string(skeletons_.size() + 1);
    typed_ += name;
    if (at.alias == kNoNode) typed_ += " AS " + std::string(statement.text(at.name));
    from = path.end;
    const drivers::TableSchema& schema = *cutter_.schema_of(id);
    std::vector<plan::PieceColumn> columns;
    for (drivers::ColumnSchema column : schema.columns) {
      if (!cutter_.wanted(id, column)) continue;
      column.hidden = column.hidden && cutter_.whole_[id];
      columns.push_back(piece_column(column, cutter_.dialect_));
    }
    if (columns.empty()) columns.push_back(piece_column(schema.columns.front(), cutter_.dialect_));
    skeletons_.push_back(create_table(name, columns, cutter_.dialect_));
  }
  typed_ += statement.text({from, span.end});
}

bool Cutter::PieceText::splits_time() const {
  std::size_t here = 0;
  for (const sql::Span clock : cutter_.clocks_) {
    here += std::any_of(copied_.begin(), copied_.end(), [&](sql::Span span) {
      return span.begin <= clock.begin && clock.end <= span.end;
    });
  }
  return here != 0 && here != cutter_.clocks_.size();
}

Result<bool> Cutter::finish_query(const PieceText& text, const std::vector<Output>& outputs,
                                  Piece& piece) {
  if (text.splits_time()) return false;
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
      schema.nullable = true;  // An outer join may have made it so.
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
  auto parsed = sql::parse(text, statement_.options());
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
