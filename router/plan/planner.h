// Planner: from a statement to what will be sent where. Pure: no locks, no sockets, no clock.
//
// Planning has two steps, so that the first one can be cached:
//   analyze(): Statement -> Shape. Depends on the text, the rules and the schema, not on values.
//   bind():    Shape + parameter values -> Plan. Routes by the values, edits the text.
//
// Threads: functions without state; a Shape is immutable and freely shared.

#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "pando/result.h"
#include "pando/value.h"
#include "router/plan/plan.h"
#include "router/plan/schema.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"

namespace pando::plan {

// What planning may look at besides the statement.
struct PlanContext {
  const rules::RuleSet* rules = nullptr;
  const SchemaView* schema = nullptr;  // Null: no table's columns are known.
  // Gives the next key of a generator (a name in RuleSet::id_generators) for columns with `fill`.
  // Null, as in explain: a placeholder is written instead, and the plan cannot be executed.
  std::function<Result<OwnedValue>(const std::string& generator)> next_id;
  // Told of the greatest key that rows bring for a column that a segment fills, before next_id is
  // asked for those that bring none. Null: nobody is.
  std::function<Result<void>(const std::string& generator, std::int64_t key)> pass_id;
  bool explain = false;  // Fill PhysicalQuery::reason.
  bool may_cut = true;   // False: the text is a piece itself, and is not cut again.
};

class Shape;  // router/plan/shape.h
using ShapePtr = std::shared_ptr<const Shape>;

// Errors: a refusal (category kRefused) with the span of the part of the statement that causes it;
// kSchemaNeeded, with the table's name as message, if the columns of a table decide and are not
// known: the caller loads them and calls again.
Result<ShapePtr> analyze(std::shared_ptr<const sql::Statement> statement,
                         const PlanContext& context);

// Requires: the context has the rules the shape was analyzed with.
// Errors: kParameterCount, refusals that depend on values (kUnroutableKey, kNoShardForKey ...), and
// kSchemaNeeded as in analyze(): how a query scatters is worked out when a value first asks for it.
Result<Plan> bind(const Shape& shape, std::span<const Value> parameters,
                  const PlanContext& context);

// analyze() and bind() in one, with refusals turned into a Plan of level kRefused, as explain shows
// it. Without parameters for a statement that has placeholders, values are made up, and a note of
// the plan says so.
Plan explain(std::shared_ptr<const sql::Statement> statement, std::span<const Value> parameters,
             const PlanContext& context);

}  // namespace pando::plan
