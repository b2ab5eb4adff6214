// From a cut query to its plan: each piece's plan, and the user's text over the pieces' tables.

#include <memory>
#include <utility>

#include "router/compute/cut.h"
#include "router/plan/shape.h"

namespace pando::plan {

QueryShape::~QueryShape() {
  delete scatter_.load(std::memory_order_relaxed);
  delete cut_.load(std::memory_order_relaxed);
}

Result<const compute::Cut*> QueryShape::cut(const PlanContext& context) const {
  const Result<compute::Cut>* known = cut_.load(std::memory_order_acquire);
  if (known == nullptr) {
    auto made = std::make_unique<Result<compute::Cut>>(compute::cut(scopes, keys, context));
    if (!*made && made->error().code() == ErrorCode::kSchemaNeeded) {
      return tl::unexpected<Error>(made->error());
    }
    if (cut_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) {
      known = made.release();
    }
  }
  if (!*known) return tl::unexpected<Error>(known->error());
  return &**known;
}

namespace {

// A piece's parameters are some of the caller's: its plan names those.
void rename_parameters(Plan& plan, const std::vector<std::uint32_t>& callers) {
  for (PhysicalQuery& query : plan.queries) {
    for (ParameterSource& source : query.parameters) {
      if (!source.generated) source.index = callers[source.index];
    }
  }
}

}  // namespace

Result<Plan> bind_pieces(const QueryShape& shape, const route::BindInput& input,
                         const PlanContext& context) {
  // The pieces' texts have the statement's own literals in them.
  if (input.text.text != input.statement.text()) return fail(ErrorCode::kSchemaNeeded, "");
  PANDO_ASSIGN(const compute::Cut* cut, shape.cut(context));
  PlanContext piecewise = context;
  piecewise.may_cut = false;
  Plan plan;
  plan.level = Level::kCompute;
  plan.needs_writer = shape.needs_writer;
  plan.pieces = cut->pieces;
  plan.parse_options = input.statement.options();
  for (std::size_t i = 0; i < plan.pieces.size(); ++i) {
    Piece& piece = plan.pieces[i];
    std::vector<Value> parameters;
    for (const std::uint32_t index : piece.parameters) {
      parameters.push_back(input.parameters[index]);
    }
    PANDO_ASSIGN(Plan bound, plan::bind(*cut->shapes[i], parameters, piecewise));
    rename_parameters(bound, piece.parameters);
    piece.plan = std::make_shared<const Plan>(std::move(bound));
  }
  PhysicalQuery& query = plan.queries.emplace_back();
  query.data_source = context.rules->compute_index();
  cut->edits.apply(input.statement, input.text, query);
  if (context.explain) plan.reason = "pieces are fetched, and joined where the statement then runs";
  return plan;
}

}  // namespace pando::plan
