#include <algorithm>

#include "rules/config_tables.h"

namespace pando::rules {
namespace {

Result<Pattern> read_pattern(const ConfigTable& table, std::string_view word, const Text& text,
                             std::size_t begin, std::size_t end) {
  auto pattern = parse_pattern(std::string_view(text.value).substr(begin, end - begin));
  if (pattern) return std::move(*pattern);
  const PatternError& error = pattern.error();
  return config_fail(ErrorCode::kConfigValue, table.path(word) + ": " + error.message,
                     text.piece(begin + error.begin, begin + error.end), error.remedy);
}

class Expander {
 public:
  Expander(const ConfigState& state, const ConfigTable& table, const std::string& logical_name,
           const PlacementTimes& times)
      : state_(state), table_(table), logical_name_(logical_name), times_(times) {}

  Result<void> add(Placement& p) {
    PANDO_TRY(set_times(p, p.databases, 0, times_.databases));
    std::vector<std::string> tables{logical_name_};
    if (p.tables) {
      PANDO_TRY(set_times(p, *p.tables, p.tables_offset, times_.tables));
      PANDO_ASSIGN(tables, table_names(p));
    }
    const std::size_t databases = p.databases.count();
    if (nodes_.size() + databases * tables.size() > kMaxNames) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table_.name() + "` has more than 1000000 physical tables.",
                         p.text.span, "Use fewer; each is a table of its own to the database.");
    }
    nodes_.reserve(nodes_.size() + databases * tables.size());
    for (std::size_t d = 0; d < databases; ++d) {
      const std::string name = p.databases.name(d);
      const auto source = state_.source(name);
      if (!source) return unknown_database(p, name);
      for (const std::string& t : tables) nodes_.push_back({.data_source = *source, .table = t});
    }
    return {};
  }

  std::vector<Node> take() { return std::move(nodes_); }

 private:
  Result<void> set_times(const Placement& p, Pattern& pattern, std::size_t offset,
                         const NameTimes& times) {
    const Pattern::Piece* piece = pattern.time_piece();
    if (piece == nullptr) return {};
    const ErrorSpan span = p.text.piece(offset + piece->begin, offset + piece->end);
    const std::string written = "{" + piece->format + "}";
    if (!times.unit) {
      return config_fail(ErrorCode::kConfigPlacement,
                         "`" + table_.name() + "`: " + written + " needs a time function, not " +
                             (times.function.empty() ? "a table like this" : times.function) + ".",
                         span, "Use day, month or year, or number the names like [0..3].");
    }
    if (*times.unit != *piece->unit) {
      return config_fail(ErrorCode::kConfigPlacement,
                         "`" + table_.name() + "`: " + written + " names each " +
                             std::string(unit_name(*piece->unit)) + ", but " + times.function +
                             " has a place for each " + std::string(unit_name(*times.unit)) + ".",
                         span,
                         "Use {yyyyMMdd} with day, {yyyyMM} with month and {yyyy} with year.");
    }
    if (!times.period) {
      return config_fail(
          ErrorCode::kConfigMissing,
          "`" + table_.name() + "`: " + written + " stands for an unknown number of names.", span,
          "Add the first and the last " + std::string(unit_name(*times.unit)) +
              " to the table, for example from = \"2024-01\", until = \"2026-12\".");
    }
    if (times.period->count() > kMaxNames) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table_.name() + "` has more than 1000000 physical tables.", span);
    }
    pattern.set_period(*times.period);
    return {};
  }

  Result<std::vector<std::string>> table_names(const Placement& p) const {
    const std::size_t count = p.tables->count();
    const ErrorSpan span = p.text.piece(p.tables_offset, p.text.value.size());
    if (count > kMaxNames) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table_.name() + "` has more than 1000000 physical tables.", span);
    }
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(p.tables->name(i));
      if (is_identifier(names.back())) continue;
      return config_fail(
          ErrorCode::kConfigValue,
          "`" + table_.name() +
              "`: " + (p.text.from_environment() ? p.text.quoted() : "'" + names.back() + "'") +
              " is no legal table name.",
          span,
          "Use letters, digits, _ and $, not digits alone, and at most 64 "
          "characters.");
    }
    return names;
  }

  tl::unexpected<Error> unknown_database(const Placement& p, const std::string& name) const {
    const std::size_t end = p.tables ? p.tables_offset - 1 : p.text.value.size();
    if (p.text.from_environment()) {
      return config_fail(ErrorCode::kConfigMissing,
                         "`" + table_.name() + "` names a database that is not in [databases]: " +
                             p.text.quoted() + ".",
                         p.text.span);
    }
    return config_fail(
        ErrorCode::kConfigMissing,
        "`" + table_.name() + "` names the database '" + name + "', which is not in [databases].",
        p.text.piece(0, end), state_.suggest_source(name));
  }

  const ConfigState& state_;
  const ConfigTable& table_;
  const std::string& logical_name_;
  const PlacementTimes& times_;
  std::vector<Node> nodes_;
};

}  // namespace

Result<std::vector<Placement>> read_placements(const ConfigTable& table, std::string_view word) {
  PANDO_ASSIGN(std::vector<Text> texts, table.texts(word));
  if (texts.empty()) {
    const ConfigEntry* entry = table.find(word);
    return config_fail(ErrorCode::kConfigMissing, table.path(word) + " names no place.",
                       entry == nullptr ? table.key_span() : entry->value.span,
                       "Add " + std::string(word) +
                           " = \"database\" or \"database.table\", with "
                           "patterns such as \"shop[0..3].orders_[00..15]\".");
  }
  std::vector<Placement> placements;
  for (Text& text : texts) {
    Placement p{.text = std::move(text), .databases = {}, .tables = {}};
    const std::string& value = p.text.value;
    const std::size_t dot = find_dot(value);
    PANDO_ASSIGN(p.databases, read_pattern(table, word, p.text, 0, std::min(dot, value.size())));
    if (dot != std::string_view::npos) {
      p.tables_offset = dot + 1;
      PANDO_ASSIGN(p.tables, read_pattern(table, word, p.text, dot + 1, value.size()));
    }
    placements.push_back(std::move(p));
  }
  return placements;
}

Result<std::vector<Node>> expand_placements(const ConfigState& state, const ConfigTable& table,
                                            std::vector<Placement> placements,
                                            const std::string& logical_name,
                                            const PlacementTimes& times) {
  Expander expander(state, table, logical_name, times);
  for (Placement& p : placements) {
    PANDO_TRY(expander.add(p));
  }
  return expander.take();
}

}  // namespace pando::rules
