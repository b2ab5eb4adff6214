#include "rules/config_tables.h"

#include <algorithm>
#include <unordered_map>

namespace pando::rules {
namespace {

enum class Kind : std::uint8_t { kSharded, kBound, kCopy, kAt };

// The words that a kind of table has besides those of sharding functions.
constexpr std::string_view kSharedWords[] = {"by",   "database_by", "table_by",  "onto",
                                             "type", "types",       "collation", "fill"};
constexpr std::string_view kBoundWords[] = {"with", "key", "onto", "fill"};
constexpr std::string_view kCopyWords[] = {"copy", "fill"};
constexpr std::string_view kAtWords[] = {"at", "fill"};

std::span<const std::string_view> words_of(Kind kind) {
  switch (kind) {
    case Kind::kSharded:
      return kSharedWords;
    case Kind::kBound:
      return kBoundWords;
    case Kind::kCopy:
      return kCopyWords;
    case Kind::kAt:
      return kAtWords;
  }
  return {};
}

bool is_function_word(std::string_view word) {
  for (const FunctionEntry& entry : function_table()) {
    if (std::find(entry.words.begin(), entry.words.end(), word) != entry.words.end()) return true;
  }
  return false;
}

constexpr std::string_view kKinds =
    "Give it one of `by` (or `database_by` with `table_by`), `with`, `copy` and `at`.";

class TablesReader {
 public:
  TablesReader(ConfigState& state, const ConfigTable& tables)
      : state_(state), tables_(tables), drafts_(tables.entries().size()) {}

  Result<void> read() {
    state_.builder.tables().resize(drafts_.size());
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      PANDO_TRY(read_name(i));
    }
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      PANDO_TRY(read_table(i));
    }
    return check_nodes();
  }

 private:
  struct Draft {
    std::optional<ConfigTable> table;
    Kind kind = Kind::kAt;
    bool reading = false;
    bool done = false;
    ShardedLayout layout;  // Sharded and bound: what tables bound to this one must fit.
  };

  LogicalTable& logical(std::size_t i) { return state_.builder.tables()[i]; }

  Result<void> read_name(std::size_t i) {
    const ConfigEntry& entry = tables_.entries()[i];
    Draft& draft = drafts_[i];
    draft.table.emplace(tables_.context(), entry.value, "tables." + entry.key, entry.key_span);
    PANDO_TRY(draft.table->check_words("tables.*"));
    if (!is_identifier(entry.key)) {
      return config_fail(
          ErrorCode::kConfigValue, "'" + entry.key + "' is no legal table name.", entry.key_span,
          "Use letters, digits, _ and $, not digits alone, and at most 64 characters.");
    }
    const auto [other, fresh] = by_name_.emplace(to_lower(entry.key), i);
    if (!fresh) {
      return config_fail(ErrorCode::kConfigValue,
                         "The table '" + entry.key +
                             "' is there twice: names of tables do not "
                             "differ by case alone.",
                         entry.key_span, "Remove one of them.");
    }
    logical(i).name = entry.key;
    return read_kind(draft);
  }

  Result<void> read_kind(Draft& draft) const {
    const ConfigTable& table = *draft.table;
    std::vector<std::pair<Kind, std::string_view>> kinds;
    if (table.has("by")) kinds.emplace_back(Kind::kSharded, "by");
    if (table.has("database_by")) kinds.emplace_back(Kind::kSharded, "database_by");
    if (table.has("table_by")) kinds.emplace_back(Kind::kSharded, "table_by");
    const bool pair = kinds.size() == 2 && !table.has("by");
    if (pair) kinds.pop_back();
    if (table.has("with")) kinds.emplace_back(Kind::kBound, "with");
    if (table.has("copy")) kinds.emplace_back(Kind::kCopy, "copy");
    if (table.has("at")) kinds.emplace_back(Kind::kAt, "at");
    if (kinds.empty()) {
      return config_fail(ErrorCode::kConfigMissing,
                         "`" + table.name() + "` does not say what kind of table it is.",
                         table.key_span(), kKinds);
    }
    if (kinds.size() > 1) {
      std::sort(kinds.begin(), kinds.end(), [&](const auto& a, const auto& b) {
        return table.find(a.second)->key_span.begin < table.find(b.second)->key_span.begin;
      });
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table.name() + "` has both `" + std::string(kinds[0].second) +
                             "` and `" + std::string(kinds[1].second) + "`.",
                         table.find(kinds[1].second)->key_span, kKinds);
    }
    draft.kind = kinds[0].first;
    return check_kind_words(draft, kinds[0].second);
  }

  Result<void> check_kind_words(const Draft& draft, std::string_view kind_word) const {
    const auto words = words_of(draft.kind);
    for (const ConfigEntry& entry : draft.table->entries()) {
      if (std::find(words.begin(), words.end(), entry.key) != words.end()) continue;
      if (draft.kind == Kind::kSharded && is_function_word(entry.key)) continue;
      return config_fail(ErrorCode::kConfigValue,
                         draft.table->path(entry.key) + " does not go together with `" +
                             std::string(kind_word) + "`.",
                         entry.key_span, "Remove one of them.");
    }
    return {};
  }

  Result<void> read_table(std::size_t i) {
    Draft& draft = drafts_[i];
    if (draft.done) return {};
    draft.reading = true;
    LogicalTable& table = logical(i);
    switch (draft.kind) {
      case Kind::kSharded: {
        PANDO_ASSIGN(draft.layout, read_sharded(state_, *draft.table, table.name));
        table.family = next_family_++;
        table.key_columns = draft.layout.sharding->key_columns();
        PANDO_TRY(set_sharded(i, draft.layout.nodes));
        break;
      }
      case Kind::kBound:
        PANDO_TRY(read_bound(i));
        break;
      case Kind::kCopy:
        PANDO_TRY(read_copy(i));
        break;
      case Kind::kAt:
        PANDO_TRY(read_at(i));
        break;
    }
    PANDO_TRY(read_fill(*draft.table, table));
    draft.done = true;
    return {};
  }

  Result<void> set_sharded(std::size_t i, std::vector<Node> nodes) {
    logical(i).kind = TableKind::kSharded;
    logical(i).nodes = std::move(nodes);
    logical(i).sharding = drafts_[i].layout.sharding;
    return {};
  }

  Result<void> read_bound(std::size_t i) {
    Draft& draft = drafts_[i];
    const ConfigTable& table = *draft.table;
    PANDO_ASSIGN(const std::size_t parent_index, read_parent(i));
    PANDO_TRY(read_table(parent_index));  // As deep as the chain of tables is long.
    const ShardedLayout& parent = drafts_[parent_index].layout;
    const LogicalTable& parent_table = logical(parent_index);
    draft.layout = parent;
    PANDO_ASSIGN(draft.layout.nodes, read_bound_nodes(i, parent, parent_table));
    PANDO_TRY(check_shape(i, parent, parent_table));
    logical(i).family = parent_table.family;
    PANDO_ASSIGN(logical(i).key_columns, read_key(table, parent_table));
    return set_sharded(i, draft.layout.nodes);
  }

  Result<std::size_t> read_parent(std::size_t i) {
    const ConfigTable& table = *drafts_[i].table;
    PANDO_ASSIGN(const auto with, table.text("with"));
    const auto found = by_name_.find(to_lower(with->value));
    if (found == by_name_.end()) {
      std::vector<std::string_view> names;
      for (const ConfigEntry& entry : tables_.entries()) {
        if (&entry != &tables_.entries()[i]) names.push_back(entry.key);
      }
      return config_fail(
          ErrorCode::kConfigMissing,
          table.path("with") + " names no table of the rules: " + with->quoted() + ".", with->span,
          names.empty() ? "Add that table to [tables]." : did_you_mean(with->value, names));
    }
    const Draft& parent = drafts_[found->second];
    const std::string& parent_name = logical(found->second).name;
    if (parent.kind != Kind::kSharded && parent.kind != Kind::kBound) {
      return config_fail(ErrorCode::kConfigBound,
                         table.path("with") + ": `" + parent_name + "` is not a sharded table.",
                         with->span, "Bind it to a table with `by`.");
    }
    if (parent.reading && !parent.done) {
      return config_fail(
          ErrorCode::kConfigBound,
          table.path("with") + ": the binding to `" + parent_name + "` closes a cycle.", with->span,
          "One table of the family must have `by`.");
    }
    return found->second;
  }

  Result<std::vector<Node>> read_bound_nodes(std::size_t i, const ShardedLayout& parent,
                                             const LogicalTable& parent_table) {
    const ConfigTable& table = *drafts_[i].table;
    if (table.has("onto")) {
      PANDO_ASSIGN(auto placements, read_placements(table, "onto"));
      return expand_placements(state_, table, std::move(placements), logical(i).name, parent.times);
    }
    std::vector<Node> nodes;
    std::vector<bool> seen(state_.builder.data_sources().size(), false);
    for (const Node& node : parent.nodes) {
      if (seen[node.data_source]) {
        return config_fail(ErrorCode::kConfigMissing,
                           "`" + table.name() + "` has no `onto`, and `" + parent_table.name +
                               "` has several tables in one database.",
                           table.key_span(), "Add onto with the names of its own tables.");
      }
      seen[node.data_source] = true;
      nodes.push_back({.data_source = node.data_source, .table = logical(i).name});
    }
    return nodes;
  }

  Result<void> check_shape(std::size_t i, const ShardedLayout& parent,
                           const LogicalTable& parent_table) {
    const ConfigTable& table = *drafts_[i].table;
    const std::vector<Node>& own = drafts_[i].layout.nodes;
    const ConfigEntry* onto = table.find("onto");
    const ErrorSpan span = onto == nullptr ? table.key_span() : onto->value.span;
    if (own.size() != parent.nodes.size()) {
      return config_fail(ErrorCode::kConfigBound,
                         "`" + table.name() + "` has " + std::to_string(own.size()) +
                             " tables, but `" + parent_table.name + "` has " +
                             std::to_string(parent.nodes.size()) + ".",
                         span);
    }
    for (std::size_t s = 0; s < own.size(); ++s) {
      if (own[s].data_source == parent.nodes[s].data_source) continue;
      const auto& sources = state_.builder.data_sources();
      return config_fail(ErrorCode::kConfigBound,
                         "Table " + std::to_string(s) + " of `" + table.name() + "` lies in '" +
                             sources[own[s].data_source].name + "', but that of `" +
                             parent_table.name + "` in '" +
                             sources[parent.nodes[s].data_source].name + "'.",
                         span);
    }
    return {};
  }

  Result<std::vector<KeyColumn>> read_key(const ConfigTable& table,
                                          const LogicalTable& parent) const {
    std::vector<KeyColumn> columns = parent.key_columns;
    if (!table.has("key")) return columns;
    PANDO_ASSIGN(const auto names, table.texts("key"));
    if (names.size() != columns.size()) {
      return config_fail(ErrorCode::kConfigBound,
                         table.path("key") + " has " + std::to_string(names.size()) +
                             " columns, but the key of `" + parent.name + "` has " +
                             std::to_string(columns.size()) + ".",
                         table.find("key")->value.span,
                         "Name one column for each of the parent's, in the same order.");
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      columns[c].name = names[c].value;
      const bool repeated = std::any_of(
          columns.begin(), columns.begin() + static_cast<int>(c),
          [&](const KeyColumn& other) { return to_lower(other.name) == to_lower(names[c].value); });
      if (!is_identifier(names[c].value) || repeated) {
        return config_fail(ErrorCode::kConfigValue,
                           table.path("key") + ": " + names[c].quoted() +
                               (repeated ? " is there twice." : " is no column name."),
                           names[c].span);
      }
    }
    return columns;
  }

  Result<void> read_copy(std::size_t i) {
    const ConfigTable& table = *drafts_[i].table;
    PANDO_ASSIGN(auto placements, read_placements(table, "copy"));
    PANDO_ASSIGN(auto nodes, expand_placements(state_, table, std::move(placements),
                                               logical(i).name, PlacementTimes{}));
    std::vector<bool> seen(state_.builder.data_sources().size(), false);
    for (const Node& node : nodes) {
      if (seen[node.data_source]) {
        return config_fail(ErrorCode::kConfigPlacement,
                           table.path("copy") + " has two copies in '" +
                               state_.builder.data_sources()[node.data_source].name + "'.",
                           table.find("copy")->value.span, "Name each database once.");
      }
      seen[node.data_source] = true;
    }
    logical(i).kind = TableKind::kBroadcast;
    logical(i).nodes = std::move(nodes);
    return {};
  }

  Result<void> read_at(std::size_t i) {
    const ConfigTable& table = *drafts_[i].table;
    PANDO_ASSIGN(auto placements, read_placements(table, "at"));
    PANDO_ASSIGN(auto nodes, expand_placements(state_, table, std::move(placements),
                                               logical(i).name, PlacementTimes{}));
    if (nodes.size() != 1) {
      return config_fail(ErrorCode::kConfigPlacement,
                         table.path("at") + " names " + std::to_string(nodes.size()) + " places.",
                         table.find("at")->value.span,
                         "Name one; use `copy` for the same rows everywhere, `by` to split them.");
    }
    logical(i).kind = TableKind::kSingle;
    logical(i).nodes = std::move(nodes);
    return {};
  }

  Result<void> read_fill(const ConfigTable& table, LogicalTable& logical_table) {
    const ConfigEntry* entry = table.find("fill");
    if (entry == nullptr) return {};
    if (entry->value.kind != ConfigNode::Kind::kTable) {
      return config_fail(ErrorCode::kConfigValue, table.path("fill") + " must be a table.",
                         entry->value.span, "Write fill = {id = \"generator\"}.");
    }
    const ConfigTable fill(table.context(), entry->value, table.name() + ".fill", entry->key_span);
    for (const ConfigEntry& e : fill.entries()) {
      PANDO_ASSIGN(const auto generator, fill.text(e.key));
      PANDO_TRY(check_fill(fill, e, *generator, logical_table));
      logical_table.fill.push_back({.column = e.key, .generator = generator->value});
    }
    return {};
  }

  Result<void> check_fill(const ConfigTable& fill, const ConfigEntry& entry, const Text& generator,
                          const LogicalTable& table) {
    if (!is_identifier(entry.key)) {
      return config_fail(ErrorCode::kConfigValue, "'" + entry.key + "' is no legal column name.",
                         entry.key_span);
    }
    for (const Fill& other : table.fill) {
      if (to_lower(other.column) != to_lower(entry.key)) continue;
      return config_fail(ErrorCode::kConfigValue, fill.path(entry.key) + " is there twice.",
                         entry.key_span);
    }
    const auto& known = state_.builder.id_generators();
    const auto found = known.find(generator.value);
    if (found == known.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, unused] : known) names.push_back(name);
      const bool plain = is_identifier(generator.value) && !generator.from_environment();
      const std::string section = plain ? "[ids." + generator.value + "]" : "it to [ids]";
      return config_fail(
          ErrorCode::kConfigMissing,
          fill.path(entry.key) + " names no generator of [ids]: " + generator.quoted() + ".",
          generator.span,
          names.empty() ? "Add " + section + " with snowflake = {worker = 0}."
                        : did_you_mean(generator.value, names));
    }
    const bool gives_text = found->second.kind == IdGeneratorRule::Kind::kUuid7;
    for (const KeyColumn& column : table.key_columns) {
      if (to_lower(column.name) != to_lower(entry.key)) continue;
      if ((column.type == KeyType::kText) == gives_text && column.type != KeyType::kDate &&
          column.type != KeyType::kDateTime) {
        continue;
      }
      return config_fail(ErrorCode::kConfigValue,
                         fill.path(entry.key) + ": the generator gives " +
                             (gives_text ? "text" : "integers") +
                             ", which the sharding key cannot hold.",
                         generator.span, "Use another generator, or another `type` for the key.");
    }
    return {};
  }

  // No physical table may hold the rows of two shards or tables.
  Result<void> check_nodes() const {
    std::unordered_map<std::string, std::size_t> owners;
    const auto& tables = state_.builder.tables();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      for (const Node& node : tables[i].nodes) {
        std::string key = std::to_string(node.data_source);
        key += '.';
        key += to_lower(node.table);
        const auto [other, fresh] = owners.emplace(std::move(key), i);
        if (fresh) continue;
        const std::string where =
            "'" + state_.builder.data_sources()[node.data_source].name + "." + node.table + "'";
        const std::string who = other->second == i ? "twice by `" + tables[i].name + "`"
                                                   : "by both `" + tables[other->second].name +
                                                         "` and `" + tables[i].name + "`";
        return config_fail(
            ErrorCode::kConfigPlacement, "The physical table " + where + " is used " + who + ".",
            place_span(*drafts_[i].table),
            "Give each table names of its own; case alone does not tell them apart.");
      }
    }
    return {};
  }

  static ErrorSpan place_span(const ConfigTable& table) {
    for (const std::string_view word : {"onto", "copy", "at"}) {
      if (const ConfigEntry* entry = table.find(word)) return entry->value.span;
    }
    return table.key_span();
  }

  ConfigState& state_;
  const ConfigTable& tables_;
  std::vector<Draft> drafts_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::uint32_t next_family_ = 0;
};

}  // namespace

Result<void> read_tables(ConfigState& state, const ConfigTable& root) {
  const ConfigEntry* entry = root.find("tables");
  if (entry == nullptr) return {};
  const ConfigTable tables(root.context(), entry->value, "tables", entry->key_span);
  return TablesReader(state, tables).read();
}

}  // namespace pando::rules
