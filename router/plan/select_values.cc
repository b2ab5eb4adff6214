// What is known of the values of a block's columns before a shard has answered.

#include "drivers/table_schema.h"
#include "router/analyze/functions.h"
#include "router/plan/select_merge.h"

namespace pando::plan {

using analyze::Occurrence;
using analyze::OccurrenceId;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

// A server's temporary table has columns of such types, with the same values.
bool keeps(SqlType type) {
  switch (type) {
    case SqlType::kUnknown:
    case SqlType::kDynamic:
    case SqlType::kJson:
    case SqlType::kGeometry:
    case SqlType::kOther:
      return false;
    default:
      return true;
  }
}

}  // namespace

const drivers::TableSchema* SelectMerge::table_schema(const Occurrence& table) const {
  if (schema_ == nullptr || table.kind != analyze::SourceKind::kTable) return nullptr;
  return schema_->find(table.table != nullptr ? table.table->name : statement_.name(table.name));
}

bool SelectMerge::is_stored(NodeId expression) const {
  if (statement_.kind(expression) != NodeKind::kColumn) return false;
  const analyze::Origin origin = scopes_.origin_of(expression, block_, schema_);
  if (!origin.found()) return false;
  const drivers::TableSchema* known = table_schema(scopes_.occurrence(origin.occurrence));
  if (known == nullptr || known->is_view) return false;
  const drivers::ColumnSchema* column = known->find(statement_.name(origin.name));
  return column != nullptr && keeps(column->type);
}

// `*` and `t.*`, which may be of any table of the block.
bool SelectMerge::star_is_stored() const {
  const auto& block = scopes_.block(block_);
  for (OccurrenceId id = block.first; id < block.last; ++id) {
    const drivers::TableSchema* known = table_schema(scopes_.occurrence(id));
    if (known == nullptr || known->is_view) return false;
    for (const drivers::ColumnSchema& column : known->columns) {
      if (!keeps(column.type)) return false;
    }
  }
  return true;
}

bool SelectMerge::rows_are_stored() const {
  if (grouped_ || sqlite_) return false;
  for (const Item& item : items_) {
    if (item.star ? !star_is_stored() : !is_stored(item.value)) return false;
  }
  for (const Hidden& hidden : hidden_) {
    if (!is_stored(hidden.expression)) return false;
  }
  return true;
}

}  // namespace pando::plan
