// The size of a value as counts and limits take it: what a data source sends for it, about.

#pragma once

#include <cstddef>
#include <cstdint>

#include "pando/value.h"

namespace pando::execute {

// A NULL has none; texts and bytes have their length, numbers eight.
inline std::size_t value_bytes(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return 0;
    case ValueKind::kText:
    case ValueKind::kBytes:
      return value.as_string().size();
    default:
      return sizeof(std::int64_t);
  }
}

}  // namespace pando::execute
