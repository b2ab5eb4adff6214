#include "router/execute/bound_query.h"

namespace pando::execute {

Result<BoundQuery> bind_query(const plan::Plan& plan, std::size_t query,
                              std::span<const Value> parameters) {
  BoundQuery bound;
  bound.query = &plan.queries[query];
  bound.values.reserve(bound.query->parameters.size());
  for (const plan::ParameterSource& source : bound.query->parameters) {
    const std::size_t known = source.generated ? plan.generated.size() : parameters.size();
    if (source.index >= known) {
      return fail(ErrorCode::kParameterCount,
                  "the statement uses more parameters than the call passes");
    }
    bound.values.push_back(source.generated ? plan.generated[source.index].view()
                                            : parameters[source.index]);
  }
  return bound;
}

}  // namespace pando::execute
