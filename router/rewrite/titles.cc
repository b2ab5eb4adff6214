#include "router/rewrite/titles.h"

namespace pando::rewrite {

using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

constexpr std::size_t kMaxMySqlAlias = 255;

// MySQL drops a `+`, and calls what is left by its own name.
NodeId without_plus(const sql::Statement& statement, NodeId expression) {
  while (statement.kind(expression) == NodeKind::kUnary &&
         statement.node(expression).op_as_operator() == sql::Operator::kPlus) {
    expression = statement.node(expression).child;
  }
  return expression;
}

// Names have no characters of four bytes; MySQL writes `?` in their place.
std::string without_supplementary(std::string_view text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool four = static_cast<unsigned char>(text[i]) >= 0xF0;
    kept += four ? '?' : text[i];
    if (four) i += 3;
  }
  return kept;
}

}  // namespace

std::string title_of(const sql::Statement& statement, NodeId item) {
  if (statement.dialect() == Dialect::kSqlite) return std::string(statement.text(item));
  const NodeId meant = without_plus(statement, statement.node(item).child);
  if (statement.kind(meant) == NodeKind::kColumn) {
    NodeId name = statement.node(meant).child;
    while (statement.node(name).next != kNoNode) name = statement.node(name).next;
    return statement.name(name);
  }
  const std::string title = without_supplementary(statement.text(item));
  return title.size() > kMaxMySqlAlias ? std::string() : title;
}

bool has_title(const sql::Statement& statement, NodeId item) {
  const NodeKind kind = statement.kind(statement.node(item).child);
  return kind != NodeKind::kColumn && kind != NodeKind::kStar &&
         statement.find(item, NodeKind::kAlias) == kNoNode;
}

sql::Span schema_in_front(const sql::Statement& statement, NodeId id) {
  const std::size_t wanted = statement.kind(id) == NodeKind::kColumn ? 3 : 2;
  std::size_t count = 0;
  for ([[maybe_unused]] const NodeId name : statement.children(id)) ++count;
  if (count != wanted) return {};
  const NodeId schema = statement.node(id).child;
  const NodeId table = statement.node(schema).next;
  return {statement.node(schema).span.begin, statement.node(table).span.begin};
}

}  // namespace pando::rewrite
