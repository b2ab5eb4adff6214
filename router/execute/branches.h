// Branches: the part of a statement's queries that each data source gets, one connection each.
//
// Threads: the one that executes the statement.

#pragma once

#include <cstddef>
#include <vector>

#include "drivers/driver.h"
#include "pando/result.h"
#include "router/execute/borrowed.h"
#include "router/execute/connections.h"
#include "router/plan/plan.h"

namespace pando::execute {

struct Branch {
  std::unique_ptr<Borrowed> borrowed;
  std::vector<std::size_t> queries;  // Of the plan, in order.
};

// In ascending order of the data sources, so that two statements lock them in the same order.
Result<std::vector<Branch>> borrow_branches(const plan::Plan& plan, Connections& connections,
                                            const CancelWatch& cancel);

std::vector<drivers::Connection*> connections_of(const std::vector<Branch>& branches);

// The longest list of queries of any branch.
std::size_t most_queries(const std::vector<Branch>& branches);

}  // namespace pando::execute
