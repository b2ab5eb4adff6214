#include "rules/functions/function_table.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace pando::rules {
namespace {

constexpr auto kFunctions = std::to_array<FunctionEntry>({
    {"hash", kMaxKeyColumns, false, {}, {"slots", "slot_ranges"}, bind_hash},
    {"mod", 1, true, {}, {"buckets", ""}, bind_mod},
    {"range", 1, false, {}, {"ranges", ""}, bind_range},
    {"list", 1, false, {}, {"lists", "otherwise"}, bind_list},
    {"day", 1, false, TimeUnit::kDay, {"from", "until"}, bind_time},
    {"month", 1, false, TimeUnit::kMonth, {"from", "until"}, bind_time},
    {"year", 1, false, TimeUnit::kYear, {"from", "until"}, bind_time},
});

// A piece of a string without the blanks around it.
struct Piece {
  std::size_t begin;
  std::size_t end;
};

Piece trim(std::string_view text, std::size_t begin, std::size_t end) {
  while (begin < end && text[begin] == ' ') ++begin;
  while (end > begin && text[end - 1] == ' ') --end;
  return {begin, end};
}

std::vector<Piece> split(std::string_view text, std::size_t begin, std::size_t end) {
  std::vector<Piece> pieces;
  for (std::size_t at = begin; at <= end;) {
    const std::size_t comma = std::min(text.find(',', at), end);
    pieces.push_back(trim(text, at, comma));
    at = comma + 1;
  }
  return pieces;
}

template <typename Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return number;
}

constexpr std::string_view kCallForm = "Write it like hash(user_id) or mod(user_id, 64).";

Result<void> read_argument(const ConfigTable& table, const Piece& piece, FunctionCall& call) {
  const std::string_view argument =
      std::string_view(call.text.value).substr(piece.begin, piece.end - piece.begin);
  const ErrorSpan span = call.text.piece(piece.begin, piece.end);
  const auto number = to_number<std::int64_t>(argument);
  if (number && !call.number && !call.name.columns.empty()) {
    call.number = number;
    return {};
  }
  if (!is_identifier(argument) || call.number) {
    return config_fail(ErrorCode::kConfigValue,
                       table.path(call.word) + ": " + call.text.quoted(piece.begin, piece.end) +
                           " is no column name.",
                       span, kCallForm);
  }
  for (const std::string& column : call.name.columns) {
    if (to_lower(column) != to_lower(argument)) continue;
    return config_fail(ErrorCode::kConfigValue,
                       table.path(call.word) + " names the column " +
                           call.text.quoted(piece.begin, piece.end) + " twice.",
                       span);
  }
  call.name.columns.emplace_back(argument);
  return {};
}

}  // namespace

std::span<const FunctionEntry> function_table() { return kFunctions; }

const FunctionEntry* find_function(std::string_view name) {
  for (const FunctionEntry& entry : kFunctions) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::string call_path(const FunctionInput& input) { return input.table.path(input.call.word); }

Result<FunctionCall> parse_call(const ConfigTable& table, std::string_view word) {
  FunctionCall call;
  call.word = word;
  PANDO_ASSIGN(call.text, read_text(table.context(), table.find(word)->value, table.path(word)));
  const std::string_view value = call.text.value;
  const std::size_t open = value.find('(');
  const Piece whole = trim(value, 0, value.size());
  if (open == std::string_view::npos || value[whole.end - 1] != ')' ||
      value.find('(', open + 1) != std::string_view::npos) {
    return config_fail(ErrorCode::kConfigValue,
                       table.path(word) + " is not a call of a sharding function.", call.text.span,
                       kCallForm);
  }
  const Piece name = trim(value, 0, open);
  call.name.function = value.substr(name.begin, name.end - name.begin);
  call.name_span = call.text.piece(name.begin, name.end);
  for (const Piece& piece : split(value, open + 1, whole.end - 1)) {
    PANDO_TRY(read_argument(table, piece, call));
  }
  if (call.name.columns.size() > kMaxKeyColumns) {
    return config_fail(
        ErrorCode::kConfigValue,
        table.path(word) + " names more than " + std::to_string(kMaxKeyColumns) + " columns.",
        call.text.span);
  }
  return call;
}

Result<std::vector<std::uint32_t>> read_buckets(const FunctionInput& input, std::string_view word,
                                                std::size_t total) {
  constexpr std::uint32_t kUnset = 0xFFFFFFFF;
  const ConfigTable& table = input.table;
  PANDO_ASSIGN(const std::vector<Text> texts, table.texts(word));
  const ErrorSpan whole = table.find(word)->value.span;
  if (texts.size() != input.places) {
    return config_fail(ErrorCode::kConfigPlacement,
                       table.path(word) + " has " + std::to_string(texts.size()) + " entries for " +
                           std::to_string(input.places) + " places.",
                       whole, "Write one string for each place, in the order of `onto`.");
  }
  std::vector<std::uint32_t> places(total, kUnset);
  for (std::size_t place = 0; place < texts.size(); ++place) {
    const Text& text = texts[place];
    for (const Piece& piece : split(text.value, 0, text.value.size())) {
      const std::string_view range =
          std::string_view(text.value).substr(piece.begin, piece.end - piece.begin);
      const std::size_t dots = range.find("..");
      const auto low = to_number<std::size_t>(range.substr(0, dots));
      const auto high =
          dots == std::string_view::npos ? low : to_number<std::size_t>(range.substr(dots + 2));
      const ErrorSpan span = text.piece(piece.begin, piece.end);
      if (!low || !high || *low > *high || *high >= total) {
        return config_fail(ErrorCode::kConfigPlacement,
                           table.path(word) + ": " + text.quoted(piece.begin, piece.end) +
                               " is not a part of 0.." + std::to_string(total - 1) + ".",
                           span, "Write pieces like 0..255, both ends included.");
      }
      for (std::size_t i = *low; i <= *high; ++i) {
        if (places[i] != kUnset) {
          return config_fail(ErrorCode::kConfigPlacement,
                             table.path(word) + ": " + text.quoted(piece.begin, piece.end) +
                                 " overlaps an earlier entry at " + std::to_string(i) + ".",
                             span);
        }
        places[i] = static_cast<std::uint32_t>(place);
      }
    }
  }
  const auto gap = std::find(places.begin(), places.end(), kUnset);
  if (gap != places.end()) {
    return config_fail(ErrorCode::kConfigPlacement,
                       table.path(word) + " leaves out " + std::to_string(gap - places.begin()) +
                           " of 0.." + std::to_string(total - 1) + ".",
                       whole);
  }
  return places;
}

}  // namespace pando::rules
