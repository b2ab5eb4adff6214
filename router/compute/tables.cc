// Pieces that are one table's rows: the columns that are named, and the conditions that hold for
// these rows alone.

#include <algorithm>
#include <map>
#include <utility>

#include "router/analyze/functions.h"
#include "router/compute/cutter.h"
#include "router/sql/parser.h"

namespace pando::compute {

using analyze::Block;
using analyze::Occurrence;
using analyze::SourceKind;
using sql::kNoNode;
using sql::Node;
using sql::NodeId;
using sql::NodeKind;
using sql::Operator;

namespace {

template <typename F>
void each_conjunct(const sql::Statement& statement, NodeId node, const F& f) {
  const Node& expression = statement.node(node);
  if (expression.kind == NodeKind::kBinary && expression.op_as_operator() == Operator::kAnd) {
    for (const NodeId child : statement.children(node)) each_conjunct(statement, child, f);
    return;
  }
  f(node);
}

}  // namespace

Result<void> Cutter::take_tables(BlockId block) {
  const Block& at = scopes_.block(block);
  for (OccurrenceId id = at.first; id < at.last; ++id) {
    if (scopes_.occurrence(id).kind == SourceKind::kTable) PANDO_TRY(take_table(id));
  }
  return {};
}

Result<void> Cutter::take_table(OccurrenceId id) {
  const Occurrence& at = scopes_.occurrence(id);
  const drivers::TableSchema& schema = *read_.schema_of(id);
  Piece piece;
  piece.table = next_name();
  piece.label = scopes_.label(id);
  PieceText text(read_, piece.table);
  text.add("SELECT ");
  std::string names;
  const auto take = [&](drivers::ColumnSchema column) {
    column.hidden = column.hidden && read_.whole(id);  // It matters to `*` alone.
    if (!piece.columns.empty()) text.add(", ");
    text.add(transported(column, rewrite::quote_identifier(column.name, dialect_), dialect_));
    piece.columns.push_back(piece_column(column, dialect_));
    names += (names.empty() ? "" : ", ") + column.name;
  };
  for (const drivers::ColumnSchema& column : schema.columns) {
    if (read_.wanted(id, column)) take(column);
  }
  if (piece.columns.empty()) take(schema.columns.front());  // Only how many rows there are matters.
  const std::string table = at.table != nullptr ? at.table->name : statement_.name(at.name);
  const std::string_view visible = statement_.text(scopes_.visible_name(id));
  text.add(" FROM " + rewrite::quote_identifier(table, dialect_) + " AS ");
  text.add(visible);
  piece.pushed.push_back("columns " + names);
  const bool idle = read_.is_idle(at.block);
  const auto conditions = idle ? std::vector<NodeId>() : conditions_on(id);
  if (idle) text.add(" LIMIT 0");
  for (const NodeId condition : conditions) {
    text.add(piece.filtered ? " AND (" : " WHERE (");
    text.copy(statement_.node(condition).span);
    text.add(")");
    piece.filtered = true;
    piece.pushed.push_back("where " + std::string(statement_.text(condition)));
  }
  piece.sql = text.text();
  piece.lock = lock_of(at.block);
  piece.parameters = text.parameters();
  piece.create.push_back(create_table(piece.table, piece.columns, dialect_));
  PANDO_ASSIGN(sql::Statement parsed,
               sql::parse(piece.sql + piece.lock, sql::for_own_text(statement_.options())));
  PANDO_ASSIGN(plan::ShapePtr shape,
               plan::analyze(std::make_shared<const sql::Statement>(std::move(parsed)), context_));

  // The temporary table takes the table's place, under the name that columns are qualified with.
  const sql::Span path = statement_.node(at.path).span;
  std::string name = piece.table;
  if (at.alias == kNoNode) name += " AS " + std::string(statement_.text(at.name));
  cut_.edits.replace(path, name);
  for (const NodeId child : statement_.children(at.node)) {
    if (statement_.kind(child) == NodeKind::kIndexHint) {
      cut_.edits.erase(statement_.node(child).span);
    }
  }
  edited_.push_back(path);
  piece_of_[id] = cut_.pieces.size();
  cut_.pieces.push_back(std::move(piece));
  cut_.shapes.push_back(std::move(shape));
  return {};
}

std::vector<NodeId> Cutter::conditions_on(OccurrenceId id) const {
  std::vector<NodeId> found;
  const BlockId block = scopes_.occurrence(id).block;
  const Block& at = scopes_.block(block);
  const auto look = [&](NodeId clause, std::uint32_t join) {
    if (clause == kNoNode) return;
    each_conjunct(statement_, statement_.node(clause).child, [&](NodeId conjunct) {
      if (!only_of(conjunct, id)) return;
      if (scopes_.applies(id, block, join, rejects_null(conjunct))) found.push_back(conjunct);
    });
  };
  for (std::uint32_t j = at.first_join; j < at.last_join; ++j) {
    look(statement_.find(scopes_.joins()[j].node, NodeKind::kOn), j);
  }
  look(statement_.find(at.node, NodeKind::kWhere), analyze::kNoIndex);
  return found;
}

// The expression depends on the occurrence's row only, and always in the same way.
bool Cutter::only_of(NodeId node, OccurrenceId id) const {
  switch (statement_.kind(node)) {
    case NodeKind::kColumn: {
      const auto resolved = scopes_.resolve(node, scopes_.occurrence(id).block, context_.schema);
      std::size_t names = 0;
      for ([[maybe_unused]] const NodeId name : statement_.children(node)) ++names;
      return resolved.found() && !resolved.outer && resolved.occurrence == id && names < 3;
    }
    case NodeKind::kSubquery:
    case NodeKind::kAssignUser:
    case NodeKind::kUserVariable:
    case NodeKind::kMatch:
      return false;
    case NodeKind::kFunction: {
      if (analyze::class_of(statement_, node) != analyze::FunctionClass::kScalar ||
          analyze::reads_clock(statement_, node)) {
        return false;
      }
      break;
    }
    default:
      break;
  }
  for (const NodeId child : statement_.children(node)) {
    if (!only_of(child, id)) return false;
  }
  return true;
}

// `column <operator> constant`: no row passes whose column an outer join has made NULL.
bool Cutter::rejects_null(NodeId conjunct) const {
  const Node& node = statement_.node(conjunct);
  const auto is_column = [&](NodeId id) { return statement_.kind(id) == NodeKind::kColumn; };
  switch (node.kind) {
    case NodeKind::kBinary:
      switch (node.op_as_operator()) {
        case Operator::kEqual:
        case Operator::kNotEqual:
        case Operator::kLess:
        case Operator::kLessEqual:
        case Operator::kGreater:
        case Operator::kGreaterEqual:
          return is_column(statement_.child(conjunct, 0)) ||
                 is_column(statement_.child(conjunct, 1));
        default:
          return false;
      }
    case NodeKind::kBetween:
      return !node.has(sql::kNot) && is_column(node.child);
    case NodeKind::kIn:
      return is_column(node.child);
    case NodeKind::kIs:
      return node.has(sql::kNot) && static_cast<sql::IsWhat>(node.op) == sql::IsWhat::kNull &&
             is_column(node.child);
    default:
      return false;
  }
}

// Equal columns of two tables, by which the joining text finds rows, and which say of one's rows
// which of the other's can matter. The latter only where equality is the same for both: integers,
// or text of one collation.
void Cutter::find_equalities() {
  const auto comparable = [&](OccurrenceId a, NodeId a_name, OccurrenceId b, NodeId b_name) {
    const drivers::ColumnSchema* left = read_.schema_of(a)->find(statement_.name(a_name));
    const drivers::ColumnSchema* right = read_.schema_of(b)->find(statement_.name(b_name));
    if (left == nullptr || right == nullptr) return false;
    const auto integer = [](const drivers::ColumnSchema& column) {
      return column.type >= SqlType::kInt8 && column.type <= SqlType::kInt64;
    };
    if (dialect_ == Dialect::kSqlite) {
      // By the values' own kinds: they are compared as they are if both columns have one affinity.
      return left->type == right->type && left->collation == right->collation;
    }
    if (integer(*left) && integer(*right)) return true;
    return left->type == SqlType::kText && right->type == SqlType::kText &&
           !left->collation.empty() && left->collation == right->collation;
  };
  const auto reduce = [&](OccurrenceId id, NodeId name, OccurrenceId by, NodeId by_name) {
    cut_.pieces[piece_of_[id]].reducers.push_back(
        {piece_of_[by], read_.schema_of(by)->find(statement_.name(by_name))->name,
         rewrite::quote_identifier(statement_.name(name), dialect_)});
  };
  std::map<OccurrenceId, std::vector<std::string>> indexes;
  // SQLite makes one where it helps.
  const auto index = [&](OccurrenceId id, NodeId name) {
    const drivers::ColumnSchema* column = read_.schema_of(id)->find(statement_.name(name));
    if (dialect_ == Dialect::kSqlite || column == nullptr || !can_be_indexed(*column)) return;
    std::vector<std::string>& of_table = indexes[id];
    if (std::find(of_table.begin(), of_table.end(), column->name) == of_table.end()) {
      of_table.push_back(column->name);
    }
  };
  for (const route::Equality& equality : keys_.equalities()) {
    const OccurrenceId a = equality.a;
    const OccurrenceId b = equality.b;
    if (piece_of_[a] == SIZE_MAX || piece_of_[b] == SIZE_MAX) continue;
    if (read_.is_idle(equality.block)) continue;
    index(a, equality.a_name);
    index(b, equality.b_name);
    if (scopes_.occurrence(a).block != scopes_.occurrence(b).block) continue;
    if (!comparable(a, equality.a_name, b, equality.b_name)) continue;
    if (equality.applies_to_a) reduce(a, equality.a_name, b, equality.b_name);
    if (equality.applies_to_b) reduce(b, equality.b_name, a, equality.a_name);
  }
  for (const auto& [id, columns] : indexes) {
    Piece& piece = cut_.pieces[piece_of_[id]];
    piece.create = {create_table(piece.table, piece.columns, dialect_, columns)};
  }
}

}  // namespace pando::compute
