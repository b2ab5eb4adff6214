#include "router/plan/insert_through.h"

#include <utility>
#include <vector>

#include "router/analyze/functions.h"
#include "router/analyze/scope.h"
#include "router/plan/rows_query.h"
#include "router/plan/value_transfer.h"
#include "router/rewrite/text_edits.h"

namespace pando::plan {
namespace {

using analyze::FunctionClass;
using drivers::ColumnSchema;
using sql::NodeId;
using sql::NodeKind;
using sql::Operator;
using sql::Statement;

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
    std::string& head = into.write.head;
    head = statement_.text({whole.begin, place.begin});
    head += head.back() == ' ' ? "VALUES " : " VALUES ";
    into.write.tail = statement_.text({place.end, whole.end});
    into.columns = target_.columns_known ? target_.columns.size() : 0;
    Piece rows;
    rows.table = target_.table->name;
    rows.label = "rows to write";
    const std::vector<std::uint32_t>& marks = statement_.parameters();
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < marks.size(); ++i) {
      if (marks[i] >= query.end) into.write.tail_parameters.push_back({.index = i});
      if (marks[i] < query.begin || marks[i] >= query.end) continue;
      rows.parameters.push_back(i);
      values.push_back(parameters[i]);
    }
    PANDO_ASSIGN(RowsQuery source, plan_rows_query(std::move(text), RowsAre::kRead,
                                                   statement_.options(), values, context_));
    if (!source.locked) plan.notes.push_back(kNotLocked);
    source.plan.needs_writer = true;
    rows.sql = std::move(source.sql);
    rows.plan = std::make_shared<const Plan>(std::move(source.plan));
    plan.pieces.push_back(std::move(rows));
    plan.into = std::move(into);
    return plan;
  }

 private:
  static tl::unexpected<Error> unlike(sql::Span span, const std::string& what) {
    return ValueTransfer::unlike(span, what);
  }

  // --- What each column gets, in MySQL

  // Leaves in `text` the query with its stars written out and its FLOAT columns as DOUBLE.
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

  // The column that the next value goes to. Null: there are more values than columns, which the
  // database will say.
  const ColumnSchema* next_target() {
    if (position_ >= target_.columns.size()) return nullptr;
    return to_->find(target_.columns[position_++]);
  }

  // True: it is to be read as DOUBLE.
  Result<bool> check_item(NodeId value) {
    return ValueTransfer(scopes_, context_.schema).check(value, block_, next_target());
  }

  Result<void> check_column(const ColumnSchema& from, sql::Span span) {
    return ValueTransfer(scopes_, context_.schema).check_column(from, next_target(), span);
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
