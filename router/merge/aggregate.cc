#include "router/merge/aggregate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace pando::merge {
namespace {

tl::unexpected<Error> wrong_type(const std::string& column, std::string_view what) {
  return fail(
      ErrorCode::kMergeType,
      "column '" + column + "': a shard returned a value that cannot be " + std::string(what));
}

tl::unexpected<Error> overflow(const std::string& column) {
  return fail(ErrorCode::kNumericOverflow,
              "column '" + column + "': the aggregate over all shards is out of range");
}

Result<void> add_count(const Value& value, const std::string& name, std::uint64_t& count) {
  if (value.is_null()) return {};
  const bool valid =
      (value.kind() == ValueKind::kInt && value.as_int() >= 0) || value.kind() == ValueKind::kUint;
  if (!valid) return wrong_type(name, "a count");
  const std::uint64_t more = value.kind() == ValueKind::kInt
                                 ? static_cast<std::uint64_t>(value.as_int())
                                 : value.as_uint();
  if (__builtin_add_overflow(count, more, &count) ||
      count > static_cast<std::uint64_t>(INT64_MAX)) {
    return overflow(name);
  }
  return {};
}

Result<void> add_decimal(const Value& value, const std::string& name, DecimalState& state) {
  if (value.is_null()) return {};
  if (value.kind() != ValueKind::kText || !state.sum.add(value.as_string())) {
    return wrong_type(name, "added as a DECIMAL");
  }
  state.any = true;
  return {};
}

Result<void> add_number(const Value& value, const std::string& name, NumberState& state) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return {};
    case ValueKind::kInt:
      state.integers += value.as_int();
      state.any_integer = true;
      return {};
    case ValueKind::kDouble:
      state.reals += value.as_double();
      state.any_real = true;
      return {};
    default:
      return wrong_type(name, "added as a number");
  }
}

// NaN is NULL in SQLite; MySQL has neither NaN nor infinity.
Result<Value> real_result(double real, bool sqlite, const std::string& name) {
  if (sqlite && std::isnan(real)) return Value::null();
  if (!sqlite && !std::isfinite(real)) return overflow(name);
  return Value::of_double(real);
}

double total_of(const NumberState& state) {
  return state.any_integer ? state.reals + static_cast<double>(state.integers) : state.reals;
}

Result<Value> number_sum(const NumberState& state, bool sqlite, const std::string& name) {
  if (state.any_real) return real_result(total_of(state), sqlite, name);
  if (!state.any_integer) return Value::null();
  if (state.integers < INT64_MIN || state.integers > INT64_MAX) return overflow(name);
  return Value::of_int(static_cast<std::int64_t>(state.integers));
}

Result<Value> number_average(const NumberState& state, bool sqlite, const std::string& name) {
  if (state.count == 0) return Value::null();
  return real_result(total_of(state) / static_cast<double>(state.count), sqlite, name);
}

std::size_t bytes_of(const Value& value) {
  return value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes
             ? value.as_string().size()
             : 0;
}

Value move_into(const Value& value, char*& to) {
  if (value.kind() != ValueKind::kText && value.kind() != ValueKind::kBytes) return value;
  const std::string_view from = value.as_string();
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
  const std::string_view copy(to, from.size());
  to += from.size();
  return value.kind() == ValueKind::kText ? Value::of_text(copy) : Value::of_bytes(copy);
}

}  // namespace

Result<Aggregates::Item> Aggregates::make_item(const plan::Aggregate& aggregate,
                                               std::span<const Column> columns, Dialect dialect) {
  Item item;
  const bool sqlite = dialect == Dialect::kSqlite;
  PANDO_ASSIGN(item.column, resolve(aggregate.column, columns.size()));
  const Column& column = columns[item.column];
  item.name = column.name;
  const auto rounded = [&](const Column& which) {
    return !sqlite && which.type == SqlType::kDouble && which.decimals > 0;
  };
  const auto sum_of_rounded = [&] {
    return fail(ErrorCode::kMergeType,
                "column '" + column.name +
                    "': each shard rounds its sum of FLOAT(M,D), DOUBLE(M,D) or ROUND(); add it up "
                    "as SUM(CAST(... AS DECIMAL(...)))");
  };
  const auto unfit = [&](const Column& which) {
    return fail(ErrorCode::kMergeType,
                "column '" + which.name + "' has a type that the aggregate cannot have");
  };
  switch (aggregate.kind) {
    case plan::AggregateKind::kCount:
      item.how = How::kCount;
      return item;
    case plan::AggregateKind::kSum:
      item.sum = item.column;
      item.scale = column.decimals;
      if (sqlite) {
        item.how = How::kSqliteSum;
      } else if (column.type == SqlType::kDecimal) {
        item.how = How::kDecimalSum;
      } else if (rounded(column)) {
        return sum_of_rounded();
      } else if (column.type == SqlType::kDouble) {
        item.how = How::kDoubleSum;
      } else {
        return unfit(column);
      }
      return item;
    case plan::AggregateKind::kMin:
    case plan::AggregateKind::kMax: {
      item.how = How::kExtreme;
      item.greatest = aggregate.kind == plan::AggregateKind::kMax;
      plan::MergeKey key = aggregate.key;
      key.descending = false;
      PANDO_ASSIGN(item.key, KeyComparator::make(key, columns, dialect, Purpose::kExtreme));
      if (item.key->value_column() != item.column) {
        return fail(ErrorCode::kInternal, "MIN or MAX is compared by another column");
      }
      return item;
    }
    case plan::AggregateKind::kAvg:
      break;
  }
  PANDO_ASSIGN(item.sum, resolve(aggregate.sum, columns.size()));
  PANDO_ASSIGN(item.count, resolve(aggregate.count, columns.size()));
  const Column& sum = columns[item.sum];
  item.scale = sum.decimals;
  item.decimals = column.decimals;
  if (sqlite) {
    item.how = How::kSqliteAverage;
  } else if (column.type == SqlType::kDecimal && sum.type == SqlType::kDecimal) {
    item.how = How::kDecimalAverage;
  } else if (rounded(sum)) {
    return sum_of_rounded();
  } else if (column.type == SqlType::kDouble && sum.type == SqlType::kDouble) {
    item.how = How::kDoubleAverage;
  } else {
    return unfit(column);
  }
  return item;
}

Result<Aggregates> Aggregates::make(std::span<const plan::Aggregate> aggregates,
                                    std::span<const Column> columns, Dialect dialect) {
  Aggregates result;
  for (const plan::Aggregate& aggregate : aggregates) {
    PANDO_ASSIGN(Item item, make_item(aggregate, columns, dialect));
    result.items_.push_back(std::move(item));
  }
  return result;
}

void Aggregates::start(std::vector<AggregateState>& states) const {
  for (const Item& item : items_) {
    switch (item.how) {
      case How::kCount:
        states.emplace_back(CountState{});
        break;
      case How::kDecimalSum:
      case How::kDecimalAverage:
        states.emplace_back(DecimalState{.sum = DecimalSum(item.scale)});
        break;
      case How::kDoubleSum:
      case How::kSqliteSum:
      case How::kDoubleAverage:
      case How::kSqliteAverage:
        states.emplace_back(NumberState{});
        break;
      case How::kExtreme:
        states.emplace_back(ExtremeState{});
        break;
    }
  }
}

Result<void> Aggregates::add_extreme(const Item& item, Row row, ExtremeState& state, Arena& memory,
                                     const MemoryBudget& budget) {
  const KeyComparator& key = *item.key;
  const Value& value = row[item.column];
  if (value.is_null()) return {};
  if (!key.accepts(row)) return wrong_type(item.name, "compared as the column's type");
  if (!state.value.is_null()) {
    const int order = key.compare_with(row, state.value, state.weight, state.pad);
    if (item.greatest ? order <= 0 : order >= 0) return {};
  }
  const Value weight = key.has_weight() ? row[key.weight_column()] : Value::null();
  const Value pad = key.has_pad() ? row[key.pad_column()] : Value::null();
  const std::size_t bytes = bytes_of(value) + bytes_of(weight) + bytes_of(pad);
  if (bytes > state.capacity) {
    const std::size_t capacity = std::max(bytes, 2 * state.capacity);
    state.memory = memory.allocate(capacity);
    if (!state.memory) {
      state.capacity = 0;
      return fail(memory_exceeded(budget, "grouping"));
    }
    state.capacity = capacity;
  }
  char* to = state.memory;
  state.value = move_into(value, to);
  state.weight = move_into(weight, to);
  state.pad = move_into(pad, to);
  return {};
}

Result<void> Aggregates::add(Row row, std::span<AggregateState> states, Arena& memory,
                             const MemoryBudget& budget) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    switch (item.how) {
      case How::kCount:
        PANDO_TRY(add_count(row[item.column], item.name, std::get<CountState>(states[i]).count));
        break;
      case How::kDecimalSum:
        PANDO_TRY(add_decimal(row[item.sum], item.name, std::get<DecimalState>(states[i])));
        break;
      case How::kDecimalAverage: {
        auto& state = std::get<DecimalState>(states[i]);
        PANDO_TRY(add_decimal(row[item.sum], item.name, state));
        PANDO_TRY(add_count(row[item.count], item.name, state.count));
        break;
      }
      case How::kDoubleSum:
      case How::kSqliteSum:
        PANDO_TRY(add_number(row[item.sum], item.name, std::get<NumberState>(states[i])));
        break;
      case How::kDoubleAverage:
      case How::kSqliteAverage: {
        auto& state = std::get<NumberState>(states[i]);
        const std::uint64_t before = state.count;
        PANDO_TRY(add_number(row[item.sum], item.name, state));
        PANDO_TRY(add_count(row[item.count], item.name, state.count));
        // Infinities that cancel out on one shard: SQLite shows what is no number as NULL.
        if (row[item.sum].is_null() && state.count > before) {
          state.reals = std::numeric_limits<double>::quiet_NaN();
        }
        break;
      }
      case How::kExtreme:
        PANDO_TRY(add_extreme(item, row, std::get<ExtremeState>(states[i]), memory, budget));
        break;
    }
  }
  return {};
}

Result<void> Aggregates::finish(std::span<const AggregateState> states, std::span<Value> row,
                                std::span<std::string> texts) const {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    Value& out = row[item.column];
    switch (item.how) {
      case How::kCount:
        out = Value::of_int(static_cast<std::int64_t>(std::get<CountState>(states[i]).count));
        break;
      case How::kDecimalSum: {
        const auto& state = std::get<DecimalState>(states[i]);
        if (state.any && !state.sum.print(texts[i])) return overflow(item.name);
        out = state.any ? Value::of_text(texts[i]) : Value::null();
        break;
      }
      case How::kDecimalAverage: {
        const auto& state = std::get<DecimalState>(states[i]);
        const bool some = state.any && state.count > 0;
        if (some && !state.sum.print_average(state.count, item.decimals, texts[i])) {
          return overflow(item.name);
        }
        out = some ? Value::of_text(texts[i]) : Value::null();
        break;
      }
      case How::kDoubleSum:
      case How::kSqliteSum: {
        const bool sqlite = item.how == How::kSqliteSum;
        PANDO_ASSIGN(out, number_sum(std::get<NumberState>(states[i]), sqlite, item.name));
        break;
      }
      case How::kDoubleAverage:
      case How::kSqliteAverage: {
        const bool sqlite = item.how == How::kSqliteAverage;
        PANDO_ASSIGN(out, number_average(std::get<NumberState>(states[i]), sqlite, item.name));
        break;
      }
      case How::kExtreme: {
        const auto& state = std::get<ExtremeState>(states[i]);
        out = state.value;
        // A later sort by this column compares by the weight that belongs to it.
        if (item.key->has_weight()) row[item.key->weight_column()] = state.weight;
        if (item.key->has_pad()) row[item.key->pad_column()] = state.pad;
        break;
      }
    }
  }
  return {};
}

}  // namespace pando::merge
