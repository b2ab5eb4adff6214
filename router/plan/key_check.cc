#include "router/plan/key_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "router/plan/write_common.h"

namespace pando::plan {
namespace {

using drivers::ColumnSchema;
using rules::KeyType;

bool type_fits(KeyType key, const ColumnSchema& column, Dialect dialect) {
  const SqlType type = column.type;
  if (dialect == Dialect::kSqlite) {
    switch (key) {
      // NUMERIC keeps integers as they are; REAL would round them, TEXT make text of them, and a
      // column without affinity keep '7' and 7 apart.
      case KeyType::kInteger:
        return drivers::is_integer(type) || type == SqlType::kDecimal;
      case KeyType::kText:
        return type == SqlType::kText || type == SqlType::kBytes;
      case KeyType::kDate:
      case KeyType::kDateTime:
        return type == SqlType::kText || type == SqlType::kDecimal || type == SqlType::kBytes;
    }
    return false;
  }
  switch (key) {
    case KeyType::kInteger:
      return drivers::is_integer(type);
    case KeyType::kText:
      return type == SqlType::kText || type == SqlType::kBytes;
    case KeyType::kDate:
      return type == SqlType::kDate;
    case KeyType::kDateTime:
      return type == SqlType::kDateTime || type == SqlType::kTimestamp;
  }
  return false;
}

// Strings equal in this collation have one canonical form.
bool collation_fits(const rules::KeyColumn& key, std::string_view collation, Dialect dialect) {
  const std::string name = to_lower(collation);
  if (dialect == Dialect::kSqlite) {
    return name == "binary" || name == "rtrim" || (name == "nocase" && key.fold_ascii_case);
  }
  const bool bytes =
      name == "binary" || (name.size() > 4 && name.substr(name.size() - 4) == "_bin");
  return bytes || (name == "ascii_general_ci" && key.fold_ascii_case);
}

// The highest byte of UTF-8 text that a column of this collation can hold.
unsigned char highest_byte(std::string_view collation) {
  const std::string name = to_lower(collation);
  for (const std::string_view wide : {"utf8mb4_", "binary", "utf16", "utf32_"}) {
    if (starts_with(name, wide)) return 0xFF;
  }
  return starts_with(name, "utf8_") || starts_with(name, "utf8mb3_") ? 0xEF : 0x7F;
}

std::string_view type_word(KeyType type) {
  switch (type) {
    case KeyType::kInteger:
      return "an integer";
    case KeyType::kText:
      return "text";
    case KeyType::kDate:
      return "a date";
    case KeyType::kDateTime:
      return "a date with time";
  }
  return "";
}

// Code points, or nullopt if the text is not valid UTF-8; `widest` is the longest one in bytes.
std::optional<std::size_t> utf8_length(std::string_view text, std::size_t& widest) {
  std::size_t count = 0;
  widest = text.empty() ? 0 : 1;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t n = lead < 0x80   ? 1
                          : lead < 0xC2 ? 0
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                          : lead < 0xF5 ? 4
                                        : 0;
    if (n == 0 || i + n > text.size()) return std::nullopt;
    for (std::size_t k = 1; k < n; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return std::nullopt;
    }
    if (n > 2) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                       (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
      if (bad) return std::nullopt;
    }
    widest = std::max(widest, n);
    i += n;
  }
  return count;
}

bool integer_fits(const ColumnSchema& column, const Value& value) {
  unsigned bits = 64;
  switch (column.type) {
    case SqlType::kInt8:
      bits = 8;
      break;
    case SqlType::kInt16:
      bits = 16;
      break;
    case SqlType::kInt24:
      bits = 24;
      break;
    case SqlType::kInt32:
      bits = 32;
      break;
    default:
      break;
  }
  if (value.kind() == ValueKind::kUint) {
    if (!column.is_unsigned) {
      return value.as_uint() <= (std::uint64_t{1} << (bits - 1)) - 1;
    }
    return bits == 64 || value.as_uint() < (std::uint64_t{1} << bits);
  }
  if (value.kind() != ValueKind::kInt) return false;
  const std::int64_t v = value.as_int();
  if (column.is_unsigned) {
    return v >= 0 && (bits == 64 || static_cast<std::uint64_t>(v) < (std::uint64_t{1} << bits));
  }
  if (bits == 64) return true;
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  return v >= -limit && v < limit;
}

bool text_fits(const ColumnSchema& column, std::string_view text) {
  const std::string type = to_lower(column.declared_type);
  if (column.type == SqlType::kBytes) {
    // BINARY(n) pads with zero bytes, which count in comparisons.
    if (starts_with(type, "binary")) return text.size() == std::max(column.max_length, 1u);
    return column.max_length == 0 || text.size() <= column.max_length;
  }
  std::size_t widest = 0;
  const std::optional<std::size_t> length = utf8_length(text, widest);
  if (!length) return false;
  if (column.max_length != 0 && *length > column.max_length) return false;
  const std::string collation = to_lower(column.collation);
  if (starts_with(collation, "utf8mb4_") || starts_with(collation, "utf16_") ||
      starts_with(collation, "utf32_")) {
    return true;
  }
  if (starts_with(collation, "utf8_") || starts_with(collation, "utf8mb3_")) return widest <= 3;
  return widest <= 1;  // Other character sets lack characters; ASCII is in all of them.
}

bool time_fits(const ColumnSchema& column, std::int64_t microseconds) {
  if (column.type == SqlType::kDate) return true;  // Canonical dates are midnight.
  std::int64_t unit = 1000000;
  for (unsigned i = fraction_digits(column.declared_type); i > 0; --i) unit /= 10;
  if (microseconds % unit != 0) return false;
  if (column.type != SqlType::kTimestamp) return true;
  // TIMESTAMP holds 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC; a day less at both ends, since
  // the time zone may be any.
  constexpr std::int64_t kDay = 86400ll * 1000000;
  constexpr std::int64_t kEnd = 2147483647ll * 1000000;
  return microseconds > kDay && microseconds < kEnd - kDay;
}

SqlType mysql_type(const std::string& word) {
  static constexpr auto kTypes = std::to_array<std::pair<std::string_view, SqlType>>({
      {"tinyint", SqlType::kInt8},        {"bool", SqlType::kInt8},
      {"boolean", SqlType::kInt8},        {"int1", SqlType::kInt8},
      {"smallint", SqlType::kInt16},      {"int2", SqlType::kInt16},
      {"mediumint", SqlType::kInt24},     {"int3", SqlType::kInt24},
      {"middleint", SqlType::kInt24},     {"int", SqlType::kInt32},
      {"integer", SqlType::kInt32},       {"int4", SqlType::kInt32},
      {"bigint", SqlType::kInt64},        {"int8", SqlType::kInt64},
      {"serial", SqlType::kInt64},        {"decimal", SqlType::kDecimal},
      {"dec", SqlType::kDecimal},         {"numeric", SqlType::kDecimal},
      {"fixed", SqlType::kDecimal},       {"number", SqlType::kDecimal},
      {"float", SqlType::kFloat},         {"double", SqlType::kDouble},
      {"real", SqlType::kDouble},         {"date", SqlType::kDate},
      {"time", SqlType::kTime},           {"datetime", SqlType::kDateTime},
      {"timestamp", SqlType::kTimestamp}, {"year", SqlType::kYear},
      {"char", SqlType::kText},           {"character", SqlType::kText},
      {"varchar", SqlType::kText},        {"nchar", SqlType::kText},
      {"nvarchar", SqlType::kText},       {"national", SqlType::kText},
      {"long", SqlType::kText},           {"varcharacter", SqlType::kText},
      {"tinytext", SqlType::kText},       {"text", SqlType::kText},
      {"mediumtext", SqlType::kText},     {"longtext", SqlType::kText},
      {"binary", SqlType::kBytes},        {"varbinary", SqlType::kBytes},
      {"tinyblob", SqlType::kBytes},      {"blob", SqlType::kBytes},
      {"mediumblob", SqlType::kBytes},    {"longblob", SqlType::kBytes},
      {"enum", SqlType::kEnum},           {"set", SqlType::kSet},
      {"json", SqlType::kJson},           {"bit", SqlType::kBit},
      {"geometry", SqlType::kGeometry},   {"point", SqlType::kGeometry},
  });
  for (const auto& [name, type] : kTypes) {
    if (name == word) return type;
  }
  return SqlType::kUnknown;
}

// SQLite's rules for the affinity of a declared type, in their order.
SqlType sqlite_affinity(const std::string& declared) {
  const auto has = [&declared](std::string_view part) {
    return declared.find(part) != std::string::npos;
  };
  if (has("int")) return SqlType::kInt64;
  if (has("char") || has("clob") || has("text")) return SqlType::kText;
  if (has("blob") || declared.empty()) return SqlType::kBytes;
  if (has("real") || has("floa") || has("doub")) return SqlType::kDouble;
  return SqlType::kDecimal;
}

}  // namespace

unsigned fraction_digits(std::string_view declared) {
  const std::size_t open = declared.find('(');
  if (open == std::string_view::npos || open + 1 >= declared.size()) return 0;
  const char digit = declared[open + 1];
  return digit >= '0' && digit <= '6' ? static_cast<unsigned>(digit - '0') : 0;
}

Result<void> check_key_column(const std::string& table, const rules::KeyColumn& key,
                              const ColumnSchema& column, Dialect dialect) {
  const std::string where = table + "." + key.name;
  const std::string declared =
      column.declared_type.empty() ? "no declared type" : "type " + column.declared_type;
  if (!type_fits(key.type, column, dialect)) {
    return fail(ErrorCode::kKeyTypeMismatch, "the sharding key " + where + " is " +
                                                 std::string(type_word(key.type)) +
                                                 " in the rules, but the column has " + declared);
  }
  if (key.type == KeyType::kText && column.type == SqlType::kText && !column.collation.empty() &&
      !collation_fits(key, column.collation, dialect)) {
    return fail(ErrorCode::kKeyTypeMismatch,
                "the sharding key " + where + " has the collation " + column.collation +
                    ", in which strings are equal that the rules send to different shards");
  }
  if (dialect == Dialect::kMySql && key.type == KeyType::kText && column.type == SqlType::kText &&
      !column.collation.empty() && key.highest_byte > highest_byte(column.collation)) {
    return fail(ErrorCode::kKeyTypeMismatch,
                "the sharding key " + where + " has the collation " + column.collation +
                    ", whose character set is smaller than the one the rules declare");
  }
  return {};
}

Result<void> check_key_fraction(const std::string& table, const rules::KeyColumn& key,
                                const ColumnSchema& column, Dialect dialect) {
  if (dialect != Dialect::kMySql || key.type != KeyType::kDateTime ||
      (column.type != SqlType::kDateTime && column.type != SqlType::kTimestamp)) {
    return {};
  }
  const unsigned kept = fraction_digits(column.declared_type);
  const auto datetime = [](unsigned digits) {
    return digits == 0 ? std::string("datetime") : "datetime(" + std::to_string(digits) + ")";
  };
  if (kept == key.fraction_digits) return {};
  return fail(Error(ErrorCode::kKeyTypeMismatch, "the sharding key " + table + "." + key.name +
                                                     " is " + datetime(key.fraction_digits) +
                                                     " in the rules, but the column has type " +
                                                     column.declared_type)
                  .with_remedy("Declare type = \"" + datetime(kept) +
                               "\" in the rules, or change the column."));
}

Result<void> check_key_types(const rules::LogicalTable& table, const drivers::TableSchema& schema,
                             Dialect dialect) {
  if (schema.is_virtual && table.nodes.size() > 1) {
    return fail(Error(ErrorCode::kKeyTypeMismatch,
                      "table " + table.name +
                          " is a virtual table: its module sees the rows of one file only, and "
                          "ranks and counts them alone")
                    .with_remedy("Keep it in one place (`at`)."));
  }
  for (const rules::KeyColumn& key : table.key_columns) {
    const ColumnSchema* column = schema.find(key.name);
    if (column == nullptr) {
      return fail(ErrorCode::kUnknownColumn, "table " + table.name + " has no column " + key.name +
                                                 ", which the rules name as its sharding key");
    }
    if ((column->generated || column->updates_itself) && table.nodes.size() > 1) {
      return fail(ErrorCode::kKeyTypeMismatch,
                  "the database computes the sharding key " + key.name + " of " + table.name +
                      " anew when other columns change, and the row would stay where it is");
    }
    PANDO_TRY(check_key_column(table.name, key, *column, dialect));
  }
  return {};
}

ColumnSchema column_of_declaration(std::string name, std::string_view type, Dialect dialect) {
  ColumnSchema column;
  column.name = std::move(name);
  column.declared_type = type;
  const std::vector<std::string> words = words_of(type);
  if (dialect == Dialect::kSqlite) {
    column.type = sqlite_affinity(to_lower(type));
    return column;
  }
  if (!words.empty()) column.type = mysql_type(to_lower(words[0]));
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (same_name(words[i], "unsigned") || same_name(words[i], "zerofill")) {
      column.is_unsigned = true;
    }
    if (same_name(words[i], "collate") && i + 1 < words.size()) {
      column.collation = words[i + 1] == "=" && i + 2 < words.size() ? words[i + 2] : words[i + 1];
    }
    if (same_name(words[i], "varbinary") && i > 0) column.type = SqlType::kBytes;  // LONG VARBINARY
  }
  return column;
}

bool stored_unchanged(const rules::KeyColumn& key, const ColumnSchema& column, const Value& value,
                      const Value& canonical, Dialect dialect) {
  if (dialect == Dialect::kSqlite) {
    // Affinity changes nothing that check_key_column() lets pass, but for text that looks like a
    // number, which canonical integers are.
    return true;
  }
  switch (key.type) {
    case KeyType::kInteger:
      return integer_fits(column, canonical);
    case KeyType::kText:
      return (value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes) &&
             text_fits(column, value.as_string());
    case KeyType::kDate:
    case KeyType::kDateTime:
      return canonical.kind() == ValueKind::kInt && time_fits(column, canonical.as_int());
  }
  return false;
}

}  // namespace pando::plan
