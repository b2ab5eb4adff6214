// Loader: rows into a temporary table, in INSERTs of many rows. While one INSERT runs, the next
// rows are read.
//
// Threads: belongs to one statement.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/execute/borrowed.h"
#include "router/plan/piece.h"

namespace pando::compute {

class Loader {
 public:
  // The connection must outlive it. Lifetime: views the piece.
  Loader(execute::Borrowed& connection, const plan::Piece& piece, Dialect dialect);

  Result<void> add(Row row);
  // Sends what is left, and waits for the last INSERT. Call once, at the end.
  Result<void> finish();

  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }  // Of values.

 private:
  // One INSERT of `rows` rows, with the place of each `?`.
  struct Text {
    std::size_t rows = 0;
    std::string sql;
    std::vector<std::uint32_t> offsets;
  };
  // Rows that are being gathered, or sent. Strings live in `heap`, by their offsets until then.
  struct Batch {
    std::vector<Value> values;
    std::vector<std::size_t> starts;  // Of each string in `heap`; SIZE_MAX: no string.
    std::string heap;
    std::size_t rows = 0;
    void clear();
  };
  Result<void> flush();
  Result<void> wait();
  Text& text_of(std::size_t rows);

  execute::Borrowed& connection_;
  const plan::Piece& piece_;
  bool sqlite_;
  std::size_t most_rows_;
  Text full_;
  Text rest_;
  Batch gathering_;
  Batch sent_;
  bool waiting_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace pando::compute
