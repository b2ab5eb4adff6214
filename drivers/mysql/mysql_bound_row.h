// BoundRow: where the library puts a row of the prepared protocol, and the Values made of it.
//
// Threads: one at a time, that of its connection.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "drivers/mysql/mysql_api.h"
#include "drivers/mysql/mysql_value.h"
#include "pando/value.h"

namespace pando::drivers::mysql {

class BoundRow {
 public:
  // The columns as the values are to be read; the library converts to them from what is on the
  // wire.
  explicit BoundRow(std::span<const MYSQL_FIELD> fields);
  BoundRow(const BoundRow&) = delete;  // The library holds pointers into it.
  BoundRow& operator=(const BoundRow&) = delete;

  const std::vector<Column>& columns() const { return columns_; }
  // False: the error is the statement's.
  bool bind(MYSQL_STMT* statement);
  // The values of the row that was just fetched; they view this object, until the next call.
  // False: the error is the statement's.
  bool decode(MYSQL_STMT* statement, std::vector<Value>& values);
  // Of the row last fetched.
  std::size_t bytes() const;

 private:
  // Strings are fetched in a second step, when their size is known.
  struct Cell {
    CellKind kind = CellKind::kText;
    unsigned decimals = 0;
    std::int64_t integer = 0;
    double number = 0;
    float small_number = 0;
    MYSQL_TIME time{};
    char nothing = 0;
    unsigned long length = 0;
    my_bool is_null = 0;
    my_bool truncated = 0;
    std::string printed;

    bool is_string() const {
      return (kind == CellKind::kText || kind == CellKind::kBytes) && is_null == 0;
    }
  };

  static void bind(const MYSQL_FIELD& field, Cell& cell, MYSQL_BIND& bind);
  bool fetch_strings(MYSQL_STMT* statement, std::vector<Value>& values);

  std::vector<Column> columns_;
  std::vector<Cell> cells_;
  std::vector<MYSQL_BIND> binds_;
  std::vector<char> strings_ = std::vector<char>(64);
};

}  // namespace pando::drivers::mysql
