// The query of a statement whose rows go through Pando.

#pragma once

#include <span>
#include <string>

#include "router/plan/planner.h"

namespace pando::plan {

// What becomes of the rows of the query's own tables. Those of its subqueries are only read.
enum class RowsAre : std::uint8_t { kRead, kWritten };

struct RowsQuery {
  std::string sql;
  Plan plan;
  bool locked = true;  // All rows that are read are locked, as one server locks them.
};

// Plans `text`, a query over the logical tables, with the locks that MySQL would take: rows of set
// operations stay without, and rows that are read do if the query cannot be planned with them.
// Errors: those of parsing and planning.
Result<RowsQuery> plan_rows_query(std::string text, RowsAre rows, const sql::ParseOptions& options,
                                  std::span<const Value> values, const PlanContext& context);

// What a plan says of rows that are not locked.
inline constexpr const char* kNotLocked =
    "the rows that are read are not locked, as one server would do";

// A refusal of a write that fetching its rows can answer.
bool rows_would_do(const Error& error);

}  // namespace pando::plan
