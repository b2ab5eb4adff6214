// TableChanges: constraints and column definitions of one table, for all of its nodes.
//
// Threads: belongs to one.

#pragma once

#include <vector>

#include "router/plan/ddl_plan.h"

namespace pando::plan {

class TableChanges {
 public:
  TableChanges(const sql::Statement& statement, const PlanContext& context, DdlPlan& plan)
      : statement_(statement), rules_(*context.rules), plan_(plan) {}

  // `member` is what would be cut out of the list: the constraint itself, or the ALTER action.
  // `column` is the name of the column whose attribute it is.
  Result<void> constraint(sql::NodeId node, sql::NodeId member, sql::NodeId column = sql::kNoNode);
  Result<void> column(sql::NodeId definition);
  // The key columns are among the definitions, with types that fit.
  Result<void> check_keys(const std::vector<sql::NodeId>& definitions, sql::Span where) const;
  // Members that the statement must do without: foreign keys that are left out.
  const std::vector<sql::NodeId>& cut() const { return cut_; }

 private:
  // DEFAULT NEXTVAL(...): each database has sequences of its own.
  Result<void> check_sequences(sql::NodeId node) const;
  // UNIQUE ... ON CONFLICT REPLACE or IGNORE: what a write does depends on rows that may be on
  // another shard.
  Result<void> check_conflict_clause(sql::NodeId node, bool checked_everywhere) const;
  Result<void> check_key(sql::NodeId definition, const rules::KeyColumn& key) const;
  // GENERATED ALWAYS AS, or ON UPDATE CURRENT_TIMESTAMP.
  bool changes_itself(sql::NodeId definition) const;
  // False: it is left out.
  Result<bool> foreign_key(sql::NodeId node, sql::NodeId references, sql::NodeId member,
                           sql::NodeId column);

  const sql::Statement& statement_;
  const rules::RuleSet& rules_;
  DdlPlan& plan_;
  std::vector<sql::NodeId> cut_;
};

// Takes `cut` out of the list `all`. Errors: kForeignKeyAcrossShards if nothing would be left.
Result<void> apply_cuts(const sql::Statement& statement, const std::vector<sql::NodeId>& all,
                        const std::vector<sql::NodeId>& cut, DdlPlan& plan);

}  // namespace pando::plan
