#include <algorithm>
#include <array>

#include "rules/config_tables.h"

namespace pando::rules {
namespace {

// Character sets of MySQL and MariaDB in which ASCII is ASCII.
constexpr auto kAsciiSupersets = std::to_array<std::string_view>(
    {"armscii8", "ascii",   "big5",   "cp1250", "cp1251",   "cp1256", "cp1257",  "cp850",
     "cp852",    "cp866",   "cp932",  "dec8",   "eucjpms",  "euckr",  "gb18030", "gb2312",
     "gbk",      "geostd8", "greek",  "hebrew", "keybcs2",  "koi8r",  "koi8u",   "latin1",
     "latin2",   "latin5",  "latin7", "macce",  "macroman", "tis620", "ujis"});

constexpr std::string_view kMySqlRemedy =
    "Give the column a binary collation (utf8mb4_bin, ascii_bin, binary ...) or ascii_general_ci, "
    "and name it here.";
constexpr std::string_view kSqliteRemedy = "Use BINARY, NOCASE or RTRIM.";

bool apply_mysql_collation(const std::string& collation, KeyColumn& column) {
  if (collation == "binary") return true;
  if (collation == "ascii_general_ci") {
    column.fold_ascii_case = true;
    column.highest_byte = 0x7F;
    return true;
  }
  if (!collation.ends_with("_bin")) return false;
  const std::string_view character_set = std::string_view(collation).substr(0, collation.find('_'));
  if (character_set == "utf8mb4") return true;
  if (character_set == "utf8" || character_set == "utf8mb3") {
    column.highest_byte = 0xEF;
    return true;
  }
  column.highest_byte = 0x7F;
  return std::find(kAsciiSupersets.begin(), kAsciiSupersets.end(), character_set) !=
         kAsciiSupersets.end();
}

bool apply_sqlite_collation(const std::string& collation, KeyColumn& column) {
  column.fold_ascii_case = collation == "nocase";
  return collation == "binary" || collation == "rtrim" || collation == "nocase";
}

bool set_type(std::string_view type, Dialect dialect, KeyColumn& column) {
  constexpr std::string_view kDateTime = "datetime";
  if (type == "integer") {
    column.type = KeyType::kInteger;
  } else if (type == "text") {
    column.type = KeyType::kText;
  } else if (type == "date") {
    column.type = KeyType::kDate;
  } else if (type.starts_with(kDateTime)) {
    column.type = KeyType::kDateTime;
    column.fraction_digits = dialect == Dialect::kSqlite ? 6 : 0;  // SQLite keeps the text.
    if (type == kDateTime) return true;
    if (type.size() != 11 || type[8] != '(' || type[9] < '0' || type[9] > '6' || type[10] != ')') {
      return false;
    }
    column.fraction_digits = static_cast<std::uint8_t>(type[9] - '0');
  } else {
    return false;
  }
  return true;
}

class KeyReader {
 public:
  KeyReader(const ConfigTable& table, Dialect dialect) : table_(table), dialect_(dialect) {}

  Result<std::vector<KeyColumn>> read(const std::vector<FunctionCall>& calls) {
    for (const FunctionCall& call : calls) add_columns(call);
    PANDO_TRY(read_type());
    PANDO_TRY(read_types());
    PANDO_TRY(read_collation());
    return std::move(columns_);
  }

 private:
  void add_columns(const FunctionCall& call) {
    const FunctionEntry* entry = find_function(call.name.function);
    for (const std::string& name : call.name.columns) {
      KeyColumn* known = find(name);
      if (known == nullptr) known = &columns_.emplace_back(KeyColumn{.name = name});
      if (entry != nullptr && entry->unit) set_type("datetime", dialect_, *known);
    }
  }

  KeyColumn* find(std::string_view name) {
    for (KeyColumn& column : columns_) {
      if (to_lower(column.name) == to_lower(name)) return &column;
    }
    return nullptr;
  }

  Result<void> set(const Text& type, std::string_view path, KeyColumn& column) const {
    column.fraction_digits = 0;
    if (set_type(type.value, dialect_, column)) return {};
    return config_fail(ErrorCode::kConfigValue,
                       std::string(path) + " is no type of a key: " + type.quoted() + ".",
                       type.span,
                       "Write integer, text, date, datetime or datetime(n) with n digits of a "
                       "second.");
  }

  Result<void> read_type() {
    PANDO_ASSIGN(const auto type, table_.text("type"));
    if (!type) return {};
    if (columns_.size() > 1) {
      return config_fail(ErrorCode::kConfigValue,
                         table_.path("type") + " is not clear: the key has several columns.",
                         table_.find("type")->key_span,
                         "Write types = {" + columns_[0].name + " = \"integer\", ...}.");
    }
    return set(*type, table_.path("type"), columns_[0]);
  }

  Result<void> read_types() {
    const ConfigEntry* entry = table_.find("types");
    if (entry == nullptr) return {};
    if (table_.has("type")) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table_.name() + "` has both `type` and `types`.", entry->key_span,
                         "Remove one of them.");
    }
    if (entry->value.kind != ConfigNode::Kind::kTable) {
      return config_fail(ErrorCode::kConfigValue, table_.path("types") + " must be a table.",
                         entry->value.span, "Write types = {column = \"text\"}.");
    }
    const ConfigTable types(table_.context(), entry->value, table_.name() + ".types",
                            entry->key_span);
    for (const ConfigEntry& e : types.entries()) {
      KeyColumn* column = find(e.key);
      if (column == nullptr) {
        std::vector<std::string_view> names;
        for (const KeyColumn& c : columns_) names.push_back(c.name);
        return config_fail(ErrorCode::kConfigUnknownWord,
                           types.path(e.key) + " is no column of the key.", e.key_span,
                           did_you_mean(e.key, names));
      }
      PANDO_ASSIGN(const auto type, types.text(e.key));
      PANDO_TRY(set(*type, types.path(e.key), *column));
    }
    return {};
  }

  Result<void> read_collation() {
    const std::string_view remedy = dialect_ == Dialect::kMySql ? kMySqlRemedy : kSqliteRemedy;
    PANDO_ASSIGN(const auto collation, table_.text("collation"));
    bool used = false;
    for (KeyColumn& column : columns_) {
      if (column.type != KeyType::kText) continue;
      used = true;
      if (!collation) {
        return config_fail(
            ErrorCode::kConfigCollation,
            "`" + table_.name() + "`: the text key '" + column.name + "' has no `collation`.",
            table_.key_span(), remedy);
      }
      const std::string lower = to_lower(collation->value);
      const bool known = dialect_ == Dialect::kMySql ? apply_mysql_collation(lower, column)
                                                     : apply_sqlite_collation(lower, column);
      if (!known) {
        return config_fail(ErrorCode::kConfigCollation,
                           "`" + table_.name() + "`: under the collation " + collation->quoted() +
                               " equal strings of '" + column.name +
                               "' could be sent to different shards.",
                           collation->span, remedy);
      }
    }
    if (collation && !used) {
      return config_fail(ErrorCode::kConfigValue,
                         table_.path("collation") + " is given, but no column of the key is text.",
                         table_.find("collation")->key_span, "Add type = \"text\", or remove it.");
    }
    return {};
  }

  const ConfigTable& table_;
  Dialect dialect_;
  std::vector<KeyColumn> columns_;
};

}  // namespace

Result<std::vector<KeyColumn>> read_key_columns(const ConfigTable& table,
                                                const std::vector<FunctionCall>& calls,
                                                Dialect dialect) {
  return KeyReader(table, dialect).read(calls);
}

}  // namespace pando::rules
