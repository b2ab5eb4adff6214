// Piece: a part of a query of the compute level, that fills one temporary table.
//
// Threads: values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pando::plan {

struct Plan;

// A column of a temporary table.
struct PieceColumn {
  std::string name;        // Without quotes.
  std::string definition;  // Type, collation, nullability; "" if the database infers them.
  // How its values are written into an INSERT: a `?`, or an expression around one.
  std::string placeholder = "?";
  bool loose = false;  // Has values that strict modes reject: ENUM, SET, TIMESTAMP.
};

// An equality by which the rows of one piece tell which rows of this one can matter.
struct Reducer {
  std::size_t piece = 0;  // The other piece,
  std::string column;     // its column,
  std::string own;        // and this piece's, as its text calls it.
};

struct Piece {
  std::string table;  // The temporary table.
  std::string label;  // "orders o", "subquery in FROM": for explain and errors.

  // The query that fills it, over the logical tables.
  std::string sql;
  std::vector<std::uint32_t> parameters;  // Which of the caller's each `?` is.
  bool filtered = false;                  // It ends in a WHERE: further conditions go behind AND.
  std::vector<Reducer> reducers;          // Only if further conditions may be added.
  std::string lock;                       // " FOR UPDATE": behind all conditions.
  std::shared_ptr<const Plan> plan;       // Of `sql`; parameters are the caller's.

  // The statements that make the table, in order. Only the last one may have parameters, which are
  // those of `sql`.
  std::vector<std::string> create;
  std::vector<PieceColumn> columns;

  std::vector<std::string> pushed;  // For explain: "columns id, status", "where o.total > 5".
};

}  // namespace pando::plan
