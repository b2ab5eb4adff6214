// pando check: is the configuration right, and do the real tables fit it?

#include <memory>

#include "cli/arguments.h"
#include "cli/check_connect.h"
#include "cli/check_rows.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/tables.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

struct CheckOptions {
  bool connect = false;
  bool rows = false;
};

void print_tables(const rules::RuleSet& rules, Output& out) {
  Table table({{"table"}, {"kind"}, {"function"}, {"places", true}, {"where"}});
  std::size_t places = 0;
  for (const rules::LogicalTable& logical : rules.tables()) {
    places += logical.nodes.size();
    table.add({printable(logical.name), kind_text(rules, logical), function_text(logical),
               grouped(logical.nodes.size()), place_text(rules, logical)});
  }
  table.print(out);
  out.line("");
  std::string summary = counted(rules.data_sources().size(), "data source") + ", " +
                        counted(rules.tables().size(), "table") + " in " + counted(places, "place");
  if (const auto single = rules.default_single()) {
    summary += "; other tables live in " + rules.data_sources()[*single].name;
  }
  out.line(summary);
}

void print_findings(const std::vector<Finding>& findings, Output& out) {
  for (const Finding& finding : findings) {
    out.line(yellow("finding", out.colours()) + ": " + printable(finding.table) + ": " +
             printable(finding.text));
    if (!finding.remedy.empty()) out.line("  " + printable(finding.remedy));
  }
}

// Data sources without an answer make exit code 4; findings make 1.
int check_real_tables(Environment& environment, const rules::RuleSet& rules) {
  Progress progress(environment.err);
  const CheckReport found = check_tables(rules, progress);
  progress.clear();
  environment.out.line("");
  for (const Error& error : found.unreachable) report(environment.err, error);
  print_findings(found.findings, environment.out);
  environment.out.line(counted(found.checked, "physical table") + " checked, " +
                       counted(found.findings.size(), "finding"));
  if (!found.unreachable.empty()) {
    environment.err.line("pando: " + counted(found.unreachable.size(), "data source") +
                         " could not be checked");
    return exit_code(found.unreachable.front());
  }
  return found.findings.empty() ? kExitOk : kExitFindings;
}

int check_real_rows(Environment& environment, const rules::RuleSet& rules) {
  Progress progress(environment.err);
  const RowsReport found = check_rows(rules, progress);
  progress.clear();
  for (const Error& error : found.errors) report(environment.err, error);
  print_findings(found.findings, environment.out);
  environment.out.line(counted(found.rows, "row") + " read in " +
                       counted(found.tables, "sharded physical table") + ", " +
                       counted(found.findings.size(), "finding"));
  if (!found.errors.empty()) {
    environment.err.line("pando: not all rows could be read");
    return exit_code(found.errors.front());
  }
  return found.findings.empty() ? kExitOk : kExitFindings;
}

int run_check(Environment& environment, const CheckOptions& options) {
  int code = kExitOk;
  const auto rules = load_rules(environment, code);
  if (!rules) return code;
  print_tables(*rules, environment.out);
  if (options.connect || options.rows) code = check_real_tables(environment, *rules);
  // What cannot be reached was said already.
  if (options.rows && code <= kExitFindings)
    code = worse(code, check_real_rows(environment, *rules));
  return code;
}

Action configure_check(Arguments& arguments) {
  auto options = std::make_shared<CheckOptions>();
  arguments.flag("--connect", options->connect,
                 "Compare the real tables of every data source with the rules");
  arguments.flag("--rows", options->rows,
                 "Also read the keys of all rows: does each lie on its shard?");
  return [options](Environment& environment) { return run_check(environment, *options); };
}

}  // namespace

const Command kCheckCommand = {
    "check", "Validate the configuration, and the real tables against it",
    R"(Without --connect no data source is reached. With it, these are findings (exit code 1):
missing tables; columns that differ between shards or copies; a sharding key that is missing,
of another type or collation than the rules say, or without an index; an auto-increment
column on a sharded table; a unique key that lacks the sharding key. --rows, which includes
--connect, reads every sharded table once, and finds rows that lie on another shard than their
keys say: queries that give the key do not see them.

Examples:
  pando check
  pando -c shop.toml check --connect
  pando check --rows)",
    configure_check};

}  // namespace pando::cli
