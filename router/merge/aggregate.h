// Aggregates: the shards' COUNT, SUM, MIN, MAX and AVG of a group become those of the whole group,
// exactly: DECIMAL digit by digit, integers with overflow checked, text by its weight. Only what is
// a DOUBLE in the database is added as doubles.
//
// Threads: Aggregates is immutable once made; a state belongs to one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/merge/compare.h"
#include "router/merge/decimal.h"
#include "router/merge/memory.h"
#include "router/plan/plan.h"

namespace pando::merge {

struct CountState {
  std::uint64_t count = 0;
};

struct DecimalState {
  DecimalSum sum;
  std::uint64_t count = 0;  // For an average.
  bool any = false;
};

// Numbers of SQLite, or doubles: exact while all are integers.
struct NumberState {
  __int128 integers = 0;
  double reals = 0;
  std::uint64_t count = 0;
  bool any_integer = false;
  bool any_real = false;
};

// The row that holds the least or greatest value so far: the columns that the comparison needs.
struct ExtremeState {
  Value value, weight, pad;
  char* memory = nullptr;
  std::size_t capacity = 0;
};

using AggregateState = std::variant<CountState, DecimalState, NumberState, ExtremeState>;

class Aggregates {
 public:
  // Errors: kMergeType if a column's type is not one that the aggregate gives, kOrderUnsupported,
  // kInternal.
  static Result<Aggregates> make(std::span<const plan::Aggregate> aggregates,
                                 std::span<const Column> columns, Dialect dialect);

  std::size_t size() const { return items_.size(); }

  // Appends the states of a new group, size() of them.
  void start(std::vector<AggregateState>& states) const;

  // Takes a shard's row into the group. `memory` keeps what the states refer to.
  // Errors: kMergeType, kNumericOverflow, kMergeMemory.
  Result<void> add(Row row, std::span<AggregateState> states, Arena& memory,
                   const MemoryBudget& budget) const;

  // Writes the results into `row`, which holds the other columns. They are valid as long as `texts`
  // (size() strings) and the arena of add(). Errors: kNumericOverflow.
  Result<void> finish(std::span<const AggregateState> states, std::span<Value> row,
                      std::span<std::string> texts) const;

 private:
  enum class How : std::uint8_t {
    kCount,
    kDecimalSum,
    kDoubleSum,
    kSqliteSum,
    kExtreme,
    kDecimalAverage,
    kDoubleAverage,
    kSqliteAverage,
  };
  struct Item {
    How how = How::kCount;
    bool greatest = false;
    std::size_t column = 0;
    std::size_t sum = 0;
    std::size_t count = 0;
    unsigned scale = 0;     // Of the sum.
    unsigned decimals = 0;  // Of the average.
    std::string name;
    std::optional<KeyComparator> key;
  };

  static Result<Item> make_item(const plan::Aggregate& aggregate, std::span<const Column> columns,
                                Dialect dialect);
  static Result<void> add_extreme(const Item& item, Row row, ExtremeState& state, Arena& memory,
                                  const MemoryBudget& budget);

  std::vector<Item> items_;
};

}  // namespace pando::merge
