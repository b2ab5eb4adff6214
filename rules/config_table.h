// Reads the words of one table of the configuration: types, bounds, unknown words.
//
// Threads: one thread at a time. Lifetime: views the context and the node.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/config_text.h"
#include "rules/config_tree.h"

namespace pando::rules {

class ConfigTable {
 public:
  // `name` is how messages call the table: "tables.orders". `key_span` is where its name stands.
  ConfigTable(const ConfigContext& context, const ConfigNode& node, std::string name,
              ErrorSpan key_span)
      : context_(&context), node_(&node), name_(std::move(name)), key_span_(key_span) {}

  // Errors: kConfigValue if the node is no table; kConfigUnknownWord, with the word that was meant,
  // for words that the section does not have.
  Result<void> check_words(std::string_view section) const;

  const ConfigContext& context() const { return *context_; }
  const std::string& name() const { return name_; }
  ErrorSpan key_span() const { return key_span_; }
  bool has(std::string_view word) const { return node_->find(word) != nullptr; }
  const ConfigEntry* find(std::string_view word) const { return node_->find(word); }
  const std::vector<ConfigEntry>& entries() const { return node_->entries; }
  // "`orders.slots`"; "`format`" at the top.
  std::string path(std::string_view word) const;

  Result<std::optional<Text>> text(std::string_view word,
                                   const Placeholders* placeholders = nullptr) const;
  // A string or an array of strings; empty if the word is absent.
  Result<std::vector<Text>> texts(std::string_view word,
                                  const Placeholders* placeholders = nullptr) const;
  // An integer, or a string that holds one after its environment references are replaced.
  Result<std::optional<std::int64_t>> integer(std::string_view word, std::int64_t low,
                                              std::int64_t high) const;
  // One of `choices`.
  Result<std::optional<std::size_t>> choice(std::string_view word,
                                            std::span<const std::string_view> choices) const;

 private:
  const ConfigContext* context_;
  const ConfigNode* node_;
  std::string name_;
  ErrorSpan key_span_;
};

// "did you mean 'x'?", or the list of all words if none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace pando::rules
