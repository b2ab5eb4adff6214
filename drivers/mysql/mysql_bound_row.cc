#include "drivers/mysql/mysql_bound_row.h"

#include <algorithm>

namespace pando::drivers::mysql {

BoundRow::BoundRow(std::span<const MYSQL_FIELD> fields)
    : cells_(fields.size()), binds_(fields.size()) {
  columns_.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    columns_.push_back(column_of(fields[i]));
    bind(fields[i], cells_[i], binds_[i]);
  }
}

bool BoundRow::bind(MYSQL_STMT* statement) {
  return mysql_stmt_bind_result(statement, binds_.data()) == 0;
}

bool BoundRow::decode(MYSQL_STMT* statement, std::vector<Value>& values) {
  values.resize(cells_.size());
  if (!fetch_strings(statement, values)) return false;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    if (cell.is_null != 0) {
      values[i] = Value::null();
      continue;
    }
    switch (cell.kind) {
      case CellKind::kInt:
        values[i] = Value::of_int(cell.integer);
        break;
      case CellKind::kUint:
        values[i] = Value::of_uint(static_cast<std::uint64_t>(cell.integer));
        break;
      case CellKind::kFloat:
        values[i] = Value::of_double(printed_float(cell.small_number, cell.decimals));
        break;
      case CellKind::kDouble:
        values[i] = Value::of_double(printed_double(cell.number, cell.decimals));
        break;
      case CellKind::kTemporal:
        cell.printed = print_temporal(cell.time, columns_[i].type, cell.decimals);
        values[i] = Value::of_text(cell.printed);
        break;
      case CellKind::kText:
      case CellKind::kBytes:
        break;  // fetch_strings() made these.
    }
  }
  return true;
}

std::size_t BoundRow::bytes() const {
  std::size_t bytes = 0;
  for (const Cell& cell : cells_) bytes += cell.is_null != 0 ? 0 : cell.length;
  return bytes;
}

void BoundRow::bind(const MYSQL_FIELD& field, Cell& cell, MYSQL_BIND& bind) {
  bind = MYSQL_BIND{};
  cell.kind = cell_kind_of(field);
  cell.decimals = field.decimals;
  bind.is_null = &cell.is_null;
  bind.length = &cell.length;
  bind.error = &cell.truncated;
  switch (cell.kind) {
    case CellKind::kInt:
    case CellKind::kUint:
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.is_unsigned = cell.kind == CellKind::kUint ? 1 : 0;
      bind.buffer = &cell.integer;
      break;
    case CellKind::kFloat:
      bind.buffer_type = MYSQL_TYPE_FLOAT;
      bind.buffer = &cell.small_number;
      break;
    case CellKind::kDouble:
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &cell.number;
      break;
    case CellKind::kTemporal:
      bind.buffer_type = field.type;
      bind.buffer = &cell.time;
      bind.buffer_length = sizeof cell.time;
      break;
    case CellKind::kText:
    case CellKind::kBytes:
      bind.buffer_type = MYSQL_TYPE_STRING;
      bind.buffer = &cell.nothing;
      bind.buffer_length = 0;
      break;
  }
}

// All strings of the row go into one buffer, which grows to the longest row seen.
bool BoundRow::fetch_strings(MYSQL_STMT* statement, std::vector<Value>& values) {
  std::size_t total = 0;
  for (const Cell& cell : cells_) total += cell.is_string() ? cell.length : 0;
  if (total > strings_.size()) strings_.resize(std::max(total, 2 * strings_.size()));
  std::size_t at = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    if (!cell.is_string()) continue;
    const unsigned long size = cell.length;
    if (size > 0) {
      unsigned long length = 0;
      my_bool is_null = 0, truncated = 0;
      MYSQL_BIND target{};
      target.buffer_type = MYSQL_TYPE_STRING;
      target.buffer = strings_.data() + at;
      target.buffer_length = size;
      target.length = &length;
      target.is_null = &is_null;
      target.error = &truncated;
      if (mysql_stmt_fetch_column(statement, &target, static_cast<unsigned>(i), 0) != 0) {
        return false;
      }
    }
    const std::string_view text(strings_.data() + at, size);
    values[i] = cell.kind == CellKind::kText ? Value::of_text(text) : Value::of_bytes(text);
    at += size;
  }
  return true;
}

}  // namespace pando::drivers::mysql
