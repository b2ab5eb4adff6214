#include "rules/config_tree.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "rules/secrets.h"

namespace pando::rules {
namespace {

// Lines and columns (code points, from 1) to byte offsets.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    lines_.push_back(text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines_.push_back(i + 1);
    }
  }

  std::uint32_t offset(const toml::source_position& position) const {
    if (!position || position.line > lines_.size()) return static_cast<std::uint32_t>(text_.size());
    std::size_t at = lines_[position.line - 1];
    for (std::uint32_t column = 1; column < position.column && at < text_.size(); ++column) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) ++at;
    }
    return static_cast<std::uint32_t>(at);
  }
  ErrorSpan span(const toml::source_region& region) const {
    const std::uint32_t begin = offset(region.begin);
    return {begin, std::max(begin, offset(region.end))};
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> lines_;
};

ConfigNode convert(const toml::node& from, const Places& places, std::string_view text);

void convert_table(const toml::table& from, const Places& places, std::string_view text,
                   ConfigNode& to) {
  for (auto&& [key, value] : from) {
    to.entries.push_back({.key = std::string(key.str()),
                          .key_span = places.span(key.source()),
                          .value = convert(value, places, text)});
  }
  std::sort(to.entries.begin(), to.entries.end(), [](const ConfigEntry& a, const ConfigEntry& b) {
    return a.key_span.begin < b.key_span.begin;
  });
}

ConfigNode convert(const toml::node& from, const Places& places, std::string_view text) {
  ConfigNode to;
  to.span = places.span(from.source());
  switch (from.type()) {
    case toml::node_type::table:
      convert_table(*from.as_table(), places, text, to);
      break;
    case toml::node_type::array:
      to.kind = ConfigNode::Kind::kArray;
      for (const toml::node& item : *from.as_array()) {
        to.items.push_back(convert(item, places, text));
      }
      break;
    case toml::node_type::string:
      to.kind = ConfigNode::Kind::kString;
      to.text = from.as_string()->get();
      break;
    case toml::node_type::integer:
      to.kind = ConfigNode::Kind::kInteger;
      to.number = from.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      to.kind = ConfigNode::Kind::kFloat;
      break;
    case toml::node_type::boolean:
      to.kind = ConfigNode::Kind::kBoolean;
      to.number = from.as_boolean()->get() ? 1 : 0;
      break;
    default:
      to.kind = ConfigNode::Kind::kDate;
      to.text = text.substr(to.span.begin, to.span.end - to.span.begin);
      break;
  }
  return to;
}

// toml++ points behind a key that is there twice; the caret belongs under the key.
ErrorSpan duplicate_span(std::string_view text, std::uint32_t at) {
  std::uint32_t end = at;
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t' || text[end - 1] == '=')) --end;
  std::uint32_t begin = end;
  while (begin > 0 &&
         std::string_view(" \t\n,{[").find(text[begin - 1]) == std::string_view::npos) {
    --begin;
  }
  if (begin < end) return {begin, end};
  while (end < text.size() && text[end] != '\n' && text[end] != '\r') ++end;
  return {at, end};
}

// TOML knows no line breaks and comments between `{` and `}`, but for those inside of arrays.
bool breaks_inline_table(std::string_view message, std::string_view text, std::uint32_t at) {
  return message.find("inline table") != std::string_view::npos && at < text.size() &&
         (text[at] == '\n' || text[at] == '\r' || text[at] == '#');
}

// Where a text was opened that the end of its line, or of the file, has cut off.
std::optional<std::uint32_t> unclosed_text(std::string_view message, std::string_view text,
                                           std::uint32_t at) {
  const bool literal = message.find("parsing literal string") != std::string_view::npos;
  if (!literal && message.find("parsing string") == std::string_view::npos) return std::nullopt;
  if (at < text.size() && text[at] != '\n' && text[at] != '\r') return std::nullopt;
  const std::size_t begin = text.substr(0, at).rfind('\n') + 1;  // npos + 1 is 0.
  const std::string_view line = text.substr(begin, at - begin);
  std::size_t open = line.rfind(literal ? '\'' : '"');
  while (!literal && open != std::string_view::npos && open > 0 && line[open - 1] == '\\') {
    open = line.rfind('"', open - 1);
  }
  if (open == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(begin + open);
}

// The line has an odd number of double quotes, so that what was read as text is what was not meant.
bool may_lack_quote(std::string_view text, std::uint32_t at) {
  const std::size_t begin = text.substr(0, at).rfind('\n') + 1;
  const std::string_view line = text.substr(begin, text.find('\n', at) - begin);
  return std::count(line.begin(), line.end(), '"') % 2 == 1;
}

Error syntax_error(const toml::parse_error& error, const Places& places, std::string_view text) {
  std::string message(error.description());
  const std::uint32_t at = places.offset(error.source().begin);
  ErrorSpan span{at, std::min(at + 1, static_cast<std::uint32_t>(text.size()))};
  if (message.find("cannot redefine") != std::string::npos) span = duplicate_span(text, at);
  if (breaks_inline_table(message, text, at)) {
    return Error(ErrorCode::kConfigSyntax, "A table in braces must be written on one line.")
        .with_span(span.begin, span.end)
        .with_remedy(
            "Join its lines, or write it as a section: [tables.NAME] on one line, and each of its "
            "words on a line of its own, without commas.");
  }
  if (const auto open = unclosed_text(message, text, at)) {
    return Error(ErrorCode::kConfigSyntax, "The text that begins here has no closing quote.")
        .with_span(*open, *open + 1)
        .with_remedy("Close it on the same line.");
  }
  // The parser quotes what it could not read, which may be a password without quotes.
  const std::size_t quote = message.find('\'');
  if (quote != std::string::npos && line_has_secret(text, at)) {
    message = message.substr(0, quote) + "***";
  }
  Error found = Error(ErrorCode::kConfigSyntax, message + ".").with_span(span.begin, span.end);
  if (!may_lack_quote(text, at)) return found;
  return std::move(found).with_remedy(
      "Correct the place the caret points at; a quote may be missing before it.");
}

// The first byte that is no part of UTF-8: toml++ says that there is one, but not exactly where.
std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t more = lead < 0x80 ? 0 : (lead < 0xE0 ? 1 : (lead < 0xF0 ? 2 : 3));
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4) return at;
    const std::size_t begin = at++;
    for (; more > 0; --more, ++at) {
      if (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return begin;
    }
  }
  return text.size();
}

}  // namespace

const ConfigEntry* ConfigNode::find(std::string_view key) const {
  for (const ConfigEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string_view kind_name(ConfigNode::Kind kind) {
  switch (kind) {
    case ConfigNode::Kind::kTable:
      return "a table";
    case ConfigNode::Kind::kArray:
      return "an array";
    case ConfigNode::Kind::kString:
      return "a string";
    case ConfigNode::Kind::kInteger:
      return "an integer";
    case ConfigNode::Kind::kFloat:
      return "a number with a fraction";
    case ConfigNode::Kind::kBoolean:
      return "a boolean";
    case ConfigNode::Kind::kDate:
      return "a date or time";
  }
  return "";
}

Result<ConfigNode> parse_tree(std::string_view text) {
  if (const std::size_t bad = find_invalid_utf8(text); bad < text.size()) {
    const auto at = static_cast<std::uint32_t>(bad);
    return fail(
        Error(ErrorCode::kConfigSyntax, "The text is not valid UTF-8.").with_span(at, at + 1));
  }
  const Places places(text);
  try {
    const toml::table table = toml::parse(text);
    ConfigNode root;
    convert_table(table, places, text, root);
    return root;
  } catch (const toml::parse_error& error) {  // toml++ reports by exceptions; it ends here.
    return fail(syntax_error(error, places, text));
  }
}

}  // namespace pando::rules
