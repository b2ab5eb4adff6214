#include "router/plan/table_changes.h"

#include <algorithm>

#include "router/analyze/functions.h"
#include "router/plan/ddl_foreign_keys.h"
#include "router/plan/ddl_names.h"
#include "router/plan/key_check.h"

namespace pando::plan {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

Result<void> TableChanges::constraint(NodeId node, NodeId member, NodeId column) {
  const auto kind = static_cast<sql::ConstraintKind>(statement_.node(node).op);
  const NodeId references = statement_.find(node, NodeKind::kReferences);
  if (references != sql::kNoNode) {
    PANDO_ASSIGN(const bool kept, foreign_key(node, references, member, column));
    if (!kept) return {};
  }
  const bool primary = kind == sql::ConstraintKind::kPrimaryKey;
  if (primary || kind == sql::ConstraintKind::kUnique) {
    const bool holds = plan_.note_unique(
        column != sql::kNoNode ? column : statement_.find(node, NodeKind::kKeyParts), primary);
    PANDO_TRY(check_conflict_clause(node, holds));
  }
  const bool named_per_schema = references != sql::kNoNode || kind == sql::ConstraintKind::kCheck;
  const NodeId name = statement_.find(node, NodeKind::kConstraintName);
  if (name != sql::kNoNode && named_per_schema && statement_.dialect() == Dialect::kMySql) {
    const NodeId word = statement_.find(name, NodeKind::kName);
    if (word != sql::kNoNode) plan_.name_object(word);
  }
  return {};
}

Result<void> TableChanges::column(NodeId definition) {
  if (plan_.nodes() > 1) PANDO_TRY(check_sequences(definition));
  for (const NodeId child : statement_.children(definition)) {
    if (statement_.kind(child) != NodeKind::kConstraint) continue;
    PANDO_TRY(constraint(child, sql::kNoNode, statement_.child(definition, 0)));
  }
  return {};
}

Result<void> TableChanges::check_keys(const std::vector<NodeId>& definitions,
                                      sql::Span where) const {
  for (const rules::KeyColumn& key : plan_.table().key_columns) {
    const auto found = std::find_if(definitions.begin(), definitions.end(), [&](NodeId definition) {
      return statement_.name_equals(statement_.child(definition, 0), key.name);
    });
    if (found == definitions.end()) {
      return fail(
          Error(ErrorCode::kKeyTypeMismatch,
                "table " + plan_.table().name + " is created without its sharding key " + key.name)
              .with_span(where.begin, where.end)
              .with_remedy("Add the column, or name another one as the key in the "
                           "rules."));
    }
    PANDO_TRY(check_key(*found, key));
  }
  return {};
}

Result<void> TableChanges::check_sequences(NodeId node) const {
  if (statement_.kind(node) == NodeKind::kFunction &&
      analyze::class_of(statement_, node) == analyze::FunctionClass::kConnection) {
    return refuse(ErrorCode::kMissingGeneratedKey, statement_.node(node).span,
                  "each physical table of " + plan_.table().name +
                      " would take its numbers from its own database");
  }
  for (const NodeId child : statement_.children(node)) PANDO_TRY(check_sequences(child));
  return {};
}

Result<void> TableChanges::check_conflict_clause(NodeId node, bool checked_everywhere) const {
  if (checked_everywhere || statement_.dialect() != Dialect::kSqlite) return {};
  const std::vector<std::string> words = words_of(statement_.text(node), SIZE_MAX);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    const bool clause = same_name(words[i], "on") && same_name(words[i + 1], "conflict");
    if (!clause || !(same_name(words[i + 2], "replace") || same_name(words[i + 2], "ignore"))) {
      continue;
    }
    return refuse(ErrorCode::kUpsertAcrossShards, statement_.node(node).span,
                  "the unique key lacks the sharding key of " + plan_.table().name +
                      ", so a row that it forbids may be on another shard");
  }
  return {};
}

Result<void> TableChanges::check_key(NodeId definition, const rules::KeyColumn& key) const {
  const NodeId type = statement_.find(definition, NodeKind::kTypeName);
  drivers::ColumnSchema column = column_of_declaration(
      key.name, type != sql::kNoNode ? statement_.text(type) : std::string_view(),
      statement_.dialect());
  const sql::Span span = statement_.node(definition).span;
  if (changes_itself(definition) && plan_.nodes() > 1) {
    return refuse(ErrorCode::kKeyTypeMismatch, span,
                  "the database would compute the sharding key " + key.name + " of " +
                      plan_.table().name + " anew, and the row would stay where it is");
  }
  for (const NodeId child : statement_.children(definition)) {
    if (statement_.kind(child) != NodeKind::kConstraint ||
        static_cast<sql::ConstraintKind>(statement_.node(child).op) !=
            sql::ConstraintKind::kCollate) {
      continue;
    }
    const std::vector<std::string> words = words_of(statement_.text(child));
    if (!words.empty()) column.collation = words.back();
  }
  const std::string& table = plan_.table().name;
  Result<void> fits = check_key_column(table, key, column, statement_.dialect());
  if (fits) fits = check_key_fraction(table, key, column, statement_.dialect());
  if (fits) return {};
  return fail(Error(fits.error()).with_span(span.begin, span.end));
}

bool TableChanges::changes_itself(NodeId definition) const {
  for (const NodeId child : statement_.children(definition)) {
    if (statement_.kind(child) == NodeKind::kConstraint &&
        static_cast<sql::ConstraintKind>(statement_.node(child).op) ==
            sql::ConstraintKind::kGenerated) {
      return true;
    }
  }
  const std::vector<std::string> words = words_of(statement_.text(definition), SIZE_MAX);
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    const auto is = [&](std::size_t at, std::string_view word) {
      return same_name(words[at], word);
    };
    if (!is(i, "on") || !is(i + 1, "update")) continue;
    if (is(i + 2, "current_timestamp") || is(i + 2, "now") || is(i + 2, "localtime") ||
        is(i + 2, "localtimestamp")) {
      return true;
    }
  }
  return false;
}

Result<bool> TableChanges::foreign_key(NodeId node, NodeId references, NodeId member,
                                       NodeId column) {
  const NodeId name = statement_.find(references, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr parent, resolve_table(statement_, name, rules_));
  const NodeId columns =
      column != sql::kNoNode ? column : statement_.find(node, NodeKind::kColumnList);
  const ForeignKey key = read_foreign_key(statement_, references, columns);
  const std::string label = "the foreign key of " + plan_.table().name + " to " + parent->name;
  const auto targets = referenced_tables(plan_.table(), *parent);
  std::string hazard = targets ? hazard_of(key, plan_.table(), *parent)
                               : "refers to rows that may be in another place";
  const auto allowed = rules_.cross_shard_foreign_keys();
  if (hazard.empty() && within_the_shard(key, plan_.table(), *parent)) {
    if (allowed == rules::CrossShardForeignKeys::kLocal) {
      plan_.note(label +
                 " does not contain the sharding key: the database finds parents of the "
                 "same shard only, and refuses other rows");
    } else {
      hazard = "does not contain the sharding key, so rows it refers to may be on another shard";
    }
  }
  if (hazard.empty()) {
    for (std::size_t i = 0; i < plan_.nodes(); ++i) {
      edit_table_name(statement_, name, (*targets)[i], plan_.edits(i));
    }
    return true;
  }
  if (allowed != rules::CrossShardForeignKeys::kOmit) {
    return refuse(ErrorCode::kForeignKeyAcrossShards, statement_.node(references).span,
                  label + ' ' + hazard);
  }
  plan_.note(label + " is left out: it " + hazard);
  if (member == sql::kNoNode) {
    plan_.edit_all({statement_.node(node).span, "", {}});
  } else {
    cut_.push_back(member);
  }
  return false;
}

Result<void> apply_cuts(const Statement& statement, const std::vector<NodeId>& all,
                        const std::vector<NodeId>& cut, DdlPlan& plan) {
  if (cut.empty()) return {};
  std::vector<rewrite::Edit> edits;
  if (!cut_members(statement, all, cut, edits)) {
    return refuse(ErrorCode::kForeignKeyAcrossShards, statement.node(cut.front()).span,
                  "the foreign key cannot be left out here");
  }
  for (const rewrite::Edit& edit : edits) plan.edit_all(edit);
  return {};
}

}  // namespace pando::plan
