// A sharding function of the application's own.
//
// Derive from ShardingFunction, register it in Options::functions under a name, and use that name
// in the rules: `orders = {by = "my_function(user_id)", onto = "shop[0..3]"}`.
//
// Threads: locate() is called from many threads at once and must not change the object.

#pragma once

#include <cstddef>
#include <span>

#include "pando/result.h"
#include "pando/value.h"

namespace pando {

class ShardingFunction {
 public:
  virtual ~ShardingFunction() = default;

  // The 0-based place, below `places`, of the row whose sharding key columns hold `key`: one value
  // per column, in the order of the rules. Values are canonical: integers are kInt (kUint above
  // INT64_MAX); text and bytes are kText without trailing spaces and NUL bytes, and with A to Z as
  // a to z if the rules declare a collation without regard to case; dates and times are kInt
  // microseconds since 1970-01-01 00:00:00. NULL is never passed: rows with a NULL key live on
  // place 0.
  //
  // Must depend on nothing but its arguments, for ever: rows are found by calling it again.
  // Errors: kNoShardForKey if no row may ever have this key: inserting it is then refused, and
  // nothing is looked for under it. After any other error (kUsage where the rules do not fit the
  // function, an exception, a place of `places` or more) inserting is refused too, but reads,
  // updates and deletes go to all shards.
  virtual Result<std::size_t> locate(std::span<const Value> key, std::size_t places) const = 0;
};

}  // namespace pando
