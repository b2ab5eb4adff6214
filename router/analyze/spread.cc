#include "router/analyze/spread.h"

#include <string>
#include <utility>

#include "router/analyze/functions.h"
#include "router/sql/refuse.h"

namespace pando::analyze {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::refuse;

Result<void> check_block(const sql::Statement& statement, const Block& block) {
  const sql::Node& node = statement.node(block.node);
  if ((block.flags & kHasSideEffect) != 0) {
    return fail(
        Error(ErrorCode::kSessionStatement,
              "a function with an effect of its own, such as SLEEP() or GET_LOCK(), would run on "
              "every shard")
            .with_span(node.span.begin, node.span.end)
            .with_remedy("Leave it out, or restrict every sharded table to one shard by its key."));
  }
  if ((block.flags & kHasSeededRandom) != 0) {
    return refuse(ErrorCode::kNeedsCompute, node.span,
                  "a seeded random sequence depends on the order in which rows are found");
  }
  if (node.kind == NodeKind::kSelect && node.has(sql::kCalcFoundRows)) {
    return refuse(ErrorCode::kSessionStatement, node.span,
                  "SQL_CALC_FOUND_ROWS counts the rows of one connection");
  }
  if (const NodeId procedure = statement.find(block.node, NodeKind::kRaw);
      procedure != sql::kNoNode) {
    return refuse(ErrorCode::kUnsupportedStatement, statement.node(procedure).span,
                  "a PROCEDURE would see the rows of one shard");
  }
  return {};
}

Result<void> check_function(const sql::Statement& statement, NodeId function) {
  const NodeId name = statement.find(function, NodeKind::kName);
  if (name != sql::kNoNode && statement.name_equals(name, "rownum")) {
    return refuse(ErrorCode::kNeedsCompute, statement.node(function).span,
                  "ROWNUM() depends on the order in which rows are found");
  }
  if (differs_by_server(statement, function)) {
    return refuse(ErrorCode::kNeedsCompute, statement.node(function).span,
                  "this answers for one server or connection, and there are several");
  }
  return {};
}

}  // namespace

Result<void> check_spread(const Scopes& scopes) {
  const sql::Statement& statement = scopes.statement();
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const NodeKind kind = statement.kind(id);
    if (kind == NodeKind::kFunction) PANDO_TRY(check_function(statement, id));
    if (kind == NodeKind::kLimit && statement.node(id).has(sql::kRowsExamined)) {
      return refuse(ErrorCode::kUnsupportedStatement, statement.node(id).span,
                    "how many rows are examined differs from shard to shard");
    }
  }
  for (const Block& block : scopes.blocks()) PANDO_TRY(check_block(statement, block));
  return {};
}

}  // namespace pando::analyze
