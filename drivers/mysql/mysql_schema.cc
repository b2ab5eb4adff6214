// describe() and tables(), from information_schema.

#include <algorithm>
#include <array>
#include <map>

#include "drivers/mysql/mysql_connection.h"
#include "drivers/native_error.h"
#include "pando/names.h"

namespace pando::drivers::mysql {

namespace {

template <typename Take>
Result<void> each_row(Connection& connection, std::string_view sql,
                      std::span<const Value> parameters, Take take) {
  PANDO_ASSIGN(Reply reply, connection.run(Query{.sql = sql, .parameters = parameters}));
  for (;;) {
    PANDO_ASSIGN(const bool more, reply.rows->next());
    if (!more) return {};
    take(reply.rows->row());
  }
}

std::string text_of(const Value& value) {
  const bool text = value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes;
  return text ? std::string(value.as_string()) : std::string();
}

SqlType type_named(const std::string& name) {
  static const std::map<std::string, SqlType> kTypes = {
      {"tinyint", SqlType::kInt8},
      {"smallint", SqlType::kInt16},
      {"mediumint", SqlType::kInt24},
      {"int", SqlType::kInt32},
      {"bigint", SqlType::kInt64},
      {"year", SqlType::kYear},
      {"float", SqlType::kFloat},
      {"double", SqlType::kDouble},
      {"decimal", SqlType::kDecimal},
      {"date", SqlType::kDate},
      {"time", SqlType::kTime},
      {"datetime", SqlType::kDateTime},
      {"timestamp", SqlType::kTimestamp},
      {"char", SqlType::kText},
      {"varchar", SqlType::kText},
      {"tinytext", SqlType::kText},
      {"text", SqlType::kText},
      {"mediumtext", SqlType::kText},
      {"longtext", SqlType::kText},
      {"binary", SqlType::kBytes},
      {"varbinary", SqlType::kBytes},
      {"tinyblob", SqlType::kBytes},
      {"blob", SqlType::kBytes},
      {"mediumblob", SqlType::kBytes},
      {"longblob", SqlType::kBytes},
      {"enum", SqlType::kEnum},
      {"set", SqlType::kSet},
      {"json", SqlType::kJson},
      {"bit", SqlType::kBit},
      {"geometry", SqlType::kGeometry},
      {"point", SqlType::kGeometry},
      {"linestring", SqlType::kGeometry},
      {"polygon", SqlType::kGeometry},
      {"multipoint", SqlType::kGeometry},
      {"multilinestring", SqlType::kGeometry},
      {"multipolygon", SqlType::kGeometry},
      {"geometrycollection", SqlType::kGeometry},
      {"geomcollection", SqlType::kGeometry},
      {"inet4", SqlType::kOther},
      {"inet6", SqlType::kOther},
      {"uuid", SqlType::kOther},
  };
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? SqlType::kUnknown : found->second;
}

// MariaDB prints a default as an expression: 'x', 5, NULL, current_timestamp(), uuid().
bool varies(const std::string& text) {
  if (text.empty() || text[0] == '\'') return false;
  if (text.rfind("b'", 0) == 0 || text.rfind("x'", 0) == 0 || text.rfind("X'", 0) == 0)
    return false;
  return text.find_first_not_of("0123456789+-.eE") != std::string::npos;
}

void set_default(ColumnSchema& column, const Value& value, const std::string& extra, bool mariadb) {
  if (value.is_null()) return;
  const std::string text = text_of(value);
  if (mariadb) {
    column.has_default = text != "NULL";
    column.default_varies = column.has_default && varies(text);
    return;
  }
  column.has_default = true;
  column.default_varies = extra.find("default_generated") != std::string::npos ||
                          to_lower(text).rfind("current_timestamp", 0) == 0;
}

}  // namespace

Result<TableSchema> MysqlConnection::describe(std::string_view table) {
  const bool mariadb = handle_->is_mariadb();
  TableSchema schema;
  const std::array<Value, 1> by_name = {Value::of_text(table)};
  PANDO_TRY(each_row(
      *this,
      "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.IS_NULLABLE, c.EXTRA, "
      "c.COLUMN_DEFAULT, c.CHARACTER_MAXIMUM_LENGTH, c.COLLATION_NAME, t.TABLE_TYPE "
      "FROM information_schema.COLUMNS c JOIN information_schema.TABLES t "
      "ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME "
      "WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = ? ORDER BY c.ORDINAL_POSITION",
      by_name, [&](Row row) {
        schema.table = text_of(row[0]);
        schema.is_view = text_of(row[9]) == "VIEW";
        ColumnSchema column;
        column.name = text_of(row[1]);
        column.type = type_named(to_lower(text_of(row[2])));
        column.declared_type = text_of(row[3]);
        column.is_unsigned = to_lower(column.declared_type).find("unsigned") != std::string::npos &&
                             column.type <= SqlType::kDecimal;
        column.nullable = text_of(row[4]) == "YES";
        const std::string extra = to_lower(text_of(row[5]));
        column.auto_increment = extra.find("auto_increment") != std::string::npos ||
                                to_lower(text_of(row[6])).find("nextval(") == 0;
        column.hidden = extra.find("invisible") != std::string::npos;
        column.generated = extra.find("virtual generated") != std::string::npos ||
                           extra.find("stored generated") != std::string::npos ||
                           extra.find("persistent") != std::string::npos;
        column.updates_itself = extra.find("on update") != std::string::npos;
        if (!column.generated) set_default(column, row[6], extra, mariadb);
        if (row[7].kind() == ValueKind::kUint) {
          column.max_length =
              static_cast<std::uint32_t>(std::min<std::uint64_t>(row[7].as_uint(), 0xffffffffU));
        } else if (row[7].kind() == ValueKind::kInt) {
          column.max_length = static_cast<std::uint32_t>(row[7].as_int());
        }
        column.collation = text_of(row[8]);
        schema.columns.push_back(std::move(column));
      }));
  if (schema.columns.empty()) {
    return fail(
        Error(ErrorCode::kUnknownTable, name() + ": there is no table `" + std::string(table) + "`")
            .with_native(DatabaseFault::kStatement, 0, {}, {})
            .with_data_source(name())
            .with_remedy(kCreateTable));
  }
  if (schema.is_view) return schema;
  // The primary key first.
  PANDO_TRY(each_row(*this,
                     "SELECT INDEX_NAME, NON_UNIQUE, "
                     "CASE WHEN SUB_PART IS NULL OR NON_UNIQUE THEN COLUMN_NAME END FROM "
                     "information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND "
                     "TABLE_NAME = ? ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX",
                     by_name, [&](Row row) {
                       const std::string key_name = text_of(row[0]);
                       if (schema.keys.empty() || schema.keys.back().name != key_name) {
                         KeySchema key;
                         key.name = key_name;
                         key.unique = row[1].kind() == ValueKind::kInt && row[1].as_int() == 0;
                         key.primary = key_name == "PRIMARY";
                         schema.keys.push_back(std::move(key));
                       }
                       schema.keys.back().columns.push_back(text_of(row[2]));
                     }));
  return schema;
}

Result<std::vector<std::string>> MysqlConnection::tables() {
  std::vector<std::string> names;
  PANDO_TRY(each_row(*this,
                     "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') "
                     "ORDER BY TABLE_NAME",
                     {}, [&](Row row) { names.push_back(text_of(row[0])); }));
  return names;
}

}  // namespace pando::drivers::mysql
