// ShardStream: the rows of one connection, which it holds until the last row. With a backlog, the
// rows of several queries one after the other: the next query is sent when the last one has ended.
//
// Threads: one at a time, with all streams on the same connection.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "pando/row_stream.h"
#include "router/execute/borrowed.h"
#include "router/plan/plan.h"

namespace pando::execute {

// What a query that is sent later needs by then.
struct LaterWork {
  std::shared_ptr<const plan::Plan> plan;
  std::vector<OwnedValue> parameters;
};

struct Backlog {
  std::shared_ptr<const LaterWork> work;
  std::vector<std::size_t> queries;  // Of the plan, in order.
};

RowStreamPtr shard_stream(BorrowedPtr connection, RowStreamPtr rows, Backlog backlog = {});

}  // namespace pando::execute
