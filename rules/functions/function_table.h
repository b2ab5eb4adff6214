// The sharding functions as the configuration knows them: one line each.
//
// A function is one file: its PlaceFunction, a factory (rules/functions/functions.h), and a `bind`
// that reads its words from the table of the configuration.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/config_table.h"
#include "rules/functions/functions.h"
#include "rules/period.h"

namespace pando::rules {

// `mod(user_id, 64)` as written.
struct FunctionCall {
  std::string word;  // "by", "database_by" or "table_by"
  FunctionName name;
  std::optional<std::int64_t> number;
  Text text;
  ErrorSpan name_span;
};

// Errors: kConfigValue with a caret under the piece that is wrong.
Result<FunctionCall> parse_call(const ConfigTable& table, std::string_view word);

// What a function is bound with.
struct FunctionInput {
  const ConfigTable& table;
  const FunctionCall& call;
  std::span<const KeyColumn> columns;
  std::size_t places = 0;
  std::optional<Period> period;   // Time functions, if the table has `from` and `until`.
  bool has_time_pattern = false;  // The names of the places hold {yyyyMM} or the like.
};

struct FunctionEntry {
  std::string_view name;
  std::size_t max_columns;
  bool takes_number;
  std::optional<TimeUnit> unit;           // Time functions.
  std::array<std::string_view, 2> words;  // Its words in the table; "" for none.
  Result<PlaceFunctionPtr> (*bind)(const FunctionInput& input);
};

std::span<const FunctionEntry> function_table();
// nullptr: unknown.
const FunctionEntry* find_function(std::string_view name);

Result<PlaceFunctionPtr> bind_hash(const FunctionInput& input);
Result<PlaceFunctionPtr> bind_mod(const FunctionInput& input);
Result<PlaceFunctionPtr> bind_range(const FunctionInput& input);
Result<PlaceFunctionPtr> bind_list(const FunctionInput& input);
Result<PlaceFunctionPtr> bind_time(const FunctionInput& input);

// Reads `word`, an array with one string per place such as "0..3, 8..11" (both ends included),
// which together name each of 0 to total - 1 once. Errors: kConfigPlacement with a caret under the
// piece that overlaps or leaves a gap.
Result<std::vector<std::uint32_t>> read_buckets(const FunctionInput& input, std::string_view word,
                                                std::size_t total);

// The most slots, remainders and the like that a function may have.
inline constexpr std::int64_t kMaxBuckets = 1 << 20;

// "`tables.orders.by`": how messages name the call.
std::string call_path(const FunctionInput& input);

}  // namespace pando::rules
