// Comparison: how values of the shards' rows compare, exactly as the database compares them.
//
// MySQL: numbers by value (never through a double), DECIMAL digit by digit, dates as text, TIME as
// a duration, bytes bytewise, text by the bytes of its weight (plan::MergeKey). SQLite: NULL <
// numbers < text < blobs, text by BINARY, NOCASE or RTRIM. NULL is the lowest value, and equal to
// NULL.
//
// Threads: immutable once made.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/plan/plan.h"

namespace pando::merge {

// What the comparison is for. Equality is less than an order: labels of an ENUM are equal or not,
// but sort by their place in the column's type. An extreme (MIN, MAX) may be found among values
// that are printed with fewer digits than they have, which equality and order may not.
enum class Purpose : std::uint8_t { kOrder, kEquality, kExtreme };

// A ColumnRef as an index into rows of `columns` columns. Errors: kInternal if it is out of range.
Result<std::size_t> resolve(plan::ColumnRef ref, std::size_t columns);

class KeyComparator {
 public:
  // Errors: kOrderUnsupported, kInternal.
  static Result<KeyComparator> make(const plan::MergeKey& key, std::span<const Column> columns,
                                    Dialect dialect, Purpose purpose);

  // False: the row's value is not of the kind that its column promises; it cannot be compared.
  bool accepts(Row row) const;

  // < 0, 0, > 0, as `a` comes before, with or after `b` in the key's order.
  // Requires: accepts() of both.
  int compare(Row a, Row b) const {
    const Value& x = a[value_];
    const Value& y = b[value_];
    if (x.is_null() || y.is_null()) {
      if (x.is_null() && y.is_null()) return 0;
      return x.is_null() == nulls_first_ ? -1 : 1;
    }
    const int order = compare_values(operand(a), operand(b));
    return descending_ ? -order : order;
  }
  // The row's value against one that was kept with its weight and pad (NULL if the key has none),
  // in ascending order. Requires: neither is NULL; accepts() of both.
  int compare_with(Row row, const Value& value, const Value& weight, const Value& pad) const {
    return compare_values(operand(row), {&value, &weight, &pad});
  }

  // Appends bytes that two rows share exactly if compare() gives 0. No key's bytes are a prefix of
  // another's, so those of several keys may follow each other.
  // Requires: accepts().
  void append_normalised(Row row, std::string& out) const;

  // The columns that the key looks at, for whoever keeps a copy.
  std::size_t value_column() const { return value_; }
  bool has_weight() const { return how_ == How::kWeight; }
  std::size_t weight_column() const { return weight_; }
  bool has_pad() const { return how_ == How::kWeight && pad_ != kNone; }
  std::size_t pad_column() const { return pad_; }

 private:
  enum class How : std::uint8_t {
    kNull,  // A column that holds NULLs only.
    kNumber,
    kDecimal,
    kText,  // Fixed format: dates, and labels for equality.
    kDuration,
    kBytes,
    kBits,
    kWeight,
    kSqlite,
  };
  static constexpr std::size_t kNone = SIZE_MAX;

  struct Operand {
    const Value* value;
    const Value* weight;  // Null without weights.
    const Value* pad;     // Null without pads.
  };
  Operand operand(Row row) const {
    return {&row[value_], weight_ == kNone ? nullptr : &row[weight_],
            pad_ == kNone ? nullptr : &row[pad_]};
  }
  int compare_values(Operand a, Operand b) const;

  How how_ = How::kNull;
  plan::TextOrder text_order_ = plan::TextOrder::kBinary;
  bool descending_ = false;
  bool nulls_first_ = true;
  std::size_t value_ = 0;
  std::size_t weight_ = kNone;
  std::size_t pad_ = kNone;
};

// Several keys, the first one first.
class RowComparator {
 public:
  static Result<RowComparator> make(std::span<const plan::MergeKey> keys,
                                    std::span<const Column> columns, Dialect dialect,
                                    Purpose purpose);

  // Errors: kMergeType with the column's name.
  Result<void> check(Row row) const;
  int compare(Row a, Row b) const {
    for (const KeyComparator& key : keys_) {
      if (const int order = key.compare(a, b); order != 0) return order;
    }
    return 0;
  }
  void append_normalised(Row row, std::string& out) const {
    for (const KeyComparator& key : keys_) key.append_normalised(row, out);
  }
  bool empty() const { return keys_.empty(); }

 private:
  std::vector<KeyComparator> keys_;
  std::vector<std::string> names_;
};

// The comparisons themselves, for tests.
int compare_numbers(const Value& a, const Value& b);
int compare_sqlite_text(std::string_view a, std::string_view b, plan::TextOrder order);
int compare_weights(std::string_view a, std::string_view b, std::string_view pad);
// Microseconds of a TIME such as "-838:59:59.000000". False: not a TIME.
bool parse_duration(std::string_view text, std::int64_t& micros);

}  // namespace pando::merge
