#include <algorithm>

#include "rules/config_tables.h"
#include "rules/suggest.h"

namespace pando::rules {
namespace {

// `from` or `until` as a unit.
Result<std::optional<std::int64_t>> read_bound(const ConfigTable& table, std::string_view word,
                                               TimeUnit unit, PeriodEnd end) {
  const ConfigEntry* entry = table.find(word);
  if (entry == nullptr) return std::nullopt;
  const ConfigNode& node = entry->value;
  std::string written = node.text;
  if (node.kind == ConfigNode::Kind::kString) {
    PANDO_ASSIGN(Text text, read_text(table.context(), node, table.path(word)));
    written = std::move(text.value);
  } else if (node.kind == ConfigNode::Kind::kInteger) {
    written = std::to_string(node.number);
  }
  const auto number = parse_unit(written, unit, end);
  if (!number) {
    return config_fail(ErrorCode::kConfigValue, table.path(word) + " is no date.", node.span,
                       "Write 2024-01-31, \"2024-01\" or \"2024\".");
  }
  return number;
}

Result<std::optional<Period>> read_period(const ConfigTable& table, TimeUnit unit) {
  PANDO_ASSIGN(const auto first, read_bound(table, "from", unit, PeriodEnd::kFirst));
  PANDO_ASSIGN(const auto last, read_bound(table, "until", unit, PeriodEnd::kLast));
  if (!first && !last) return std::nullopt;
  if (!first || !last) {
    const std::string_view there = first ? "from" : "until";
    const std::string_view missing = first ? "until" : "from";
    return config_fail(ErrorCode::kConfigMissing,
                       "`" + table.name() + "` has `" + std::string(there) + "` but no `" +
                           std::string(missing) + "`.",
                       table.find(there)->key_span, "Add the other; both are included.");
  }
  if (*first > *last) {
    return config_fail(ErrorCode::kConfigPlacement, table.path("until") + " lies before `from`.",
                       table.find("until")->value.span, "Both are included.");
  }
  return std::optional<Period>(Period{.unit = unit, .first = *first, .last = *last});
}

// What a database function times a table function need: the same number of tables in each database.
struct Grid {
  std::size_t databases = 0;
  std::size_t tables = 0;
};

std::optional<Grid> grid_of(const std::vector<Node>& nodes) {
  std::size_t databases = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i == 0 || nodes[i].data_source != nodes[i - 1].data_source) ++databases;
  }
  if (nodes.size() % databases != 0) return std::nullopt;
  const std::size_t tables = nodes.size() / databases;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].data_source != nodes[i / tables * tables].data_source) return std::nullopt;
  }
  return Grid{databases, tables};
}

class ShardedReader {
 public:
  ShardedReader(ConfigState& state, const ConfigTable& table, const std::string& logical_name)
      : state_(state), table_(table), logical_name_(logical_name) {}

  Result<ShardedLayout> read() {
    PANDO_TRY(read_calls());
    PANDO_TRY(check_words());
    PANDO_ASSIGN(columns_, read_key_columns(table_, calls_, state_.dialect()));
    ShardedLayout layout;
    PANDO_ASSIGN(layout.times, read_times());
    PANDO_ASSIGN(const auto placements, read_placements(table_, "onto"));
    PANDO_ASSIGN(layout.nodes,
                 expand_placements(state_, table_, placements, logical_name_, layout.times));
    std::vector<std::size_t> places{layout.nodes.size()};
    if (calls_.size() == 2) {
      const auto grid = grid_of(layout.nodes);
      if (!grid) {
        return config_fail(ErrorCode::kConfigPlacement,
                           table_.path("onto") + " has databases with different numbers of tables.",
                           table_.find("onto")->value.span,
                           "Give each database the same number, all of one database together.");
      }
      places = {grid->databases, grid->tables};
    }
    std::vector<Sharding::Part> parts;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const NameTimes& times =
          i == 0 && calls_.size() == 2 ? layout.times.databases : layout.times.tables;
      PANDO_ASSIGN(Sharding::Part part, bind(i, places[i], times, has_time(placements, i)));
      parts.push_back(std::move(part));
    }
    layout.sharding = std::make_shared<Sharding>(columns_, std::move(parts));
    return layout;
  }

 private:
  Result<void> read_calls() {
    if (table_.has("by")) {
      PANDO_ASSIGN(FunctionCall call, read_call("by"));
      calls_.push_back(std::move(call));
      return {};
    }
    for (const std::string_view word : {"database_by", "table_by"}) {
      if (!table_.has(word)) {
        const std::string_view other = word == "table_by" ? "database_by" : "table_by";
        return config_fail(ErrorCode::kConfigMissing,
                           "`" + table_.name() + "` has `" + std::string(other) + "` but no `" +
                               std::string(word) + "`.",
                           table_.find(other)->key_span,
                           "Add it, or use `by` for one function over all places.");
      }
      PANDO_ASSIGN(FunctionCall call, read_call(word));
      calls_.push_back(std::move(call));
    }
    return check_independent();
  }

  Result<FunctionCall> read_call(std::string_view word) {
    PANDO_ASSIGN(FunctionCall call, parse_call(table_, word));
    const FunctionEntry* entry = find_function(call.name.function);
    const auto& own = table_.context().options.functions;
    if (entry == nullptr && own.count(call.name.function) == 0) {
      std::vector<std::string_view> names;
      for (const FunctionEntry& e : function_table()) names.push_back(e.name);
      for (const auto& [name, unused] : own) names.push_back(name);
      std::string remedy = did_you_mean(call.name.function, names);
      if (nearest_word(call.name.function, names).empty()) {
        remedy +=
            " A function of an application's own is known only to a program that registers it "
            "(Options::functions), and not to the command `pando`.";
      }
      return config_fail(
          ErrorCode::kConfigUnknownWord,
          table_.path(word) + ": " +
              (call.text.from_environment() ? call.text.quoted() : "'" + call.name.function + "'") +
              " is no known sharding function.",
          call.name_span, remedy);
    }
    if (entry == nullptr ? call.number.has_value() : call.number && !entry->takes_number) {
      return config_fail(ErrorCode::kConfigValue,
                         table_.path(word) + ": " + call.name.function + " takes no number.",
                         call.text.span);
    }
    if (entry != nullptr && call.name.columns.size() > entry->max_columns) {
      return config_fail(ErrorCode::kConfigValue,
                         table_.path(word) + ": " + call.name.function + " takes one column.",
                         call.text.span,
                         "Use hash, or a function of your own, for several columns.");
    }
    return call;
  }

  // Words of a function must be read by exactly one of the calls.
  Result<void> check_words() const {
    for (const FunctionEntry& known : function_table()) {
      for (const std::string_view word : known.words) {
        const ConfigEntry* entry = word.empty() ? nullptr : table_.find(word);
        if (entry == nullptr) continue;
        const auto readers =
            std::count_if(calls_.begin(), calls_.end(), [&](const FunctionCall& c) {
              const FunctionEntry* f = find_function(c.name.function);
              return f != nullptr &&
                     std::find(f->words.begin(), f->words.end(), word) != f->words.end();
            });
        if (readers == 1 || (readers == 2 && known.unit)) continue;
        if (readers == 2) {
          return config_fail(ErrorCode::kConfigValue,
                             table_.path(word) + " is not clear: both functions would read it.",
                             entry->key_span, "Use one `by` over all places.");
        }
        return config_fail(ErrorCode::kConfigValue,
                           table_.path(word) + " does not belong to " + calls_[0].name.text() +
                               (calls_.size() == 2 ? " or " + calls_[1].name.text() : "") + ".",
                           entry->key_span, "Remove it, or use a function that reads it.");
      }
    }
    return {};
  }

  // The same hash twice would fill only a few tables of each database.
  Result<void> check_independent() const {
    if (calls_[0].name.function != "hash" || calls_[1].name.function != "hash") return {};
    const auto lower = [](std::vector<std::string> columns) {
      for (std::string& c : columns) c = to_lower(c);
      return columns;
    };
    if (lower(calls_[0].name.columns) != lower(calls_[1].name.columns)) return {};
    return config_fail(ErrorCode::kConfigValue,
                       "`" + table_.name() +
                           "`: the same hash for databases and tables would leave "
                           "most tables empty.",
                       calls_[1].text.span, "Use one `by` over all places.");
  }

  Result<PlacementTimes> read_times() const {
    std::vector<NameTimes> times;
    for (const FunctionCall& call : calls_) {
      NameTimes t{.function = call.name.text(), .unit = {}, .period = {}};
      const FunctionEntry* entry = find_function(call.name.function);
      if (entry != nullptr && entry->unit) {
        t.unit = entry->unit;
        PANDO_ASSIGN(t.period, read_period(table_, *entry->unit));
      }
      times.push_back(std::move(t));
    }
    return PlacementTimes{.databases = times.front(), .tables = times.back()};
  }

  // Whether the names of a call's places hold a time.
  bool has_time(const std::vector<Placement>& placements, std::size_t call) const {
    return std::any_of(placements.begin(), placements.end(), [&](const Placement& p) {
      const bool in_databases = p.databases.time_piece() != nullptr;
      const bool in_tables = p.tables && p.tables->time_piece() != nullptr;
      if (calls_.size() == 1) return in_databases || in_tables;
      return call == 0 ? in_databases : in_tables;
    });
  }

  Result<Sharding::Part> bind(std::size_t i, std::size_t places, const NameTimes& times,
                              bool has_time_pattern) const {
    const FunctionCall& call = calls_[i];
    Sharding::Part part;
    std::vector<KeyColumn> own;
    for (const std::string& name : call.name.columns) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        if (to_lower(columns_[c].name) != to_lower(name)) continue;
        part.columns.push_back(c);
        own.push_back(columns_[c]);
      }
    }
    const FunctionEntry* entry = find_function(call.name.function);
    if (entry == nullptr) {
      const auto& functions = table_.context().options.functions;
      part.function = make_user(call.name, functions.at(call.name.function), places);
      return part;
    }
    PANDO_ASSIGN(part.function, entry->bind({.table = table_,
                                             .call = call,
                                             .columns = own,
                                             .places = places,
                                             .period = times.period,
                                             .has_time_pattern = has_time_pattern}));
    return part;
  }

  ConfigState& state_;
  const ConfigTable& table_;
  const std::string& logical_name_;
  std::vector<FunctionCall> calls_;
  std::vector<KeyColumn> columns_;
};

}  // namespace

Result<ShardedLayout> read_sharded(ConfigState& state, const ConfigTable& table,
                                   const std::string& logical_name) {
  return ShardedReader(state, table, logical_name).read();
}

}  // namespace pando::rules
