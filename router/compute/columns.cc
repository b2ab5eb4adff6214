// Columns of temporary tables, and the way of values into them.

#include "router/compute/cut.h"

namespace pando::compute {

using plan::PieceColumn;

PieceColumn piece_column(const drivers::ColumnSchema& column, Dialect dialect) {
  PieceColumn made;
  made.name = column.name;
  made.definition = column.declared_type;
  if (dialect == Dialect::kSqlite) {
    if (!column.collation.empty()) made.definition += " COLLATE " + column.collation;
    return made;
  }
  if (!column.collation.empty()) made.definition += " COLLATE " + column.collation;
  // A TIMESTAMP without NULL or NOT NULL could mean either; an INVISIBLE column that is NOT NULL
  // would need a default.
  made.definition += column.nullable || column.hidden ? " NULL" : " NOT NULL";
  made.loose = column.type == SqlType::kEnum || column.type == SqlType::kSet ||
               column.type == SqlType::kTimestamp;
  if (column.type == SqlType::kTimestamp) {
    // Loaded in UTC; see transported().
    made.placeholder = "FROM_UNIXTIME(?)";
  }
  if (column.hidden) made.definition += " INVISIBLE";
  return made;
}

std::string transported(const drivers::ColumnSchema& column, std::string_view text,
                        Dialect dialect) {
  std::string name(text);
  if (dialect == Dialect::kSqlite) return name;
  switch (column.type) {
    case SqlType::kEnum:
    case SqlType::kSet:
      // By number: the empty string of a bad value has one of its own.
      return "CAST(" + name + " AS UNSIGNED)";
    case SqlType::kFloat:
      // As text a FLOAT has six digits.
      return "(" + name + " + 0e0)";
    case SqlType::kTimestamp:
      // As text, two instants are the same hour when the clocks go back.
      return "UNIX_TIMESTAMP(" + name + ")";
    default:
      return name;
  }
}

bool travels_plain(const drivers::ColumnSchema& column, Dialect dialect) {
  if (dialect == Dialect::kSqlite) return true;
  switch (column.type) {
    case SqlType::kEnum:
    case SqlType::kSet:
    case SqlType::kFloat:
    case SqlType::kTimestamp:
    case SqlType::kBit:  // MIN(b) is printed as digits, and a BIT column would take their bytes.
    case SqlType::kJson:
    case SqlType::kGeometry:
    case SqlType::kUnknown:
      return false;
    default:
      return true;
  }
}

bool can_be_indexed(const drivers::ColumnSchema& column) {
  constexpr std::uint32_t kMostCharacters = 191;  // Of four bytes, in a row format of any age.
  switch (column.type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
    case SqlType::kDecimal:
    case SqlType::kDate:
    case SqlType::kDateTime:
      return true;
    case SqlType::kText:
    case SqlType::kBytes:
      return column.max_length > 0 && column.max_length <= kMostCharacters;
    default:
      return false;
  }
}

std::string create_table(std::string_view name, const std::vector<PieceColumn>& columns,
                         Dialect dialect, const std::vector<std::string>& indexes) {
  std::string sql = dialect == Dialect::kSqlite ? "CREATE TABLE " : "CREATE TEMPORARY TABLE ";
  sql.append(name).append(" (");
  bool first = true;
  for (const PieceColumn& column : columns) {
    if (!first) sql += ", ";
    first = false;
    sql += rewrite::quote_identifier(column.name, dialect);
    if (!column.definition.empty()) sql += ' ' + column.definition;
  }
  for (const std::string& column : indexes) {
    sql += ", KEY (" + rewrite::quote_identifier(column, dialect) + ")";
  }
  return sql + ")";
}

}  // namespace pando::compute
