// Scatter: how a query that one shard cannot answer is answered by several: which shards are asked,
// what is edited in their text, and how their rows become one answer.
//
// Two questions are kept apart. Colocation: is what each shard computes from its own rows a part of
// the whole (joins, subqueries, derived tables)? If so and only one shard is asked, its answer is
// the answer. Merging: can the parts of several shards be put together?
//
// Threads: values.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pando/result.h"
#include "router/analyze/scope.h"
#include "router/plan/plan.h"
#include "router/plan/schema.h"
#include "router/rewrite/text_edits.h"
#include "router/route/key_predicate.h"

namespace pando::plan {

// LIMIT and OFFSET of the whole answer, read at bind.
struct LimitShape {
  bool present = false;
  sql::Span span;  // The whole clause.
  route::Operand count;
  std::optional<route::Operand> offset;
  // Shards may stop after offset + count rows; false: they must send everything.
  bool push_down = true;
};

// How rows of several shards become the answer.
struct MergeShape {
  Merge merge;               // Without limit and offset.
  rewrite::TextEdits edits;  // The same for every shard; table names and LIMIT come on top.
  LimitShape limit;
};

struct Scatter {
  // Shards to ask: the union over arms of the intersection over members of the union over the
  // occurrences (indexes into KeyProgram::sharded()).
  struct Member {
    std::uint32_t arm = 0;
    std::uint32_t member = 0;
    std::uint32_t sharded = 0;
  };
  std::vector<Member> members;
  // How to merge, or why that is impossible.
  std::optional<Error> merge_error;
  MergeShape merge;
};

// Errors: kNotColocated, kNeedsCompute, kSchemaNeeded ...: why the shards' own answers are no parts
// of the whole. Merging that is impossible is no error here; see merge_error.
Result<Scatter> analyze_scatter(const analyze::Scopes& scopes, const route::KeyProgram& keys,
                                const SchemaView* schema);

}  // namespace pando::plan
