// What Pando notes of a statement that it carried out: "LOCK TABLES takes no lock through Pando".
// A result has only their number, among its warnings.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "pando/value.h"
#include "router/core.h"
#include "router/plan/plan.h"

namespace pando::cli {

// The statement's plan, or level kRefused with its refusal, from the schemas that were read so far.
// Uses up no generated keys.
plan::Plan planned_again(router::Core& core, std::string_view sql,
                         std::span<const Value> parameters, const sql::ParseOptions& options);

// A line for each note, after `where` ("load.sql:17") if it is not empty. Returns how many there
// are. Plans the statement again: for people, who read the few that there are.
std::size_t print_notes(router::Core& core, std::string_view sql, std::span<const Value> parameters,
                        const sql::ParseOptions& options, Output& err, std::string_view where = {});

}  // namespace pando::cli
