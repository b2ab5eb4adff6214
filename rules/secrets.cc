#include "rules/secrets.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pando/names.h"
#include "rules/config.h"
#include "rules/suggest.h"

namespace pando::rules {
namespace {

constexpr std::string_view kNone = "\n\r";

bool is_key_char(char c) { return is_name_char(c) || c == '-'; }

class Masker {
 public:
  explicit Masker(std::string_view text) : text_(text), masked_(text) {}

  std::string run() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '=') mask_value_if_secret(i);
    }
    std::size_t begin = 0;
    while (begin < text_.size()) {
      std::size_t end = text_.find_first_of("\"\n", begin);
      if (end == std::string_view::npos) end = text_.size();
      mask_urls(begin, end);
      begin = end + 1;
    }
    return std::move(masked_);
  }

 private:
  void mask(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end && i < masked_.size(); ++i) {
      if (kNone.find(masked_[i]) == std::string_view::npos) masked_[i] = '*';
    }
  }

  // The key that ends before the `=` at `at`, without quotes and outer parts.
  std::string_view key_before(std::size_t at) const {
    std::size_t end = at;
    while (end > 0 && !is_key_char(text_[end - 1])) {
      if (std::string_view(" \t\"'").find(text_[end - 1]) == std::string_view::npos) return {};
      --end;
    }
    std::size_t begin = end;
    while (begin > 0 && is_key_char(text_[begin - 1])) --begin;
    return text_.substr(begin, end - begin);
  }

  static bool is_secret_key(std::string_view key) {
    if (edit_distance(key, "password_file", 1) <= 1) return false;
    const std::string lower = to_lower(key);
    for (const std::string_view part : {"pass", "pwd", "secret"}) {
      if (lower.find(part) != std::string::npos) return true;
    }
    return edit_distance(lower, "password", 3) <= 3;
  }

  void mask_value_if_secret(std::size_t equals) {
    if (!is_secret_key(key_before(equals))) return;
    std::size_t i = equals + 1;
    while (i < text_.size() && (text_[i] == ' ' || text_[i] == '\t')) ++i;
    if (i < text_.size()) mask_value(i);
  }

  void mask_value(std::size_t i) {
    for (const std::string_view quote : {"\"\"\"", "'''"}) {
      if (text_.substr(i, 3) != quote) continue;
      const std::size_t end = text_.find(quote, i + 3);
      return mask(i + 3, end == std::string_view::npos ? text_.size() : end);
    }
    const char open = text_[i];
    if (open == '"' || open == '\'') {
      const std::size_t end = end_of_string(i);
      if (!is_reference(text_.substr(i + 1, end - i - 1))) mask(i + 1, end);
      return;
    }
    if (open == '[' || open == '{') {
      // The wrong type; its strings may still be secrets.
      const std::size_t end = text_.find(open == '[' ? ']' : '}', i);
      return mask(i + 1, end == std::string_view::npos ? text_.size() : end);
    }
    const std::size_t end = text_.find_first_of("\n", i);
    mask(i, end == std::string_view::npos ? text_.size() : end);
  }

  // ${NAME} alone is no secret, and an error about it should show it.
  static bool is_reference(std::string_view value) {
    return value.size() > 3 && value.substr(0, 2) == "${" && value.back() == '}' &&
           std::all_of(value.begin() + 2, value.end() - 1,
                       [](char c) { return is_key_char(c) && c != '-'; });
  }

  std::size_t end_of_string(std::size_t open) const {
    const std::size_t line = std::min(text_.find('\n', open), text_.size());
    for (std::size_t i = open + 1; i < line; ++i) {
      if (text_[i] == '\\' && text_[open] == '"') {
        ++i;
      } else if (text_[i] == text_[open]) {
        return i;
      }
    }
    return line;
  }

  // A piece of a line between double quotes.
  void mask_urls(std::size_t begin, std::size_t end) {
    const std::string_view piece = text_.substr(begin, end - begin);
    const std::size_t at = piece.rfind('@');
    const std::size_t scheme = piece.find("://");
    if (at != std::string_view::npos && (scheme == std::string_view::npos || at < scheme)) {
      mask(begin, begin + at);
      return;
    }
    if (scheme == std::string_view::npos) return;
    const std::size_t colon = piece.find(':', scheme + 3);
    if (colon == std::string_view::npos) return;
    if (at != std::string_view::npos) {
      if (colon < at) mask(begin + colon + 1, begin + at);
      return;
    }
    // Without an @ this should be host:port, unless the host was forgotten.
    std::size_t digits = colon + 1;
    if (piece.find(']', colon) != std::string_view::npos) return;  // [::1]:3306
    while (digits < piece.size() && is_digit(piece[digits])) ++digits;
    const bool port = digits > colon + 1 &&
                      (digits == piece.size() ||
                       std::string_view("/?'{").find(piece[digits]) != std::string_view::npos);
    if (!port && piece.substr(colon + 1, 1) != "{" && piece.substr(colon + 1, 1) != "$") {
      mask(begin + colon + 1, end);
    }
  }

  std::string_view text_;
  std::string masked_;
};

}  // namespace

std::string mask_secrets(std::string_view text) { return Masker(text).run(); }

bool line_has_secret(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  std::size_t begin = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  const std::size_t end = std::min(text.find('\n', offset), text.size());
  const std::string masked = mask_secrets(text);
  return std::string_view(masked).substr(begin, end - begin) != text.substr(begin, end - begin);
}

}  // namespace pando::rules
