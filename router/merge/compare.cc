#include "router/merge/compare.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "pando/names.h"
#include "router/merge/decimal.h"

namespace pando::merge {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

template <typename T>
int order_of(T a, T b) {
  return a < b ? -1 : (a > b ? 1 : 0);
}

int order_of_bytes(std::string_view a, std::string_view b) { return order_of(a.compare(b), 0); }

// `integer` against `real`, where converting either to the other's type would lose digits.
int compare_int_real(std::int64_t integer, double real) {
  if (real < -kTwoTo63) return 1;
  if (real >= kTwoTo63) return -1;
  const auto whole = static_cast<std::int64_t>(real);
  if (integer != whole) return order_of(integer, whole);
  return order_of(static_cast<double>(whole), real);  // Only the fraction is left, and is exact.
}

int compare_uint_real(std::uint64_t integer, double real) {
  if (real < 0) return 1;
  if (real >= kTwoTo64) return -1;
  const auto whole = static_cast<std::uint64_t>(real);
  if (integer != whole) return order_of(integer, whole);
  return order_of(static_cast<double>(whole), real);
}

int compare_int_uint(std::int64_t a, std::uint64_t b) {
  return a < 0 ? -1 : order_of(static_cast<std::uint64_t>(a), b);
}

bool is_number(const Value& value) {
  return value.kind() == ValueKind::kInt || value.kind() == ValueKind::kUint ||
         value.kind() == ValueKind::kDouble;
}

bool is_string(const Value& value) {
  return value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes;
}

std::string_view bytes_or_none(const Value* value) {
  return !value || value->is_null() ? std::string_view() : value->as_string();
}

unsigned char fold(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + 32) : byte;
}

std::string_view without_trailing_spaces(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// SQLite's NOCASE looks at the text up to the first NUL, and then at the lengths.
std::string_view up_to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string_view without_leading_nuls(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  return bytes;
}

int compare_bits(std::string_view a, std::string_view b) {
  a = without_leading_nuls(a);
  b = without_leading_nuls(b);
  return a.size() != b.size() ? order_of(a.size(), b.size()) : order_of_bytes(a, b);
}

std::int64_t duration_of(const Value& value) {
  std::int64_t micros = 0;
  parse_duration(value.as_string(), micros);
  return micros;
}

int sqlite_rank(const Value& value) {
  if (is_number(value)) return 0;
  return value.kind() == ValueKind::kText ? 1 : 2;
}

int compare_sqlite(const Value& a, const Value& b, plan::TextOrder order) {
  const int rank = sqlite_rank(a);
  if (const int other = sqlite_rank(b); rank != other) return order_of(rank, other);
  if (rank == 0) return compare_numbers(a, b);
  if (rank == 1) return compare_sqlite_text(a.as_string(), b.as_string(), order);
  return order_of_bytes(a.as_string(), b.as_string());
}

void append_raw(const void* from, std::size_t size, std::string& out) {
  out.append(static_cast<const char*>(from), size);
}

void append_string(char tag, std::string_view bytes, std::string& out) {
  out += tag;
  const std::uint64_t size = bytes.size();
  append_raw(&size, sizeof(size), out);
  out += bytes;
}

void append_int(std::int64_t number, std::string& out) {
  out += 'I';
  append_raw(&number, sizeof(number), out);
}

void append_number(const Value& value, std::string& out) {
  if (value.kind() == ValueKind::kInt) return append_int(value.as_int(), out);
  std::uint64_t big = 0;
  if (value.kind() == ValueKind::kUint) {
    big = value.as_uint();
  } else {
    const double real = value.as_double();
    const bool fits = real >= -kTwoTo63 && real < kTwoTo63;
    if (fits && static_cast<double>(static_cast<std::int64_t>(real)) == real) {
      return append_int(static_cast<std::int64_t>(real), out);
    }
    const bool fits_unsigned = real >= kTwoTo63 && real < kTwoTo64;
    if (!fits_unsigned) {
      out += 'D';
      return append_raw(&real, sizeof(real), out);
    }
    big = static_cast<std::uint64_t>(real);
  }
  if (big <= static_cast<std::uint64_t>(INT64_MAX)) {
    return append_int(static_cast<std::int64_t>(big), out);
  }
  out += 'U';
  append_raw(&big, sizeof(big), out);
}

void append_sqlite_text(std::string_view text, plan::TextOrder order, std::string& out) {
  if (order == plan::TextOrder::kRtrim)
    return append_string('T', without_trailing_spaces(text), out);
  if (order == plan::TextOrder::kBinary) return append_string('T', text, out);
  const std::uint64_t whole = text.size();
  append_string('T', up_to_nul(text), out);
  for (std::size_t i = out.size() - up_to_nul(text).size(); i < out.size(); ++i) {
    out[i] = static_cast<char>(fold(out[i]));
  }
  append_raw(&whole, sizeof(whole), out);
}

// Weights that differ only by what padding would add become one.
void append_weight(std::string_view weight, std::string_view pad, std::string& out) {
  if (!pad.empty()) {
    while (weight.size() >= pad.size() && weight.substr(weight.size() - pad.size()) == pad) {
      weight.remove_suffix(pad.size());
    }
  }
  append_string('W', weight, out);
}

}  // namespace

int compare_numbers(const Value& a, const Value& b) {
  using enum ValueKind;
  if (a.kind() == kInt) {
    if (b.kind() == kInt) return order_of(a.as_int(), b.as_int());
    if (b.kind() == kUint) return compare_int_uint(a.as_int(), b.as_uint());
    return compare_int_real(a.as_int(), b.as_double());
  }
  if (a.kind() == kUint) {
    if (b.kind() == kUint) return order_of(a.as_uint(), b.as_uint());
    if (b.kind() == kInt) return -compare_int_uint(b.as_int(), a.as_uint());
    return compare_uint_real(a.as_uint(), b.as_double());
  }
  if (b.kind() == kDouble) return order_of(a.as_double(), b.as_double());
  return -compare_numbers(b, a);
}

int compare_sqlite_text(std::string_view a, std::string_view b, plan::TextOrder order) {
  if (order == plan::TextOrder::kBinary) return order_of_bytes(a, b);
  if (order == plan::TextOrder::kRtrim) {
    return order_of_bytes(without_trailing_spaces(a), without_trailing_spaces(b));
  }
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (fold(a[i]) != fold(b[i])) return order_of(fold(a[i]), fold(b[i]));
    if (a[i] == '\0') break;
  }
  return order_of(a.size(), b.size());
}

int compare_weights(std::string_view a, std::string_view b, std::string_view pad) {
  const std::size_t common = std::min(a.size(), b.size());
  if (const int order = order_of_bytes(a.substr(0, common), b.substr(0, common)); order != 0) {
    return order;
  }
  if (a.size() == b.size()) return 0;
  if (pad.empty()) return order_of(a.size(), b.size());
  const bool a_is_longer = a.size() > b.size();
  std::string_view rest = (a_is_longer ? a : b).substr(common);
  int order = 0;
  while (!rest.empty() && order == 0) {
    const std::size_t step = std::min(rest.size(), pad.size());
    order = order_of_bytes(rest.substr(0, step), pad.substr(0, step));
    rest.remove_prefix(step);
  }
  return a_is_longer ? order : -order;
}

bool parse_duration(std::string_view text, std::int64_t& micros) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  std::int64_t parts[3] = {0, 0, 0};  // Hours, minutes, seconds.
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != ':')) return false;
    const std::size_t start = at;
    for (; at < text.size() && at - start < 6 && is_digit(text[at]); ++at) {
      parts[part] = parts[part] * 10 + (text[at] - '0');
    }
    if (at == start) return false;
  }
  std::int64_t fraction = 0;
  std::int64_t unit = 1000000;
  if (at < text.size()) {
    if (text[at++] != '.') return false;
    for (; at < text.size() && unit > 1 && is_digit(text[at]); ++at) {
      unit /= 10;
      fraction += (text[at] - '0') * unit;
    }
    if (at != text.size()) return false;
  }
  micros = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000000 + fraction;
  if (negative) micros = -micros;
  return true;
}

Result<std::size_t> resolve(plan::ColumnRef ref, std::size_t columns) {
  const auto count = static_cast<std::int64_t>(columns);
  const std::int64_t index = ref >= 0 ? ref : count + ref;
  if (index < 0 || index >= count) {
    return fail(ErrorCode::kInternal,
                "the plan names column " + std::to_string(ref) + " of " + std::to_string(columns));
  }
  return static_cast<std::size_t>(index);
}

Result<KeyComparator> KeyComparator::make(const plan::MergeKey& key,
                                          std::span<const Column> columns, Dialect dialect,
                                          Purpose purpose) {
  KeyComparator result;
  PANDO_ASSIGN(result.value_, resolve(key.value, columns.size()));
  if (key.weight) {
    PANDO_ASSIGN(result.weight_, resolve(*key.weight, columns.size()));
  }
  if (key.pad) {
    PANDO_ASSIGN(result.pad_, resolve(*key.pad, columns.size()));
  }
  result.text_order_ = key.text_order;
  result.descending_ = key.descending;
  result.nulls_first_ = key.nulls_first.value_or(!key.descending);
  if (dialect == Dialect::kSqlite) {
    result.how_ = How::kSqlite;
    return result;
  }

  const Column& column = columns[result.value_];
  const auto unsupported = [&](std::string_view why) {
    return fail(ErrorCode::kOrderUnsupported, "column '" + column.name + "': " + std::string(why));
  };
  switch (column.type) {
    case SqlType::kUnknown:
      result.how_ = How::kNull;
      return result;
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
    case SqlType::kYear:
      result.how_ = How::kNumber;
      return result;
    case SqlType::kDouble:
      if (purpose != Purpose::kExtreme && column.decimals > 0 && !key.whole) {
        return unsupported(
            "this DOUBLE is printed with fewer digits than it is compared by; add 0e0 to it");
      }
      result.how_ = How::kNumber;
      return result;
    case SqlType::kFloat:
      if (purpose != Purpose::kExtreme) {
        return unsupported("a FLOAT is printed with fewer digits than it is compared by");
      }
      result.how_ = How::kNumber;
      return result;
    case SqlType::kDecimal:
      result.how_ = How::kDecimal;
      return result;
    case SqlType::kDate:
    case SqlType::kDateTime:
    case SqlType::kTimestamp:
      result.how_ = How::kText;
      return result;
    case SqlType::kTime:
      result.how_ = How::kDuration;
      return result;
    case SqlType::kBytes:
      result.how_ = How::kBytes;
      return result;
    case SqlType::kBit:
      result.how_ = How::kBits;
      return result;
    case SqlType::kText:
      if (result.weight_ == kNone) {
        return unsupported("text has no order without the weights of its collation");
      }
      result.how_ = How::kWeight;
      return result;
    case SqlType::kEnum:
    case SqlType::kSet:
      if (purpose != Purpose::kEquality) {
        return unsupported("an ENUM or SET sorts by its place in the column's type");
      }
      result.how_ = How::kText;
      return result;
    case SqlType::kJson:
      return unsupported("JSON values have no order that can be merged");
    case SqlType::kGeometry:
      return unsupported("geometries have no order");
    case SqlType::kOther:
      return unsupported("values of this type are not ordered as they are printed");
    case SqlType::kDynamic:
      break;
  }
  return unsupported("a value of unknown type has no order");
}

bool KeyComparator::accepts(Row row) const {
  const Value& value = row[value_];
  if (value.is_null()) return true;
  std::int64_t micros = 0;
  switch (how_) {
    case How::kNull:
      return false;
    case How::kNumber:
      return is_number(value);
    case How::kDecimal:
      return value.kind() == ValueKind::kText && is_decimal(value.as_string());
    case How::kText:
      return value.kind() == ValueKind::kText;
    case How::kDuration:
      return value.kind() == ValueKind::kText && parse_duration(value.as_string(), micros);
    case How::kBytes:
    case How::kBits:
      return is_string(value);
    case How::kWeight:
      return is_string(row[weight_]) &&
             (pad_ == kNone || row[pad_].is_null() || is_string(row[pad_]));
    case How::kSqlite:
      return true;
  }
  return false;
}

int KeyComparator::compare_values(Operand a, Operand b) const {
  const Value& x = *a.value;
  const Value& y = *b.value;
  switch (how_) {
    case How::kNull:
      return 0;
    case How::kNumber:
      return compare_numbers(x, y);
    case How::kDecimal:
      return compare_decimals(x.as_string(), y.as_string());
    case How::kText:
    case How::kBytes:
      return order_of_bytes(x.as_string(), y.as_string());
    case How::kDuration:
      return order_of(duration_of(x), duration_of(y));
    case How::kBits:
      return compare_bits(x.as_string(), y.as_string());
    case How::kWeight:
      return compare_weights(a.weight->as_string(), b.weight->as_string(), bytes_or_none(a.pad));
    case How::kSqlite:
      return compare_sqlite(x, y, text_order_);
  }
  return 0;
}

void KeyComparator::append_normalised(Row row, std::string& out) const {
  const Value& value = row[value_];
  if (value.is_null()) {
    out += 'N';
    return;
  }
  switch (how_) {
    case How::kNull:
      return;
    case How::kNumber:
      return append_number(value, out);
    case How::kDecimal: {
      std::string digits;
      append_normalised_decimal(value.as_string(), digits);
      return append_string('S', digits, out);
    }
    case How::kText:
    case How::kBytes:
      return append_string('S', value.as_string(), out);
    case How::kDuration:
      return append_int(duration_of(value), out);
    case How::kBits:
      return append_string('S', without_leading_nuls(value.as_string()), out);
    case How::kWeight:
      return append_weight(row[weight_].as_string(), bytes_or_none(operand(row).pad), out);
    case How::kSqlite:
      if (is_number(value)) return append_number(value, out);
      if (value.kind() == ValueKind::kText) {
        return append_sqlite_text(value.as_string(), text_order_, out);
      }
      return append_string('B', value.as_string(), out);
  }
}

Result<RowComparator> RowComparator::make(std::span<const plan::MergeKey> keys,
                                          std::span<const Column> columns, Dialect dialect,
                                          Purpose purpose) {
  RowComparator result;
  for (const plan::MergeKey& key : keys) {
    PANDO_ASSIGN(KeyComparator comparator, KeyComparator::make(key, columns, dialect, purpose));
    result.names_.push_back(columns[comparator.value_column()].name);
    result.keys_.push_back(comparator);
  }
  return result;
}

Result<void> RowComparator::check(Row row) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!keys_[i].accepts(row)) {
      return fail(ErrorCode::kMergeType, "a shard returned a value in column '" + names_[i] +
                                             "' that cannot be compared as the column's type");
    }
  }
  return {};
}

}  // namespace pando::merge
