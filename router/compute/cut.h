// Cut: a query that no shard and no merge can answer, taken to pieces.
//
// A piece is a SELECT of its own over the logical tables that the other levels answer: a table with
// the columns that the query names and the conditions that hold for its rows alone; a subquery that
// needs nothing from around it; or the grouped rows of a block whose select list, HAVING and ORDER
// BY say more than a merge can do. Each piece fills one temporary table of the compute data source.
// There the user's own text runs, with these tables in the pieces' places: so expressions,
// collations, NULLs and functions mean what they mean in the database.
//
// Every occurrence of a table is a piece of its own: MySQL cannot open a temporary table twice.
// What is pushed into a piece only leaves out rows and columns that cannot be seen in the answer.
//
// Threads: values; functions without state. Lifetime: owns all of its texts, and the statements of
// its pieces; views the rules.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/table_schema.h"
#include "pando/result.h"
#include "router/analyze/scope.h"
#include "router/plan/piece.h"
#include "router/plan/planner.h"
#include "router/plan/schema.h"
#include "router/rewrite/text_edits.h"
#include "router/route/key_predicate.h"

namespace pando::compute {

struct Cut {
  std::vector<plan::Piece> pieces;     // Without plans.
  std::vector<plan::ShapePtr> shapes;  // Of each piece's text.
  rewrite::TextEdits edits;            // Of the user's text, for the compute data source.
};

// Requires: the query is not answered by one shard or by merging.
// Errors: kNeedsCompute and others with the reason why it cannot be cut either; kSchemaNeeded.
Result<Cut> cut(const analyze::Scopes& scopes, const route::KeyProgram& keys,
                const plan::PlanContext& context);

// The column of a temporary table that holds exactly what `column` holds.
plan::PieceColumn piece_column(const drivers::ColumnSchema& column, Dialect dialect);
// How `text`, which means the column, is selected for that: CAST(e AS UNSIGNED) for an ENUM.
std::string transported(const drivers::ColumnSchema& column, std::string_view text,
                        Dialect dialect);
// A select list's plain column of this type arrives as it is.
bool travels_plain(const drivers::ColumnSchema& column, Dialect dialect);

bool can_be_indexed(const drivers::ColumnSchema& column);

// CREATE TEMPORARY TABLE name (columns, an index for each of these).
std::string create_table(std::string_view name, const std::vector<plan::PieceColumn>& columns,
                         Dialect dialect, const std::vector<std::string>& indexes = {});

}  // namespace pando::compute
