// What has one answer on one server, and no answer or several when the rows are on many.
//
// Threads: functions without state.

#pragma once

#include "pando/result.h"
#include "router/analyze/scope.h"

namespace pando::analyze {

// The query asks for nothing that only one server can tell: no function with an effect of its own,
// no LIMIT ROWS EXAMINED, nothing that depends on the order in which rows are found.
// Errors: kSessionStatement, kUnsupportedStatement, kNeedsCompute, at the place in the text.
Result<void> check_spread(const Scopes& scopes);

// No aggregate in a subquery is over columns of a query around it only: then it aggregates that
// one. Errors: kNeedsCompute; kSchemaNeeded, as planning has it.
Result<void> check_outer_aggregates(const Scopes& scopes, const plan::SchemaView* schema);

}  // namespace pando::analyze
