#include "cli/notes.h"

#include <memory>
#include <string>
#include <utility>

#include "cli/text.h"
#include "router/plan/planner.h"
#include "router/sql/parser.h"

namespace pando::cli {

plan::Plan planned_again(router::Core& core, std::string_view sql,
                         std::span<const Value> parameters, const sql::ParseOptions& options) {
  auto statement = sql::parse(std::string(sql), options);
  if (!statement) {
    plan::Plan refused;
    refused.level = plan::Level::kRefused;
    refused.refusal = std::move(statement).error();
    return refused;
  }
  const auto schema = core.schemas().snapshot();
  plan::PlanContext context;
  context.rules = &core.rules();
  context.schema = schema->tables().empty() ? nullptr : schema.get();
  return plan::explain(std::make_shared<const sql::Statement>(*std::move(statement)), parameters,
                       context);
}

std::size_t print_notes(router::Core& core, std::string_view sql, std::span<const Value> parameters,
                        const sql::ParseOptions& options, Output& err, std::string_view where) {
  const plan::Plan plan = planned_again(core, sql, parameters, options);
  const std::string before = where.empty() ? "  note: " : std::string(where) + ": note: ";
  for (const std::string& note : plan.notes) err.line(before + printable(note));
  return plan.notes.size();
}

}  // namespace pando::cli
