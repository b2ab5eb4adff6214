// DdlPlan: a schema change under construction: the edits for each physical table, and then the
// Plan.
//
// Threads: belongs to one.

#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "router/plan/table_uses.h"
#include "router/plan/write_common.h"

namespace pando::plan {

// MySQL's codes or SQLite's texts, as the dialect has it.
DoneSigns done_signs(Dialect dialect, std::initializer_list<int> codes,
                     std::initializer_list<const char*> texts);

class DdlPlan {
 public:
  // `table` decides which nodes there are. Lifetime: the statement outlives this object.
  DdlPlan(const sql::Statement& statement, TablePtr table)
      : statement_(statement), table_(std::move(table)), edits_(table_->nodes.size()) {}

  // For the table of a kTableRef, which is named. Errors: those of resolve_table().
  static Result<DdlPlan> of_ref(const sql::Statement& statement, sql::NodeId ref,
                                const rules::RuleSet& rules);

  const rules::LogicalTable& table() const { return *table_; }
  const TablePtr& shared_table() const { return table_; }
  std::size_t nodes() const { return edits_.size(); }
  std::vector<rewrite::Edit>& edits(std::size_t node) { return edits_[node]; }

  // The table's own name, and columns qualified with it.
  void name_table(sql::NodeId table_name);
  // The name inside of `name_node` (the kName itself) by node_name().
  void name_object(sql::NodeId name_node);
  // The same edit on every node.
  void edit_all(const rewrite::Edit& edit);
  // All nodes see the same time (see Plan::fix_timestamp).
  void fix_timestamp() { fix_timestamp_ = true; }
  void note(std::string text) { notes_.push_back(std::move(text)); }
  // A unique key over `columns`, a kKeyParts or the kName of a column: says what of it the database
  // does not check, if the rows that it forbids may lie on different shards. False if they may.
  bool note_unique(sql::NodeId columns, bool primary);
  // What is so of a node that is done. Requires: the same places as the table's.
  void will_exist(TablePtr table) { present_.push_back(std::move(table)); }
  void will_not_exist(TablePtr table) { absent_.push_back(std::move(table)); }

  // One query per node.
  Plan finish(const DoneSigns& done);

 private:
  const sql::Statement& statement_;
  TablePtr table_;
  std::vector<std::vector<rewrite::Edit>> edits_;
  std::vector<std::string> notes_;
  std::vector<TablePtr> present_;
  std::vector<TablePtr> absent_;
  bool fix_timestamp_ = false;
};

// The plan of a schema change that has several DdlPlans, or a statement without effect.
Plan ddl_plan();
void append_queries(Plan& to, Plan&& from);

// ddl_table.cc
Result<Plan> create_table(const sql::Statement& statement, const PlanContext& context);
// ddl_alter.cc
Result<Plan> alter_table(const sql::Statement& statement, const PlanContext& context);

// One can be renamed to the other, node by node: both lie in the same places, and the rules look
// for a row by the same column on the same shard.
bool same_places(const rules::LogicalTable& a, const rules::LogicalTable& b);

}  // namespace pando::plan
