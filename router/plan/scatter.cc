#include "router/plan/scatter.h"

#include <string>
#include <utility>

#include "router/analyze/spread.h"
#include "router/plan/select_merge.h"
#include "router/route/colocation.h"
#include "router/sql/refuse.h"

namespace pando::plan {

using analyze::Block;
using analyze::BlockId;
using analyze::kNoIndex;
using analyze::Occurrence;
using analyze::OccurrenceId;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;
using sql::refuse;

namespace {

class ScatterAnalyzer {
 public:
  ScatterAnalyzer(const analyze::Scopes& scopes, const route::KeyProgram& keys,
                  const SchemaView* schema)
      : scopes_(scopes),
        statement_(scopes.statement()),
        keys_(keys),
        schema_(schema),
        colocation_(scopes, keys, schema) {}

  Result<Scatter> analyze() {
    PANDO_TRY(analyze::check_spread(scopes_));
    PANDO_TRY(analyze::check_outer_aggregates(scopes_, schema_));
    Result<route::Relation> relation = colocation_.check_statement(0);
    if (!relation) return tl::unexpected<Error>(better(std::move(relation).error()));
    if (!relation->sharded) {
      return refuse(ErrorCode::kNeedsCompute, statement_.node(statement_.root()).span,
                    "the tables in FROM are on every shard, the sharded ones only in subqueries");
    }
    Scatter scatter;
    add_members(0, scatter);
    Result<MergeShape> merge = analyze_merge(0, *relation);
    if (merge) {
      scatter.merge = std::move(*merge);
    } else {
      scatter.merge_error = better(std::move(merge).error());
    }
    return scatter;
  }

 private:
  // A refusal may be due to names that only the tables' columns could tell: try again with them.
  Error better(Error error) const {
    if (schema_ == nullptr || scopes_.occurrences().size() < 2) return error;
    if (error.code() != ErrorCode::kNeedsCompute && error.code() != ErrorCode::kNotColocated) {
      return error;
    }
    const rules::LogicalTable* unknown = colocation_.missing_schema();
    if (unknown == nullptr) return error;
    return Error(ErrorCode::kSchemaNeeded, unknown->name);
  }

  // Which sharded occurrences decide what shards are asked; see Scatter::members.
  void add_members(BlockId id, Scatter& scatter) {
    const Block& block = scopes_.block(id);
    if (block.left != kNoIndex) {
      add_members(block.left, scatter);
      if (block.right != kNoIndex) add_members(block.right, scatter);
      return;
    }
    const std::uint32_t arm = arms_++;
    const auto sharded_in = [&](OccurrenceId member) { return any_inside(member); };
    bool all_nullable = true;
    for (OccurrenceId member = block.first; member < block.last; ++member) {
      if (sharded_in(member)) all_nullable &= scopes_.occurrence(member).nullable;
    }
    // Rows without a nullable member exist too, so that one does not narrow; but if all are
    // nullable (a FULL JOIN), any of them may be there: one member for all.
    std::uint32_t group = 0;
    for (OccurrenceId member = block.first; member < block.last; ++member) {
      if (!sharded_in(member)) continue;
      if (!all_nullable && scopes_.occurrence(member).nullable) continue;
      add_occurrences(member, arm, all_nullable ? 0 : group, scatter);
      ++group;
    }
  }

  bool any_inside(OccurrenceId id) const {
    for (const OccurrenceId sharded : keys_.sharded()) {
      if (inside(sharded, id)) return true;
    }
    return false;
  }
  void add_occurrences(OccurrenceId id, std::uint32_t arm, std::uint32_t member,
                       Scatter& scatter) const {
    for (std::uint32_t i = 0; i < keys_.sharded().size(); ++i) {
      if (inside(keys_.sharded()[i], id)) scatter.members.push_back({arm, member, i});
    }
  }
  // The occurrence is the member, or stands in its derived table or CTE.
  bool inside(OccurrenceId id, OccurrenceId member) const {
    if (id == member) return true;
    const Occurrence& outer = scopes_.occurrence(member);
    if (outer.body == kNoIndex) return false;
    if (scopes_.within(scopes_.occurrence(id).block, outer.body)) return true;
    // CTEs that the body names stand elsewhere.
    for (OccurrenceId other = 0; other < scopes_.occurrences().size(); ++other) {
      const Occurrence& named = scopes_.occurrence(other);
      if (other == member || named.kind != analyze::SourceKind::kCte || named.body == kNoIndex ||
          named.body == outer.body) {
        continue;
      }
      if (scopes_.within(named.block, outer.body) &&
          scopes_.within(scopes_.occurrence(id).block, named.body)) {
        return true;
      }
    }
    return false;
  }

  Result<MergeShape> analyze_merge(BlockId id, const route::Relation& relation) {
    const Block& block = scopes_.block(id);
    switch (statement_.kind(block.node)) {
      case NodeKind::kSelect:
        return SelectMerge(scopes_, schema_, colocation_, id, relation).analyze();
      case NodeKind::kQueryParens:
        for (const NodeKind clause : {NodeKind::kOrderBy, NodeKind::kLimit}) {
          const NodeId node = statement_.find(block.node, clause);
          if (node != kNoNode) {
            return refuse(ErrorCode::kNeedsCompute, statement_.node(node).span,
                          "ORDER BY or LIMIT around a query in parentheses");
          }
        }
        return analyze_merge(block.left, relation);
      case NodeKind::kSetOperation:
        return merge_set_operation(id, relation);
      default:
        for (const NodeKind clause : {NodeKind::kOrderBy, NodeKind::kLimit}) {
          const NodeId node = statement_.find(block.node, clause);
          if (node != kNoNode) {
            return refuse(ErrorCode::kNeedsCompute, statement_.node(node).span,
                          "ORDER BY or LIMIT of TABLE; write SELECT * FROM");
          }
        }
        return MergeShape();
    }
  }

  Result<MergeShape> merge_set_operation(BlockId id, const route::Relation& relation) {
    const NodeId root = scopes_.block(id).node;
    const NodeId limit = statement_.find(root, NodeKind::kLimit);
    const NodeId order = statement_.find(root, NodeKind::kOrderBy);
    // `complete` knows of the LIMIT, which is merged here; everything else must be complete.
    if (!relation.complete &&
        !(limit != kNoNode && relation.cause == statement_.node(limit).span)) {
      return refuse(ErrorCode::kNeedsCompute, relation.cause,
                    "this part of a set operation needs the rows of all shards");
    }
    MergeShape shape;
    if (order != kNoNode) {
      return refuse(ErrorCode::kNeedsCompute, statement_.node(order).span,
                    "a set operation over several shards cannot be ordered");
    }
    if (limit != kNoNode) {
      if (statement_.node(limit).has(sql::kOtherForm)) {
        return refuse(ErrorCode::kNeedsCompute, statement_.node(limit).span,
                      "this form of LIMIT cannot be merged");
      }
      const auto count = route::operand_of(statement_, statement_.child(limit, 0));
      const NodeId second = statement_.child(limit, 1);
      const auto offset = second == kNoNode ? std::optional<route::Operand>()
                                            : route::operand_of(statement_, second);
      if (!count || (second != kNoNode && !offset)) {
        return refuse(ErrorCode::kNeedsCompute, statement_.node(limit).span,
                      "LIMIT of an expression cannot be merged");
      }
      shape.limit = {true, statement_.node(limit).span, *count, offset, true};
    }
    return shape;
  }

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const route::KeyProgram& keys_;
  const SchemaView* schema_;
  route::Colocation colocation_;
  std::uint32_t arms_ = 0;
};

}  // namespace

Result<Scatter> analyze_scatter(const analyze::Scopes& scopes, const route::KeyProgram& keys,
                                const SchemaView* schema) {
  return ScatterAnalyzer(scopes, keys, schema).analyze();
}

}  // namespace pando::plan
