#include "cli/parameters.h"

#include <charconv>
#include <string>
#include <utility>

namespace pando::cli {

namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::optional<OwnedValue> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  if (parse_number(text, number)) return OwnedValue::of_int(number);
  std::uint64_t large = 0;
  if (parse_number(text, large)) return OwnedValue(Value::of_uint(large));
  return std::nullopt;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// Does not quote the value: it may be a secret.
tl::unexpected<Error> bad(std::string_view kind, std::string_view what) {
  return fail(Error(ErrorCode::kUsage,
                    "what follows `" + std::string(kind) + "` is no " + std::string(what))
                  .with_remedy("Write int:7, real:1.5, hex:00ff, text:abc or null:."));
}

// `prefix` is cut off if the text starts with it.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Result<OwnedValue> parse_parameter(std::string_view text, PlainDigits digits) {
  if (text == "null:") return OwnedValue();
  if (take(text, "text:")) return OwnedValue::of_text(text);
  if (take(text, "int:")) {
    auto value = parse_integer(text);
    if (!value) return bad("int:", "integer of 64 bits");
    return *std::move(value);
  }
  if (take(text, "real:")) {
    double number = 0;
    if (!parse_number(text, number)) return bad("real:", "number");
    return OwnedValue(Value::of_double(number));
  }
  if (take(text, "hex:")) {
    const auto bytes = parse_hex(text);
    if (!bytes) return bad("hex:", "even number of hexadecimal digits");
    return OwnedValue(Value::of_bytes(*bytes));
  }
  if (digits == PlainDigits::kText) return OwnedValue::of_text(text);
  // Only as integers are written: 007 and +7 stay text.
  auto value = parse_integer(text);
  const std::string_view unsigned_text = text.starts_with("-") ? text.substr(1) : text;
  const bool plain = unsigned_text == "0" ? text == "0" : !unsigned_text.starts_with("0");
  if (value && plain) return *std::move(value);
  return OwnedValue::of_text(text);
}

Result<std::vector<OwnedValue>> parse_parameters(const std::vector<std::string>& texts) {
  std::vector<OwnedValue> values;
  for (const std::string& text : texts) {
    auto value = parse_parameter(text);
    if (!value) {
      std::string message =
          "parameter " + std::to_string(values.size() + 1) + ": " + value.error().message();
      return fail(std::move(value).error().with_message(std::move(message)));
    }
    values.push_back(*std::move(value));
  }
  return values;
}

std::vector<Value> views(const std::vector<OwnedValue>& values) {
  std::vector<Value> result;
  result.reserve(values.size());
  for (const OwnedValue& value : values) result.push_back(value.view());
  return result;
}

}  // namespace pando::cli
