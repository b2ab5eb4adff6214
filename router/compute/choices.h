// Answers that are the database's choice: a column that is neither grouped nor aggregated, an order
// by what DISTINCT has dropped. One database makes its choice by the order of its rows, which the
// pieces' tables do not have; so these are refused.
//
// Threads: functions without state.

#pragma once

#include "pando/result.h"
#include "router/compute/reader.h"

namespace pando::compute {

// Errors: kNeedsCompute, at the expression whose value would be anybody's choice.
Result<void> check_choices(const Reader& reader, analyze::BlockId block);

}  // namespace pando::compute
