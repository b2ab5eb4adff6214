// One query to one data source, which is what most statements are: the short way through read.cc.
//
// Its rows are a stream that has the connection in itself, so that both cost one allocation.
//
// Threads: any; the connection belongs to the caller's, and then to the stream's, which is one at a
// time.

#pragma once

#include "drivers/driver.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/execute/connections.h"
#include "router/execute/executor.h"

namespace pando::execute {

// `owner` is whom the loan is from. Both it and `options.cancel` must outlive the returned stream,
// `query` the call. The loan ends with the last row, with an error, or with the stream.
// Errors: those of the data source, kCancelled.
Result<Reply> run_one(Loan loan, Connections& owner, const ExecuteOptions& options,
                      const drivers::Query& query);

}  // namespace pando::execute
