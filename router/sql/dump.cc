// The tree as text, for tests.

#include <array>

#include "router/sql/statement.h"

namespace pando::sql {
namespace {

constexpr auto kKindNames = std::to_array<std::string_view>({
    "none",
    "raw",
    "name",
    "literal",
    "parameter",
    "default",
    "user_variable",
    "system_variable",
    "star",
    "column",
    "unary",
    "binary",
    "between",
    "in",
    "like",
    "is",
    "exists",
    "quantified",
    "row",
    "subquery",
    "function",
    "case",
    "case_operand",
    "when",
    "else",
    "cast",
    "convert",
    "collate",
    "interval",
    "match",
    "type_name",
    "separator",
    "filter",
    "window",
    "window_ref",
    "partition_by",
    "frame",
    "assign_user",
    "select",
    "set_operation",
    "query_parens",
    "values_query",
    "table_query",
    "with",
    "cte",
    "select_list",
    "select_item",
    "alias",
    "from",
    "table_ref",
    "table_name",
    "derived",
    "table_function",
    "join",
    "on",
    "using",
    "partition",
    "index_hint",
    "where",
    "group_by",
    "having",
    "window_clause",
    "named_window",
    "order_by",
    "order_item",
    "limit",
    "locking",
    "into",
    "column_list",
    "insert",
    "values_list",
    "default_values",
    "row_alias",
    "on_duplicate",
    "upsert",
    "conflict_target",
    "update",
    "update_from",
    "set_list",
    "assign",
    "delete",
    "delete_targets",
    "returning",
    "create_table",
    "table_elements",
    "column_definition",
    "constraint",
    "constraint_name",
    "index_name",
    "key_parts",
    "references",
    "table_options",
    "auto_increment_option",
    "union_option",
    "table_like",
    "alter_table",
    "alter_action",
    "drop_table",
    "truncate",
    "rename_table",
    "rename_pair",
    "create_index",
    "drop_index",
    "begin",
    "commit",
    "rollback",
    "savepoint",
    "rollback_to",
    "release_savepoint",
    "set",
    "set_item",
    "use",
    "show",
    "describe",
    "explain",
    "pragma",
    "other",
});
constexpr auto kOperatorNames = std::to_array<std::string_view>(
    {"",    "not", "-", "+",  "~",  "binary", "prior", "and", "or",  "xor",       "=",
     "<=>", "<>",  "<", "<=", ">",  ">=",     "+",     "-",   "*",   "/",         "div",
     "%",   "&",   "|", "^",  "<<", ">>",     "||",    "->",  "->>", "member of", ":="});
constexpr auto kIsNames = std::to_array<std::string_view>(
    {"null", "true", "false", "unknown", "value", "distinct_from", "json"});
constexpr auto kLikeNames =
    std::to_array<std::string_view>({"like", "regexp", "glob", "match", "sounds_like"});
constexpr auto kSetOpNames = std::to_array<std::string_view>({"union", "intersect", "except"});
constexpr auto kJoinNames = std::to_array<std::string_view>(
    {"join", "cross_join", "straight_join", "left_join", "right_join", "full_join"});
constexpr auto kInsertNames = std::to_array<std::string_view>(
    {"insert", "replace", "or_ignore", "or_abort", "or_fail", "or_rollback"});
constexpr auto kConstraintNames = std::to_array<std::string_view>(
    {"primary_key", "unique", "index", "foreign_key", "references", "check", "not_null", "null",
     "default", "auto_increment", "collate", "generated", "other"});
constexpr auto kAlterNames = std::to_array<std::string_view>(
    {"add_column", "add_constraint", "change_column", "modify_column", "alter_column",
     "rename_column", "drop_column", "drop_index", "drop_constraint", "drop_foreign_key",
     "drop_primary_key", "rename_index", "rename_table", "partitioning", "option"});
constexpr auto kScopeNames =
    std::to_array<std::string_view>({"user_variable", "session", "global", "names", "character_set",
                                     "transaction", "session_transaction", "other"});
constexpr auto kShowNames =
    std::to_array<std::string_view>({"other", "tables", "columns", "indexes", "create_table",
                                     "warnings", "variables", "databases"});

struct FlagName {
  std::uint16_t flag;
  std::string_view name;
};
constexpr auto kFlagNames = std::to_array<FlagName>({
    {kNot, "not"},
    {kDistinct, "distinct"},
    {kAll, "all"},
    {kCountStar, "star"},
    {kIgnore, "ignore"},
    {kRecursive, "recursive"},
    {kLateral, "lateral"},
    {kNatural, "natural"},
    {kRollup, "rollup"},
    {kDescending, "desc"},
    {kNullsFirst, "nulls_first"},
    {kNullsLast, "nulls_last"},
    {kCalcFoundRows, "calc_found_rows"},
    {kOtherForm, "other_form"},
    {kRowsExamined, "rows_examined"},
});
constexpr auto kSchemaFlagNames = std::to_array<FlagName>({
    {kIfExists, "if_exists"},
    {kIfNotExists, "if_not_exists"},
    {kTemporary, "temporary"},
    {kUnique, "unique"},
    {kOrReplace, "or_replace"},
    {kInline, "inline"},
    {kReadOnly, "read_only"},
    {kChain, "chain"},
    {kOtherForm, "other_form"},
});

// The kinds whose flags are those of schema changes and session statements.
bool has_schema_flags(NodeKind kind) { return kind >= NodeKind::kCreateTable; }

std::string_view head(const Node& n) {
  switch (n.kind) {
    case NodeKind::kUnary:
    case NodeKind::kBinary:
    case NodeKind::kQuantified:
      return kOperatorNames[n.op];
    case NodeKind::kIs:
      return "is";
    case NodeKind::kLike:
      return kLikeNames[n.op];
    case NodeKind::kSetOperation:
      return kSetOpNames[n.op];
    case NodeKind::kJoin:
      return kJoinNames[n.op];
    default:
      return kKindNames[static_cast<std::size_t>(n.kind)];
  }
}

// What `op` says beside the head, or nothing.
std::string_view detail(const Node& n) {
  switch (n.kind) {
    case NodeKind::kIs:
      return kIsNames[n.op];
    case NodeKind::kInsert:
    case NodeKind::kUpdate:
      return n.op == 0 ? std::string_view() : kInsertNames[n.op];
    case NodeKind::kConstraint:
      return kConstraintNames[n.op];
    case NodeKind::kAlterAction:
      return kAlterNames[n.op];
    case NodeKind::kSetItem:
      return kScopeNames[n.op];
    case NodeKind::kShow:
      return kShowNames[n.op];
    case NodeKind::kQuantified:
      return n.has(kAll) ? "all" : "any";
    default:
      return {};
  }
}

// Leaves are their own text; these stand in braces, since they may be of many words.
bool is_words(NodeKind kind) { return kind == NodeKind::kRaw || kind == NodeKind::kTypeName; }

bool is_plain(NodeKind kind) {
  switch (kind) {
    case NodeKind::kName:
    case NodeKind::kLiteral:
    case NodeKind::kParameter:
    case NodeKind::kUserVariable:
    case NodeKind::kSystemVariable:
      return true;
    default:
      return false;
  }
}

void dump_node(const Statement& s, NodeId id, std::string* out) {
  const Node& n = s.node(id);
  if (is_words(n.kind)) {
    *out += '{';
    *out += s.text(id);
    *out += '}';
    return;
  }
  if (is_plain(n.kind)) {
    *out += s.text(id);
    return;
  }
  if (n.kind == NodeKind::kStar && n.child == kNoNode) {
    *out += '*';
    return;
  }
  *out += '(';
  *out += head(n);
  if (const std::string_view d = detail(n); !d.empty()) {
    *out += ' ';
    *out += d;
  }
  const auto flags = [&](const auto& names) {
    for (const FlagName& f : names) {
      if ((n.flags & f.flag) == 0) continue;
      *out += " :";
      *out += f.name;
    }
  };
  if (n.kind == NodeKind::kQuantified) {
    // Its flag is in the detail.
  } else if (has_schema_flags(n.kind)) {
    flags(kSchemaFlagNames);
  } else {
    flags(kFlagNames);
  }
  for (const NodeId child : s.children(id)) {
    *out += ' ';
    dump_node(s, child, out);
  }
  *out += ')';
}

}  // namespace

std::string Statement::dump() const {
  std::string out;
  if (root_ != kNoNode) dump_node(*this, root_, &out);
  return out;
}

}  // namespace pando::sql
