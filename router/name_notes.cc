#include "router/name_notes.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "router/sql/node_sets.h"
#include "pando/names.h"

namespace pando::router {

namespace {

using sql::NodeId;
using sql::NodeKind;

// Columns of which no schema tells: SQLite's row number and the rank of its full-text tables,
// MariaDB's columns of versioned tables and sequences.
constexpr auto kHidden =
    std::to_array<std::string_view>({"rowid", "_rowid_", "oid", "rank", "row_start", "row_end",
                                     "rownum", "nextval", "currval", "lastval"});

// All names of a statement, by what they are.
class Names {
 public:
  Names(const sql::Statement& statement, const plan::SchemaView& schema)
      : statement_(statement), schema_(schema) {}

  std::vector<std::string> unknown() {
    walk(statement_.root());
    for (const std::string& table : tables_) add_columns(table);
    std::vector<std::string> result;
    if (in_doubt_) return result;
    for (const std::string& name : columns_) {
      const std::string lower = to_lower(name);
      const bool known = others_.contains(lower) ||
                         std::find(kHidden.begin(), kHidden.end(), lower) != kHidden.end();
      if (!known && others_.insert(lower).second) result.push_back(name);
    }
    return result;
  }

 private:
  void walk(NodeId id) {
    switch (statement_.kind(id)) {
      case NodeKind::kColumn:
        return add_column(id);
      case NodeKind::kTableName:
        tables_.insert(last_name(id));
        others_.insert(to_lower(last_name(id)));  // A full-text table of SQLite is a column too.
        return;
      case NodeKind::kCte:
        ctes_.insert(to_lower(statement_.name(statement_.child(id, 0))));
        break;
      case NodeKind::kName:
        others_.insert(to_lower(statement_.name(id)));  // An alias, perhaps.
        return;
      case NodeKind::kTableFunction:
      case NodeKind::kValuesQuery:
        in_doubt_ = true;
        return;
      case NodeKind::kAlias:
        in_doubt_ |= statement_.kind(statement_.child(id, 0)) != NodeKind::kName;
        break;
      default:
        break;
    }
    for (const NodeId child : statement_.children(id)) walk(child);
  }

  std::string last_name(NodeId id) const {
    NodeId name = statement_.node(id).child;
    while (statement_.node(name).next != sql::kNoNode) name = statement_.node(name).next;
    return statement_.name(name);
  }

  void add_column(NodeId id) {
    std::string name = last_name(id);
    // SQLite takes "text" for a string where no column has that name; `a + 1` may be the name of an
    // expression without an alias.
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (plain && statement_.text(id).find('"') == std::string_view::npos) {
      columns_.push_back(std::move(name));
    }
  }

  void add_columns(const std::string& table) {
    if (const drivers::TableSchema* known = schema_.find(table)) {
      for (const auto& column : known->columns) others_.insert(to_lower(column.name));
    } else if (!ctes_.contains(to_lower(table))) {
      in_doubt_ = true;
    }
  }

  const sql::Statement& statement_;
  const plan::SchemaView& schema_;
  std::set<std::string> tables_;
  std::set<std::string> ctes_;
  std::set<std::string> others_;  // Lower case: columns that exist, and names that may be columns.
  std::vector<std::string> columns_;
  bool in_doubt_ = false;
};

}  // namespace

bool needs_its_tables(const sql::Statement& statement) {
  const NodeKind root = statement.kind(statement.root());
  return sql::is_query(root) || root == NodeKind::kInsert || root == NodeKind::kUpdate ||
         root == NodeKind::kDelete;
}

std::vector<std::string> unknown_columns(const sql::Statement& statement,
                                         const plan::SchemaView& schema) {
  return Names(statement, schema).unknown();
}

}  // namespace pando::router
