// What Pando notes of a statement that it carried out: "LOCK TABLES takes no lock through Pando".
// A result has only their number, among its warnings.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "pando/value.h"
#include "router/core.h"

namespace pando::cli {

// A line for each note. Plans the statement again, without using up generated keys: for people, who
// read the few that there are.
void print_notes(router::Core& core, std::string_view sql, std::span<const Value> parameters,
                 const sql::ParseOptions& options, Output& err);

}  // namespace pando::cli
