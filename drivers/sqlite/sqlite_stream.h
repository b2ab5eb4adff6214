// Rows of a SQLite statement: read row by row, or kept when the statement has already ended.
//
// Threads: one at a time, that of the connection.

#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "drivers/sqlite/sqlite_handle.h"
#include "pando/row_stream.h"

namespace pando::drivers::sqlite {

// The columns of a statement that has been stepped (a step may compile it anew).
std::vector<Column> columns_of(sqlite3_stmt* statement);

// The value of one column of the current row; valid until the next step.
Value value_of(sqlite3_stmt* statement, int column);

// Steps a reading statement as rows are asked for.
class LiveStream : public RowStream {
 public:
  // `first` is what the first sqlite3_step gave: SQLITE_ROW or SQLITE_DONE.
  LiveStream(std::shared_ptr<Handle> handle, Prepared prepared, int first);
  ~LiveStream() override;
  Result<bool> next() override;

 private:
  void finish();

  std::shared_ptr<Handle> handle_;
  Prepared prepared_;
  int pending_;  // The result of a step whose row was not yet given out; 0 if none.
  std::vector<Value> values_;
  std::unique_ptr<Error> error_;
};

// Rows of a writing statement (RETURNING), all read before the answer is given, so that the write
// is over and its counts are known. SQLite itself holds all these rows in memory, too.
class KeptStream : public RowStream {
 public:
  explicit KeptStream(std::vector<Column> columns) { columns_ = std::move(columns); }
  void add(sqlite3_stmt* statement);
  Result<bool> next() override;

 private:
  std::deque<std::string> texts_;
  std::vector<Value> values_;  // Row after row.
  std::size_t position_ = 0;
};

}  // namespace pando::drivers::sqlite
