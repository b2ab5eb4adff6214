#include "rules/pattern.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "pando/names.h"

namespace pando::rules {
namespace {

constexpr std::string_view kForms =
    "Write [0..3], [00..15], [a,b,c], or {yyyy}, {yyyyMM}, {yyyyMMdd} for time functions.";

using Piece = Pattern::Piece;
template <typename T>
using PatternResult = tl::expected<T, PatternError>;

tl::unexpected<PatternError> wrong(std::size_t begin, std::size_t end, std::string message) {
  return tl::unexpected<PatternError>(PatternError{
      .begin = begin, .end = end, .message = std::move(message), .remedy = std::string(kForms)});
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

PatternResult<std::vector<std::string>> parse_range(std::string_view inside, std::size_t dots,
                                                    std::size_t begin, std::size_t end) {
  const std::string_view low = inside.substr(0, dots);
  const std::string_view high = inside.substr(dots + 2);
  if (!all_digits(low) || !all_digits(high) || low.size() > 9 || high.size() > 9) {
    return wrong(begin, end, "The ends of a range must be whole numbers.");
  }
  const bool padded = low.size() > 1 && low.front() == '0';
  if (padded && low.size() != high.size()) {
    return wrong(begin, end, "The ends of a range with leading zeros must be equally long.");
  }
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::from_chars(low.data(), low.data() + low.size(), first);
  std::from_chars(high.data(), high.data() + high.size(), last);
  if (first > last) return wrong(begin, end, "The range ends before it begins.");
  if (last - first >= kMaxNames) {
    return wrong(begin, end, "The range has more than 1000000 numbers.");
  }
  std::vector<std::string> values;
  values.reserve(last - first + 1);
  for (std::uint32_t i = first; i <= last; ++i) {
    std::string number = std::to_string(i);
    if (padded) number.insert(0, low.size() - number.size(), '0');
    values.push_back(std::move(number));
  }
  return values;
}

PatternResult<Piece> parse_brackets(std::string_view text, std::size_t begin) {
  const std::size_t close = text.find(']', begin);
  if (close == std::string_view::npos) return wrong(begin, text.size(), "A [ has no ].");
  const std::string_view inside = text.substr(begin + 1, close - begin - 1);
  Piece piece{.begin = begin,
              .end = close + 1,
              .values = {},
              .is_literal = false,
              .unit = {},
              .format = {}};
  if (const std::size_t dots = inside.find(".."); dots != std::string_view::npos) {
    auto values = parse_range(inside, dots, begin, close + 1);
    if (!values) return tl::unexpected<PatternError>(std::move(values).error());
    piece.values = std::move(*values);
    return piece;
  }
  for (std::size_t at = 0; at <= inside.size();) {
    const std::size_t comma = std::min(inside.find(',', at), inside.size());
    std::string_view value = inside.substr(at, comma - at);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    if (value.empty() || value.find_first_of("[{.") != std::string_view::npos) {
      return wrong(begin, close + 1, "The list holds an empty or malformed name.");
    }
    piece.values.emplace_back(value);
    at = comma + 1;
  }
  return piece;
}

PatternResult<Piece> parse_braces(std::string_view text, std::size_t begin) {
  const std::size_t close = text.find('}', begin);
  if (close == std::string_view::npos) return wrong(begin, text.size(), "A { has no }.");
  std::string format(text.substr(begin + 1, close - begin - 1));
  std::string plain = format;
  std::erase(plain, '_');
  Piece piece{.begin = begin,
              .end = close + 1,
              .values = {},
              .is_literal = false,
              .unit = {},
              .format = std::move(format)};
  if (plain == "yyyy") piece.unit = TimeUnit::kYear;
  if (plain == "yyyyMM") piece.unit = TimeUnit::kMonth;
  if (plain == "yyyyMMdd") piece.unit = TimeUnit::kDay;
  if (!piece.unit) return wrong(begin, close + 1, "The braces hold no known form of a time.");
  return piece;
}

}  // namespace

const Piece* Pattern::time_piece() const {
  for (const Piece& piece : pieces) {
    if (piece.unit) return &piece;
  }
  return nullptr;
}

void Pattern::set_period(const Period& period) {
  for (Piece& piece : pieces) {
    if (!piece.unit) continue;
    piece.values.clear();
    for (std::int64_t i = period.first; i <= period.last; ++i) {
      piece.values.push_back(format_unit(piece.format, period.unit, i));
    }
  }
}

std::size_t Pattern::count() const {
  std::size_t count = 1;
  for (const Piece& piece : pieces) count *= piece.values.size();
  return count;
}

std::string Pattern::name(std::size_t i) const {
  std::size_t rest = count();
  std::string name;
  for (const Piece& piece : pieces) {
    rest /= piece.values.size();
    name += piece.values[i / rest % piece.values.size()];
  }
  return name;
}

std::vector<std::string> Pattern::values(std::size_t i) const {
  std::size_t rest = count();
  std::vector<std::string> values;
  for (const Piece& piece : pieces) {
    rest /= piece.values.size();
    if (!piece.is_literal) values.push_back(piece.values[i / rest % piece.values.size()]);
  }
  return values;
}

PatternResult<Pattern> parse_pattern(std::string_view text) {
  Pattern pattern;
  std::size_t names = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '[' || c == '{') {
      auto piece = c == '[' ? parse_brackets(text, at) : parse_braces(text, at);
      if (!piece) return tl::unexpected<PatternError>(std::move(piece).error());
      if (piece->unit && pattern.time_piece() != nullptr) {
        return wrong(piece->begin, piece->end, "A name can hold one time only.");
      }
      if (!piece->unit) names *= piece->values.size();
      if (names > kMaxNames) {
        return wrong(0, text.size(), "The pattern stands for more than 1000000 names.");
      }
      at = piece->end;
      pattern.pieces.push_back(std::move(*piece));
      continue;
    }
    if (c == ']' || c == '}') return wrong(at, at + 1, std::string("A ") + c + " has no opening.");
    const std::size_t end = std::min(text.find_first_of("[]{}", at), text.size());
    pattern.pieces.push_back({.begin = at,
                              .end = end,
                              .values = {std::string(text.substr(at, end - at))},
                              .is_literal = true,
                              .unit = {},
                              .format = {}});
    at = end;
  }
  if (pattern.pieces.empty()) return wrong(0, 0, "The name is empty.");
  return pattern;
}

std::size_t find_dot(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++depth;
    if (text[i] == ']' || text[i] == '}') --depth;
    if (text[i] == '.' && depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace pando::rules
