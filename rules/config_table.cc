#include "rules/config_table.h"

#include <charconv>

#include "rules/config_words.h"
#include "rules/suggest.h"

namespace pando::rules {

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  if (const std::string_view nearest = nearest_word(word, known); !nearest.empty()) {
    return "Did you mean '" + std::string(nearest) + "'?";
  }
  if (known.empty()) return "Nothing may stand here.";
  std::string list = "Known here:";
  for (const std::string_view k : known) {
    list += (list.back() == ':' ? " " : ", ") + std::string(k);
  }
  return list + ".";
}

Result<void> ConfigTable::check_words(std::string_view section) const {
  if (node_->kind != ConfigNode::Kind::kTable) {
    return config_fail(
        ErrorCode::kConfigValue,
        "`" + name_ + "` must be a table, not " + std::string(kind_name(node_->kind)) + ".",
        node_->span);
  }
  const std::vector<std::string_view> known = words_of_section(section);
  for (const ConfigEntry& entry : node_->entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    return config_fail(ErrorCode::kConfigUnknownWord, path(entry.key) + " is not a known word.",
                       entry.key_span, did_you_mean(entry.key, known));
  }
  return {};
}

std::string ConfigTable::path(std::string_view word) const {
  return "`" + (name_.empty() ? std::string(word) : name_ + "." + std::string(word)) + "`";
}

Result<std::optional<Text>> ConfigTable::text(std::string_view word,
                                              const Placeholders* placeholders) const {
  const ConfigEntry* entry = find(word);
  if (entry == nullptr) return std::nullopt;
  PANDO_ASSIGN(Text text, read_text(*context_, entry->value, path(word), placeholders));
  return std::optional<Text>(std::move(text));
}

Result<std::vector<Text>> ConfigTable::texts(std::string_view word,
                                             const Placeholders* placeholders) const {
  std::vector<Text> texts;
  const ConfigEntry* entry = find(word);
  if (entry == nullptr) return texts;
  if (entry->value.kind != ConfigNode::Kind::kArray) {
    PANDO_ASSIGN(Text text, read_text(*context_, entry->value, path(word), placeholders));
    texts.push_back(std::move(text));
    return texts;
  }
  for (const ConfigNode& item : entry->value.items) {
    PANDO_ASSIGN(Text text, read_text(*context_, item, "Each item of " + path(word), placeholders));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<std::optional<std::int64_t>> ConfigTable::integer(std::string_view word, std::int64_t low,
                                                         std::int64_t high) const {
  const ConfigEntry* entry = find(word);
  if (entry == nullptr) return std::nullopt;
  const ConfigNode& node = entry->value;
  std::int64_t number = node.number;
  bool good = node.kind == ConfigNode::Kind::kInteger;
  std::string found(kind_name(node.kind));
  if (node.kind == ConfigNode::Kind::kString) {
    PANDO_ASSIGN(const Text text, read_text(*context_, node, path(word)));
    const char* end = text.value.data() + text.value.size();
    const auto [stop, error] = std::from_chars(text.value.data(), end, number);
    good = text.from_environment() && error == std::errc() && stop == end && !text.value.empty();
    if (text.from_environment()) found = "what the environment holds";
  }
  const std::string bounds = low == high
                                 ? std::to_string(low)
                                 : "from " + std::to_string(low) + " to " + std::to_string(high);
  if (!good) {
    return config_fail(ErrorCode::kConfigValue,
                       path(word) + " must be an integer" + (low == high ? ", " : " ") + bounds +
                           ", not " + found + ".",
                       node.span);
  }
  if (number < low || number > high) {
    return config_fail(ErrorCode::kConfigValue, path(word) + " must be " + bounds + ".", node.span);
  }
  return std::optional<std::int64_t>(number);
}

Result<std::optional<std::size_t>> ConfigTable::choice(
    std::string_view word, std::span<const std::string_view> choices) const {
  PANDO_ASSIGN(const auto value, text(word));
  if (!value) return std::nullopt;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (value->value == choices[i]) return std::optional<std::size_t>(i);
  }
  return config_fail(ErrorCode::kConfigValue, path(word) + " cannot be " + value->quoted() + ".",
                     value->span,
                     did_you_mean(value->from_environment() ? "" : value->value, choices));
}

}  // namespace pando::rules
