// A refusal, with its place in the statement.
//
// Threads: a function without state.

#pragma once

#include <string>
#include <utility>

#include "pando/result.h"
#include "router/sql/statement.h"

namespace pando::sql {

inline tl::unexpected<Error> refuse(ErrorCode code, Span where, std::string message) {
  return fail(Error(code, std::move(message)).with_span(where.begin, where.end));
}

}  // namespace pando::sql
