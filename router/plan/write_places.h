// WritePlaces: which node of each table a write uses, once the values are known; and its text
// there.
//
// Threads: belongs to one.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "router/analyze/scope.h"
#include "router/plan/table_uses.h"
#include "router/plan/write_common.h"
#include "router/route/key_predicate.h"

namespace pando::plan {

// One place for a statement: an index into LogicalTable::nodes for each occurrence.
using OccurrenceNodes = std::vector<std::uint32_t>;

class WritePlaces {
 public:
  WritePlaces(const analyze::Scopes& scopes, const route::KeyProgram& keys)
      : scopes_(scopes), keys_(keys), restrictions_(keys.sharded().size()) {}

  // Reads the values. Call first. Errors: kBadHint.
  Result<void> evaluate(const route::BindInput& input) {
    return keys_.evaluate(scopes_, input, restrictions_);
  }
  // Requires: the occurrence is of a sharded table.
  const route::Restriction& restriction(analyze::OccurrenceId id) const;
  // The shards that one of these sharded occurrences may have rows on; the first one if none has.
  rules::ShardSet shards(std::span<const analyze::OccurrenceId> ids) const;

  // All occurrences but `skip` in one data source: sharded ones by their one shard.
  // `source`, if given, must be that data source. nullopt: some are spread, or apart.
  std::optional<OccurrenceNodes> single(analyze::OccurrenceId skip,
                                        std::optional<rules::DataSourceIndex> source) const;
  // All occurrences on shard `shard` of a family; others must be whole in its data source.
  // Errors: kNotColocated, kCrossDataSource.
  Result<OccurrenceNodes> on_shard(const rules::LogicalTable& family, rules::ShardIndex shard,
                                   const PlanContext& context) const;
  // All occurrences but `skip` whole in one data source. Errors: kNeedsCompute, kCrossDataSource.
  Result<OccurrenceNodes> whole(analyze::OccurrenceId skip, rules::DataSourceIndex source,
                                const PlanContext& context) const;

  // Where the occurrence's node lies.
  rules::DataSourceIndex source_of(analyze::OccurrenceId id, std::uint32_t node) const;

 private:
  const analyze::Scopes& scopes_;
  const route::KeyProgram& keys_;
  std::vector<route::Restriction> restrictions_;
};

// The statement's text on these nodes. `unaliased`: the occurrence that cannot be given an alias
// (the target of INSERT and of MySQL's DELETE), or analyze::kNoIndex: columns qualified with its
// name are edited too. `edits`: others, which are made as well.
PhysicalQuery write_text(const analyze::Scopes& scopes, const OccurrenceNodes& nodes,
                         analyze::OccurrenceId unaliased, std::vector<rewrite::Edit> edits = {});

}  // namespace pando::plan
