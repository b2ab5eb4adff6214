// UPDATE and DELETE whose rows cannot be told where they lie: with ORDER BY and LIMIT over several
// shards, or with joins and subqueries whose rows are elsewhere. The keys of the rows are read by a
// query, which locks them, and the rows with these keys are written, all in one transaction; see
// RowsInto.
//
// Only where it is certain which rows these are and what they become: each row can be named by its
// keys, with LIMIT the primary key is part of the order, and what is assigned is made of the row
// itself, or of rows of other tables and read with the keys. Rows of subqueries are locked for
// reading, as one server does.
//
// Threads: functions without state.

#pragma once

#include <span>

#include "router/analyze/scope.h"
#include "router/plan/write_common.h"

namespace pando::plan {

// Requires: an UPDATE or DELETE of the one table `target`. `why`: the reason why it is not carried
// out where the rows are.
// Errors: `why`, with what is missing here; kSchemaNeeded; those of planning the query.
Result<Plan> plan_named_write(const analyze::Scopes& scopes, analyze::OccurrenceId target,
                              std::span<const Value> parameters, const PlanContext& context,
                              const Error& why);

}  // namespace pando::plan
