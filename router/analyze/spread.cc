#include "router/analyze/spread.h"

#include <string>
#include <utility>

#include "pando/names.h"
#include "router/analyze/functions.h"
#include "router/analyze/variables.h"
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

bool is_condition(const sql::Statement& statement, NodeId under, NodeId wanted) {
  if (under == wanted) return true;
  const sql::Node& node = statement.node(under);
  const bool logical =
      node.kind == NodeKind::kBinary &&
      (node.op_as_operator() == sql::Operator::kAnd || node.op_as_operator() == sql::Operator::kOr);
  if (!logical) return false;
  for (const NodeId child : statement.children(under)) {
    if (is_condition(statement, child, wanted)) return true;
  }
  return false;
}

// The MATCH only says whether a row has the words, which needs no other rows.
bool ranks_nothing(const sql::Statement& statement, NodeId match) {
  // The words for may be a string, which could hold anything.
  std::string text = to_lower(statement.text(match));
  text.erase(0, text.find_last_of("'\"") + 1);
  if (text.find("in boolean mode") == std::string::npos) return false;
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    if (statement.kind(id) != NodeKind::kWhere) continue;
    if (is_condition(statement, statement.child(id, 0), match)) return true;
  }
  return false;
}

class OuterAggregates {
 public:
  OuterAggregates(const Scopes& scopes, const plan::SchemaView* schema)
      : scopes_(scopes), statement_(scopes.statement()), schema_(schema) {}

  Result<void> check() const {
    for (BlockId id = 1; id < scopes_.blocks().size(); ++id) {
      const Block& block = scopes_.block(id);
      if ((block.flags & kHasAggregate) == 0) continue;
      if (block.parent == kNoIndex || !inside_subquery(id)) continue;
      PANDO_TRY(check(block.node, id));
    }
    return {};
  }

 private:
  bool inside_subquery(BlockId id) const {
    for (BlockId at = id; at != kNoIndex; at = scopes_.block(at).parent) {
      if (scopes_.block(at).role == Role::kSubquery) return true;
    }
    return false;
  }
  Result<void> check(NodeId node, BlockId id) const {
    for (const NodeId child : statement_.children(node)) {
      const NodeKind kind = statement_.kind(child);
      if (kind == NodeKind::kSubquery || kind == NodeKind::kDerived || kind == NodeKind::kWith) {
        continue;
      }
      if (kind == NodeKind::kFunction) {
        const FunctionClass what = class_of(statement_, child);
        const bool aggregate = what >= FunctionClass::kCount && what <= FunctionClass::kAggregate;
        if (aggregate) PANDO_TRY(check_arguments(child, id));
      }
      PANDO_TRY(check(child, id));
    }
    return {};
  }
  Result<void> check_arguments(NodeId node, BlockId id) const {
    for (const NodeId child : statement_.children(node)) {
      if (statement_.kind(child) != NodeKind::kColumn) {
        PANDO_TRY(check_arguments(child, id));
        continue;
      }
      const Resolution resolved = scopes_.resolve(child, id, schema_);
      if (resolved.outer) {
        return refuse(ErrorCode::kNeedsCompute, statement_.node(node).span,
                      "an aggregate in a subquery over columns of the query around it");
      }
      if (resolved.found() || schema_ == nullptr) continue;
      const Block& block = scopes_.block(id);
      for (OccurrenceId at = block.first; at < block.last; ++at) {
        const rules::LogicalTable* table = scopes_.occurrence(at).table;
        if (table != nullptr && schema_->find(table->name) == nullptr) {
          return fail(ErrorCode::kSchemaNeeded, table->name);
        }
      }
    }
    return {};
  }

  const Scopes& scopes_;
  const sql::Statement& statement_;
  const plan::SchemaView* schema_;
};

}  // namespace

Result<void> check_outer_aggregates(const Scopes& scopes, const plan::SchemaView* schema) {
  return OuterAggregates(scopes, schema).check();
}

Result<void> check_spread(const Scopes& scopes) {
  const sql::Statement& statement = scopes.statement();
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const NodeKind kind = statement.kind(id);
    if (kind == NodeKind::kFunction) PANDO_TRY(check_function(statement, id));
    if (kind == NodeKind::kMatch && statement.dialect() == Dialect::kMySql) {
      const sql::Span span = statement.node(id).span;
      if (!ranks_nothing(statement, id)) {
        return refuse(ErrorCode::kNeedsCompute, span,
                      "relevance is counted over the rows of one shard; ask IN BOOLEAN MODE, in a "
                      "condition of WHERE");
      }
    }
    if (kind == NodeKind::kSystemVariable &&
        class_of_variable(statement, id) == VariableClass::kServer) {
      return refuse(ErrorCode::kNeedsCompute, statement.node(id).span,
                    "each server has a value of its own for this variable");
    }
    if (kind == NodeKind::kLimit && statement.node(id).has(sql::kRowsExamined)) {
      return refuse(ErrorCode::kUnsupportedStatement, statement.node(id).span,
                    "how many rows are examined differs from shard to shard");
    }
  }
  for (const Block& block : scopes.blocks()) PANDO_TRY(check_block(statement, block));
  return {};
}

}  // namespace pando::analyze
