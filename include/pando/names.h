// Names as SQL compares them, without regard to ASCII case, and as it writes them; and the ASCII
// characters that it tells apart, whatever the locale.
//
// Threads: functions without state.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "pando/dialect.h"

namespace pando {

constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char upper_ascii(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower_ascii(c) >= 'a' && lower_ascii(c) <= 'z'; }
// What an unquoted name is made of, in every dialect and beside what else each allows.
constexpr bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// Other bytes stay as they are.
inline std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower_ascii);
  return out;
}
inline std::string to_upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper_ascii);
  return out;
}

inline bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return x == y || lower_ascii(x) == lower_ascii(y); });
}

// In the dialect's quotes, whatever is in it: `a``b` or "a""b".
inline std::string quoted_name(std::string_view name, Dialect dialect) {
  const char quote = dialect == Dialect::kMySql ? '`' : '"';
  std::string quoted(1, quote);
  for (const char c : name) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  quoted += quote;
  return quoted;
}

}  // namespace pando
