// The data sources of the rules, as the pool takes them.
//
// Threads: functions without state.

#pragma once

#include <vector>

#include "drivers/pool.h"
#include "rules/rule_set.h"

namespace pando::router {

// In the order of the rules.
std::vector<drivers::Pool::Source> pool_sources(const rules::RuleSet& rules);

// And the compute data source, if there is one. `drivers` replaces those of the first, in tests.
std::vector<drivers::Pool::Source> sources_with_compute(
    const rules::RuleSet& rules, const std::vector<drivers::Driver*>& drivers);

}  // namespace pando::router
