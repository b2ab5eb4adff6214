#include "router/plan/insert_through.h"

#include <utility>
#include <vector>

#include "router/analyze/functions.h"
#include "router/analyze/scope.h"
#include "router/plan/rows_query.h"
#include "router/rewrite/text_edits.h"

namespace pando::plan {
namespace {

using analyze::FunctionClass;
using drivers::ColumnSchema;
using sql::NodeId;
using sql::NodeKind;
using sql::Operator;
using sql::Statement;

bool is_integer(SqlType type) { return type >= SqlType::kInt8 && type <= SqlType::kInt64; }

// (SELECT ...) with nothing behind it is that SELECT.
NodeId without_parentheses(const Statement& statement, NodeId query) {
  while (statement.kind(query) == NodeKind::kQueryParens &&
         statement.child(query, 1) == sql::kNoNode) {
    query = statement.child(query, 0);
  }
  return query;
}

class RowsPlanner {
 public:
  RowsPlanner(const InsertTarget& target, const analyze::Scopes& scopes, const PlanContext& context)
      : target_(target),
        scopes_(scopes),
        statement_(target.sql()),
        context_(context),
        query_(without_parentheses(statement_, target.source)),
        block_(scopes.block_of(query_)) {}

  Result<Plan> plan(std::span<const Value> parameters, const Error& why) {
    PANDO_TRY(check_form(why));
    const sql::Span place = statement_.node(target_.source).span;
    const sql::Span query = statement_.node(query_).span;
    const sql::Span whole = statement_.node(statement_.root()).span;
    std::string text(statement_.text(query));
    if (statement_.dialect() == Dialect::kMySql) PANDO_TRY(read_items(text));
    PANDO_TRY(check_clock());

    Plan plan = target_.plan();
    plan.level = Level::kCompute;
    plan.parse_options = statement_.options();
    // Each INSERT would make its own defaults.
    plan.fix_timestamp = statement_.dialect() == Dialect::kMySql;
    plan.reason = "the rows are read, then written where they belong (" + why.message() + ")";
    RowsInto into;
    into.head = statement_.text({whole.begin, place.begin});
    into.head += into.head.back() == ' ' ? "VALUES " : " VALUES ";
    into.tail = statement_.text({place.end, whole.end});
    into.columns = target_.columns_known ? target_.columns.size() : 0;
    Piece rows;
    rows.table = target_.table->name;
    rows.label = "rows to write";
    const std::vector<std::uint32_t>& marks = statement_.parameters();
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < marks.size(); ++i) {
      if (marks[i] >= query.end) into.tail_parameters.push_back(i);
      if (marks[i] < query.begin || marks[i] >= query.end) continue;
      rows.parameters.push_back(i);
      values.push_back(parameters[i]);
    }
    PANDO_ASSIGN(RowsQuery source, plan_rows_query(std::move(text), RowsAre::kRead,
                                                   statement_.options(), values, context_));
    if (!source.locked) plan.notes.push_back(kNotLocked);
    source.plan.needs_writer = true;
    source.plan.fix_timestamp = false;
    rows.sql = std::move(source.sql);
    rows.plan = std::make_shared<const Plan>(std::move(source.plan));
    plan.pieces.push_back(std::move(rows));
    plan.into = std::move(into);
    return plan;
  }

 private:
  tl::unexpected<Error> unlike(sql::Span span, const std::string& what) const {
    return fail(
        Error(ErrorCode::kNeedsCompute, what + ", and the rows of this statement go through Pando")
            .with_span(span.begin, span.end)
            .with_remedy("Select columns of the very types that they go to, or run the "
                         "query and insert its rows."));
  }

  // --- What each column gets, in MySQL

  // Leaves in `text` the query with its stars written out and its FLOAT columns as DOUBLE: as text
  // they would have six digits.
  Result<void> read_items(std::string& text) {
    const sql::Span whole = statement_.node(query_).span;
    to_ = context_.schema != nullptr ? context_.schema->find(target_.table->name) : nullptr;
    if (to_ == nullptr || !target_.columns_known) {
      return fail(ErrorCode::kSchemaNeeded, target_.table->name);
    }
    if (statement_.kind(query_) != NodeKind::kSelect) {
      return unlike(whole, "the types of a set operation's columns are the database's own");
    }
    const NodeId list = statement_.find(query_, NodeKind::kSelectList);
    std::string made;
    for (const NodeId item : statement_.children(list)) {
      const NodeId value = statement_.node(item).child;
      if (statement_.kind(value) == NodeKind::kStar) {
        PANDO_TRY(add_star(value, made));
        continue;
      }
      PANDO_ASSIGN(const bool is_float, check_item(value));
      made += made.empty() ? "" : ", ";
      // With its parentheses, which the span of a column or a function leaves out.
      const sql::Span all = statement_.node(item).span;
      const NodeId alias = statement_.find(item, NodeKind::kAlias);
      const std::uint32_t end = alias == sql::kNoNode ? all.end : statement_.node(alias).span.begin;
      const std::string written(statement_.text({all.begin, end}));
      made += is_float ? "(" + written + " + 0e0) " : written;
      made += statement_.text({end, all.end});
    }
    const sql::Span span = statement_.node(list).span;
    text.replace(span.begin - whole.begin, span.size(), made);
    return {};
  }

  Result<void> add_star(NodeId star, std::string& made) {
    const sql::Span span = statement_.node(star).span;
    const analyze::Block& block = scopes_.block(block_);
    const drivers::TableSchema* from =
        block.last - block.first == 1 ? schema_of(block.first) : nullptr;
    if (from == nullptr) return unlike(span, "`*` of several tables has columns of any type");
    for (const ColumnSchema& column : from->columns) {
      if (column.hidden) continue;
      PANDO_TRY(check_column(column, span));
      made += made.empty() ? "" : ", ";
      made += rewrite::quote_identifier(column.name, statement_.dialect());
      if (column.type == SqlType::kFloat) made += " + 0e0";
    }
    return {};
  }

  const drivers::TableSchema* schema_of(analyze::OccurrenceId id) const {
    const analyze::Occurrence& at = scopes_.occurrence(id);
    return at.table != nullptr ? context_.schema->find(at.table->name) : nullptr;
  }

  const ColumnSchema* column_of(NodeId column) const {
    const analyze::Origin origin = scopes_.origin_of(column, block_, context_.schema);
    const drivers::TableSchema* schema = origin.found() ? schema_of(origin.occurrence) : nullptr;
    return schema != nullptr ? schema->find(statement_.name(origin.name)) : nullptr;
  }

  // The column that the next value goes to. Null: there are more values than columns, which the
  // database will say.
  const ColumnSchema* next_target() {
    if (position_ >= target_.columns.size()) return nullptr;
    return to_->find(target_.columns[position_++]);
  }

  // True: the column is a FLOAT.
  Result<bool> check_item(NodeId value) {
    const sql::Node& node = statement_.node(value);
    switch (node.kind) {
      case NodeKind::kLiteral: {
        const ColumnSchema* to = next_target();
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
        ++position_;
        return false;
      case NodeKind::kColumn: {
        const ColumnSchema* from = column_of(value);
        if (from == nullptr) return unlike(node.span, "the type of this column cannot be told");
        PANDO_TRY(check_column(*from, node.span));
        return from->type == SqlType::kFloat;
      }
      default:
        break;
    }
    const ColumnSchema* to = next_target();
    if (to == nullptr) return false;
    if (is_integer(to->type) && integer(value)) return false;
    if (node.kind == NodeKind::kFunction) {
      const NodeId name = statement_.find(value, NodeKind::kName);
      const NodeId argument = name == sql::kNoNode ? name : statement_.node(name).next;
      const ColumnSchema* from =
          argument != sql::kNoNode && statement_.kind(argument) == NodeKind::kColumn
              ? column_of(argument)
              : nullptr;
      const FunctionClass what = analyze::class_of(statement_, value);
      const bool extreme = what == FunctionClass::kMin || what == FunctionClass::kMax;
      if (from != nullptr && extreme && from->type != SqlType::kFloat && alike(*from, *to)) {
        return false;
      }
      const bool exact = is_integer(to->type) || to->type == SqlType::kDecimal;
      if (from != nullptr && what == FunctionClass::kSum && exact &&
          (is_integer(from->type) ||
           (from->type == SqlType::kDecimal && to->type == SqlType::kDecimal))) {
        return false;
      }
    }
    return unlike(node.span, "what becomes of this expression in column " + to->name +
                                 " is the database's own business");
  }

  Result<void> check_column(const ColumnSchema& from, sql::Span span) {
    const ColumnSchema* to = next_target();
    if (to == nullptr || alike(from, *to)) return {};
    return unlike(span, "column " + from.name + " is of type " + from.declared_type +
                            " and goes to one of type " + to->declared_type);
  }

  // A value of the one is the same value in the other, or the same error, also by way of a literal.
  bool alike(const ColumnSchema& from, const ColumnSchema& to) const {
    if (is_integer(from.type)) return is_integer(to.type) || to.type == SqlType::kDecimal;
    if (from.type != to.type) return false;
    switch (from.type) {
      case SqlType::kEnum:
      case SqlType::kSet:
      case SqlType::kBit:
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

  // An integer, whose overflow is an error in a query too.
  bool integer(NodeId node) const {
    switch (statement_.kind(node)) {
      case NodeKind::kLiteral:
        return static_cast<sql::Literal>(statement_.node(node).op) == sql::Literal::kInteger;
      case NodeKind::kColumn: {
        const ColumnSchema* column = column_of(node);
        return column != nullptr && is_integer(column->type);
      }
      case NodeKind::kFunction: {
        const FunctionClass what = analyze::class_of(statement_, node);
        if (what == FunctionClass::kCount) return true;
        if (what != FunctionClass::kMin && what != FunctionClass::kMax) return false;
        const NodeId name = statement_.find(node, NodeKind::kName);
        return statement_.node(name).next != sql::kNoNode && integer(statement_.node(name).next);
      }
      case NodeKind::kBinary:
        switch (statement_.node(node).op_as_operator()) {
          case Operator::kAdd:
          case Operator::kSubtract:
          case Operator::kMultiply:
            return integer(statement_.child(node, 0)) && integer(statement_.child(node, 1));
          default:
            return false;
        }
      default:
        return false;
    }
  }

  // --- What else must not differ

  Result<void> check_clock() const {
    for (NodeId id = 1; id < statement_.node_count(); ++id) {
      if (statement_.kind(id) != NodeKind::kFunction) continue;
      if (!analyze::reads_clock(statement_, id)) continue;
      return unlike(statement_.node(id).span, "the time would be read more than once");
    }
    if (statement_.dialect() == Dialect::kMySql || context_.schema == nullptr) return {};
    const drivers::TableSchema* to = context_.schema->find(target_.table->name);
    if (to == nullptr) return {};
    for (const ColumnSchema& column : to->columns) {
      if (!column.default_varies || target_.position(column.name)) continue;
      return unlike(statement_.node(query_).span,
                    "the default of column " + column.name + " would be made more than once");
    }
    return {};
  }

  // The query names nothing from outside of it, what follows it names nothing of the query, and a
  // failure takes all of it back.
  Result<void> check_form(const Error& why) const {
    const sql::Node& root = statement_.node(statement_.root());
    if (static_cast<sql::InsertOp>(root.op) == sql::InsertOp::kOrFail) {
      return unlike(root.span, "OR FAIL keeps the rows before the one that failed");
    }
    for (const NodeId child : statement_.children(statement_.root())) {
      const NodeKind kind = statement_.kind(child);
      if (kind == NodeKind::kWith || kind == NodeKind::kReturning) return fail(why);
      if (kind != NodeKind::kOnDuplicate) continue;
      for (const NodeId assign : statement_.children(child)) {
        const NodeId value = statement_.child(assign, 1);
        if (!may_name_source(value)) continue;
        return unlike(statement_.node(value).span,
                      "a column here may be the query's; name it by VALUES()");
      }
    }
    const drivers::TableSchema* to =
        context_.schema != nullptr ? context_.schema->find(target_.table->name) : nullptr;
    for (const std::string& column : target_.columns) {
      if (to == nullptr || to->find(column) != nullptr) continue;
      return fail(Error(ErrorCode::kUnknownColumn,
                        "table " + target_.table->name + " has no column " + column)
                      .with_span(root.span.begin, root.span.end));
    }
    return {};
  }

  bool may_name_source(NodeId node) const {
    if (node == sql::kNoNode) return false;
    switch (statement_.kind(node)) {
      case NodeKind::kSubquery:
        return true;
      case NodeKind::kFunction: {
        const NodeId name = statement_.find(node, NodeKind::kName);
        if (name != sql::kNoNode && statement_.name_equals(name, "values")) return false;
        break;
      }
      case NodeKind::kColumn: {
        const NodeId first = statement_.node(node).child;
        const bool bare = statement_.node(first).next == sql::kNoNode;
        if (!bare && !same_name(statement_.name(first), target_.table->name)) return true;
        return scopes_.may_have_column(block_, scopes_.column_name(node), context_.schema);
      }
      default:
        break;
    }
    for (const NodeId child : statement_.children(node)) {
      if (may_name_source(child)) return true;
    }
    return false;
  }

  const InsertTarget& target_;
  const analyze::Scopes& scopes_;
  const Statement& statement_;
  const PlanContext& context_;
  NodeId query_;
  analyze::BlockId block_;
  const drivers::TableSchema* to_ = nullptr;
  std::size_t position_ = 0;  // Of the next value, among the target's columns.
};

}  // namespace

Result<Plan> plan_rows(const InsertTarget& target, const analyze::Scopes& scopes,
                       std::span<const Value> parameters, const PlanContext& context,
                       const Error& why) {
  return RowsPlanner(target, scopes, context).plan(parameters, why);
}

}  // namespace pando::plan
