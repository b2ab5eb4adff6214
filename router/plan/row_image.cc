#include "router/plan/row_image.h"

#include <algorithm>
#include <utility>

#include "pando/names.h"
#include "router/plan/key_check.h"
#include "router/plan/value_transfer.h"
#include "router/plan/write_checks.h"
#include "router/rewrite/text_edits.h"

namespace pando::plan {

using drivers::ColumnSchema;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

tl::unexpected<Error> lacking(const std::string& what) {
  return fail(ErrorCode::kUnsupportedStatement, what);
}

}  // namespace

RowImage::RowImage(const analyze::Scopes& scopes, analyze::OccurrenceId target,
                   const SchemaView& schemas)
    : scopes_(scopes),
      statement_(scopes.statement()),
      target_(scopes.occurrence(target)),
      schemas_(schemas),
      schema_(*schemas.find(target_.table->name)) {}

// The values are those from before all assignments, as SQLite takes them; MySQL would take those
// after the assignments to the left.
Result<void> RowImage::assign(NodeId column, NodeId value) {
  if (statement_.kind(column) == NodeKind::kColumnList) {
    return lacking("it assigns several columns at once");
  }
  if (statement_.kind(value) == NodeKind::kDefault) return lacking("it assigns a DEFAULT");
  std::string name = statement_.name(scopes_.column_name(column));
  std::vector<std::string> before;
  for (const Column& each : assigned_) before.push_back(each.name);
  const bool mysql = statement_.dialect() == Dialect::kMySql;
  if (assigned(name) != kNoNode || (mysql && names_one_of(statement_, value, before))) {
    return lacking("it assigns what it has assigned before");
  }
  assigned_.push_back({std::move(name), value});
  return {};
}

Result<void> RowImage::finish(const std::string& qualifier) {
  for (const drivers::KeySchema& key : schema_.keys) {
    // Where the row goes, it could be passed over, or another one go.
    if (key.resolves) return lacking("the unique key " + key.name + " does not fail");
  }
  for (const ColumnSchema& column : schema_.columns) {
    if (column.generated) continue;
    const NodeId value = assigned(column.name);
    PANDO_ASSIGN(const std::string text, expression(column, value, qualifier));
    text_ += ", " + text;
    if (statement_.dialect() == Dialect::kMySql && column.auto_increment) number_ = columns_.size();
    columns_.push_back({column.name, value});
  }
  return {};
}

Result<std::string> RowImage::expression(const ColumnSchema& column, NodeId value,
                                         const std::string& qualifier) const {
  const bool mysql = statement_.dialect() == Dialect::kMySql;
  const ValueTransfer transfer(scopes_, &schemas_);
  bool as_double = column.type == SqlType::kFloat;
  std::string text;
  if (value != kNoNode) {
    if (mysql) {
      PANDO_ASSIGN(as_double, transfer.check(value, 0, &column));
    }
    text = '(' + std::string(statement_.text(value)) + ')';
  } else {
    if (mysql) {
      PANDO_TRY(transfer.check_column(column, &column, statement_.node(target_.node).span));
    }
    text = column.updates_itself
               ? "CURRENT_TIMESTAMP(" + std::to_string(fraction_digits(column.declared_type)) + ')'
               : qualifier + rewrite::quote_identifier(column.name, statement_.dialect());
  }
  if (mysql && as_double) text += " + 0e0";
  return text;
}

NodeId RowImage::assigned(std::string_view column) const {
  const auto found = std::find_if(assigned_.begin(), assigned_.end(), [column](const Column& each) {
    return same_name(each.name, column);
  });
  return found != assigned_.end() ? found->value : kNoNode;
}

std::vector<NodeId> RowImage::values() const {
  std::vector<NodeId> values;
  for (const Column& column : columns_) {
    if (column.value != kNoNode) values.push_back(column.value);
  }
  return values;
}

RowsMove::Unique RowImage::unique() const {
  RowsMove::Unique found = RowsMove::Unique::kStays;
  for (const drivers::KeySchema& key : schema_.keys) {
    if (!key.unique && !key.primary) continue;
    const auto names = [&key](std::string_view column) {
      return std::any_of(key.columns.begin(), key.columns.end(),
                         [column](const std::string& each) { return same_name(each, column); });
    };
    // "" is an expression, or something else that any column may change.
    const bool changes =
        names("") || std::any_of(assigned_.begin(), assigned_.end(),
                                 [&](const Column& each) { return names(each.name); });
    if (!changes) continue;
    const auto& own = target_.table->key_columns;
    const bool has_key = std::all_of(
        own.begin(), own.end(), [&](const rules::KeyColumn& each) { return names(each.name); });
    if (!has_key) return RowsMove::Unique::kWithoutKey;
    found = RowsMove::Unique::kWithKey;
  }
  return found;
}

RowsMove RowImage::move(const std::vector<std::string>& keys, std::size_t first) const {
  const Dialect dialect = statement_.dialect();
  RowsMove move;
  move.unique = unique();
  if (number_) move.number = static_cast<std::uint32_t>(first + *number_);
  for (const rules::KeyColumn& key : target_.table->key_columns) {
    RowsMove::Key each{.before = 0, .after = 0, .column = key};
    while (!same_name(keys[each.before], key.name)) ++each.before;
    while (!same_name(columns_[each.after].name, key.name)) ++each.after;
    each.after += static_cast<std::uint32_t>(first);
    move.keys.push_back(std::move(each));
  }
  move.insert.head =
      "INSERT INTO " + rewrite::quote_identifier(target_.table->name, dialect) + " (";
  for (const Column& column : columns_) {
    if (&column != &columns_.front()) move.insert.head += ", ";
    move.insert.head += rewrite::quote_identifier(column.name, dialect);
  }
  move.insert.head += ") VALUES ";
  move.insert.first = first;
  move.insert.count = columns_.size();
  return move;
}

}  // namespace pando::plan
