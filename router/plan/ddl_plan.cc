#include "router/plan/ddl_plan.h"

#include <algorithm>
#include <iterator>

#include "router/plan/ddl_names.h"

namespace pando::plan {

DoneSigns done_signs(Dialect dialect, std::initializer_list<int> codes,
                     std::initializer_list<const char*> texts) {
  DoneSigns signs;
  if (dialect == Dialect::kMySql) {
    signs.codes = codes;
  } else {
    signs.texts.assign(texts.begin(), texts.end());
  }
  return signs;
}

Result<DdlPlan> DdlPlan::of_ref(const sql::Statement& statement, sql::NodeId ref,
                                const rules::RuleSet& rules) {
  const sql::NodeId name = statement.find(ref, sql::NodeKind::kTableName);
  PANDO_ASSIGN(TablePtr table, resolve_table(statement, name, rules));
  DdlPlan plan(statement, std::move(table));
  plan.name_table(name);
  return plan;
}

void DdlPlan::name_table(sql::NodeId table_name) {
  const sql::NodeId second = statement_.child(table_name, 1);
  const std::string name =
      statement_.name(second != sql::kNoNode ? second : statement_.child(table_name, 0));
  for (std::size_t i = 0; i < nodes(); ++i) {
    const std::string& physical = table_->nodes[i].table;
    edit_table_name(statement_, table_name, physical, edits_[i]);
    edit_qualifiers(statement_, statement_.root(), name, physical, edits_[i]);
  }
}

void DdlPlan::name_object(sql::NodeId name_node) {
  const std::string name = statement_.name(name_node);
  for (std::size_t i = 0; i < nodes(); ++i) {
    const std::string physical = node_name(name, *table_, i, statement_.dialect());
    if (physical == name) continue;
    edits_[i].push_back({statement_.node(name_node).span,
                         rewrite::quote_identifier(physical, statement_.dialect()),
                         {}});
  }
}

void DdlPlan::edit_all(const rewrite::Edit& edit) {
  for (std::vector<rewrite::Edit>& edits : edits_) edits.push_back(edit);
}

bool DdlPlan::note_unique(sql::NodeId columns, bool primary) {
  if (table_->kind != rules::TableKind::kSharded || nodes() < 2 || columns == sql::kNoNode) {
    return true;
  }
  // The names of whole columns: a prefix or an expression may be the same for different keys.
  std::vector<sql::NodeId> whole;
  std::string shown;
  if (statement_.kind(columns) == sql::NodeKind::kKeyParts) {
    shown = statement_.text(statement_.node(columns).span);
    for (const sql::NodeId part : statement_.children(columns)) {
      const sql::NodeId column = statement_.child(part, 0);
      const bool plain = statement_.child(part, 1) == sql::kNoNode &&
                         statement_.kind(column) == sql::NodeKind::kColumn &&
                         statement_.child(column, 1) == sql::kNoNode;
      if (plain) whole.push_back(statement_.child(column, 0));
    }
  } else {
    shown = '(' + statement_.name(columns) + ')';
    whole.push_back(columns);
  }
  const auto contains = [&](const std::string& name) {
    return std::any_of(whole.begin(), whole.end(),
                       [&](sql::NodeId column) { return statement_.name_equals(column, name); });
  };
  const auto& keys = table_->key_columns;
  const auto is_in = [&](const rules::KeyColumn& key) { return contains(key.name); };
  if (std::all_of(keys.begin(), keys.end(), is_in)) return true;
  const auto& fill = table_->fill;
  const bool filled = std::any_of(fill.begin(), fill.end(),
                                  [&](const rules::Fill& one) { return contains(one.column); });
  note(
      std::string(primary ? "the primary key " : "the unique key ") + shown + " of " +
      table_->name +
      " does not contain the whole sharding key: each shard checks its own rows, so two shards may "
      "hold one value twice" +
      (filled ? ", unless Pando has generated it" : ""));
  return false;
}

Plan ddl_plan() {
  Plan plan;
  plan.returns_rows = false;
  plan.needs_writer = true;
  plan.write = WriteKind::kDdl;
  return plan;
}

Plan DdlPlan::finish(const DoneSigns& done) {
  Plan plan = ddl_plan();
  plan.notes = std::move(notes_);
  plan.fix_timestamp = fix_timestamp_ && nodes() > 1;
  plan.level = nodes() > 1 ? Level::kScatter : Level::kSingle;
  plan.reason = nodes() > 1 ? "every physical table of " + table_->name + " is changed"
                            : "table " + table_->name + " is in one place";
  const auto end = static_cast<std::uint32_t>(statement_.text().size());
  for (std::size_t i = 0; i < nodes(); ++i) {
    rewrite::sort_edits(edits_[i]);
    rewrite::TextAssembly text(statement_, edits_[i]);
    text.copy({0, end});
    PhysicalQuery query = std::move(text).take();
    query.data_source = table_->nodes[i].data_source;
    if (table_->kind == rules::TableKind::kSharded) {
      query.shard = static_cast<rules::ShardIndex>(i);
    }
    query.reason = table_->name + ", " + node_label(*table_, i);
    query.done = done;
    for (const TablePtr& table : present_) query.present.push_back(table->nodes[i].table);
    for (const TablePtr& table : absent_) query.absent.push_back(table->nodes[i].table);
    plan.queries.push_back(std::move(query));
  }
  return plan;
}

void append_queries(Plan& to, Plan&& from) {
  to.queries.insert(to.queries.end(), std::make_move_iterator(from.queries.begin()),
                    std::make_move_iterator(from.queries.end()));
  to.notes.insert(to.notes.end(), std::make_move_iterator(from.notes.begin()),
                  std::make_move_iterator(from.notes.end()));
  to.level = to.queries.size() > 1 ? Level::kScatter : Level::kSingle;
  to.reason = to.reason.empty() ? from.reason : to.reason + "; " + from.reason;
}

bool same_places(const rules::LogicalTable& a, const rules::LogicalTable& b) {
  if (a.kind != b.kind || a.nodes.size() != b.nodes.size()) return false;
  if (a.kind == rules::TableKind::kSharded && a.nodes.size() > 1) {
    const auto same_column = [](const rules::KeyColumn& one, const rules::KeyColumn& other) {
      return same_name(one.name, other.name);
    };
    if (a.family != b.family ||
        !std::equal(a.key_columns.begin(), a.key_columns.end(), b.key_columns.begin(),
                    b.key_columns.end(), same_column)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    if (a.nodes[i].data_source != b.nodes[i].data_source) return false;
  }
  return true;
}

}  // namespace pando::plan
