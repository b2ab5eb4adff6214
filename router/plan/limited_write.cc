#include "router/plan/limited_write.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "router/analyze/functions.h"
#include "router/plan/rows_query.h"
#include "router/plan/write_checks.h"
#include "router/rewrite/text_edits.h"

namespace pando::plan {
namespace {

using analyze::Occurrence;
using drivers::ColumnSchema;
using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// A value that is read is found again by `=`, and no other: MySQL compares a DECIMAL with a text as
// floating-point numbers.
bool names_its_row(const ColumnSchema& column, Dialect dialect) {
  if (dialect == Dialect::kSqlite) return true;
  switch (column.type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
    case SqlType::kText:
    case SqlType::kBytes:
      return true;
    default:
      return false;
  }
}

class LimitedWrite {
 public:
  LimitedWrite(const analyze::Scopes& scopes, analyze::OccurrenceId target,
               const PlanContext& context)
      : scopes_(scopes),
        statement_(scopes.statement()),
        context_(context),
        target_(scopes.occurrence(target)),
        id_(target),
        root_(statement_.root()),
        limit_(statement_.find(root_, NodeKind::kLimit)),
        where_(statement_.find(root_, NodeKind::kWhere)) {}

  Result<Plan> plan(std::span<const Value> parameters) {
    PANDO_TRY(check_form());
    PANDO_TRY(read_keys());
    PANDO_TRY(check_order());
    PANDO_TRY(check_assignments());

    Plan plan;
    plan.write = WriteKind::kSum;
    plan.returns_rows = false;
    plan.needs_writer = true;
    plan.level = Level::kCompute;
    plan.parse_options = statement_.options();
    plan.fix_timestamp = statement_.dialect() == Dialect::kMySql;
    plan.reason = "the keys of the first rows of all shards are read, then these rows are written";
    Piece rows;
    rows.table = target_.table->name;
    rows.label = "keys of the rows to write";
    const sql::Span all = statement_.node(root_).span;
    const std::uint32_t tail = statement_.node(first_clause()).span.begin;
    rows.sql = "SELECT " + keys(", ") + " FROM " + std::string(statement_.text(target_.node)) +
               ' ' + std::string(statement_.text({tail, all.end}));
    if (statement_.dialect() == Dialect::kMySql) rows.sql += " FOR UPDATE";
    RowsInto into;
    into.head = statement_.text({all.begin, tail});
    into.head += where_ != sql::kNoNode ? written_condition() + " AND " : "WHERE ";
    into.head += '(' + keys(", ") + ") IN (";
    into.tail = ")";
    if (statement_.dialect() == Dialect::kSqlite) {
      into.head += "VALUES ";  // SQLite knows no list of rows but this.
    }
    into.columns = keys_.size();
    into.names_rows = true;
    const std::uint32_t written_end =
        where_ != sql::kNoNode ? statement_.node(where_).span.end : tail;
    const std::vector<std::uint32_t>& marks = statement_.parameters();
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < marks.size(); ++i) {
      if (marks[i] < written_end) into.head_parameters.push_back(i);
      if (marks[i] < tail) continue;
      rows.parameters.push_back(i);
      values.push_back(parameters[i]);
    }
    PANDO_ASSIGN(Plan source, plan_rows_query(rows.sql, statement_.options(), values, context_));
    source.needs_writer = true;
    source.fix_timestamp = false;
    rows.plan = std::make_shared<const Plan>(std::move(source));
    plan.pieces.push_back(std::move(rows));
    plan.into = std::move(into);
    return plan;
  }

 private:
  tl::unexpected<Error> refuse_limit(const std::string& why) const {
    return refuse(
        ErrorCode::kLimitedWrite, statement_.node(limit_).span,
        "the statement reaches several shards of " + target_.table->name + ", and " + why);
  }

  Result<void> check_form() const {
    if (scopes_.blocks().size() > 1 || scopes_.occurrences().size() > 1) {
      return refuse_limit("LIMIT with other tables would hold on each of them");
    }
    for (const NodeKind kind : {NodeKind::kReturning, NodeKind::kWith, NodeKind::kDeleteTargets}) {
      if (statement_.find(root_, kind) == sql::kNoNode) continue;
      return refuse_limit("it cannot have RETURNING, WITH or a list of targets beside LIMIT");
    }
    // The query and the writes would not both have it.
    if (!statement_.hints().empty()) return refuse_limit("a hint cannot stand beside LIMIT");
    // IGNORE passes over rows, in whose place one server may take others; OR FAIL keeps some.
    const sql::Node& root = statement_.node(root_);
    if (root.has(sql::kIgnore) || root.op != 0) {
      return refuse_limit("it cannot have IGNORE, or OR and an action, beside LIMIT");
    }
    return check_values(root_);
  }

  // What is evaluated in the query and again in the writes must be the same there.
  Result<void> check_values(NodeId node) const {
    for (const NodeId child : statement_.children(node)) {
      if (child == limit_) continue;
      PANDO_TRY(check_deterministic(statement_, child));
    }
    return {};
  }

  // The primary key and the sharding key. The first alone may stand on two shards.
  Result<void> read_keys() {
    const drivers::TableSchema* schema =
        context_.schema != nullptr ? context_.schema->find(target_.table->name) : nullptr;
    if (schema == nullptr) return fail(ErrorCode::kSchemaNeeded, target_.table->name);
    const auto primary = std::find_if(schema->keys.begin(), schema->keys.end(),
                                      [](const drivers::KeySchema& key) { return key.primary; });
    if (primary == schema->keys.end()) return refuse_limit("it has no primary key");
    primary_ = primary->columns;
    for (const std::string& name : primary_) PANDO_TRY(add_key(*schema, name));
    for (const rules::KeyColumn& key : target_.table->key_columns) {
      const bool known = std::any_of(keys_.begin(), keys_.end(), [&](const std::string& name) {
        return same_name(name, key.name);
      });
      if (!known) PANDO_TRY(add_key(*schema, key.name));
    }
    return {};
  }

  Result<void> add_key(const drivers::TableSchema& schema, const std::string& name) {
    const ColumnSchema* column = schema.find(name);
    if (column == nullptr || !names_its_row(*column, statement_.dialect())) {
      return refuse_limit("its rows cannot be named by " + name);
    }
    keys_.push_back(name);
    return {};
  }

  // Rows that are equal in the order are a choice of the server's, which nobody could make alike.
  Result<void> check_order() const {
    const NodeId order = statement_.find(root_, NodeKind::kOrderBy);
    const auto ordered = [&](const std::string& name) {
      if (order == sql::kNoNode) return false;
      for (const NodeId item : statement_.children(order)) {
        const NodeId value = statement_.child(item, 0);
        if (statement_.kind(value) != NodeKind::kColumn) continue;
        if (statement_.name_equals(scopes_.column_name(value), name)) return true;
      }
      return false;
    };
    if (std::all_of(primary_.begin(), primary_.end(), ordered)) return {};
    std::string missing;
    for (const std::string& name : primary_) missing += (missing.empty() ? "" : ", ") + name;
    return refuse_limit("which rows come first is certain only with ORDER BY " + missing);
  }

  // A row must still be found by its key when those before it have been written.
  Result<void> check_assignments() const {
    const NodeId list = statement_.find(root_, NodeKind::kSetList);
    if (list == sql::kNoNode) return {};
    const auto names_key = [&](NodeId name) {
      return std::any_of(keys_.begin(), keys_.end(),
                         [&](const std::string& key) { return statement_.name_equals(name, key); });
    };
    for (const NodeId assign : statement_.children(list)) {
      const NodeId column = statement_.child(assign, 0);
      bool key = false;
      if (statement_.kind(column) == NodeKind::kColumnList) {
        for (const NodeId name : statement_.children(column)) key |= names_key(name);
      } else {
        key = names_key(scopes_.column_name(column));
      }
      if (key) return refuse_limit("it changes their primary key");
    }
    return {};
  }

  // WHERE, ORDER BY or LIMIT, whichever comes first.
  NodeId first_clause() const {
    if (where_ != sql::kNoNode) return where_;
    const NodeId order = statement_.find(root_, NodeKind::kOrderBy);
    return order != sql::kNoNode ? order : limit_;
  }

  std::string written_condition() const {
    return "WHERE (" + std::string(statement_.text(statement_.child(where_, 0))) + ")";
  }

  std::string keys(std::string_view separator) const {
    std::string text;
    const Dialect dialect = statement_.dialect();
    const NodeId visible = scopes_.visible_name(id_);
    for (const std::string& key : keys_) {
      if (!text.empty()) text += separator;
      text += std::string(statement_.text(visible)) + '.' + rewrite::quote_identifier(key, dialect);
    }
    return text;
  }

  const analyze::Scopes& scopes_;
  const Statement& statement_;
  const PlanContext& context_;
  const Occurrence& target_;
  analyze::OccurrenceId id_;
  NodeId root_;
  NodeId limit_;
  NodeId where_;
  std::vector<std::string> primary_;
  std::vector<std::string> keys_;  // The primary key, then what else the sharding key has.
};

}  // namespace

Result<Plan> plan_limited_write(const analyze::Scopes& scopes, analyze::OccurrenceId target,
                                std::span<const Value> parameters, const PlanContext& context) {
  return LimitedWrite(scopes, target, context).plan(parameters);
}

}  // namespace pando::plan
