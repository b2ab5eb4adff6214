// RowStream: rows one after the other, in constant memory.
//
// Threads: a stream belongs to one thread at a time.
// Lifetime: row() is valid until the following next(). Destroying a stream cancels its query.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "pando/result.h"
#include "pando/value.h"

namespace pando {

namespace plan {
struct Plan;
}

using Row = std::span<const Value>;

class RowStream {
 public:
  virtual ~RowStream() = default;
  RowStream(const RowStream&) = delete;
  RowStream& operator=(const RowStream&) = delete;

  // Known before the first next(); stays valid as long as the stream.
  const std::vector<Column>& columns() const { return columns_; }

  // Moves to the next row. True: row() holds it. False: there are no more rows, and every row that
  // belongs to the answer has been seen. An error means that the rows seen so far are not the
  // whole answer; the stream gives the same error from then on.
  virtual Result<bool> next() = 0;

  // Requires: the last next() returned true. One value per column.
  Row row() const { return row_; }

 protected:
  RowStream() = default;
  // For a stream that passes on the rows of another, which nobody else sees.
  static std::vector<Column> take_columns(RowStream& from) { return std::move(from.columns_); }

  std::vector<Column> columns_;
  Row row_;
};

using RowStreamPtr = std::unique_ptr<RowStream>;

// What a statement without rows did.
struct WriteResult {
  std::uint64_t affected_rows = 0;  // As the database counts them (MySQL: changed, not matched).
  std::uint64_t generated_key = 0;  // See Executed::generated_key().
  std::uint32_t warnings = 0;
};

// The answer to one statement: rows, or the result of a write. INSERT ... RETURNING has both.
struct Reply {
  WriteResult write;
  RowStreamPtr rows;   // Null if the statement returns no rows.
  bool wrote = false;  // The rows are those of a write, which has been carried out (RETURNING).
  // For the command line and tests: what was carried out, with Pando's notes. Not a stable
  // interface. Null in the answer of a single data source.
  std::shared_ptr<const plan::Plan> plan;
};

}  // namespace pando
