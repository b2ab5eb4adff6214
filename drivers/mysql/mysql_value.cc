#include "drivers/mysql/mysql_value.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace pando::drivers::mysql {

namespace {

constexpr unsigned kBinaryCharset = 63;
constexpr unsigned kNoFixedDecimals = 31;  // FLOAT and DOUBLE without (M,D).
constexpr int kTypeJson = 245;             // MySQL's own JSON type; MariaDB has none.

SqlType text_type(const MYSQL_FIELD& field) {
  if ((field.flags & ENUM_FLAG) != 0) return SqlType::kEnum;
  if ((field.flags & SET_FLAG) != 0) return SqlType::kSet;
  if (has_json_format(field)) return SqlType::kJson;
  return field.charsetnr == kBinaryCharset ? SqlType::kBytes : SqlType::kText;
}

SqlType type_of(const MYSQL_FIELD& field) {
  if (static_cast<int>(field.type) == kTypeJson) return SqlType::kJson;
  switch (field.type) {
    case MYSQL_TYPE_TINY:
      return SqlType::kInt8;
    case MYSQL_TYPE_SHORT:
      return SqlType::kInt16;
    case MYSQL_TYPE_INT24:
      return SqlType::kInt24;
    case MYSQL_TYPE_LONG:
      return SqlType::kInt32;
    case MYSQL_TYPE_LONGLONG:
      return SqlType::kInt64;
    case MYSQL_TYPE_YEAR:
      return SqlType::kYear;
    case MYSQL_TYPE_FLOAT:
      return SqlType::kFloat;
    case MYSQL_TYPE_DOUBLE:
      return SqlType::kDouble;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return SqlType::kDecimal;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return SqlType::kDate;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      return SqlType::kTime;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      return SqlType::kDateTime;
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      return SqlType::kTimestamp;
    case MYSQL_TYPE_BIT:
      return SqlType::kBit;
    case MYSQL_TYPE_GEOMETRY:
      return SqlType::kGeometry;
    case MYSQL_TYPE_ENUM:
      return SqlType::kEnum;
    case MYSQL_TYPE_SET:
      return SqlType::kSet;
    case MYSQL_TYPE_NULL:
      return SqlType::kUnknown;
    default:
      return has_own_type(field) ? SqlType::kOther : text_type(field);
  }
}

bool is_temporal(SqlType type) {
  return type == SqlType::kDate || type == SqlType::kTime || type == SqlType::kDateTime ||
         type == SqlType::kTimestamp;
}

bool is_number(SqlType type) {
  return (type >= SqlType::kInt8 && type <= SqlType::kInt64) ||
         (type >= SqlType::kFloat && type <= SqlType::kDecimal);
}

template <typename T>
bool parse(std::string_view text, T& value) {
  // ZEROFILL only adds zeros in front, which from_chars accepts.
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// Digits of the second's fraction to print.
unsigned fraction_digits(const MYSQL_TIME& time, unsigned decimals) {
  if (decimals <= 6) return decimals;
  return time.second_part != 0 ? 6 : 0;
}

// The value of the printed digits. Not printf and strtod: those follow the process's locale.
double reread(double value, std::chars_format format, unsigned digits) {
  char text[400];  // 309 digits before the point, 30 after it.
  const auto printed =
      std::to_chars(text, text + sizeof text, value, format, static_cast<int>(digits));
  double result = value;
  std::from_chars(text, printed.ptr, result);
  return result;
}

}  // namespace

Column column_of(const MYSQL_FIELD& field) {
  Column column;
  column.name.assign(field.name, field.name_length);
  column.type = type_of(field);
  column.is_unsigned = is_number(column.type) && (field.flags & UNSIGNED_FLAG) != 0;
  column.length = static_cast<std::uint32_t>(field.length);
  const bool real = column.type == SqlType::kFloat || column.type == SqlType::kDouble;
  if (column.type == SqlType::kDecimal || (is_temporal(column.type) && field.decimals <= 6) ||
      (real && field.decimals < kNoFixedDecimals)) {
    column.decimals = static_cast<std::uint8_t>(field.decimals);
  }
  return column;
}

namespace {

CellKind cell_kind_of(SqlType type, bool is_unsigned) {
  switch (type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
      return is_unsigned ? CellKind::kUint : CellKind::kInt;
    case SqlType::kYear:
      return CellKind::kInt;
    case SqlType::kFloat:
      return CellKind::kFloat;
    case SqlType::kDouble:
      return CellKind::kDouble;
    case SqlType::kDate:
    case SqlType::kTime:
    case SqlType::kDateTime:
    case SqlType::kTimestamp:
      return CellKind::kTemporal;
    case SqlType::kBytes:
    case SqlType::kBit:
    case SqlType::kGeometry:
      return CellKind::kBytes;
    default:
      return CellKind::kText;
  }
}

}  // namespace

CellKind cell_kind_of(const MYSQL_FIELD& field) {
  return cell_kind_of(type_of(field), (field.flags & UNSIGNED_FLAG) != 0);
}

CellKind cell_kind_of(const Column& column) {
  return cell_kind_of(column.type, column.is_unsigned);
}

Result<Value> value_of_text(CellKind kind, std::string_view text) {
  switch (kind) {
    case CellKind::kInt: {
      std::int64_t value = 0;
      if (!parse(text, value)) break;
      return Value::of_int(value);
    }
    case CellKind::kUint: {
      std::uint64_t value = 0;
      if (!parse(text, value)) break;
      return Value::of_uint(value);
    }
    case CellKind::kFloat:
    case CellKind::kDouble: {
      double value = 0;
      if (!parse(text, value)) break;
      return Value::of_double(value);
    }
    case CellKind::kTemporal:
    case CellKind::kText:
      return Value::of_text(text);
    case CellKind::kBytes:
      return Value::of_bytes(text);
  }
  return fail(ErrorCode::kInternal, "the server sent a number that is none");
}

double printed_float(float value, unsigned decimals) {
  if (decimals < kNoFixedDecimals) return reread(value, std::chars_format::fixed, decimals);
  return reread(value, std::chars_format::general, 6);
}

double printed_double(double value, unsigned decimals) {
  return decimals < kNoFixedDecimals ? reread(value, std::chars_format::fixed, decimals) : value;
}

std::string print_temporal(const MYSQL_TIME& time, SqlType type, unsigned decimals) {
  char text[64];
  int size = 0;
  if (type == SqlType::kDate) {
    size = std::snprintf(text, sizeof text, "%04u-%02u-%02u", time.year, time.month, time.day);
    return std::string(text, static_cast<std::size_t>(size));
  }
  if (type == SqlType::kTime) {
    size = std::snprintf(text, sizeof text, "%s%02u:%02u:%02u", time.neg ? "-" : "",
                         time.day * 24 + time.hour, time.minute, time.second);
  } else {
    size = std::snprintf(text, sizeof text, "%04u-%02u-%02u %02u:%02u:%02u", time.year, time.month,
                         time.day, time.hour, time.minute, time.second);
  }
  std::string result(text, static_cast<std::size_t>(size));
  if (const unsigned digits = fraction_digits(time, decimals); digits > 0) {
    size = std::snprintf(text, sizeof text, ".%06lu", time.second_part);
    result.append(text, std::min<std::size_t>(static_cast<std::size_t>(size), digits + 1));
  }
  return result;
}

}  // namespace pando::drivers::mysql
