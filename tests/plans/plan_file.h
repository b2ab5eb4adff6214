// The file format of tests/plans/cases:
//
//   # A comment line belongs to what follows it.
//   --- rules            the TOML that holds from here on
//   --- schema           lines `table: column type[/collation], ...` (replaces what was known)
//   --- case NAME        the statement, then `?` lines with parameters, if any
//   --- plan             what is expected: see plan_text.h
//
// Threads: values.

#pragma once

#include <string>
#include <vector>

namespace pando::plan {

struct PlanSection {
  std::string comment;  // Lines with `#` above the heading, as written.
  std::string kind;     // "rules", "schema", "case", "plan"
  std::string name;
  std::string body;  // Without trailing blank lines; ends in a newline unless empty.
};

std::vector<PlanSection> parse_plan_file(const std::string& text);
std::string print_plan_file(const std::vector<PlanSection>& sections);

}  // namespace pando::plan
