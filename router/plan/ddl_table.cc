// CREATE TABLE and ALTER TABLE.

#include <algorithm>

#include "router/analyze/functions.h"
#include "router/plan/ddl_again.h"
#include "router/plan/ddl_foreign_keys.h"
#include "router/plan/ddl_names.h"
#include "router/plan/ddl_plan.h"
#include "router/plan/key_check.h"
#include "router/plan/write_checks.h"
#include "router/sql/node_sets.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

bool is_text_key(const rules::KeyColumn& key) { return key.type == rules::KeyType::kText; }

// Constraints and column definitions of one table, for all of its nodes.
class TableChanges {
 public:
  TableChanges(const Statement& statement, const PlanContext& context, DdlPlan& plan)
      : statement_(statement), rules_(*context.rules), plan_(plan) {}

  // `member` is what would be cut out of the list: the constraint itself, or the ALTER action.
  // `column` is the name of the column whose attribute it is.
  Result<void> constraint(NodeId node, NodeId member, NodeId column = sql::kNoNode) {
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

  Result<void> column(NodeId definition) {
    if (plan_.nodes() > 1) PANDO_TRY(check_sequences(definition));
    for (const NodeId child : statement_.children(definition)) {
      if (statement_.kind(child) != NodeKind::kConstraint) continue;
      PANDO_TRY(constraint(child, sql::kNoNode, statement_.child(definition, 0)));
    }
    return {};
  }

  // The key columns are among the definitions, with types that fit.
  Result<void> check_keys(const std::vector<NodeId>& definitions, sql::Span where) const {
    for (const rules::KeyColumn& key : plan_.table().key_columns) {
      const auto found =
          std::find_if(definitions.begin(), definitions.end(), [&](NodeId definition) {
            return statement_.name_equals(statement_.child(definition, 0), key.name);
          });
      if (found == definitions.end()) {
        return fail(Error(ErrorCode::kKeyTypeMismatch, "table " + plan_.table().name +
                                                           " is created without its sharding key " +
                                                           key.name)
                        .with_span(where.begin, where.end)
                        .with_remedy("Add the column, or name another one as the key in the "
                                     "rules."));
      }
      PANDO_TRY(check_key(*found, key));
    }
    return {};
  }

  const std::vector<NodeId>& cut() const { return cut_; }

 private:
  // DEFAULT NEXTVAL(...): each database has sequences of its own.
  Result<void> check_sequences(NodeId node) const {
    if (statement_.kind(node) == NodeKind::kFunction &&
        analyze::class_of(statement_, node) == analyze::FunctionClass::kConnection) {
      return refuse(ErrorCode::kMissingGeneratedKey, statement_.node(node).span,
                    "each physical table of " + plan_.table().name +
                        " would take its numbers from its own database");
    }
    for (const NodeId child : statement_.children(node)) PANDO_TRY(check_sequences(child));
    return {};
  }

  // UNIQUE ... ON CONFLICT REPLACE or IGNORE: what a write does depends on rows that may be on
  // another shard.
  Result<void> check_conflict_clause(NodeId node, bool checked_everywhere) const {
    if (checked_everywhere || statement_.dialect() != Dialect::kSqlite) return {};
    const std::vector<std::string> words = words_of(statement_.text(node));
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

  Result<void> check_key(NodeId definition, const rules::KeyColumn& key) const {
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

  // GENERATED ALWAYS AS, or ON UPDATE CURRENT_TIMESTAMP.
  bool changes_itself(NodeId definition) const {
    for (const NodeId child : statement_.children(definition)) {
      if (statement_.kind(child) == NodeKind::kConstraint &&
          static_cast<sql::ConstraintKind>(statement_.node(child).op) ==
              sql::ConstraintKind::kGenerated) {
        return true;
      }
    }
    const std::vector<std::string> words = words_of(statement_.text(definition));
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

  // False: it is left out.
  Result<bool> foreign_key(NodeId node, NodeId references, NodeId member, NodeId column) {
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

  const Statement& statement_;
  const rules::RuleSet& rules_;
  DdlPlan& plan_;
  std::vector<NodeId> cut_;
};

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

// CREATE TABLE ... LIKE: any table of that form in the same data source will do.
Result<void> like(const Statement& statement, NodeId source_ref, const PlanContext& context,
                  DdlPlan& plan) {
  const NodeId name = statement.find(source_ref, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr source, resolve_table(statement, name, *context.rules));
  const rules::LogicalTable& table = plan.table();
  const sql::Span span = statement.node(name).span;
  if (!table.key_columns.empty() &&
      !(source->kind == rules::TableKind::kSharded && source->key_columns == table.key_columns)) {
    const drivers::TableSchema* schema =
        context.schema != nullptr ? context.schema->find(source->name) : nullptr;
    if (schema == nullptr) return refuse(ErrorCode::kSchemaNeeded, span, source->name);
    const Result<void> fits = check_key_types(table, *schema, statement.dialect());
    if (!fits) return fail(Error(fits.error()).with_span(span.begin, span.end));
  }
  for (std::size_t i = 0; i < plan.nodes(); ++i) {
    const rules::DataSourceIndex where = table.nodes[i].data_source;
    const bool bound = table.kind == rules::TableKind::kSharded &&
                       source->kind == rules::TableKind::kSharded && source->family == table.family;
    const rules::Node* found = bound ? &source->nodes[i] : nullptr;
    for (const rules::Node& node : source->nodes) {
      if (node.data_source == where && found == nullptr) found = &node;
    }
    if (found == nullptr) {
      return refuse(ErrorCode::kCrossDataSource, span,
                    "table " + source->name + " is not in " +
                        context.rules->data_sources()[where].name + ", where " + table.name +
                        " is to be created");
    }
    edit_table_name(statement, name, found->table, plan.edits(i));
  }
  return {};
}

// CREATE TABLE ... AS query: only if everything is in the table's one place.
Result<void> as_query(const Statement& statement, NodeId query, const PlanContext& context,
                      DdlPlan& plan) {
  PANDO_ASSIGN(const std::vector<TableUse> uses, table_uses(statement, query, *context.rules));
  const sql::Span span = statement.node(query).span;
  if (plan.nodes() != 1) {
    return refuse(ErrorCode::kNeedsCompute, span,
                  "the rows of CREATE TABLE ... AS would have to be spread over " +
                      std::to_string(plan.nodes()) + " physical tables");
  }
  const rules::DataSourceIndex where = plan.table().nodes[0].data_source;
  for (const TableUse& use : uses) {
    const auto node = whole_in(*use.table, where);
    if (!node) {
      return refuse(ErrorCode::kNeedsCompute, statement.node(use.name).span,
                    "table " + use.table->name + " is not as a whole in " +
                        context.rules->data_sources()[where].name + ", where " + plan.table().name +
                        " is to be created");
    }
    edit_table_use(statement, use.ref, use.name, use.table->nodes[*node].table, plan.edits(0));
  }
  return {};
}

NodeId query_of(const Statement& statement, NodeId root) {
  for (const NodeId child : statement.children(root)) {
    if (sql::is_query(statement.kind(child))) return child;
  }
  return sql::kNoNode;
}

// --- ALTER TABLE ---------------------------------------------------------------------------------

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

Result<Plan> create_table(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  const NodeId name = statement.find(ref, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr table, resolve_table(statement, name, *context.rules));
  DdlPlan plan(statement, table);
  plan.name_table(name);
  DoneSigns done = done_signs(statement.dialect(), {1050}, {"already exists"});
  plan.will_exist(table);

  const NodeId source = statement.find(root, NodeKind::kTableLike);
  if (source != sql::kNoNode) {
    PANDO_TRY(like(statement, statement.find(source, NodeKind::kTableRef), context, plan));
    return plan.finish(done);
  }
  const NodeId query = query_of(statement, root);
  std::vector<NodeId> members;
  std::vector<NodeId> definitions;
  TableChanges changes(statement, context, plan);
  const NodeId elements = statement.find(root, NodeKind::kTableElements);
  if (elements != sql::kNoNode) {
    for (const NodeId member : statement.children(elements)) {
      members.push_back(member);
      if (statement.kind(member) == NodeKind::kColumnDefinition) {
        definitions.push_back(member);
        PANDO_TRY(changes.column(member));
      } else if (statement.kind(member) == NodeKind::kConstraint) {
        PANDO_TRY(changes.constraint(member, member));
      }
    }
  }
  if (query == sql::kNoNode) PANDO_TRY(changes.check_keys(definitions, statement.node(ref).span));
  PANDO_TRY(apply_cuts(statement, members, changes.cut(), plan));
  const NodeId options = statement.find(root, NodeKind::kTableOptions);
  if (options != sql::kNoNode && statement.find(options, NodeKind::kUnionOption) != sql::kNoNode) {
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(options).span,
                  "a MERGE table's UNION names other tables");
  }
  if (query != sql::kNoNode) PANDO_TRY(as_query(statement, query, context, plan));
  return plan.finish(done);
}

Result<Plan> alter_table(const Statement& statement, const PlanContext& context) {
  const NodeId root = statement.root();
  const NodeId ref = statement.find(root, NodeKind::kTableRef);
  const NodeId name = statement.find(ref, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr table, resolve_table(statement, name, *context.rules));
  DdlPlan plan(statement, table);
  plan.name_table(name);
  std::vector<NodeId> actions;
  for (const NodeId child : statement.children(root)) {
    if (statement.kind(child) == NodeKind::kAlterAction) actions.push_back(child);
  }
  if (plan.nodes() > 1) PANDO_TRY(check_repeatable(statement, actions));
  Alter alter(statement, context, plan, actions);
  for (const NodeId action : actions) PANDO_TRY(alter.action(action));
  if (!alter.renames()) plan.will_exist(table);
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
