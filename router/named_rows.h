// The rows that a statement writes by their keys: which of them are to be written, and which must
// not be.
//
// Threads: belong to one.

#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/plan/plan.h"

namespace pando::router {

class NamedRows {
 public:
  // `keys`: the columns of a row, from the first, that name the row to write; the others are what
  // it is given.
  explicit NamedRows(std::size_t keys) : keys_(keys) {}

  // False: the row was there already, with the same values; or there is none, since an outer join
  // has found no partner in the table that is written.
  // Errors: kRowsNotNamed: a row with NULL among its keys would be passed over, and one with two
  // values be given either.
  Result<bool> add(Row row);

 private:
  std::size_t keys_;
  std::unordered_map<std::string, std::string> rows_;
};

// Rows whose sharding key is assigned.
class MovedRows {
 public:
  // Lifetime: `move` lives as long as this object.
  explicit MovedRows(const plan::RowsMove& move) : move_(move) {}

  // True: the row moves, if only to a key that is written otherwise. False: its key stays.
  // Errors: kRowsNotNamed: it would be numbered anew. kShardingKeyUpdate: whether the row may have
  // its new key depends on which row one database writes first.
  Result<bool> add(Row row);

 private:
  Result<void> check_order(const std::string& before, const std::string& after, bool moves);

  const plan::RowsMove& move_;
  std::size_t rows_ = 0;
  std::size_t moved_ = 0;
  std::unordered_set<std::string> left_;   // Keys that rows had.
  std::unordered_set<std::string> taken_;  // Keys that rows get, which are not their own.
};

}  // namespace pando::router
