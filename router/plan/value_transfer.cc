#include "router/plan/value_transfer.h"

#include <string>

#include "router/analyze/functions.h"

namespace pando::plan {

using analyze::BlockId;
using analyze::FunctionClass;
using drivers::ColumnSchema;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;
using sql::Operator;

namespace {

using drivers::is_integer;

bool is_exact(SqlType type) { return is_integer(type) || type == SqlType::kDecimal; }

}  // namespace

tl::unexpected<Error> ValueTransfer::unlike(sql::Span span, const std::string& what) {
  return fail(
      Error(ErrorCode::kNeedsCompute, what + ", and the rows of this statement go through Pando")
          .with_span(span.begin, span.end)
          .with_remedy("Take values of the very types of the columns that they go to, or run a "
                       "query and write its rows."));
}

Result<void> ValueTransfer::check_schemas() const {
  for (const analyze::Occurrence& at : scopes_.occurrences()) {
    if (at.kind != analyze::SourceKind::kTable || at.table == nullptr) continue;
    if (schema_ != nullptr && schema_->find(at.table->name) != nullptr) continue;
    return fail(ErrorCode::kSchemaNeeded, at.table->name);
  }
  return {};
}

const drivers::TableSchema* ValueTransfer::schema_of(analyze::OccurrenceId id) const {
  const analyze::Occurrence& at = scopes_.occurrence(id);
  return at.table != nullptr && schema_ != nullptr ? schema_->find(at.table->name) : nullptr;
}

const ColumnSchema* ValueTransfer::column_of(const analyze::Origin& origin) const {
  const drivers::TableSchema* schema = origin.found() ? schema_of(origin.occurrence) : nullptr;
  return schema != nullptr ? schema->find(statement_.name(origin.name)) : nullptr;
}

NodeId ValueTransfer::only_item(NodeId subquery, BlockId& block) const {
  const NodeId query = statement_.child(subquery, 0);
  if (statement_.kind(query) != NodeKind::kSelect) return kNoNode;
  const NodeId list = statement_.find(query, NodeKind::kSelectList);
  if (statement_.child(list, 1) != kNoNode) return kNoNode;
  const NodeId value = statement_.node(statement_.child(list, 0)).child;
  block = scopes_.block_of(query);
  return statement_.kind(value) == NodeKind::kStar ? kNoNode : value;
}

Result<bool> ValueTransfer::check(NodeId value, BlockId block, const ColumnSchema* to) const {
  const sql::Node& node = statement_.node(value);
  switch (node.kind) {
    case NodeKind::kLiteral: {
      const auto what = static_cast<sql::Literal>(node.op);
      const bool plain = what == sql::Literal::kInteger || what == sql::Literal::kString ||
                         what == sql::Literal::kNull || what == sql::Literal::kTrue ||
                         what == sql::Literal::kFalse;
      const bool exact = what == sql::Literal::kDecimal && to != nullptr &&
                         (to->type == SqlType::kDecimal || to->type == SqlType::kText);
      if (plain || exact || to == nullptr) return false;
      return unlike(node.span, "this literal has a type of its own in a query");
    }
    case NodeKind::kParameter:
      return false;
    case NodeKind::kSubquery: {
      BlockId inner = block;
      const NodeId item = only_item(value, inner);
      if (item == kNoNode) {
        return unlike(node.span, "the type of this subquery's value is the database's own");
      }
      return check(item, inner, to);
    }
    case NodeKind::kColumn: {
      const analyze::Origin origin = scopes_.origin_of(value, block, schema_);
      const ColumnSchema* from = column_of(origin);
      if (from == nullptr) {
        if (origin.expression != kNoNode) {
          return check(origin.expression, origin.expression_block, to);
        }
        return unlike(node.span, "the type of this column cannot be told");
      }
      PANDO_TRY(check_column(*from, to, node.span));
      return from->type == SqlType::kFloat;
    }
    default:
      break;
  }
  if (to == nullptr) return false;
  if (is_integer(to->type) && number(value, block, true)) return false;
  if (to->type == SqlType::kDecimal && number(value, block, false)) return false;
  if (node.kind == NodeKind::kFunction) {
    const NodeId name = statement_.find(value, NodeKind::kName);
    const NodeId argument = name == kNoNode ? name : statement_.node(name).next;
    const ColumnSchema* from = argument != kNoNode && statement_.kind(argument) == NodeKind::kColumn
                                   ? column_of(scopes_.origin_of(argument, block, schema_))
                                   : nullptr;
    const FunctionClass what = analyze::class_of(statement_, value);
    const bool extreme = what == FunctionClass::kMin || what == FunctionClass::kMax;
    if (from != nullptr && extreme && from->type != SqlType::kFloat && alike(*from, *to)) {
      return false;
    }
  }
  return unlike(node.span, "what becomes of this expression in column " + to->name +
                               " is the database's own business");
}

Result<void> ValueTransfer::check_column(const ColumnSchema& from, const ColumnSchema* to,
                                         sql::Span span) const {
  if (to == nullptr || alike(from, *to)) return {};
  return unlike(span, "column " + from.name + " is of type " + from.declared_type +
                          " and goes to one of type " + to->declared_type);
}

// A value of the one is the same value in the other, or the same error, also by way of a literal.
bool ValueTransfer::alike(const ColumnSchema& from, const ColumnSchema& to) const {
  if (is_integer(from.type)) return is_exact(to.type);
  if (from.type != to.type) return false;
  switch (from.type) {
    case SqlType::kEnum:
    case SqlType::kSet:
    case SqlType::kBit:
    case SqlType::kOther:  // UUID, INET6.
      return from.declared_type == to.declared_type;
    case SqlType::kTimestamp: {
      // The same local time comes twice a year.
      const std::string& zone = scopes_.rules().time_zone();
      return zone.front() == '+' || zone.front() == '-';
    }
    case SqlType::kGeometry:
    case SqlType::kJson:  // As text, a date or a DECIMAL within it becomes a string or a double.
    case SqlType::kUnknown:
      return false;
    default:
      return true;
  }
}

// A number without rounding, whose overflow is an error in a query too; `whole`: an integer. What
// has a point goes to a DECIMAL only: by way of a text, an integer would be rounded from a double.
bool ValueTransfer::number(NodeId node, BlockId block, bool whole) const {
  switch (statement_.kind(node)) {
    case NodeKind::kLiteral: {
      const auto what = static_cast<sql::Literal>(statement_.node(node).op);
      return what == sql::Literal::kInteger || (!whole && what == sql::Literal::kDecimal);
    }
    case NodeKind::kColumn: {
      const analyze::Origin origin = scopes_.origin_of(node, block, schema_);
      if (const ColumnSchema* column = column_of(origin)) {
        return whole ? is_integer(column->type) : is_exact(column->type);
      }
      return origin.expression != kNoNode &&
             number(origin.expression, origin.expression_block, whole);
    }
    case NodeKind::kSubquery: {
      const NodeId item = only_item(node, block);
      return item != kNoNode && number(item, block, whole);
    }
    case NodeKind::kFunction:
      return number_function(node, block, whole);
    case NodeKind::kBinary: {
      const NodeId left = statement_.child(node, 0);
      const NodeId right = statement_.child(node, 1);
      switch (statement_.node(node).op_as_operator()) {
        case Operator::kAdd:
        case Operator::kSubtract:
          return number(left, block, whole) && number(right, block, whole);
        case Operator::kMultiply:
          // The digits behind the point add up, and too many are cut off.
          return (number(left, block, true) && number(right, block, whole)) ||
                 (number(left, block, whole) && number(right, block, true));
        default:
          return false;
      }
    }
    default:
      return false;
  }
}

bool ValueTransfer::number_function(NodeId node, BlockId block, bool whole) const {
  const NodeId name = statement_.find(node, NodeKind::kName);
  const NodeId first = name == kNoNode ? kNoNode : statement_.node(name).next;
  switch (analyze::class_of(statement_, node)) {
    case FunctionClass::kCount:
      return true;
    case FunctionClass::kMin:
    case FunctionClass::kMax:
    case FunctionClass::kSum:
      return first != kNoNode && number(first, block, whole);
    default:
      break;
  }
  if (name == kNoNode ||
      !(statement_.name_equals(name, "coalesce") || statement_.name_equals(name, "ifnull"))) {
    return false;
  }
  for (NodeId each = first; each != kNoNode; each = statement_.node(each).next) {
    if (!number(each, block, whole)) return false;
  }
  return first != kNoNode;
}

}  // namespace pando::plan
