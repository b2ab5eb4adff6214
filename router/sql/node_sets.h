// Kinds of nodes that belong together.
//
// Threads: functions without state.

#pragma once

#include "router/sql/statement.h"

namespace pando::sql {

// SELECT and what may stand in its place.
constexpr bool is_query(NodeKind kind) {
  return kind == NodeKind::kSelect || kind == NodeKind::kSetOperation ||
         kind == NodeKind::kQueryParens || kind == NodeKind::kValuesQuery ||
         kind == NodeKind::kTableQuery;
}

// Statements that change the schema of tables in the rules.
constexpr bool is_schema_change(NodeKind kind) {
  switch (kind) {
    case NodeKind::kCreateTable:
    case NodeKind::kAlterTable:
    case NodeKind::kDropTable:
    case NodeKind::kTruncate:
    case NodeKind::kRenameTable:
    case NodeKind::kCreateIndex:
    case NodeKind::kDropIndex:
      return true;
    default:
      return false;
  }
}

}  // namespace pando::sql
