// INSERT ... SELECT whose rows are not where they belong: they are read to their end, then written
// by INSERT ... VALUES, each planned for itself; see RowsInto.
//
// Only where that is the same as on one server: in MySQL each value must get into its column as it
// would there, so the select list is of plain columns of the same type, literals, parameters,
// integer arithmetic and aggregates; nothing may depend on the time at which a part of the
// statement runs, but column defaults, for which the session stops the clock.
//
// Threads: functions without state.

#pragma once

#include <span>

#include "router/analyze/scope.h"
#include "router/plan/insert_shape.h"

namespace pando::plan {

// Requires: the target's source is a query; `scopes` are the statement's.
// Errors: `why`, the reason why the rows cannot stay where they are; kNeedsCompute,
// kUnsupportedStatement; those of planning the query.
Result<Plan> plan_rows(const InsertTarget& target, const analyze::Scopes& scopes,
                       std::span<const Value> parameters, const PlanContext& context,
                       const Error& why);

}  // namespace pando::plan
