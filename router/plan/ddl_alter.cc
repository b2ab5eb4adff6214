// ALTER TABLE.

#include <algorithm>

#include "router/plan/ddl_again.h"
#include "router/plan/ddl_foreign_keys.h"
#include "router/plan/ddl_names.h"
#include "router/plan/ddl_plan.h"
#include "router/plan/table_changes.h"
#include "router/plan/write_checks.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

bool is_text_key(const rules::KeyColumn& key) { return key.type == rules::KeyType::kText; }

class Alter {
 public:
  Alter(const Statement& statement, const PlanContext& context, DdlPlan& plan,
        const std::vector<NodeId>& actions)
      : statement_(statement),
        context_(context),
        plan_(plan),
        changes_(statement, context, plan),
        unnamed_(statement, context, plan, actions) {}

  Result<void> action(NodeId node) {
    const auto kind = static_cast<sql::AlterKind>(statement_.node(node).op);
    switch (kind) {
      case sql::AlterKind::kAddColumn:
      case sql::AlterKind::kAddConstraint:
        return add(node);
      case sql::AlterKind::kChangeColumn:
      case sql::AlterKind::kModifyColumn:
        PANDO_TRY(keep_key(node));
        return add(node);
      case sql::AlterKind::kRenameColumn:
      case sql::AlterKind::kDropColumn:
        return keep_key(node);
      case sql::AlterKind::kDropConstraint:
        return drop_constraint(node);
      case sql::AlterKind::kDropForeignKey:
        name_constraint(node);
        return {};
      case sql::AlterKind::kRenameTable:
        return rename(node);
      case sql::AlterKind::kPartitioning:
        if (first_word(node, "EXCHANGE")) {
          return refuse(ErrorCode::kUnsupportedStatement, statement_.node(node).span,
                        "EXCHANGE PARTITION names another table");
        }
        return {};
      case sql::AlterKind::kOption:
        return option(node);
      default:
        return {};
    }
  }

  DoneSigns done(NodeId node) const {
    const Dialect dialect = statement_.dialect();
    switch (static_cast<sql::AlterKind>(statement_.node(node).op)) {
      case sql::AlterKind::kAddColumn:
        return done_signs(dialect, {1060}, {"duplicate column name"});
      case sql::AlterKind::kAddConstraint: {
        // 1061 an index, 1068 the primary key, 1826 and 3822 a foreign key or check; MariaDB has
        // 1005 with "errno: 121" for a foreign key.
        DoneSigns signs = done_signs(dialect, {1061, 1068, 1826, 3822}, {});
        if (dialect == Dialect::kMySql) signs.texts.emplace_back("errno: 121");
        return signs;
      }
      case sql::AlterKind::kDropColumn:
        return done_signs(dialect, {1091}, {"no such column"});
      case sql::AlterKind::kDropIndex:
      case sql::AlterKind::kDropConstraint:
      case sql::AlterKind::kDropForeignKey:
      case sql::AlterKind::kDropPrimaryKey:
        return done_signs(dialect, {1091, 3940, 3821}, {});
      case sql::AlterKind::kChangeColumn:
        // With another name the old one is gone; with the same name it can be run again.
        if (keeps_name(node)) return done_signs(dialect, {1068}, {});
        return done_signs(dialect, {1054}, {});
      case sql::AlterKind::kModifyColumn:  // ... PRIMARY KEY
        return done_signs(dialect, {1068}, {});
      case sql::AlterKind::kRenameColumn:
        return done_signs(dialect, {1054}, {"no such column"});
      case sql::AlterKind::kRenameIndex:
        return done_signs(dialect, {1176}, {});
      case sql::AlterKind::kRenameTable:
        return done_signs(dialect, {1146}, {"no such table"});
      default:
        return {};
    }
  }

  const std::vector<NodeId>& cut() const { return changes_.cut(); }
  bool renames() const { return renames_; }

 private:
  // Columns and constraints: one, or a list in parentheses, of which none can be cut out.
  Result<void> add(NodeId node) {
    std::size_t members = 0;
    for (const NodeId child : statement_.children(node)) {
      const NodeKind kind = statement_.kind(child);
      if (kind == NodeKind::kColumnDefinition || kind == NodeKind::kConstraint) ++members;
    }
    for (const NodeId child : statement_.children(node)) {
      if (statement_.kind(child) == NodeKind::kColumnDefinition) {
        PANDO_TRY(check_filled(child));
        PANDO_TRY(changes_.column(child));
      } else if (statement_.kind(child) == NodeKind::kConstraint) {
        const std::size_t before = changes_.cut().size();
        PANDO_TRY(changes_.constraint(child, node));
        if (changes_.cut().size() == before) {
          PANDO_TRY(unnamed_.name(child));
        } else if (members > 1) {
          return refuse(ErrorCode::kForeignKeyAcrossShards, statement_.node(child).span,
                        "a foreign key in a list of additions cannot be left out");
        }
      }
    }
    return {};
  }

  // Rows that are there get a value from their database, each from its own.
  Result<void> check_filled(NodeId definition) const {
    if (plan_.nodes() < 2) return {};
    const sql::Span span = statement_.node(definition).span;
    for (const NodeId child : statement_.children(definition)) {
      if (statement_.kind(child) != NodeKind::kConstraint) continue;
      if (static_cast<sql::ConstraintKind>(statement_.node(child).op) ==
          sql::ConstraintKind::kAutoIncrement) {
        return refuse(
            ErrorCode::kMissingGeneratedKey, span,
            "each physical table of " + plan_.table().name + " would number its rows for itself");
      }
    }
    if (plan_.table().kind == rules::TableKind::kBroadcast) {
      PANDO_TRY(check_deterministic(statement_, definition));
    }
    // SQLite adds such a column to empty tables only.
    if (statement_.dialect() == Dialect::kMySql && reads_clock(statement_, definition)) {
      plan_.fix_timestamp();
    }
    return {};
  }

  // The action's column is no sharding key.
  Result<void> keep_key(NodeId node) {
    NodeId name = statement_.find(node, NodeKind::kName);
    if (name == sql::kNoNode) {
      const NodeId definition = statement_.find(node, NodeKind::kColumnDefinition);
      if (definition != sql::kNoNode) name = statement_.child(definition, 0);
    }
    for (const rules::KeyColumn& key : plan_.table().key_columns) {
      if (name != sql::kNoNode && !statement_.name_equals(name, key.name)) continue;
      return fail(Error(ErrorCode::kShardingKeyUpdate,
                        "column " + key.name + " is the sharding key of " + plan_.table().name +
                            " and must stay as the rules declare it")
                      .with_span(statement_.node(node).span.begin, statement_.node(node).span.end)
                      .with_remedy("Make a new table with other rules, and copy the rows."));
    }
    return {};
  }

  void name_constraint(NodeId node) {
    const NodeId name = statement_.find(node, NodeKind::kConstraintName);
    if (name == sql::kNoNode || statement_.dialect() != Dialect::kMySql) return;
    const NodeId word = statement_.find(name, NodeKind::kName);
    if (word != sql::kNoNode) plan_.name_object(word);
  }

  // DROP CONSTRAINT may mean a unique key, whose name is its table's own.
  Result<void> drop_constraint(NodeId node) {
    if (!shares_data_source(plan_.table()) || statement_.dialect() != Dialect::kMySql) return {};
    const drivers::TableSchema* schema =
        context_.schema != nullptr ? context_.schema->find(plan_.table().name) : nullptr;
    if (schema == nullptr) {
      return refuse(ErrorCode::kSchemaNeeded, statement_.node(node).span, plan_.table().name);
    }
    const NodeId name = statement_.find(node, NodeKind::kConstraintName);
    const NodeId word =
        name != sql::kNoNode ? statement_.find(name, NodeKind::kName) : sql::kNoNode;
    for (const drivers::KeySchema& key : schema->keys) {
      if (word != sql::kNoNode && statement_.name_equals(word, key.name)) return {};
    }
    name_constraint(node);
    return {};
  }

  Result<void> rename(NodeId node) {
    const NodeId name = statement_.find(node, NodeKind::kTableName);
    const sql::Span span = statement_.node(node).span;
    const Result<TablePtr> to = resolve_table(statement_, name, *context_.rules);
    if (!to || !same_places(plan_.table(), **to)) {
      return refuse(ErrorCode::kUnsupportedStatement, span,
                    "the rules name no such table in the places of " + plan_.table().name +
                        ", so it cannot be renamed");
    }
    renames_ = true;
    plan_.will_exist(*to);
    for (std::size_t i = 0; i < plan_.nodes(); ++i) {
      edit_table_name(statement_, name, (*to)->nodes[i].table, plan_.edits(i));
    }
    return {};
  }

  Result<void> option(NodeId node) {
    const auto& keys = plan_.table().key_columns;
    if (std::any_of(keys.begin(), keys.end(), is_text_key) && first_word(node, "CONVERT")) {
      return refuse(ErrorCode::kShardingKeyUpdate, statement_.node(node).span,
                    "the collation of the sharding key of " + plan_.table().name +
                        " must stay as the rules declare it");
    }
    if (statement_.find(node, NodeKind::kUnionOption) != sql::kNoNode) {
      return refuse(ErrorCode::kUnsupportedStatement, statement_.node(node).span,
                    "a MERGE table's UNION names other tables");
    }
    return {};
  }

  // CHANGE a a ...
  bool keeps_name(NodeId change) const {
    const NodeId from = statement_.find(change, NodeKind::kName);
    const NodeId definition = statement_.find(change, NodeKind::kColumnDefinition);
    if (from == sql::kNoNode || definition == sql::kNoNode) return false;
    return statement_.name_equals(statement_.child(definition, 0), statement_.name(from));
  }

  bool first_word(NodeId node, std::string_view word) const {
    const std::vector<std::string> words = words_of(statement_.text(node));
    return !words.empty() && same_name(words[0], word);
  }

  const Statement& statement_;
  const PlanContext& context_;
  DdlPlan& plan_;
  TableChanges changes_;
  UnnamedParts unnamed_;
  bool renames_ = false;
};

}  // namespace

Result<Plan> alter_table(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  PANDO_ASSIGN(DdlPlan plan, DdlPlan::of_ref(statement, ref, *context.rules));
  std::vector<NodeId> actions;
  for (const NodeId child : statement.children(root)) {
    if (statement.kind(child) == NodeKind::kAlterAction) actions.push_back(child);
  }
  if (plan.nodes() > 1) PANDO_TRY(check_repeatable(statement, actions));
  Alter alter(statement, context, plan, actions);
  for (const NodeId action : actions) PANDO_TRY(alter.action(action));
  if (!alter.renames()) plan.will_exist(plan.shared_table());
  const std::vector<NodeId>& cut = alter.cut();
  if (!cut.empty() && cut.size() == actions.size()) {
    Plan nothing = plan.finish({});
    nothing.queries.clear();
    nothing.write = WriteKind::kNone;
    nothing.needs_writer = false;
    nothing.level = Level::kSingle;
    nothing.session = context.rules->dialect() == Dialect::kMySql ? SessionAction::kCommitsOnly
                                                                  : SessionAction::kNothing;
    nothing.reason = "nothing of the statement is left";
    return nothing;
  }
  PANDO_TRY(apply_cuts(statement, actions, cut, plan));

  DoneSigns all;
  for (const NodeId action : actions) {
    if (std::find(cut.begin(), cut.end(), action) != cut.end()) continue;
    const DoneSigns done = alter.done(action);
    all.codes.insert(all.codes.end(), done.codes.begin(), done.codes.end());
    all.texts.insert(all.texts.end(), done.texts.begin(), done.texts.end());
  }
  const auto unique = [](auto& signs) {
    std::sort(signs.begin(), signs.end());
    signs.erase(std::unique(signs.begin(), signs.end()), signs.end());
  };
  unique(all.codes);
  unique(all.texts);
  return plan.finish(all);
}

}  // namespace pando::plan
