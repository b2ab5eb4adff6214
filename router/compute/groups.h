// Pieces that are the grouped rows of a block: the shards group, merging finishes each group's
// aggregates, and one row per group travels. The block's own text then reads the finished
// aggregates: SUM(x) becomes MIN(column), over groups of one row each.
//
// Threads: belongs to one cut. Lifetime: views the reader.

#pragma once

#include <string>
#include <vector>

#include "router/analyze/functions.h"
#include "router/compute/reader.h"

namespace pando::compute {

// One block's rewriting. It edits nothing until all of the block has been understood.
class GroupRewriter {
 public:
  using NodeId = sql::NodeId;
  using BlockId = analyze::BlockId;

  GroupRewriter(const Reader& reader, BlockId block)
      : read_(reader),
        scopes_(reader.scopes()),
        statement_(reader.statement()),
        block_(block),
        select_(scopes_.block(block).node) {}

  // False: the block is not of the kind that can be split so.
  bool understand();

  struct Change {
    sql::Span span;
    std::string text;
  };
  const std::vector<NodeId>& keys() const { return keys_; }
  const std::vector<NodeId>& aggregates() const { return aggregates_; }
  const std::vector<Change>& changes() const { return changes_; }

  static std::string column(std::size_t index) { return "__pando_c" + std::to_string(index + 1); }

 private:
  bool find_keys(NodeId group);
  bool add_key(NodeId item);
  // Rewrites an expression of the select list, HAVING or ORDER BY.
  bool rewrite(NodeId node, bool aliases);
  bool rewrite_function(NodeId node, bool aliases);
  bool same(NodeId a, NodeId b) const { return read_.same_expression(a, b, block_); }
  bool simple(NodeId node) const;
  bool correlated(NodeId node) const;
  bool mentions_other_alias(NodeId node) const;
  bool ambiguous(NodeId column) const;

  const Reader& read_;
  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  BlockId block_;
  NodeId select_;
  std::vector<NodeId> keys_;
  std::vector<NodeId> aggregates_;
  struct Pending {
    NodeId node;
    enum class Becomes { kKey, kAggregate } becomes;
    std::size_t index;  // In keys_ or aggregates_.
  };
  std::vector<Pending> pending_;
  std::vector<Change> changes_;
};

}  // namespace pando::compute
