#include "cli/notes.h"

#include <memory>
#include <utility>

#include "cli/text.h"
#include "router/plan/planner.h"
#include "router/sql/parser.h"

namespace pando::cli {

void print_notes(router::Core& core, std::string_view sql, std::span<const Value> parameters,
                 const sql::ParseOptions& options, Output& err) {
  auto statement = sql::parse(std::string(sql), options);
  if (!statement) return;
  const auto schema = core.schemas().snapshot();
  plan::PlanContext context;
  context.rules = &core.rules();
  context.schema = schema.get();
  const auto plan = plan::explain(std::make_shared<const sql::Statement>(*std::move(statement)),
                                  parameters, context);
  for (const std::string& note : plan.notes) err.line("  note: " + printable(note));
}

}  // namespace pando::cli
