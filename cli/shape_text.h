// The shape of a statement: its text without its values.

#pragma once

#include <string>
#include <string_view>

#include "router/sql/statement.h"

namespace pando::cli {

// Literals become `?`, lists of literals `?, ...`, further rows of VALUES `...`, white space and
// comments one space: statements of one shape have one text, which holds no value of theirs.
// Cost: one pass. At most `limit` bytes; longer ones end in " ...".
std::string shape_text(std::string_view sql, const sql::ParseOptions& options,
                       std::size_t limit = 4096);

}  // namespace pando::cli
