#include "router/plan/table_uses.h"

#include <algorithm>

#include "router/rewrite/titles.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

class Walk {
 public:
  Walk(const Statement& statement, const rules::RuleSet& rules)
      : statement_(statement), rules_(rules) {}

  Result<void> visit(NodeId node) {
    switch (statement_.kind(node)) {
      case NodeKind::kTableRef:
        return visit_ref(node);
      case NodeKind::kWith:
        return {};  // Taken by the query that has it.
      default:
        break;
    }
    const std::size_t visible = names_.size();
    const NodeId with = statement_.find(node, NodeKind::kWith);
    if (with != sql::kNoNode) PANDO_TRY(visit_with(with));
    for (const NodeId child : statement_.children(node)) PANDO_TRY(visit(child));
    names_.resize(visible);
    return {};
  }

  std::vector<TableUse> take() && { return std::move(uses_); }

 private:
  // Leaves the names of its tables visible.
  Result<void> visit_with(NodeId with) {
    const bool recursive = statement_.node(with).has(sql::kRecursive);
    for (const NodeId cte : statement_.children(with)) {
      const NodeId name = statement_.child(cte, 0);
      if (recursive) names_.push_back(name);
      for (const NodeId child : statement_.children(cte)) PANDO_TRY(visit(child));
      if (!recursive) names_.push_back(name);
    }
    return {};
  }

  Result<void> visit_ref(NodeId ref) {
    const NodeId name = statement_.find(ref, NodeKind::kTableName);
    if (name == sql::kNoNode) return {};
    if (statement_.child(name, 1) == sql::kNoNode) {
      const std::string word = statement_.name(statement_.child(name, 0));
      for (const NodeId visible : names_) {
        if (statement_.name_equals(visible, word)) return {};
      }
    }
    TableUse use;
    use.ref = ref;
    use.name = name;
    PANDO_ASSIGN(use.table, resolve_table(statement_, name, rules_));
    uses_.push_back(std::move(use));
    return {};
  }

  const Statement& statement_;
  const rules::RuleSet& rules_;
  std::vector<NodeId> names_;  // Of the common table expressions visible here.
  std::vector<TableUse> uses_;
};

// True if a table reference below `from` (without going into subqueries) is called `name`.
bool declares(const Statement& statement, NodeId node, std::string_view name) {
  switch (statement.kind(node)) {
    case NodeKind::kTableRef:
    case NodeKind::kDerived:
    case NodeKind::kTableFunction: {
      const NodeId alias = statement.find(node, NodeKind::kAlias);
      if (alias != sql::kNoNode) return same_name(statement.name(statement.child(alias, 0)), name);
      const NodeId table = statement.find(node, NodeKind::kTableName);
      if (table == sql::kNoNode) return false;
      const NodeId second = statement.child(table, 1);
      return same_name(statement.name(second != sql::kNoNode ? second : statement.child(table, 0)),
                       name);
    }
    case NodeKind::kFrom:
    case NodeKind::kJoin:
      for (const NodeId child : statement.children(node)) {
        if (declares(statement, child, name)) return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace

Result<std::vector<TableUse>> table_uses(const Statement& statement, NodeId node,
                                         const rules::RuleSet& rules) {
  Walk walk(statement, rules);
  PANDO_TRY(walk.visit(node));
  return std::move(walk).take();
}

void edit_table_use(const Statement& statement, NodeId ref, NodeId table_name,
                    std::string_view physical, std::vector<rewrite::Edit>& edits) {
  edit_table_name(statement, table_name, physical, edits);
  const NodeId second = statement.child(table_name, 1);
  const NodeId last = second != sql::kNoNode ? second : statement.child(table_name, 0);
  if (statement.find(ref, NodeKind::kAlias) != sql::kNoNode || statement.name(last) == physical) {
    return;
  }
  // The alias stands behind PARTITION (...) and FOR SYSTEM_TIME ..., and before index hints.
  std::uint32_t at = 0;
  for (const NodeId child : statement.children(ref)) {
    const NodeKind kind = statement.kind(child);
    if (kind == NodeKind::kTableName || kind == NodeKind::kPartition || kind == NodeKind::kRaw) {
      at = std::max(at, statement.node(child).span.end);
    }
  }
  edits.push_back({{at, at}, " AS " + std::string(statement.text(last)), {}});
}

std::optional<std::size_t> whole_in(const rules::LogicalTable& table,
                                    rules::DataSourceIndex source) {
  if (table.kind == rules::TableKind::kSharded && table.nodes.size() != 1) return std::nullopt;
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    if (table.nodes[i].data_source == source) return i;
  }
  return std::nullopt;
}

void edit_qualifiers(const Statement& statement, NodeId node, std::string_view name,
                     std::string_view physical, std::vector<rewrite::Edit>& edits) {
  const NodeKind kind = statement.kind(node);
  if (kind == NodeKind::kSelect) {
    const NodeId from = statement.find(node, NodeKind::kFrom);
    if (from != sql::kNoNode && declares(statement, from, name)) return;
  }
  if (kind == NodeKind::kColumn || kind == NodeKind::kStar) {
    NodeId qualifier = sql::kNoNode;
    NodeId last = statement.child(node, 0);
    std::size_t parts = 0;
    for (const NodeId part : statement.children(node)) {
      if (kind == NodeKind::kStar || statement.node(part).next != sql::kNoNode) qualifier = part;
      last = part;
      ++parts;
    }
    if (qualifier == sql::kNoNode || last == sql::kNoNode) return;
    if (!same_name(statement.name(qualifier), name)) return;
    const sql::Span first = statement.node(statement.child(node, 0)).span;
    const bool has_schema = parts > (kind == NodeKind::kStar ? 1u : 2u);
    if (!has_schema && statement.name(qualifier) == physical) return;
    edits.push_back({{first.begin, statement.node(qualifier).span.end},
                     rewrite::quote_identifier(physical, statement.dialect()),
                     {}});
    return;
  }
  for (const NodeId child : statement.children(node)) {
    edit_qualifiers(statement, child, name, physical, edits);
  }
}

void keep_titles(const Statement& statement, std::vector<rewrite::Edit>& edits) {
  const NodeId returning = statement.find(statement.root(), NodeKind::kReturning);
  if (returning == sql::kNoNode) return;
  const sql::Span list = statement.node(returning).span;
  const auto within = [](sql::Span inner, sql::Span outer) {
    return outer.begin <= inner.begin && inner.end <= outer.end;
  };
  const auto edited = [&](sql::Span item) {
    return std::any_of(edits.begin(), edits.end(),
                       [&](const rewrite::Edit& edit) { return within(edit.span, item); });
  };
  std::vector<rewrite::Edit> titles;
  rewrite::each_lost_title(statement, edited, [&](NodeId item) {
    const sql::Span span = statement.node(item).span;
    const std::string title = rewrite::title_of(statement, item);
    if (!within(span, list) || title.empty()) return;
    titles.push_back(
        {{span.end, span.end}, " AS " + rewrite::quote_identifier(title, statement.dialect()), {}});
  });
  edits.insert(edits.end(), titles.begin(), titles.end());
}

}  // namespace pando::plan
