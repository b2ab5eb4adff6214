// Table names: from the logical name in the text to a shard's physical one.
//
// `orders` becomes `orders_03 AS orders`, so that qualified columns go on meaning it; with an alias
// only the name changes. A schema in front of tables and columns is the logical one and goes away;
// DATABASE() becomes its name.
// What reads the same on every node is left as it is: mostly there is nothing to do.
//
// Threads: immutable once built. Lifetime: views the statement and the rules.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "router/analyze/scope.h"
#include "router/plan/small_vector.h"
#include "router/rewrite/text_edits.h"

namespace pando::rewrite {

class TableNames {
 public:
  // Requires: empty so far.
  void build(const analyze::Scopes& scopes);

  // The text is right for every node as it stands.
  bool verbatim() const { return names_.empty() && no_others(); }
  // An edit or a parameter falls into a select item that has no alias: its own text, which is the
  // name of its column, is added as one. It may hold literals, so the shape is good for this text
  // alone.
  bool has_titles() const { return !titles_.empty(); }

  // `nodes[i]`: the index into occurrence i's LogicalTable::nodes (ignored for others).
  void add_edits(const analyze::Scopes& scopes, std::span<const std::uint32_t> nodes,
                 TextEdits& edits) const;

  // The whole text for the node `node` of the only table; Requires: one() is true.
  bool one() const { return names_.size() == 1 && no_others(); }
  void write_one(const analyze::Scopes& scopes, std::uint32_t node, const BoundText& text,
                 plan::PhysicalQuery& query) const;

 private:
  struct Name {
    analyze::OccurrenceId occurrence = 0;
    sql::Span span;              // The name with its schema.
    sql::Span bare;              // The name without it.
    std::uint32_t alias_at = 0;  // Where " AS name" goes; 0 if there is an alias.
  };
  plan::SmallVector<Name, 3> names_;
  void find_titles(const sql::Statement& statement);
  bool no_others() const { return schemas_.empty() && databases_.empty() && titles_.empty(); }

  plan::SmallVector<sql::NodeId, 1> titles_;   // Select items.
  plan::SmallVector<sql::Span, 1> schemas_;    // "schema." in front of columns.
  plan::SmallVector<sql::Span, 1> databases_;  // DATABASE(), which is the logical name too.
};

}  // namespace pando::rewrite
