// Exchange: one statement to each of several connections at the same time.
//
// Connections with a socket are all sent to before the first answer is waited for, and answers are
// taken as they come. Connections that run statements in the caller's thread (SQLite) are served
// in order. Every connection is left without an unread answer.
//
// All servers have `patience` together to answer: when it is over, those that have not are stopped,
// and their calls fail with kTimeout. (What runs in the caller's thread is waited for.)
//
// Threads: the connections belong to the caller's thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/execute/borrowed.h"

namespace pando::execute {

struct Call {
  Borrowed* to = nullptr;
  drivers::Query query;  // Its memory must live until exchange_all() returns.
};

enum class OnFailure : std::uint8_t {
  kCancelOthers,  // The others' answers are of no use any more.
  kFinish,        // Each answer counts by itself.
};

struct Answers {
  std::vector<Result<Reply>> replies;            // One per call. Streams of rows may be open.
  std::optional<Error> failure;                  // The first one in time.
  std::vector<std::chrono::microseconds> times;  // One per call: until its answer came.
};

// `patience`: 0 is for ever.
// Requires: a connection that cannot interleave appears once.
Answers exchange_all(std::span<const Call> calls, OnFailure on_failure,
                     std::chrono::milliseconds patience);

}  // namespace pando::execute
