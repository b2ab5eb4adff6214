// TableSchema: what a data source says of one physical table.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pando/value.h"

namespace pando::drivers {

constexpr bool is_integer(SqlType type) {
  switch (type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
      return true;
    default:
      return false;
  }
}

struct ColumnSchema {
  std::string name;
  SqlType type = SqlType::kUnknown;  // SQLite: by affinity: kInt64, kText, kBytes (none), kDouble
                                     // (REAL), kDecimal (NUMERIC).
  bool is_unsigned = false;
  bool nullable = true;
  bool auto_increment = false;  // Numbers itself: AUTO_INCREMENT, MariaDB's DEFAULT NEXTVAL(...);
                                // SQLite: INTEGER PRIMARY KEY.
  bool hidden = false;          // Not in `*`: INVISIBLE in MySQL.
  bool generated = false;       // GENERATED ALWAYS AS: never written.
  bool updates_itself = false;  // ON UPDATE CURRENT_TIMESTAMP.
  bool has_default = false;
  bool default_varies = false;   // DEFAULT CURRENT_TIMESTAMP, UUID(), ...
  std::uint32_t max_length = 0;  // Characters of text, bytes of binary; 0 if unlimited or unknown.
  std::string declared_type;     // "varchar(20)", as the database prints it.
  std::string collation;         // "utf8mb4_bin"; SQLite: BINARY, NOCASE, RTRIM. "" if not text.

  bool operator==(const ColumnSchema&) const = default;
};

struct KeySchema {
  std::string name;  // "PRIMARY" for the primary key.
  bool unique = false;
  bool primary = false;
  bool partial = false;   // SQLite: CREATE INDEX ... WHERE, of some rows only.
  bool resolves = false;  // SQLite: ON CONFLICT REPLACE or IGNORE, so that writes do not fail.
  // "" for what is not the column's own value: an expression, another collation, a unique prefix.
  std::vector<std::string> columns;

  bool operator==(const KeySchema&) const = default;
};

struct TableSchema {
  std::string table;
  bool is_view = false;
  bool is_virtual = false;  // SQLite: CREATE VIRTUAL TABLE.
  std::vector<ColumnSchema> columns;
  std::vector<KeySchema> keys;

  // Without regard to ASCII case; nullptr if there is none.
  const ColumnSchema* find(std::string_view name) const;

  bool operator==(const TableSchema&) const = default;
};

}  // namespace pando::drivers
