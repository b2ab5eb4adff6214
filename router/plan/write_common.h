// What the planners of writes, schema changes and session statements share.
//
// Threads: functions without state.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/names.h"
#include "pando/result.h"
#include "router/plan/plan.h"
#include "router/plan/planner.h"
#include "router/plan/write_planner.h"
#include "router/rewrite/text_assembly.h"
#include "router/rewrite/text_edits.h"
#include "router/sql/refuse.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"

namespace pando::plan {

using sql::refuse;

bool starts_with(std::string_view text, std::string_view prefix);

// The first words of text that has no tree: identifiers and keywords, quoted names without their
// quotes, other characters one by one. Comments are skipped, versioned ones read.
std::vector<std::string> words_of(std::string_view text, std::size_t most = 64);

// A table of the rules, or a single table made up for a name that `defaults.single` takes.
// Lifetime: that of the rules.
using TablePtr = std::shared_ptr<const rules::LogicalTable>;

// Requires: a kTableName. Errors: kUnknownTable; kUnsupportedStatement for another schema.
Result<TablePtr> resolve_table(const sql::Statement& statement, sql::NodeId table_name,
                               const rules::RuleSet& rules);

// The same for a name as such; nullptr if the rules do not know it and there is no default.
TablePtr table_named(std::string_view name, const rules::RuleSet& rules);

// Appends the edit that turns the name (with its schema, if written) into `physical`; none if it
// reads so already.
void edit_table_name(const sql::Statement& statement, sql::NodeId table_name,
                     std::string_view physical, std::vector<rewrite::Edit>& edits);

// "shard 3 of 8", "copy 1 of 4" or "the only place": for messages and reasons.
std::string node_label(const rules::LogicalTable& table, std::size_t node);

// The parameters' number is right. Errors: kParameterCount.
Result<void> check_parameter_count(const sql::Statement& statement, std::size_t given);
// "the statement has 1 placeholder, but 2 values were given"
std::string count_mismatch(std::size_t placeholders, std::size_t given);

// The shape of a statement whose plan does not depend on values. Still checks the parameters'
// count.
WriteShapePtr ready(std::shared_ptr<const sql::Statement> statement, Plan plan);

// session_statement.cc
Result<WriteShapePtr> analyze_session(std::shared_ptr<const sql::Statement> statement,
                                      const PlanContext& context);
// show_statement.cc: SHOW, DESCRIBE, EXPLAIN, PRAGMA.
Result<WriteShapePtr> analyze_show(std::shared_ptr<const sql::Statement> statement,
                                   const PlanContext& context);
// ddl_statement.cc
Result<WriteShapePtr> analyze_ddl(std::shared_ptr<const sql::Statement> statement,
                                  const PlanContext& context);
// insert_statement.cc
Result<WriteShapePtr> analyze_insert(std::shared_ptr<const sql::Statement> statement,
                                     const PlanContext& context);
// update_statement.cc: UPDATE and DELETE.
Result<WriteShapePtr> analyze_update(std::shared_ptr<const sql::Statement> statement,
                                     const PlanContext& context);

}  // namespace pando::plan
