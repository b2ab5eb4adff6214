// Values and columns: the vocabulary in which drivers, merge and the application exchange data.
//
// A Value is a view of 24 bytes: text and bytes are not owned. A value in a row is valid until the
// following next() of its stream; a value passed as a parameter must live until the call returns.
//
// Threads: values are plain data.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pando {

enum class ValueKind : std::uint8_t {
  kNull,
  kInt,     // Signed 64-bit.
  kUint,    // Unsigned 64-bit, only for values above INT64_MAX or columns that are unsigned.
  kDouble,  // FLOAT and DOUBLE.
  kText,    // Character data, and DECIMAL, DATE, TIME, DATETIME, JSON, ENUM, SET in the text form
            // that the database itself prints. See Column::type for which.
  kBytes,   // BINARY, VARBINARY, BLOB, BIT (big-endian), GEOMETRY.
};

class Value {
 public:
  constexpr Value() = default;  // NULL.
  static constexpr Value null() { return Value(); }
  static constexpr Value of_int(std::int64_t v) {
    Value r;
    r.kind_ = ValueKind::kInt;
    r.u_.i = v;
    return r;
  }
  static constexpr Value of_uint(std::uint64_t v) {
    Value r;
    r.kind_ = ValueKind::kUint;
    r.u_.u = v;
    return r;
  }
  static constexpr Value of_double(double v) {
    Value r;
    r.kind_ = ValueKind::kDouble;
    r.u_.d = v;
    return r;
  }
  static constexpr Value of_text(std::string_view v) { return of_string(ValueKind::kText, v); }
  static constexpr Value of_bytes(std::string_view v) { return of_string(ValueKind::kBytes, v); }

  constexpr ValueKind kind() const { return kind_; }
  constexpr bool is_null() const { return kind_ == ValueKind::kNull; }

  // Requires: the kind that the name says.
  constexpr std::int64_t as_int() const { return u_.i; }
  constexpr std::uint64_t as_uint() const { return u_.u; }
  constexpr double as_double() const { return u_.d; }
  // kText or kBytes.
  constexpr std::string_view as_string() const { return {u_.s, size_}; }

  // Same kind and same bytes. Not SQL equality: 1 and '1' differ, NULL equals NULL.
  friend bool operator==(const Value& a, const Value& b) {
    if (a.kind_ != b.kind_) return false;
    switch (a.kind_) {
      case ValueKind::kNull:
        return true;
      case ValueKind::kInt:
        return a.u_.i == b.u_.i;
      case ValueKind::kUint:
        return a.u_.u == b.u_.u;
      case ValueKind::kDouble:
        return a.u_.d == b.u_.d;
      case ValueKind::kText:
      case ValueKind::kBytes:
        return a.as_string() == b.as_string();
    }
    return false;
  }

 private:
  static constexpr Value of_string(ValueKind kind, std::string_view v) {
    Value r;
    r.kind_ = kind;
    r.u_.s = v.data();
    r.size_ = v.size();
    return r;
  }

  union {
    std::int64_t i = 0;
    std::uint64_t u;
    double d;
    const char* s;
  } u_;
  std::size_t size_ = 0;
  ValueKind kind_ = ValueKind::kNull;
};

// The SQL type of a result column, as the data source reports it.
enum class SqlType : std::uint8_t {
  kUnknown,  // An untyped NULL.
  kDynamic,  // SQLite: each value carries its own kind.
  kInt8,
  kInt16,
  kInt24,
  kInt32,
  kInt64,
  kYear,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kDateTime,
  kTimestamp,
  kText,  // CHAR, VARCHAR, TEXT of a character set other than binary.
  kBytes,
  kEnum,
  kSet,
  kJson,
  kBit,
  kGeometry,
  kOther,  // Of a server's own, printed as text but ordered in another way: MariaDB's INET6, UUID.
};

struct Column {
  std::string name;
  SqlType type = SqlType::kUnknown;
  bool is_unsigned = false;
  std::uint32_t length = 0;  // Display length in bytes as reported; 0 if unknown.
  // Digits after the point for kDecimal, fractions of a second, and MySQL's FLOAT(M,D) and
  // DOUBLE(M,D); 0 for numbers whose type does not fix them.
  std::uint8_t decimals = 0;

  friend bool operator==(const Column&, const Column&) = default;
};

}  // namespace pando
