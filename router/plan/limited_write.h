// UPDATE and DELETE with ORDER BY and LIMIT over several shards: the keys of the rows are read in
// their order, merged as any query's are, and the rows with these keys are written, all in one
// transaction; see RowsInto.
//
// Only where it is certain which rows these are: the primary key is part of the order, and each row
// can be named by its keys. The statement's own condition is written again beside the keys, so that
// what is an error in a write (a text that is no number, in strict mode) stays one.
//
// Threads: functions without state.

#pragma once

#include <span>

#include "router/analyze/scope.h"
#include "router/plan/write_common.h"

namespace pando::plan {

// Requires: an UPDATE or DELETE of one sharded table that has a LIMIT, and reaches several shards.
// Errors: kLimitedWrite, with what is missing; kSchemaNeeded; those of planning the query.
Result<Plan> plan_limited_write(const analyze::Scopes& scopes, analyze::OccurrenceId target,
                                std::span<const Value> parameters, const PlanContext& context);

}  // namespace pando::plan
