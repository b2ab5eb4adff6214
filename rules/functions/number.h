// Canonical integer keys as one signed number.

#pragma once

#include <cstdint>
#include <limits>

#include "pando/value.h"

namespace pando::rules {

// Numbers above INT64_MAX count as INT64_MAX: no range of the rules can part them.
// Requires: kInt or kUint.
inline std::int64_t clamp_number(const Value& v) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (v.kind() != ValueKind::kUint) return v.as_int();
  return v.as_uint() > static_cast<std::uint64_t>(kMax) ? kMax
                                                        : static_cast<std::int64_t>(v.as_uint());
}

}  // namespace pando::rules
