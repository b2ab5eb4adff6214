#include "drivers/mysql/mysql_literal.h"

#include <charconv>
#include <cmath>

namespace pando::drivers::mysql {

namespace {

void append_quoted(std::string& out, std::string_view text, Escapes escapes) {
  out += '\'';
  for (char c : text) {
    if (c == '\'' || (c == '\\' && escapes == Escapes::kBackslash)) out += c;
    out += c;
  }
  out += '\'';
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  // `_binary` keeps x'..' from being a number where a number is expected.
  out += "_binary x'";
  out.reserve(out.size() + 2 * bytes.size() + 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  out += '\'';
}

}  // namespace

void append_literal(std::string& out, const Value& value, Escapes escapes) {
  out += ' ';
  switch (value.kind()) {
    case ValueKind::kNull:
      out += "NULL";
      break;
    case ValueKind::kInt:
      out += std::to_string(value.as_int());
      break;
    case ValueKind::kUint:
      out += std::to_string(value.as_uint());
      break;
    case ValueKind::kDouble: {
      char digits[40];
      // 17 digits are exact; the exponent makes it a DOUBLE and not a DECIMAL.
      const auto end = std::to_chars(digits, digits + sizeof digits, value.as_double(),
                                     std::chars_format::scientific, 16);
      out.append(digits, end.ptr);
      break;
    }
    case ValueKind::kText:
      append_quoted(out, value.as_string(), escapes);
      break;
    case ValueKind::kBytes:
      append_hex(out, value.as_string());
      break;
  }
  out += ' ';
}

Result<void> check_parameters(const Query& query, const std::string& data_source) {
  for (std::size_t i = 0; i < query.parameters.size(); ++i) {
    const Value& value = query.parameters[i];
    if (value.kind() != ValueKind::kDouble || std::isfinite(value.as_double())) continue;
    return fail(
        Error(ErrorCode::kParameterType, data_source + ": parameter " + std::to_string(i + 1) +
                                             " is not a finite number, and MySQL has no others")
            .with_data_source(data_source));
  }
  return {};
}

Result<std::string> interpolate(const Query& query, Escapes escapes,
                                const std::string& data_source) {
  PANDO_TRY(check_parameters(query, data_source));
  std::string out;
  out.reserve(query.sql.size() + 24 * query.parameters.size());
  std::size_t from = 0;
  for (std::size_t i = 0; i < query.parameters.size(); ++i) {
    const std::size_t at = query.parameter_offsets[i];
    if (at < from || at >= query.sql.size() || query.sql[at] != '?') {
      return fail(
          Error(ErrorCode::kInternal, data_source + ": a parameter's offset is not at a `?`")
              .with_data_source(data_source));
    }
    out += query.sql.substr(from, at - from);
    append_literal(out, query.parameters[i], escapes);
    from = at + 1;
  }
  out += query.sql.substr(from);
  return out;
}

}  // namespace pando::drivers::mysql
