// IdSource: the key generators of the rules, ready to use.
//
// A segment generator takes its segments from a real table in a data source, in a transaction of
// its own, so that processes never share one: see SqlSegmentTable in the .cc for the statements.
//
// Threads: next() may be called from many threads.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/pool.h"
#include "pando/convert.h"
#include "pando/result.h"
#include "rules/id_generator.h"
#include "rules/rule_set.h"

namespace pando::router {

class IdSource {
 public:
  // Both must outlive this object.
  IdSource(const rules::RuleSet& rules, drivers::Pool& pool);

  // The next key of the generator that the rules name so. Errors: kIdGenerator, and those of the
  // data source that holds a segment's table.
  Result<OwnedValue> next(std::string_view generator);
  // See rules::IdGenerator::pass().
  Result<void> pass(std::string_view generator, std::int64_t key);

 private:
  std::map<std::string, std::unique_ptr<rules::IdGenerator>, std::less<>> generators_;
};

}  // namespace pando::router
