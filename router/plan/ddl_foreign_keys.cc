#include "router/plan/ddl_foreign_keys.h"

#include <algorithm>

#include "pando/names.h"
#include "router/plan/table_uses.h"
#include "router/sql/lexer.h"

namespace pando::plan {
namespace {

bool of_one_family(const rules::LogicalTable& a, const rules::LogicalTable& b) {
  return a.kind == rules::TableKind::kSharded && b.kind == rules::TableKind::kSharded &&
         a.family == b.family;
}

std::optional<std::size_t> key_position(const rules::LogicalTable& table, std::string_view column) {
  for (std::size_t i = 0; i < table.key_columns.size(); ++i) {
    if (same_name(table.key_columns[i].name, column)) return i;
  }
  return std::nullopt;
}

}  // namespace

ForeignKey read_foreign_key(const sql::Statement& statement, sql::NodeId references,
                            sql::NodeId columns) {
  ForeignKey key;
  const auto names = [&statement](sql::NodeId list, std::vector<std::string>& into) {
    if (statement.kind(list) != sql::NodeKind::kColumnList) {
      into.push_back(statement.name(list));
      return;
    }
    for (const sql::NodeId name : statement.children(list)) into.push_back(statement.name(name));
  };
  names(columns, key.columns);
  const sql::NodeId parent = statement.find(references, sql::NodeKind::kColumnList);
  if (parent != sql::kNoNode) names(parent, key.parent_columns);
  const sql::NodeId actions = statement.find(references, sql::NodeKind::kRaw);
  if (actions == sql::kNoNode) return key;
  const std::vector<std::string> words = words_of(statement.text(actions));
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (same_name(words[i], "deferred")) key.deferred = true;
    if (!same_name(words[i], "on") || i + 2 >= words.size()) continue;
    std::string& action = same_name(words[i + 1], "delete") ? key.on_delete : key.on_update;
    action = to_lower(words[i + 2]);
    if (action == "set" && i + 3 < words.size()) action += ' ' + to_lower(words[i + 3]);
  }
  return key;
}

std::string hazard_of(const ForeignKey& key, const rules::LogicalTable& child,
                      const rules::LogicalTable& parent) {
  const bool bound = of_one_family(child, parent);
  if (key.deferred && child.nodes.size() > 1) {
    return "is checked at COMMIT, when a part of a write may be committed already";
  }
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const auto own = key_position(child, key.columns[i]);
    // Where the statement does not name the parent's columns, they are taken for the right ones: if
    // they are not, the database refuses rows, as it does for a key within the shard. But what it
    // would cascade is not known.
    const bool named = i < key.parent_columns.size();
    const auto other = bound && named ? key_position(parent, key.parent_columns[i])
                       : bound        ? own
                                      : std::nullopt;
    if (bound && own != other) {
      return "pairs " + key.columns[i] + " with " + key.parent_columns[i] +
             ", and only rows whose sharding keys are equal lie together";
    }
    if (!own) continue;
    const auto changes = [&](const std::string& action) {
      // The parent's sharding key is never updated, so it cascades only what it is already.
      return action == "set null" || action == "set default" ||
             (action == "cascade" && !(named && other));
    };
    // ON DELETE CASCADE takes the whole row.
    if (changes(key.on_update) || (key.on_delete != "cascade" && changes(key.on_delete))) {
      return "could change the sharding key " + key.columns[i] + " in its place";
    }
  }
  return {};
}

bool within_the_shard(const ForeignKey& key, const rules::LogicalTable& child,
                      const rules::LogicalTable& parent) {
  if (!of_one_family(child, parent)) return false;
  const auto among = [&key](const rules::KeyColumn& column) {
    return std::any_of(key.columns.begin(), key.columns.end(),
                       [&column](const std::string& name) { return same_name(name, column.name); });
  };
  return !std::all_of(child.key_columns.begin(), child.key_columns.end(), among);
}

std::optional<std::vector<std::string>> referenced_tables(const rules::LogicalTable& child,
                                                          const rules::LogicalTable& parent) {
  std::vector<std::string> names;
  const bool bound = of_one_family(child, parent);
  for (std::size_t i = 0; i < child.nodes.size(); ++i) {
    if (bound) {
      names.push_back(parent.nodes[i].table);
      continue;
    }
    const std::optional<std::size_t> node = whole_in(parent, child.nodes[i].data_source);
    if (!node) return std::nullopt;
    names.push_back(parent.nodes[*node].table);
  }
  return names;
}

bool cut_members(const sql::Statement& statement, const std::vector<sql::NodeId>& all,
                 const std::vector<sql::NodeId>& cut, std::vector<rewrite::Edit>& edits) {
  const auto goes = [&cut](sql::NodeId node) {
    return std::find(cut.begin(), cut.end(), node) != cut.end();
  };
  const auto comma_between = [&statement](sql::NodeId left, sql::NodeId right) {
    const sql::Span gap = {statement.node(left).span.end, statement.node(right).span.begin};
    return sql::read_list_gap(statement.text(), gap, statement.options()).comma;
  };
  bool kept_before = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const sql::Span span = statement.node(all[i]).span;
    if (!goes(all[i])) {
      kept_before = true;
      continue;
    }
    // With a kept member before it, the comma before it goes too; else the one behind.
    if (!kept_before && i + 1 == all.size()) return false;
    const std::optional<std::uint32_t> comma =
        kept_before ? comma_between(all[i - 1], all[i]) : comma_between(all[i], all[i + 1]);
    if (!comma) return false;
    edits.push_back({{*comma, *comma + 1}, "", {}});
    edits.push_back({span, "", {}});
  }
  return kept_before;
}

}  // namespace pando::plan
