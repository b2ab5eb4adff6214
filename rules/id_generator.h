// Key generators: snowflake, segment and UUID version 7.
//
// Threads: next() may be called from many threads at once.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "pando/result.h"
#include "rules/rule_set.h"

namespace pando::rules {

// A generated key: a number, or text for uuid7 (36 characters, lower case).
struct GeneratedKey {
  bool is_text = false;
  std::int64_t number = 0;
  std::string text;
};

class IdGenerator {
 public:
  virtual ~IdGenerator() = default;
  // Errors: kIdGenerator: the clock went back further than can be waited out, the segment's table
  // cannot be reached or written, or a snowflake's or segment's maker is the process that this one
  // was forked from.
  virtual Result<GeneratedKey> next() = 0;
  // A row brings this key of its own: next() will not give it, in this process or another one that
  // has not taken it yet. Does nothing where keys cannot meet those of others by counting.
  // Errors: as next().
  virtual Result<void> pass(std::int64_t key) {
    static_cast<void>(key);
    return {};
  }
};

// The table that a generator's segments are taken from. Supplied by the router, because rules know
// no drivers. Threads: all members may be called from any thread.
class SegmentTable {
 public:
  virtual ~SegmentTable() = default;
  // Takes the next segment of `step` keys: returns the first of them.
  virtual Result<std::int64_t> take(std::uint32_t step) = 0;
  // No segment taken from now on begins before `first`. Returns the least key that any may begin
  // with.
  virtual Result<std::int64_t> begin_at(std::int64_t first) = 0;
};

// Milliseconds since the Unix epoch; replaced in tests.
using Clock = std::function<std::int64_t()>;
inline std::int64_t system_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
// A clock that steps back further than this is an error.
inline constexpr std::int64_t kMaxStepBack = 5'000;

// 41 bits of milliseconds since 2020-01-01, 10 bits of worker, 12 bits of sequence; never negative,
// rising within a process. A clock that steps back by less than 5 s is waited out by going on from
// the last time used; more is an error. So is next() in a process that was forked from the maker's:
// it has the same worker.
std::unique_ptr<IdGenerator> make_snowflake(std::uint32_t worker, Clock clock = {});
// Hands out the keys of a segment and takes the next one when it is used up; one caller takes it,
// the others wait.
std::unique_ptr<IdGenerator> make_segment(std::uint32_t step, std::unique_ptr<SegmentTable> table);
std::unique_ptr<IdGenerator> make_uuid7(Clock clock = {});

}  // namespace pando::rules
