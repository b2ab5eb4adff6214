#include "router/analyze/unknown_columns.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "pando/names.h"
#include "router/analyze/scope.h"
#include "router/sql/node_sets.h"

namespace pando::analyze {

namespace {

using sql::kNoNode;
using sql::NodeKind;

// Columns of which no schema tells: SQLite's row number and the rank of its full-text tables,
// MySQL's name for an integer primary key, MariaDB's columns of versioned tables and sequences.
constexpr auto kHidden =
    std::to_array<std::string_view>({"rowid", "_rowid_", "oid", "rank", "_rowid", "row_start",
                                     "row_end", "rownum", "nextval", "currval", "lastval"});

class Search {
 public:
  Search(const Scopes& scopes, const plan::SchemaView& schema)
      : scopes_(scopes), statement_(scopes.statement()), schema_(schema) {}

  std::vector<std::string> run() {
    for (BlockId id = 0; id < scopes_.blocks().size(); ++id) {
      const NodeId node = scopes_.block(id).node;
      for (const NodeId child : statement_.children(node)) walk(child, id);
    }
    return std::move(found_);
  }

 private:
  // The block's own expressions: what is inside of another block is that one's.
  void walk(NodeId id, BlockId block) {
    const NodeKind kind = statement_.kind(id);
    if (sql::is_query(kind)) return;
    if (kind == NodeKind::kColumn) {
      if (!known(id, block)) add(id);
      return;
    }
    // The rows that an INSERT takes from a query: their columns can be named there too.
    if (kind == NodeKind::kOnDuplicate && scopes_.block(block).left != kNoIndex) return;
    for (const NodeId child : statement_.children(id)) walk(child, block);
  }

  bool known(NodeId column, BlockId block) const {
    const NodeId name = scopes_.column_name(column);
    const std::string text = statement_.name(name);
    // SQLite takes "text" for a string where no column has that name; `a + 1` may be the name of an
    // expression without an alias.
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_name_char);
    const bool hidden = std::any_of(kHidden.begin(), kHidden.end(), [&](std::string_view each) {
      return pando::same_name(each, text);
    });
    if (!plain || hidden || statement_.text(column).find('"') != std::string_view::npos) {
      return true;
    }
    if (scopes_.may_exist(column, block, &schema_)) return true;
    for (BlockId at = block; at != kNoIndex; at = scopes_.block(at).parent) {
      if (is_alias(name, at) || names_table(name, at)) return true;
    }
    return false;
  }

  // Of a term of the select list, or of the rows of an INSERT. In a set operation and in
  // parentheses, a name means a column of what is inside.
  bool is_alias(NodeId name, BlockId id) const {
    const Block& block = scopes_.block(id);
    switch (statement_.kind(block.node)) {
      case NodeKind::kSetOperation:
      case NodeKind::kQueryParens:
        return is_output(name, block.left) || is_output(name, block.right);
      case NodeKind::kSelect:
        return is_alias_of(name, statement_.find(block.node, NodeKind::kSelectList));
      case NodeKind::kInsert: {
        const NodeId rows = statement_.find(block.node, NodeKind::kRowAlias);
        return rows != kNoNode && is_in(name, statement_.find(rows, NodeKind::kColumnList));
      }
      default:
        return statement_.kind(block.node) == NodeKind::kValuesQuery;
    }
  }

  bool is_alias_of(NodeId name, NodeId select_list) const {
    for (const NodeId item : statement_.children(select_list)) {
      const NodeId alias = statement_.find(item, NodeKind::kAlias);
      if (alias != kNoNode && same_name(statement_, statement_.node(alias).child, name))
        return true;
    }
    return false;
  }

  bool is_in(NodeId name, NodeId list) const {
    if (list == kNoNode) return false;
    for (const NodeId each : statement_.children(list)) {
      if (same_name(statement_, each, name)) return true;
    }
    return false;
  }

  bool is_output(NodeId name, BlockId id) const {
    if (id == kNoIndex) return false;
    return is_alias(name, id) || scopes_.may_have_column(id, name, &schema_);
  }

  // A full-text table of SQLite is a column too.
  bool names_table(NodeId name, BlockId id) const {
    for (OccurrenceId i = scopes_.block(id).first; i < scopes_.block(id).last; ++i) {
      const NodeId table = scopes_.occurrence(i).name;
      if (table != kNoNode && same_name(statement_, table, name)) return true;
    }
    return false;
  }

  void add(NodeId column) {
    std::string name = statement_.name(scopes_.column_name(column));
    const bool told = std::any_of(found_.begin(), found_.end(), [&](const std::string& each) {
      return pando::same_name(each, name);
    });
    if (!told) found_.push_back(std::move(name));
  }

  const Scopes& scopes_;
  const sql::Statement& statement_;
  const plan::SchemaView& schema_;
  std::vector<std::string> found_;
};

}  // namespace

bool needs_its_tables(const sql::Statement& statement) {
  const NodeKind root = statement.kind(statement.root());
  return sql::is_query(root) || root == NodeKind::kInsert || root == NodeKind::kUpdate ||
         root == NodeKind::kDelete;
}

std::vector<std::string> unknown_columns(const sql::Statement& statement,
                                         const plan::PlanContext& context) {
  if (context.schema == nullptr || !needs_its_tables(statement)) return {};
  Scopes scopes;
  if (!scopes.build(statement, context)) return {};
  return Search(scopes, *context.schema).run();
}

std::string unknown_column_text(const std::string& column) {
  return "no table of the statement has a column " + column + ", so the database will reject it";
}

}  // namespace pando::analyze
