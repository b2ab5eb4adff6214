#include "router/merge/columns.h"

#include <cstddef>
#include <string>

namespace pando::merge {
namespace {

// Integers of all widths have values of the same kinds; every other type stands for itself.
SqlType family(SqlType type) {
  switch (type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kYear:
      return SqlType::kInt64;
    default:
      return type;
  }
}

bool digits_matter(SqlType type) {
  return type == SqlType::kDecimal || type == SqlType::kDateTime || type == SqlType::kTimestamp;
}

}  // namespace

Result<void> check_columns(const std::vector<Column>& first, const std::vector<Column>& other,
                           Digits digits) {
  if (other.size() != first.size()) {
    return fail(ErrorCode::kMergeType, "one shard returned " + std::to_string(first.size()) +
                                           " columns, another " + std::to_string(other.size()));
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    const Column& a = first[i];
    const Column& b = other[i];
    const bool same = family(a.type) == family(b.type) || a.type == SqlType::kUnknown ||
                      b.type == SqlType::kUnknown;
    const bool same_digits =
        digits == Digits::kMayDiffer || !digits_matter(a.type) || a.decimals == b.decimals;
    if (!same || !same_digits) {
      return fail(ErrorCode::kMergeType,
                  "column '" + a.name + "' has different types on different shards");
    }
  }
  return {};
}

}  // namespace pando::merge
