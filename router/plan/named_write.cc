#include "router/plan/named_write.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/analyze/functions.h"
#include "router/plan/row_image.h"
#include "router/plan/rows_query.h"
#include "router/plan/value_transfer.h"
#include "router/plan/write_checks.h"
#include "router/rewrite/text_edits.h"

namespace pando::plan {
namespace {

using analyze::Occurrence;
using drivers::ColumnSchema;
using sql::kNoNode;
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

class NamedWrite {
 public:
  NamedWrite(const analyze::Scopes& scopes, analyze::OccurrenceId target,
             const PlanContext& context, const Error& why)
      : scopes_(scopes),
        statement_(scopes.statement()),
        context_(context),
        why_(why),
        mysql_(statement_.dialect() == Dialect::kMySql),
        target_(scopes.occurrence(target)),
        id_(target),
        root_(statement_.root()),
        assigned_(statement_.find(root_, NodeKind::kSetList)),
        order_(statement_.find(root_, NodeKind::kOrderBy)),
        limit_(statement_.find(root_, NodeKind::kLimit)) {}

  Result<Plan> plan(std::span<const Value> parameters) {
    PANDO_TRY(check_form());
    PANDO_TRY(read_keys());
    if (why_.code() == ErrorCode::kShardingKeyUpdate)
      image_.emplace(scopes_, id_, *context_.schema);
    if (limit_ != kNoNode) PANDO_TRY(check_order());
    PANDO_TRY(check_assignments());

    Plan plan;
    plan.write = WriteKind::kSum;
    plan.returns_rows = false;
    plan.needs_writer = true;
    plan.level = Level::kCompute;
    plan.parse_options = statement_.options();
    plan.fix_timestamp = mysql_;
    plan.reason =
        limit_ != kNoNode
            ? "the keys of the first rows of all shards are read, then these rows are "
              "written"
            : "the rows' keys are read, then these rows are written (" + why_.message() + ")";
    Piece rows;
    rows.table = target_.table->name;
    rows.label = "keys of the rows to write";
    RowsInto into = this->into();
    rows.parameters = query_parameters();
    std::vector<Value> values;
    for (const std::uint32_t i : rows.parameters) values.push_back(parameters[i]);
    Result<RowsQuery> source =
        plan_rows_query(query(), RowsAre::kWritten, statement_.options(), values, context_);
    if (!source) {
      // Its place would be one of the query's text.
      if (source.error().code() == ErrorCode::kSchemaNeeded) return fail(source.error());
      return fail(why_);
    }
    if (!source->locked) plan.notes.push_back(kNotLocked);
    source->plan.needs_writer = true;
    rows.sql = std::move(source->sql);
    rows.plan = std::make_shared<const Plan>(std::move(source->plan));
    plan.pieces.push_back(std::move(rows));
    plan.into = std::move(into);
    return plan;
  }

 private:
  tl::unexpected<Error> lacking(const std::string& what) const {
    Error error(why_.code(), why_.message() + ", and " + what);
    return fail(std::move(error).with_span(why_.span().begin, why_.span().end));
  }

  static bool contains(sql::Span span, std::uint32_t at) {
    return span.begin <= at && at < span.end;
  }

  bool joins() const {
    const analyze::Block& top = scopes_.block(0);
    return top.last - top.first > 1;
  }

  // --- What may be written so

  Result<void> check_form() const {
    if (mysql_ && scopes_.rules().mariadb() && statement_.find(root_, NodeKind::kWith) != kNoNode) {
      return lacking("MariaDB has no WITH before it");
    }
    if (target_.table == nullptr) return lacking("the rules do not know its table");
    if (limit_ != kNoNode && joins()) return lacking("LIMIT with other tables chooses rows of all");
    if (statement_.find(root_, NodeKind::kReturning) != kNoNode) {
      return lacking("it cannot have RETURNING");
    }
    if (order_ != kNoNode && statement_.mentions(order_, NodeKind::kSubquery)) {
      return lacking("the order in which it writes comes from a subquery");
    }
    // The query and the writes would not both have it.
    if (!statement_.hints().empty()) return lacking("a hint is for one place");
    // IGNORE passes over rows, in whose place one server may take others; OR FAIL keeps some.
    const sql::Node& root = statement_.node(root_);
    if (root.has(sql::kIgnore) || root.op != 0) {
      return lacking("it cannot have IGNORE, or OR and an action");
    }
    // What each copy evaluates for itself must be the same everywhere.
    if (target_.broadcast() && assigned_ != kNoNode) {
      PANDO_TRY(check_deterministic(statement_, assigned_));
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
    if (primary == schema->keys.end()) return lacking("it has no primary key");
    primary_ = primary->columns;
    for (const std::string& name : primary_) PANDO_TRY(add_key(*schema, name));
    for (const rules::KeyColumn& key : target_.table->key_columns) {
      if (!is_key(key.name)) PANDO_TRY(add_key(*schema, key.name));
    }
    return {};
  }

  bool is_key(std::string_view column) const {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const std::string& name) { return same_name(name, column); });
  }

  Result<void> add_key(const drivers::TableSchema& schema, const std::string& name) {
    const ColumnSchema* column = schema.find(name);
    if (column == nullptr || !names_its_row(*column, statement_.dialect())) {
      return lacking("its rows cannot be named by " + name);
    }
    keys_.push_back(name);
    return {};
  }

  // Rows that are equal in the order are a choice of the server's, which nobody could make alike.
  Result<void> check_order() const {
    if (order_ != kNoNode) {
      for (const NodeId item : statement_.children(order_)) {
        if (statement_.mentions(item, NodeKind::kColumn)) continue;
        return lacking("a position in ORDER BY would be one of the keys that are read");
      }
    }
    const auto ordered = [&](const std::string& name) {
      if (order_ == kNoNode) return false;
      for (const NodeId item : statement_.children(order_)) {
        const NodeId value = statement_.child(item, 0);
        if (statement_.kind(value) != NodeKind::kColumn) continue;
        if (statement_.name_equals(scopes_.column_name(value), name)) return true;
      }
      return false;
    };
    if (std::all_of(primary_.begin(), primary_.end(), ordered)) return {};
    std::string missing;
    for (const std::string& name : primary_) missing += (missing.empty() ? "" : ", ") + name;
    return lacking("which rows come first is certain only with ORDER BY " + missing);
  }

  // A row must still be found by its key when those before it have been written. What it becomes is
  // made where it lies, or read with its keys.
  Result<void> check_assignments() {
    if (assigned_ == kNoNode) return {};
    std::vector<std::string> done;
    for (const NodeId assign : statement_.children(assigned_)) {
      const NodeId value = statement_.child(assign, 1);
      const NodeId column = statement_.child(assign, 0);
      if (image_) {
        if (auto fits = image_->assign(column, value); !fits)
          return lacking(fits.error().message());
        if (is_sharding_key(statement_.name(scopes_.column_name(column)))) continue;
      }
      if (comes_from_elsewhere(value)) {
        PANDO_TRY(read_value(column, value, done));
      } else {
        PANDO_TRY(check_value(value, done));
      }
      if (statement_.kind(column) == NodeKind::kColumnList) {
        for (const NodeId name : statement_.children(column)) {
          done.push_back(statement_.name(name));
        }
      } else {
        done.push_back(statement_.name(scopes_.column_name(column)));
      }
    }
    if (std::any_of(done.begin(), done.end(),
                    [this](const std::string& name) { return is_key(name); })) {
      return lacking("it changes their primary key");
    }
    if (!image_) return {};
    if (mysql_) PANDO_TRY(ValueTransfer(scopes_, context_.schema).check_schemas());
    if (auto fits = image_->finish(qualifier()); !fits) return lacking(fits.error().message());
    return {};
  }

  bool is_sharding_key(std::string_view column) const {
    const auto& keys = target_.table->key_columns;
    return std::any_of(keys.begin(), keys.end(),
                       [&](const rules::KeyColumn& key) { return same_name(key.name, column); });
  }

  bool comes_from_elsewhere(NodeId node) const {
    const NodeKind kind = statement_.kind(node);
    if (kind == NodeKind::kSubquery) return true;
    if (kind == NodeKind::kColumn) {
      const analyze::Resolution found = scopes_.resolve(node, 0, context_.schema);
      return !found.found() || found.occurrence != id_;
    }
    for (const NodeId child : statement_.children(node)) {
      if (comes_from_elsewhere(child)) return true;
    }
    return false;
  }

  // An UPDATE of MySQL that joins, or reads its own table, may take the value before the
  // assignment, one of a table alone takes that after it.
  Result<void> check_value(NodeId value, const std::vector<std::string>& done) const {
    const bool alone = !joins() && !reads_itself(scopes_, id_);
    if (!mysql_ || alone || !names_one_of(statement_, value, done)) return {};
    return lacking("it assigns what it has assigned before");
  }

  // A value that is read is that from before the statement.
  Result<void> read_value(NodeId column, NodeId value, const std::vector<std::string>& done) {
    if (statement_.kind(column) == NodeKind::kColumnList) {
      return lacking("what it assigns to several columns at once comes from elsewhere");
    }
    const sql::Span span = statement_.node(value).span;
    for (const Occurrence& at : scopes_.occurrences()) {
      if (at.kind != analyze::SourceKind::kTable || at.table != target_.table) continue;
      if (!contains(span, statement_.node(at.node).span.begin)) continue;
      return lacking("what it assigns comes from rows of the table that it writes");
    }
    Read read{.value = value};
    if (mysql_) {
      if (names_one_of(statement_, value, done))
        return lacking("it assigns what it has assigned before");
      const ValueTransfer transfer(scopes_, context_.schema);
      PANDO_TRY(transfer.check_schemas());
      const ColumnSchema* to = context_.schema->find(target_.table->name)
                                   ->find(statement_.name(scopes_.column_name(column)));
      if (to == nullptr) return lacking("a column that it assigns is not known");
      auto as_double = transfer.check(value, 0, to);
      if (!as_double) return lacking(as_double.error().message());
      read.as_double = *as_double;
    }
    reads_.push_back(read);
    return {};
  }

  // --- The two texts

  std::string query() const {
    std::string text;
    if (const NodeId with = statement_.find(root_, NodeKind::kWith); with != kNoNode) {
      text += statement_.text(with);
      text += ' ';
    }
    text += joins() && reads_.empty() && !image_ ? "SELECT DISTINCT " : "SELECT ";
    text += keys(qualifier());
    for (const Read& read : reads_) {
      text += ", (" + std::string(statement_.text(read.value)) + ')';
      if (read.as_double) text += " + 0e0";
    }
    if (image_) text += image_->text();
    text += " FROM ";
    text += statement_.text(inside(statement_.find(root_, NodeKind::kFrom)));
    if (const NodeId more = statement_.find(root_, NodeKind::kUpdateFrom); more != kNoNode) {
      text += ", ";
      text += statement_.text(inside(more));
    }
    for (const NodeKind kind : {NodeKind::kWhere, NodeKind::kOrderBy, NodeKind::kLimit}) {
      const NodeId clause = statement_.find(root_, kind);
      if (clause == kNoNode) continue;
      text += ' ';
      text += statement_.text(clause);
    }
    return text;
  }

  RowsInto into() const {
    RowsInto into;
    into.write = write();
    into.columns = keys_.size() + reads_.size();
    into.keys = keys_.size();
    if (image_) {
      into.move = image_->move(keys_, into.columns);
      into.columns += image_->columns();
      into.move->remove.head = "DELETE FROM " + table_name() + where_keys();
      into.move->remove.tail = ")";
      into.move->remove.count = keys_.size();
    }
    return into;
  }

  RowsWrite write() const {
    RowsWrite write;
    if (assigned_ == kNoNode) {
      // A table's alias belongs to the form for several tables, unless it was written in this one.
      const NodeId table = joins() ? target_.path : target_.node;
      write.head = "DELETE FROM " + std::string(statement_.text(table));
    } else {
      write.head = "UPDATE " + std::string(statement_.text(target_.node)) + " SET ";
      if (!add_assignments(write)) return {};
    }
    write.head += where_keys();
    write.tail = ")";
    // MySQL writes in this order, which tells when two rows may have the same unique key.
    if (mysql_ && order_ != kNoNode) {
      write.tail += ' ' + std::string(statement_.text(statement_.node(order_).span));
    }
    for (std::uint32_t i = 0; mysql_ && order_ != kNoNode && i < marks().size(); ++i) {
      if (within(order_, marks()[i])) write.tail_parameters.push_back({.index = i});
    }
    write.count = keys_.size();
    return write;
  }

  std::string table_name() const {
    return rewrite::quote_identifier(target_.table->name, statement_.dialect());
  }

  // SQLite knows no list of rows but VALUES.
  std::string where_keys() const {
    return " WHERE (" + keys("") + (mysql_ ? ") IN (" : ") IN (VALUES ");
  }

  // The list of SET, with a `?` for each value that is read, without the sharding key, which is
  // what it was. False: it is empty.
  bool add_assignments(RowsWrite& write) const {
    bool any = false;
    std::size_t read = 0;
    for (const NodeId assign : statement_.children(assigned_)) {
      const NodeId column = statement_.child(assign, 0);
      if (image_ && is_sharding_key(statement_.name(scopes_.column_name(column)))) continue;
      if (std::exchange(any, true)) write.head += ", ";
      sql::Span span = statement_.node(assign).span;
      if (read < reads_.size() && contains(span, statement_.node(reads_[read].value).span.begin)) {
        const sql::Span value = statement_.node(reads_[read].value).span;
        copy({span.begin, value.begin}, write);
        write.head += '?';
        write.head_parameters.push_back(
            {.of_row = true, .index = static_cast<std::uint32_t>(keys_.size() + read++)});
        span.begin = value.end;
      }
      copy(span, write);
    }
    return any;
  }

  void copy(sql::Span span, RowsWrite& write) const {
    write.head += statement_.text(span);
    for (std::uint32_t i = 0; i < marks().size(); ++i) {
      if (contains(span, marks()[i])) write.head_parameters.push_back({.index = i});
    }
  }

  // Those of the query, in the order in which it has them.
  std::vector<std::uint32_t> query_parameters() const {
    std::vector<std::uint32_t> found;
    const auto add = [&](auto&& wanted) {
      for (std::uint32_t i = 0; i < marks().size(); ++i) {
        if (wanted(marks()[i])) found.push_back(i);
      }
    };
    const NodeId with = statement_.find(root_, NodeKind::kWith);
    add([&](std::uint32_t mark) { return within(with, mark); });
    for (const Read& read : reads_) {
      add([&](std::uint32_t mark) { return within(read.value, mark); });
    }
    for (const NodeId value : image_ ? image_->values() : std::vector<NodeId>()) {
      add([&](std::uint32_t mark) { return within(value, mark); });
    }
    add([&](std::uint32_t mark) { return !within(with, mark) && !within(assigned_, mark); });
    return found;
  }

  const std::vector<std::uint32_t>& marks() const { return statement_.parameters(); }
  bool within(NodeId node, std::uint32_t mark) const {
    return node != kNoNode && contains(statement_.node(node).span, mark);
  }

  // From the first child to the last.
  sql::Span inside(NodeId node) const {
    sql::Span span = statement_.node(statement_.child(node, 0)).span;
    for (const NodeId child : statement_.children(node)) span.end = statement_.node(child).span.end;
    return span;
  }

  std::string qualifier() const {
    return std::string(statement_.text(scopes_.visible_name(id_))) + '.';
  }

  std::string keys(const std::string& qualifier) const {
    std::string text;
    for (const std::string& key : keys_) {
      if (!text.empty()) text += ", ";
      text += qualifier + rewrite::quote_identifier(key, statement_.dialect());
    }
    return text;
  }

  // A value that comes from elsewhere.
  struct Read {
    NodeId value = kNoNode;
    bool as_double = false;  // See ValueTransfer.
  };

  const analyze::Scopes& scopes_;
  const Statement& statement_;
  const PlanContext& context_;
  const Error& why_;
  bool mysql_;
  const Occurrence& target_;
  analyze::OccurrenceId id_;
  NodeId root_;
  NodeId assigned_;  // SET, or kNoNode.
  NodeId order_;
  NodeId limit_;
  std::vector<std::string> primary_;
  std::vector<std::string> keys_;  // The primary key, then what else the sharding key has.
  std::vector<Read> reads_;
  std::optional<RowImage> image_;  // If the sharding key is assigned.
};

}  // namespace

Result<Plan> plan_named_write(const analyze::Scopes& scopes, analyze::OccurrenceId target,
                              std::span<const Value> parameters, const PlanContext& context,
                              const Error& why) {
  return NamedWrite(scopes, target, context, why).plan(parameters);
}

}  // namespace pando::plan
