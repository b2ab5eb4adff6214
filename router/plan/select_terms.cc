// What the expressions of ORDER BY and GROUP BY mean, and how their values compare.

#include <charconv>
#include <string>
#include <utility>

#include "drivers/table_schema.h"
#include "pando/names.h"
#include "router/analyze/functions.h"
#include "router/plan/select_merge.h"
#include "router/sql/refuse.h"

namespace pando::plan {

using analyze::Occurrence;
using analyze::OccurrenceId;
using sql::kNoNode;
using sql::Literal;
using sql::needs_compute;
using sql::Node;
using sql::NodeId;
using sql::NodeKind;
using sql::Operator;
using sql::refuse;

namespace {

std::size_t name_count(const sql::Statement& statement, NodeId column) {
  std::size_t count = 0;
  for ([[maybe_unused]] const NodeId name : statement.children(column)) ++count;
  return count;
}

// The first node at or below `node` for which `wanted` holds.
template <typename F>
NodeId find_below(const sql::Statement& statement, NodeId node, const F& wanted) {
  if (wanted(node)) return node;
  for (const NodeId child : statement.children(node)) {
    const NodeId found = find_below(statement, child, wanted);
    if (found != kNoNode) return found;
  }
  return kNoNode;
}

bool is_function_of(const sql::Statement& statement, NodeId node,
                    std::initializer_list<analyze::FunctionClass> classes) {
  if (statement.kind(node) != NodeKind::kFunction) return false;
  const analyze::FunctionClass what = analyze::class_of(statement, node);
  for (const analyze::FunctionClass one : classes) {
    if (what == one) return true;
  }
  return false;
}

}  // namespace

// --- Terms

Result<SelectMerge::Term> SelectMerge::term_of(NodeId item, bool aliases_first) {
  const NodeId value = statement_.node(item).child;
  const Node& node = statement_.node(value);
  Term term;
  term.value = value;
  if (node.kind == NodeKind::kParameter) {
    // MariaDB takes an integer for the position of a column, as if it had been written there.
    if (!sqlite_) return needs_compute(node.span, "a parameter here may be a column's position");
    term.constant = true;
    return term;
  }
  if (node.kind == NodeKind::kLiteral && static_cast<Literal>(node.op) != Literal::kInteger) {
    switch (static_cast<Literal>(node.op)) {
      case Literal::kHex:
      case Literal::kBit:
      case Literal::kTrue:
      case Literal::kFalse:
        break;
      default:
        term.constant = true;
        return term;
    }
  } else if (node.kind == NodeKind::kLiteral) {
    const std::string_view digits = statement_.text(value);
    std::size_t position = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (first_star_ && position > *first_star_) {
      return needs_compute(node.span, "a position behind `*`: write the columns out");
    }
    if (position == 0 || position > items_.size()) {
      return refuse(ErrorCode::kUnknownColumn, node.span,
                    "the select list has no column " + std::to_string(position));
    }
    term.item = position - 1;
    term.value = items_[position - 1].value;
    return term;
  }
  if (node.kind == NodeKind::kColumn) return term_of_column(value, aliases_first);
  const NodeId random = find_below(statement_, value, [this](NodeId id) {
    return is_function_of(statement_, id, {analyze::FunctionClass::kRandom});
  });
  if (random != kNoNode) {
    return needs_compute(span(random), "a random order or grouping cannot be merged");
  }
  if (!statement_.mentions(value, NodeKind::kColumn) &&
      !statement_.mentions(value, NodeKind::kSubquery)) {
    // +1 and TRUE in MySQL, and -(-1), 0x1 and likely(1) in SQLite, are positions as 1 is.
    return needs_compute(node.span, "a constant here may be a column's position");
  }
  if (mentions_alias(value, kNoNode)) {
    return needs_compute(node.span, "an alias of the select list inside of an expression");
  }
  term.item = item_like(value);
  return term;
}

Result<SelectMerge::Term> SelectMerge::term_of_column(NodeId column, bool aliases_first) {
  Term term;
  term.value = column;
  const NodeId name = scopes_.column_name(column);
  if (name_count(statement_, column) == 1) {
    const std::optional<std::size_t> alias = item_with_alias(name);
    if (alias) {
      const Item& item = items_[*alias];
      const bool same = statement_.kind(item.value) == NodeKind::kColumn &&
                        analyze::same_name(statement_, scopes_.column_name(item.value), name);
      for (std::size_t i = *alias + 1; i < items_.size(); ++i) {
        if (items_[i].alias != kNoNode && analyze::same_name(statement_, items_[i].alias, name)) {
          return refuse(ErrorCode::kAmbiguousColumn, span(column),
                        "two members of the select list are called " + statement_.name(name));
        }
      }
      bool takes_alias = aliases_first || same;
      if (!takes_alias && !scopes_.resolve(column, block_, schema_).found()) {
        // GROUP BY prefers a real column. Only the tables' columns can tell that there is none.
        const rules::LogicalTable* unknown = unknown_table();
        if (unknown != nullptr) return fail(ErrorCode::kSchemaNeeded, unknown->name);
        takes_alias = true;
      }
      if (takes_alias) {
        term.item = alias;
        term.value = item.value;
        return term;
      }
    }
  }
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (same_column(items_[i].value, column)) {
      term.item = i;
      break;
    }
  }
  return term;
}

std::optional<std::size_t> SelectMerge::item_with_alias(NodeId name) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].alias != kNoNode && analyze::same_name(statement_, items_[i].alias, name)) {
      return i;
    }
  }
  return std::nullopt;
}

bool SelectMerge::same_column(NodeId a, NodeId b) {
  if (statement_.kind(a) != NodeKind::kColumn || statement_.kind(b) != NodeKind::kColumn) {
    return false;
  }
  if (!analyze::same_name(statement_, scopes_.column_name(a), scopes_.column_name(b))) return false;
  if (statement_.text(a) == statement_.text(b)) return true;
  if (name_count(statement_, a) == 1 && name_count(statement_, b) == 1) return true;
  const auto& block = scopes_.block(block_);
  if (block.last - block.first == 1 && block_ == 0) return true;
  const analyze::Resolution left = scopes_.resolve(a, block_, schema_);
  const analyze::Resolution right = scopes_.resolve(b, block_, schema_);
  return left.found() && right.found() && left.occurrence == right.occurrence;
}

bool SelectMerge::same_expression(NodeId a, NodeId b) {
  if (a == b || same_column(a, b)) return true;
  if (statement_.kind(a) == NodeKind::kColumn || statement_.kind(b) == NodeKind::kColumn) {
    return false;
  }
  // Two parameters look alike and are not.
  return statement_.text(a) == statement_.text(b) &&
         find_below(statement_, a, [this](NodeId id) {
           return statement_.kind(id) == NodeKind::kParameter;
         }) == kNoNode;
}

std::optional<std::size_t> SelectMerge::item_like(NodeId expression) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (!items_[i].star && same_expression(items_[i].value, expression)) return i;
  }
  return std::nullopt;
}

// Inside of an expression a name could mean the select item of that alias, or a column.
bool SelectMerge::mentions_alias(NodeId node, NodeId except) const {
  return find_below(statement_, node, [&](NodeId id) {
           if (id == except || statement_.kind(id) != NodeKind::kColumn) return false;
           if (name_count(statement_, id) != 1) return false;
           const NodeId name = scopes_.column_name(id);
           for (const Item& item : items_) {
             if (item.alias == kNoNode || !analyze::same_name(statement_, item.alias, name)) {
               continue;
             }
             if (statement_.kind(item.value) != NodeKind::kColumn ||
                 !analyze::same_name(statement_, scopes_.column_name(item.value), name)) {
               return true;
             }
           }
           return false;
         }) != kNoNode;
}

// Copies of an expression must mean what the original means.
Result<void> SelectMerge::check_copyable(NodeId expression) {
  const bool schema = sqlite_ || !scopes_.rules().schema().empty();
  const NodeId bad = find_below(statement_, expression, [&](NodeId id) {
    const NodeKind kind = statement_.kind(id);
    if (kind == NodeKind::kColumn) return schema && name_count(statement_, id) > 2;
    return kind == NodeKind::kSubquery || kind == NodeKind::kAssignUser ||
           is_function_of(statement_, id, {analyze::FunctionClass::kRandom});
  });
  if (bad == kNoNode) return {};
  return needs_compute(span(bad), "this expression cannot be added to the select list");
}

Result<SelectMerge::Place> SelectMerge::place_of(const Term& term) {
  if (term.item) {
    const bool reachable = !first_star_ || *term.item < *first_star_ || *term.item > *last_star_;
    if (reachable) return Place{false, *term.item};
    PANDO_TRY(check_copyable(term.value));
  }
  return hide(Hidden::What::kPlain, term.value);
}

SelectMerge::Place SelectMerge::hide(Hidden::What what, NodeId expression) {
  for (std::size_t i = 0; i < hidden_.size(); ++i) {
    if (hidden_[i].what == what && hidden_[i].expression == expression) return {true, i};
  }
  hidden_.push_back({what, expression});
  return {true, hidden_.size() - 1};
}

// --- How values compare

const rules::LogicalTable* SelectMerge::unknown_table() const {
  const auto& block = scopes_.block(block_);
  for (OccurrenceId id = block.first; id < block.last; ++id) {
    const Occurrence& occurrence = scopes_.occurrence(id);
    if (occurrence.table == nullptr) continue;
    if (schema_ == nullptr || schema_->find(occurrence.table->name) == nullptr) {
      return occurrence.table;
    }
  }
  return nullptr;
}

Result<const drivers::ColumnSchema*> SelectMerge::column_schema(NodeId column, bool needed) {
  const auto& block = scopes_.block(block_);
  const NodeId name = scopes_.column_name(column);
  analyze::Resolution resolved = scopes_.resolve(column, block_, schema_);
  const bool only = block.last - block.first == 1;
  if (!resolved.found() && only) resolved.occurrence = block.first;
  if (resolved.found()) {
    const analyze::Origin origin = scopes_.origin(resolved.occurrence, name, schema_);
    if (!origin.found()) {
      if (!needed) return nullptr;
      return needs_compute(span(column), "how this column of a subquery compares is not known");
    }
    const Occurrence& base = scopes_.occurrence(origin.occurrence);
    const std::string table = base.table != nullptr ? base.table->name : statement_.name(base.name);
    const drivers::TableSchema* known = schema_ == nullptr ? nullptr : schema_->find(table);
    if (known != nullptr) {
      const drivers::ColumnSchema* found = known->find(statement_.name(origin.name));
      if (found == nullptr && needed) {
        return refuse(ErrorCode::kUnknownColumn, span(column),
                      "table " + table + " has no column " + statement_.name(origin.name));
      }
      return found;
    }
    if (!needed) return nullptr;
    return fail(
        Error(ErrorCode::kSchemaNeeded, table).with_span(span(column).begin, span(column).end));
  }
  if (!needed) return nullptr;
  if (const rules::LogicalTable* unknown = unknown_table()) {
    return fail(Error(ErrorCode::kSchemaNeeded, unknown->name)
                    .with_span(span(column).begin, span(column).end));
  }
  return needs_compute(span(column), "which table this column belongs to is not known");
}

Result<SelectMerge::Sorts> SelectMerge::sorts_mysql(NodeId operand, bool extreme) {
  const Node& node = statement_.node(operand);
  switch (node.kind) {
    case NodeKind::kLiteral:
      return static_cast<Literal>(node.op) == Literal::kInteger ||
                     static_cast<Literal>(node.op) == Literal::kDecimal
                 ? Sorts::kByValue
                 : Sorts::kByWeight;
    case NodeKind::kFunction:
      return is_function_of(statement_, operand,
                            {analyze::FunctionClass::kCount, analyze::FunctionClass::kSum,
                             analyze::FunctionClass::kAvg})
                 ? Sorts::kByValue
                 : Sorts::kByWeight;
    case NodeKind::kBinary:
      switch (node.op_as_operator()) {
        case Operator::kMultiply:
        case Operator::kDivide:
        case Operator::kIntegerDivide:
        case Operator::kModulo:
          return Sorts::kByValue;
        default:
          return Sorts::kByWeight;  // Dates and INTERVALs add up to text.
      }
    case NodeKind::kColumn:
      break;
    default:
      return Sorts::kByWeight;
  }
  PANDO_ASSIGN(const drivers::ColumnSchema* column, column_schema(operand, false));
  if (column == nullptr) return Sorts::kByWeight;
  switch (column->type) {
    case SqlType::kText:
    case SqlType::kUnknown:
    case SqlType::kDynamic:
      return Sorts::kByWeight;
    case SqlType::kEnum:
    case SqlType::kSet:
      return extreme ? Sorts::kByWeight : Sorts::kByNumber;
    case SqlType::kJson:
    case SqlType::kGeometry:
    case SqlType::kOther:
      return refuse(ErrorCode::kOrderUnsupported, span(operand),
                    "column " + column->name + " is of type " + column->declared_type);
    default:
      return Sorts::kByValue;
  }
}

Result<TextOrder> SelectMerge::order_sqlite(NodeId operand) {
  const auto named = [&](std::string_view collation) -> Result<TextOrder> {
    const std::string upper = to_upper(collation);
    if (upper.empty() || upper == "BINARY") return TextOrder::kBinary;
    if (upper == "NOCASE") return TextOrder::kNoCase;
    if (upper == "RTRIM") return TextOrder::kRtrim;
    return refuse(ErrorCode::kOrderUnsupported, span(operand),
                  "Pando does not know the collation " + std::string(collation));
  };
  NodeId at = operand;
  while (true) {
    const Node& node = statement_.node(at);
    switch (node.kind) {
      case NodeKind::kCollate:
        return named(statement_.name(statement_.child(at, 1)));
      case NodeKind::kCast:
        at = node.child;
        continue;
      case NodeKind::kUnary:
        if (node.op_as_operator() != Operator::kPlus) return TextOrder::kBinary;
        at = node.child;
        continue;
      case NodeKind::kSubquery:
        return needs_compute(node.span, "how the value of this subquery compares is not known");
      case NodeKind::kColumn: {
        if (scopes_.is_row_number(at)) return TextOrder::kBinary;
        PANDO_ASSIGN(const drivers::ColumnSchema* column, column_schema(at, true));
        return named(column == nullptr ? "" : std::string_view(column->collation));
      }
      default:
        break;
    }
    // COLLATE deeper inside decides too, in ways of its own.
    const NodeId collate = find_below(
        statement_, at, [this](NodeId id) { return statement_.kind(id) == NodeKind::kCollate; });
    if (collate != kNoNode) {
      return needs_compute(span(collate), "COLLATE inside of an expression that is compared");
    }
    return TextOrder::kBinary;
  }
}

bool SelectMerge::shows_all_digits(NodeId operand) const {
  if (statement_.kind(operand) == NodeKind::kFunction) {
    const NodeId name = statement_.find(operand, NodeKind::kName);
    return name != kNoNode &&
           (statement_.name_equals(name, "round") || statement_.name_equals(name, "truncate"));
  }
  if (statement_.kind(operand) != NodeKind::kColumn) return false;
  const auto& block = scopes_.block(block_);
  analyze::Resolution resolved = scopes_.resolve(operand, block_, schema_);
  if (!resolved.found() && block.last - block.first == 1) resolved.occurrence = block.first;
  return resolved.found() &&
         scopes_.origin(resolved.occurrence, scopes_.column_name(operand), schema_).found();
}

// What WEIGHT_STRING() makes of a text compares as the text does only if the collation has one
// level: not if it tells letters apart by their accents first, and by their case then.
Result<void> SelectMerge::check_collations(NodeId node) {
  const auto leveled = [](std::string_view collation) {
    const std::string name = to_lower(collation);
    for (const std::string_view part : {"_as_c", "_ai_cs", "_w2", "czech_cs"}) {
      if (name.find(part) != std::string::npos) return true;
    }
    return false;
  };
  const NodeKind kind = statement_.kind(node);
  std::string_view collation;
  bool fixed_width = false;
  if (kind == NodeKind::kColumn) {
    PANDO_ASSIGN(const drivers::ColumnSchema* column, column_schema(node, false));
    if (column == nullptr) {
      const rules::LogicalTable* unknown = schema_ != nullptr ? unknown_table() : nullptr;
      if (unknown != nullptr) return fail(ErrorCode::kSchemaNeeded, unknown->name);
      return {};
    }
    collation = column->collation;
    // MariaDB fills a CHAR up with blanks before it compares, also where the collation does not.
    fixed_width = to_lower(column->declared_type).rfind("char", 0) == 0 &&
                  collation.find("_nopad_") != std::string_view::npos;
  } else if (kind == NodeKind::kCollate) {
    collation = statement_.text(statement_.child(node, 1));
  }
  if (leveled(collation) || fixed_width) {
    return needs_compute(span(node), "the collation " + std::string(collation) +
                                         " has no weights that could be merged by");
  }
  for (const NodeId child : statement_.children(node)) PANDO_TRY(check_collations(child));
  return {};
}

Result<SelectMerge::Key> SelectMerge::key_for(Place place, NodeId expression, NodeId operand) {
  Key key;
  key.value = place;
  if (sqlite_) {
    PANDO_ASSIGN(key.text_order, order_sqlite(operand));
    return key;
  }
  key.whole = shows_all_digits(operand);
  PANDO_TRY(check_collations(operand));
  PANDO_ASSIGN(const Sorts how, sorts_mysql(operand, expression != operand));
  switch (how) {
    case Sorts::kByValue:
      break;
    case Sorts::kByNumber:
      PANDO_TRY(check_copyable(expression));
      key.value = hide(Hidden::What::kNumber, expression);
      break;
    case Sorts::kByWeight:
      PANDO_TRY(check_copyable(expression));
      key.weight = hide(Hidden::What::kWeight, expression);
      key.pad = hide(Hidden::What::kPad, expression);
      break;
  }
  return key;
}

}  // namespace pando::plan
