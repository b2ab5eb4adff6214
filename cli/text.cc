#include "cli/text.h"

#include <utf8proc.h>

#include <array>
#include <charconv>
#include <cmath>

namespace pando::cli {

namespace {

// The code point at the start of `text`; returns its length in bytes, 0 if it is no UTF-8.
std::size_t decode(std::string_view text, utf8proc_int32_t& code) {
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &code);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool is_control(utf8proc_int32_t code) {
  // Bidirectional overrides reorder what follows on the line, so they count.
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void append_escape(std::string& out, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

template <typename Number>
std::string number_text(Number number) {
  std::array<char, 40> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string();
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    utf8proc_int32_t code = 0;
    const std::size_t n = decode(text, code);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    utf8proc_int32_t code = 0;
    const std::size_t n = decode(text, code);
    if (n == 0) {
      ++width;
      text.remove_prefix(1);
      continue;
    }
    const int columns = utf8proc_charwidth(code);
    width += columns > 0 ? static_cast<std::size_t>(columns) : 0;
    text.remove_prefix(n);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    utf8proc_int32_t code = 0;
    const std::size_t n = decode(text, code);
    if (n == 0) {
      append_escape(result, static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (code == '\n') {
      result += "\\n";
    } else if (code == '\t') {
      result += "\\t";
    } else if (code == '\r') {
      result += "\\r";
    } else if (is_control(code)) {
      for (const char byte : text.substr(0, n)) {
        append_escape(result, static_cast<unsigned char>(byte));
      }
    } else {
      result += text.substr(0, n);
    }
    text.remove_prefix(n);
  }
  return result;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string result;
  result.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += kDigits[byte >> 4];
    result += kDigits[byte & 15];
  }
  return result;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::uint64_t count, const char* word) {
  return grouped(count) + " " + word + (count == 1 ? "" : "s");
}

std::string shortest(double number, bool single) {
  std::string text = single ? number_text(static_cast<float>(number)) : number_text(number);
  if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string readable(const Value& value, const Column& column) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kInt:
      return number_text(value.as_int());
    case ValueKind::kUint:
      return number_text(value.as_uint());
    case ValueKind::kDouble:
      return shortest(value.as_double(), column.type == SqlType::kFloat);
    case ValueKind::kText:
      return printable(value.as_string());
    case ValueKind::kBytes:
      return "0x" + hex(value.as_string());
  }
  return {};
}

std::string_view without_byte_order_mark(std::string_view start_of_file) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (start_of_file.starts_with(kMark)) start_of_file.remove_prefix(kMark.size());
  return start_of_file;
}

void append_json_text(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    out += R"({"hex": ")" + hex(text) + R"("})";
    return;
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value, const Column& column) {
  switch (value.kind()) {
    case ValueKind::kNull:
      out += "null";
      return;
    case ValueKind::kInt:
      out += number_text(value.as_int());
      return;
    case ValueKind::kUint:
      out += number_text(value.as_uint());
      return;
    case ValueKind::kDouble:
      out += std::isfinite(value.as_double())
                 ? shortest(value.as_double(), column.type == SqlType::kFloat)
                 : "null";
      return;
    case ValueKind::kText:
      append_json_text(out, value.as_string());
      return;
    case ValueKind::kBytes:
      out += R"({"hex": ")" + hex(value.as_string()) + R"("})";
      return;
  }
}

void append_csv(std::string& out, const Value& value, const Column& column) {
  if (value.is_null()) return;
  if (value.kind() != ValueKind::kText) {
    out += readable(value, column);
    return;
  }
  const std::string_view text = value.as_string();
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos &&
      text.front() != ' ' && text.back() != ' ') {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace pando::cli
