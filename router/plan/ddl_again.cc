#include "router/plan/ddl_again.h"

#include <algorithm>
#include <optional>

#include "router/plan/ddl_names.h"
#include "router/sql/lexer.h"

namespace pando::plan {
namespace {

using sql::AlterKind;
using sql::ConstraintKind;
using sql::NodeId;
using sql::NodeKind;
using sql::Statement;
using sql::Tok;

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& one) { return same_name(one, name); });
}

// The tokens of a constraint as text, whatever the white space between them.
std::string tokens_of(std::string_view text, const sql::ParseOptions& options) {
  sql::Lexer lexer(text, options);
  std::string joined;
  for (sql::Token token = lexer.next(); token.kind != Tok::kEnd; token = lexer.next()) {
    if (!joined.empty()) joined += ' ';
    joined += text.substr(token.begin, token.end - token.begin);
  }
  return joined;
}

// Where the first of these tokens starts in the statement's text.
std::optional<std::uint32_t> find_token(const Statement& statement, NodeId node,
                                        std::initializer_list<Tok> kinds) {
  const std::string_view text = statement.text(node);
  sql::Lexer lexer(text, statement.options());
  for (sql::Token token = lexer.next(); token.kind != Tok::kEnd; token = lexer.next()) {
    if (std::find(kinds.begin(), kinds.end(), token.kind) != kinds.end()) {
      return statement.node(node).span.begin + token.begin;
    }
  }
  return std::nullopt;
}

// The columns of an index; "" for an expression.
std::vector<std::string> columns_of(const Statement& statement, NodeId constraint) {
  std::vector<std::string> columns;
  const NodeId parts = statement.find(constraint, NodeKind::kKeyParts);
  for (const NodeId item : statement.children(parts)) {
    const NodeId column = statement.child(item, 0);
    std::string name;
    if (statement.kind(column) == NodeKind::kColumn) {
      for (const NodeId word : statement.children(column)) name = statement.name(word);
    }
    columns.push_back(std::move(name));
  }
  return columns;
}

bool same_columns(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return same_name(x, y); });
}

}  // namespace

Result<void> UnnamedParts::name(NodeId constraint) {
  if (statement_.dialect() != Dialect::kMySql || plan_.nodes() < 2) return {};
  if (statement_.find(constraint, NodeKind::kConstraintName) != sql::kNoNode) return {};
  const auto kind = static_cast<ConstraintKind>(statement_.node(constraint).op);
  const bool foreign_key = kind == ConstraintKind::kForeignKey;
  if (kind == ConstraintKind::kIndex || kind == ConstraintKind::kUnique) {
    return name_index(constraint);
  }
  if (!foreign_key && kind != ConstraintKind::kCheck) return {};

  const auto at = find_token(statement_, constraint, {foreign_key ? Tok::kwForeign : Tok::kwCheck});
  if (!at) return fail(ErrorCode::kInternal, "a constraint without its keyword");
  const bool has_word = find_token(statement_, constraint, {Tok::kwConstraint}) ==
                        statement_.node(constraint).span.begin;
  const std::string logical = plan_.table().name + (foreign_key ? "_fk_" : "_check_") +
                              hash_of(tokens_of(statement_.text(constraint), statement_.options()));
  for (std::size_t i = 0; i < plan_.nodes(); ++i) {
    const std::string physical = node_name(logical, plan_.table(), i, statement_.dialect());
    plan_.edits(i).push_back({{*at, *at},
                              (has_word ? "" : "CONSTRAINT ") +
                                  rewrite::quote_identifier(physical, statement_.dialect()) + " ",
                              {}});
  }
  plan_.note("the " + std::string(foreign_key ? "foreign key" : "check") + " without a name is " +
             logical + ", so that it is not added twice");
  return {};
}

Result<void> UnnamedParts::name_index(NodeId constraint) {
  if (statement_.find(constraint, NodeKind::kIndexName) != sql::kNoNode) return {};
  const auto at = find_token(statement_, constraint, {Tok::kwUsing, Tok::kwType, Tok::kLeftParen});
  if (!at) return fail(ErrorCode::kInternal, "an index without its columns");
  PANDO_ASSIGN(std::string name, index_name(constraint));
  plan_.edit_all({{*at, *at},
                  std::string(statement_.text()[*at - 1] == ' ' ? "" : " ") +
                      rewrite::quote_identifier(name, statement_.dialect()) + " ",
                  {}});
  plan_.note("the index without a name is " + name + ", so that it is not added twice");
  given_.push_back(std::move(name));
  return {};
}

Result<std::string> UnnamedParts::index_name(NodeId constraint) {
  const drivers::TableSchema* schema =
      context_.schema != nullptr ? context_.schema->find(plan_.table().name) : nullptr;
  if (schema == nullptr) {
    return refuse(ErrorCode::kSchemaNeeded, statement_.node(constraint).span, plan_.table().name);
  }
  const std::vector<std::string> columns = columns_of(statement_, constraint);
  const std::string base =
      columns.front().empty() ? std::string("functional_index") : columns.front();
  std::string name = same_name(base, "PRIMARY") ? base + "_2" : base;
  for (std::size_t n = 2;; ++n) {
    const auto key = std::find_if(schema->keys.begin(), schema->keys.end(),
                                  [&](const auto& one) { return same_name(one.name, name); });
    const bool taken =
        key != schema->keys.end() && !drops_index(name) && !same_columns(key->columns, columns);
    if (!taken && !holds(given_, name)) return name;
    name = base + "_" + std::to_string(n);
  }
}

bool UnnamedParts::drops_index(std::string_view name) const {
  return std::any_of(actions_.begin(), actions_.end(), [&](NodeId action) {
    const auto kind = static_cast<AlterKind>(statement_.node(action).op);
    if (kind != AlterKind::kDropIndex && kind != AlterKind::kRenameIndex &&
        kind != AlterKind::kDropConstraint) {
      return false;
    }
    const NodeId holder = statement_.child(action, 0);
    return holder != sql::kNoNode && same_name(statement_.name(statement_.child(holder, 0)), name);
  });
}

namespace {

// The names that one kind of thing loses and gets in a statement.
struct Names {
  std::vector<std::string> taken;
  std::vector<std::string> given;
};

// A column that CHANGE or MODIFY leaves its name.
bool keeps_name(const Statement& statement, NodeId action) {
  const auto kind = static_cast<AlterKind>(statement.node(action).op);
  if (kind == AlterKind::kModifyColumn) return true;
  if (kind != AlterKind::kChangeColumn) return false;
  const NodeId definition = statement.find(action, NodeKind::kColumnDefinition);
  return statement.name_equals(statement.child(definition, 0),
                               statement.name(statement.find(action, NodeKind::kName)));
}

void collect_columns(const Statement& statement, NodeId action, Names& names) {
  switch (static_cast<AlterKind>(statement.node(action).op)) {
    case AlterKind::kDropColumn:
      names.taken.push_back(statement.name(statement.find(action, NodeKind::kName)));
      break;
    case AlterKind::kRenameColumn:
      names.taken.push_back(statement.name(statement.child(action, 0)));
      names.given.push_back(statement.name(statement.child(action, 1)));
      break;
    case AlterKind::kChangeColumn:
      if (keeps_name(statement, action)) break;
      names.taken.push_back(statement.name(statement.find(action, NodeKind::kName)));
      [[fallthrough]];
    case AlterKind::kAddColumn:
      for (const NodeId child : statement.children(action)) {
        if (statement.kind(child) != NodeKind::kColumnDefinition) continue;
        names.given.push_back(statement.name(statement.child(child, 0)));
      }
      break;
    default:
      break;
  }
}

void collect_indexes(const Statement& statement, NodeId action, Names& names) {
  if (static_cast<AlterKind>(statement.node(action).op) != AlterKind::kRenameIndex) return;
  names.taken.push_back(statement.name(statement.child(statement.child(action, 0), 0)));
  names.given.push_back(statement.name(statement.child(statement.child(action, 1), 0)));
}

tl::unexpected<Error> not_repeatable(sql::Span where, std::string message) {
  return fail(Error(ErrorCode::kUnsupportedStatement,
                    std::move(message) +
                        ": if it failed on one shard, running it again would not complete it")
                  .with_span(where.begin, where.end)
                  .with_remedy("Use a statement of its own for each action."));
}

Result<void> check_names(const Names& names, sql::Span where, std::string_view what) {
  for (const std::string& name : names.taken) {
    if (!holds(names.given, name)) continue;
    return not_repeatable(
        where, std::string(what) + " " + name + " is taken away and given in the same statement");
  }
  return {};
}

}  // namespace

Result<void> check_repeatable(const Statement& statement, const std::vector<NodeId>& actions) {
  Names columns, indexes;
  const sql::Span all = statement.node(statement.root()).span;
  for (const NodeId action : actions) {
    collect_columns(statement, action, columns);
    collect_indexes(statement, action, indexes);
    const NodeId definition = statement.find(action, NodeKind::kColumnDefinition);
    if (definition == sql::kNoNode || !keeps_name(statement, action)) continue;
    for (const NodeId child : statement.children(definition)) {
      if (statement.kind(child) != NodeKind::kConstraint) continue;
      const auto constraint = static_cast<ConstraintKind>(statement.node(child).op);
      if (constraint != ConstraintKind::kUnique && constraint != ConstraintKind::kReferences) {
        continue;
      }
      return not_repeatable(statement.node(child).span,
                            "a key without a name is added to a column that is there");
    }
  }
  PANDO_TRY(check_names(columns, all, "column"));
  return check_names(indexes, all, "index");
}

}  // namespace pando::plan
