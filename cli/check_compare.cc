// The pure part of `pando check --connect`: schemas in, findings out.

#include <algorithm>
#include <utility>

#include "cli/check_connect.h"
#include "cli/tables.h"
#include "pando/names.h"
#include "router/plan/key_check.h"

namespace pando::cli {

namespace {

using drivers::ColumnSchema;
using drivers::KeySchema;
using drivers::TableSchema;
using rules::KeyColumn;
using rules::LogicalTable;

// "shop0.orders_1, shop0.orders_2 and 5 more".
std::string list_text(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    if (i != 0) text += ", ";
    text += names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

std::string columns_text(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ", ") + column;
  return "(" + text + ")";
}

class TableCheck {
 public:
  TableCheck(const rules::RuleSet& rules, const LogicalTable& table,
             const std::vector<Result<TableSchema>>& schemas)
      : rules_(rules), table_(table), schemas_(schemas) {}

  std::vector<Finding> run() {
    find_missing();
    const auto first = std::find_if(schemas_.begin(), schemas_.end(),
                                    [](const auto& schema) { return schema.has_value(); });
    if (first == schemas_.end()) return std::move(findings_);
    first_ = static_cast<std::size_t>(first - schemas_.begin());
    compare_nodes();
    if (table_.kind == rules::TableKind::kSharded) check_sharded(**first);
    return std::move(findings_);
  }

 private:
  void find(std::string text, std::string remedy) {
    findings_.push_back({table_.name, std::move(text), std::move(remedy)});
  }
  std::string node(std::size_t i) const { return node_text(rules_, table_.nodes[i]); }

  void find_missing() {
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < schemas_.size(); ++i) {
      if (!schemas_[i] && schemas_[i].error().code() == ErrorCode::kUnknownTable) {
        missing.push_back(node(i));
      }
    }
    if (missing.empty()) return;
    if (missing.size() == schemas_.size()) {
      find("none of its " + std::to_string(missing.size()) + " tables exists",
           "Run its CREATE TABLE through Pando: `pando query 'CREATE TABLE ...'`.");
    } else {
      find("missing: " + list_text(missing),
           "Run `CREATE TABLE IF NOT EXISTS` through Pando; what is there is skipped.");
    }
  }

  // Every difference from the first node is one finding for all the nodes that have it.
  void compare_nodes() {
    std::vector<std::pair<std::string, std::vector<std::string>>> differences;
    const auto add = [&](const std::string& what, std::size_t i) {
      for (auto& [text, nodes] : differences) {
        if (text == what) return nodes.push_back(node(i));
      }
      differences.push_back({what, {node(i)}});
    };
    for (std::size_t i = first_ + 1; i < schemas_.size(); ++i) {
      if (!schemas_[i]) continue;
      for (const std::string& what : column_differences(*schemas_[first_], *schemas_[i])) {
        add(what, i);
      }
      for (const std::string& what : key_differences(*schemas_[first_], *schemas_[i])) {
        add(what, i);
      }
    }
    for (auto& [text, nodes] : differences) {
      find(text + " in " + list_text(nodes),
           "It is otherwise in " + node(first_) + "; make the tables alike with ALTER TABLE.");
    }
  }

  static std::vector<std::string> column_differences(const TableSchema& first,
                                                     const TableSchema& other) {
    std::vector<std::string> result;
    bool same_columns = first.columns.size() == other.columns.size();
    for (const ColumnSchema& wanted : first.columns) {
      const ColumnSchema* column = other.find(wanted.name);
      if (column == nullptr) {
        result.push_back("column " + wanted.name + " is missing");
        same_columns = false;
        continue;
      }
      if (!same_name(column->declared_type, wanted.declared_type) ||
          column->is_unsigned != wanted.is_unsigned) {
        result.push_back("column " + wanted.name + " is " + column->declared_type + ", not " +
                         wanted.declared_type + ",");
      }
      if (column->collation != wanted.collation) {
        const auto text = [](const std::string& collation, const char* before) {
          return collation.empty() ? "no collation" : before + collation;
        };
        result.push_back("column " + wanted.name + " has " +
                         text(column->collation, "the collation ") + ", not " +
                         text(wanted.collation, "") + ",");
      }
      if (column->nullable != wanted.nullable) {
        result.push_back("column " + wanted.name + (column->nullable ? " may" : " must not") +
                         " be NULL");
      }
      if (column->auto_increment != wanted.auto_increment ||
          column->generated != wanted.generated || column->has_default != wanted.has_default) {
        result.push_back("column " + wanted.name + " gets its value in another way");
      }
    }
    for (const ColumnSchema& column : other.columns) {
      if (first.find(column.name) == nullptr) {
        result.push_back("column " + column.name + " is there in addition");
        same_columns = false;
      }
    }
    if (same_columns) {
      for (std::size_t i = 0; i < first.columns.size(); ++i) {
        if (same_name(first.columns[i].name, other.columns[i].name)) continue;
        result.push_back("the columns are in another order");
        break;
      }
    }
    return result;
  }

  // Keys are compared by what they are on, because names may carry the physical table's.
  static std::vector<std::string> key_differences(const TableSchema& first,
                                                  const TableSchema& other) {
    std::vector<std::string> result;
    const auto has = [](const TableSchema& schema, const KeySchema& wanted) {
      return std::any_of(schema.keys.begin(), schema.keys.end(), [&](const KeySchema& key) {
        return key.unique == wanted.unique && key.primary == wanted.primary &&
               std::equal(key.columns.begin(), key.columns.end(), wanted.columns.begin(),
                          wanted.columns.end(), same_name);
      });
    };
    const auto name = [](const KeySchema& key) {
      return std::string(key.primary  ? "the primary key "
                         : key.unique ? "the unique key "
                                      : "the index ") +
             columns_text(key.columns);
    };
    for (const KeySchema& key : first.keys) {
      if (!has(other, key)) result.push_back(name(key) + " is missing");
    }
    for (const KeySchema& key : other.keys) {
      if (!has(first, key)) result.push_back(name(key) + " is there in addition");
    }
    return result;
  }

  void check_sharded(const TableSchema& schema) {
    for (const KeyColumn& key : table_.key_columns) check_key_column(schema, key);
    check_index(schema);
    for (const ColumnSchema& column : schema.columns) {
      if (!column.auto_increment || is_filled(column.name)) continue;
      if (is_key(column.name)) {
        find_numbered_key(column);
        continue;
      }
      find("column " + column.name + " is AUTO_INCREMENT, so shards would repeat its numbers",
           "Let Pando fill it with `fill` and an id generator.");
    }
    for (const KeySchema& key : schema.keys) check_unique(key);
  }

  // Every INTEGER PRIMARY KEY of SQLite numbers itself if it may; of MySQL someone asked for it.
  void find_numbered_key(const ColumnSchema& column) {
    if (rules_.dialect() == Dialect::kSqlite) return;
    find("the sharding key " + column.name +
             " is AUTO_INCREMENT, but it must be known before the row can be sent to its shard",
         "Let Pando fill it with `fill` and an id generator; or drop AUTO_INCREMENT and give the "
         "key "
         "in every INSERT (P3025 refuses one without it).");
  }

  bool is_key(std::string_view column) const {
    return std::any_of(table_.key_columns.begin(), table_.key_columns.end(),
                       [&](const KeyColumn& key) { return same_name(key.name, column); });
  }
  bool is_filled(std::string_view column) const {
    return std::any_of(table_.fill.begin(), table_.fill.end(),
                       [&](const rules::Fill& fill) { return same_name(fill.column, column); });
  }

  void check_key_column(const TableSchema& schema, const KeyColumn& key) {
    const ColumnSchema* column = schema.find(key.name);
    if (column == nullptr) {
      find("the sharding key " + key.name + " is no column of it",
           "Correct the rules, or add the column.");
      return;
    }
    auto fits = plan::check_key_column(table_.name, key, *column, rules_.dialect());
    if (fits) fits = plan::check_key_fraction(table_.name, key, *column, rules_.dialect());
    if (!fits) find(fits.error().message(), fits.error().remedy());
  }

  void check_index(const TableSchema& schema) {
    const std::string& name = table_.key_columns.front().name;
    const bool indexed = std::any_of(
        schema.keys.begin(), schema.keys.end(),
        [&](const KeySchema& key) { return !key.columns.empty() && is_key(key.columns.front()); });
    const ColumnSchema* column = schema.find(name);
    if (indexed || column == nullptr) return;
    find("no index begins with the sharding key " + name,
         "Create one through Pando: `CREATE INDEX ... ON " + table_.name + " (" + name + ")`.");
  }

  void check_unique(const KeySchema& key) {
    if (!key.unique) return;
    for (const std::string& column : key.columns) {
      if (is_filled(column)) return;  // The generator makes it unique everywhere.
    }
    for (const KeyColumn& wanted : table_.key_columns) {
      const bool inside =
          std::any_of(key.columns.begin(), key.columns.end(),
                      [&](const std::string& column) { return same_name(column, wanted.name); });
      if (inside) continue;
      find(std::string(key.primary ? "the primary key " : "the unique key ") +
               columns_text(key.columns) + " lacks the sharding key " + wanted.name +
               ", so it holds within each shard only",
           std::string(error_info(ErrorCode::kUpsertAcrossShards).remedy));
      return;
    }
  }

  const rules::RuleSet& rules_;
  const LogicalTable& table_;
  const std::vector<Result<TableSchema>>& schemas_;
  std::size_t first_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> compare_table(const rules::RuleSet& rules, const LogicalTable& table,
                                   const std::vector<Result<TableSchema>>& schemas) {
  return TableCheck(rules, table, schemas).run();
}

}  // namespace pando::cli
