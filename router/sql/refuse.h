// A refusal, with its place in the statement.
//
// Threads: functions without state.

#pragma once

#include <string>
#include <utility>

#include "pando/result.h"
#include "router/sql/statement.h"

namespace pando::sql {

inline tl::unexpected<Error> refuse(ErrorCode code, Span where, std::string message) {
  return fail(Error(code, std::move(message)).with_span(where.begin, where.end));
}

// What only the compute level can answer.
inline tl::unexpected<Error> needs_compute(Span where, std::string message) {
  return refuse(ErrorCode::kNeedsCompute, where, std::move(message));
}

}  // namespace pando::sql
