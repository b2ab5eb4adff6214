// pando explain: what Pando would do with a statement.

#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/parameters.h"
#include "cli/report.h"
#include "pando/database.h"
#include "router/core.h"
#include "router/sql/parser.h"

namespace pando::cli {

namespace {

struct ExplainOptions {
  std::string format = "tree";
  std::vector<std::string> parameters;
  std::string sql;
};

int run_explain(Environment& environment, const ExplainOptions& options) {
  auto parameters = parse_parameters(options.parameters);
  if (!parameters) {
    report(environment.err, parameters.error());
    return kExitUsage;
  }
  int code = kExitOk;
  auto database = open_database(environment, code);
  if (!database) return code;
  const Explanation explanation = database->explain_values(options.sql, views(*parameters));
  if (options.format == "json") {
    environment.out.line(explanation.json());
  } else {
    environment.out.write(explanation.tree());
  }
  if (!explanation.refused()) return kExitOk;
  const auto statement = sql::parse(options.sql, database->core().parse_options());
  return statement ? kExitRefused : exit_code(statement.error());
}

Action configure(Arguments& arguments) {
  auto options = std::make_shared<ExplainOptions>();
  arguments.choice("--format", options->format, {"tree", "json"},
                   "For people or for programs (default: tree)");
  arguments.list("--param", "VALUE", options->parameters,
                 "The value of the next `?`; as for `pando query`");
  arguments.positional("SQL", options->sql, "One statement", true);
  return [options](Environment& environment) { return run_explain(environment, *options); };
}

}  // namespace

const Command kExplainCommand = {
    "explain", "Show where a statement would go, and why",
    R"(Runs nothing. The schema of the tables is read if the data sources can be reached.
Exit code 5 if the statement would be refused, 2 if it is no valid SQL.

Examples:
  pando explain 'SELECT * FROM orders WHERE user_id = 7'
  pando explain --param 7 'SELECT * FROM orders WHERE user_id = ?'
  pando explain --format json 'SELECT status, COUNT(*) FROM orders GROUP BY status')",
    configure};

}  // namespace pando::cli
