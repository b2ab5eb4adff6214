// BoundQuery: a physical query with its parameters' values in place.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "drivers/driver.h"
#include "pando/result.h"
#include "router/plan/plan.h"

namespace pando::execute {

struct BoundQuery {
  const plan::PhysicalQuery* query = nullptr;
  std::vector<Value> values;  // View the caller's parameters and the plan.

  // `prepare`: worth a prepared statement; false for one of several that must not wait.
  // `cursor_bytes`: see drivers::Query.
  drivers::Query view(bool prepare, std::size_t cursor_bytes = 0) const {
    return {query->sql, values, query->parameter_offsets, prepare, cursor_bytes};
  }
};

// The plan and the parameters must outlive the result. Errors: kParameterCount.
Result<BoundQuery> bind_query(const plan::Plan& plan, std::size_t query,
                              std::span<const Value> parameters);

}  // namespace pando::execute
