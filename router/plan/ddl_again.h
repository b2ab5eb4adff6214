// What makes ALTER TABLE and RENAME TABLE safe to run again on physical tables that are done.
//
// A schema change that failed on some nodes is completed by running it again everywhere, so each
// statement must do nothing, or the same as before, where it was done. Two things stand against
// that: an index or constraint without a name, which the server would add a second time under
// another name; and names that one statement takes away and gives to something else, which would
// be taken away again. The former get names; the latter are refused.
//
// Both matter for tables of several nodes only. Threads: functions without state.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/plan/ddl_plan.h"

namespace pando::plan {

// Names for the indexes and constraints that one ALTER TABLE adds without a name. MySQL only.
//
// An index is called as the server would call it: by its first column, or with _2, _3 ... behind
// it if another index has that name. An index of these very columns keeps the name it has, so that
// the name is the same before and after the change. A foreign key or a check is called by its
// table and a hash of its text.
class UnnamedParts {
 public:
  UnnamedParts(const sql::Statement& statement, const PlanContext& context, DdlPlan& plan,
               const std::vector<sql::NodeId>& actions)
      : statement_(statement), context_(context), plan_(plan), actions_(actions) {}

  // Gives the constraint a name, if it needs one and has none.
  // Errors: kSchemaNeeded, to know the names of the table's indexes.
  Result<void> name(sql::NodeId constraint);

 private:
  Result<void> name_index(sql::NodeId constraint);
  Result<std::string> index_name(sql::NodeId constraint);
  bool drops_index(std::string_view name) const;

  const sql::Statement& statement_;
  const PlanContext& context_;
  DdlPlan& plan_;
  const std::vector<sql::NodeId>& actions_;
  std::vector<std::string> given_;
};

// Errors: kUnsupportedStatement for actions that could not be completed by running them again.
Result<void> check_repeatable(const sql::Statement& statement,
                              const std::vector<sql::NodeId>& actions);

}  // namespace pando::plan
