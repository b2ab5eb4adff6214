// describe() and tables(): what SQLite's pragmas say of a table.

#include <algorithm>
#include <array>

#include "drivers/native_error.h"
#include "drivers/sqlite/sqlite_connection.h"
#include "pando/names.h"

namespace pando::drivers::sqlite {

namespace {

// https://www.sqlite.org/datatype3.html, "Determination Of Column Affinity": the first that fits.
SqlType affinity(std::string_view declared) {
  const std::string type = to_upper(declared);
  auto holds = [&type](const char* word) { return type.find(word) != std::string::npos; };
  if (holds("INT")) return SqlType::kInt64;
  if (holds("CHAR") || holds("CLOB") || holds("TEXT")) return SqlType::kText;
  if (type.empty() || holds("BLOB")) return SqlType::kBytes;
  if (holds("REAL") || holds("FLOA") || holds("DOUB")) return SqlType::kDouble;
  return SqlType::kDecimal;
}

// A default that is not one literal: CURRENT_TIMESTAMP and its kin, or an expression.
bool varies(std::string_view text) {
  if (text.empty()) return false;
  const char first = text.front();
  if (first == '\'' || first == '"') return false;
  const std::string word = to_upper(text);
  if (word.rfind("X'", 0) == 0) return false;
  if (word == "NULL" || word == "TRUE" || word == "FALSE") return false;
  return word.find_first_not_of("0123456789+-.EXABCDF") != std::string::npos ||
         !(first == '+' || first == '-' || first == '.' || (first >= '0' && first <= '9'));
}

std::string text_of(const Value& value) {
  return value.kind() == ValueKind::kText ? std::string(value.as_string()) : std::string();
}

bool truth_of(const Value& value) { return value.kind() == ValueKind::kInt && value.as_int() != 0; }

// Runs a query of the schema and hands each row to `take`.
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

}  // namespace

Result<TableSchema> SqliteConnection::describe(std::string_view table) {
  TableSchema schema;
  std::string database;
  handle_->refresh_schema();
  const std::array<Value, 1> by_name = {Value::of_text(table)};
  // A temporary table hides one of the same name.
  PANDO_TRY(each_row(*this,
                     "SELECT name, type = 'view', schema, type = 'virtual' "
                     "FROM pragma_table_list(?) "
                     "WHERE schema IN ('main', 'temp') ORDER BY schema = 'main' DESC",
                     by_name, [&](Row row) {
                       schema.table = text_of(row[0]);
                       schema.is_view = truth_of(row[1]);
                       database = text_of(row[2]);
                       schema.is_virtual = truth_of(row[3]);
                     }));
  if (schema.table.empty()) {
    return fail(
        Error(ErrorCode::kUnknownTable, name() + ": there is no table `" + std::string(table) + "`")
            .with_native(DatabaseFault::kStatement, 0, {}, {})
            .with_data_source(name())
            .with_remedy(kCreateTable));
  }
  const std::array<Value, 2> in_schema = {Value::of_text(schema.table), Value::of_text(database)};
  std::vector<std::pair<std::int64_t, std::string>> primary;
  PANDO_TRY(each_row(*this,
                     "SELECT name, type, \"notnull\", dflt_value, pk, hidden "
                     "FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid",
                     in_schema, [&](Row row) {
                       ColumnSchema column;
                       column.name = text_of(row[0]);
                       column.declared_type = text_of(row[1]);
                       column.type = affinity(column.declared_type);
                       column.nullable = !truth_of(row[2]);
                       column.has_default =
                           !row[3].is_null() && to_upper(text_of(row[3])) != "NULL";
                       column.default_varies = varies(text_of(row[3]));
                       column.generated = row[5].as_int() >= 2;
                       if (row[4].as_int() > 0) primary.emplace_back(row[4].as_int(), column.name);
                       schema.columns.push_back(std::move(column));
                     }));
  if (schema.is_view) {
    // Each is that of some expression, which SQLite does not tell.
    for (ColumnSchema& column : schema.columns) column.collation = "?";
    return schema;
  }

  for (ColumnSchema& column : schema.columns) {
    const char* collation = nullptr;
    // Whatever the affinity: a column without a type may hold text too.
    if (sqlite3_table_column_metadata(handle_->db(), database.c_str(), schema.table.c_str(),
                                      column.name.c_str(), nullptr, &collation, nullptr, nullptr,
                                      nullptr) == SQLITE_OK &&
        collation != nullptr) {
      column.collation = to_upper(collation);
    }
  }
  bool primary_has_index = false;
  PANDO_TRY(each_row(*this,
                     "SELECT name, \"unique\", origin = 'pk', partial FROM pragma_index_list(?, ?) "
                     "ORDER BY seq DESC",
                     in_schema, [&](Row row) {
                       if (truth_of(row[2])) {
                         primary_has_index = true;
                         return;
                       }
                       KeySchema key;
                       key.name = text_of(row[0]);
                       key.unique = truth_of(row[1]);
                       key.partial = truth_of(row[3]);
                       schema.keys.push_back(std::move(key));
                     }));
  for (KeySchema& key : schema.keys) {
    const std::array<Value, 2> of_index = {Value::of_text(key.name), Value::of_text(database)};
    PANDO_TRY(each_row(
        *this, "SELECT name, coll FROM pragma_index_xinfo(?, ?) WHERE key ORDER BY seqno", of_index,
        [&](Row row) {
          const ColumnSchema* column = schema.find(text_of(row[0]));
          const bool own = column != nullptr && column->collation == to_upper(text_of(row[1]));
          key.columns.push_back(own ? column->name : std::string());
        }));
  }
  // No pragma tells a key's conflict clause, so the table's text is read, for all its keys at once.
  bool resolves = false;
  PANDO_TRY(each_row(*this,
                     "SELECT sql FROM " + std::string(database == "temp" ? "temp" : "main") +
                         ".sqlite_schema WHERE type = 'table' AND name = ?",
                     {in_schema.data(), 1}, [&](Row row) {
                       const std::string text = to_upper(text_of(row[0]));
                       const std::size_t at = text.find("CONFLICT");
                       resolves = at != std::string::npos &&
                                  (text.find("REPLACE", at) != std::string::npos ||
                                   text.find("IGNORE", at) != std::string::npos);
                     }));
  for (KeySchema& key : schema.keys) key.resolves = resolves && key.unique;
  if (primary.empty()) return schema;

  std::sort(primary.begin(), primary.end());
  KeySchema key{.name = "PRIMARY", .unique = true, .primary = true, .columns = {}};
  key.resolves = resolves;
  for (auto& [place, column] : primary) key.columns.push_back(column);
  schema.keys.insert(schema.keys.begin(), std::move(key));
  // An INTEGER PRIMARY KEY that is the rowid needs no index, and NULL gives it the next number.
  if (primary.size() == 1 && !primary_has_index) {
    for (ColumnSchema& column : schema.columns) {
      if (column.name != primary[0].second) continue;
      column.auto_increment = true;
      column.nullable = false;
    }
  }
  return schema;
}

Result<std::vector<std::string>> SqliteConnection::tables() {
  std::vector<std::string> names;
  PANDO_TRY(each_row(*this,
                     "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
                     "AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name",
                     {}, [&](Row row) { names.push_back(text_of(row[0])); }));
  return names;
}

}  // namespace pando::drivers::sqlite
