// pando query: runs statements.

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/parameters.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/script.h"
#include "cli/statement_runner.h"
#include "cli/text.h"
#include "router/inside.h"
#include "router/session.h"

namespace pando::cli {

namespace {

struct QueryOptions {
  std::string format = "table";
  bool keep_going = false;
  std::vector<std::string> parameters;
  std::string file;
  std::string sql;
};

struct Totals {
  std::uint64_t statements = 0;
  std::uint64_t rows = 0;
  std::uint64_t affected = 0;
  std::uint64_t warnings = 0;
  std::uint64_t errors = 0;
};

class QueryRun {
 public:
  QueryRun(Environment& environment, const QueryOptions& options, Interrupt& interrupt,
           Database& database, std::vector<OwnedValue> parameters)
      : environment_(environment),
        options_(options),
        interrupt_(interrupt),
        parameters_(std::move(parameters)),
        writer_(make_result_writer(options.format, environment.out)),
        runner_(environment, database.session(), interrupt),
        progress_(environment.err) {}

  int run(Script& script) {
    int code = run_statements(script);
    progress_.clear();
    if (interrupt_.exit_code() != 0) {
      environment_.err.line("interrupted; what was not committed is rolled back");
      code = interrupt_.exit_code();
    } else if (runner_.session().in_transaction()) {
      warn(environment_.err, "the transaction was still open at the end and is rolled back");
    }
    writer_->finish();
    if (!script.name().empty() && environment_.out.ok()) summarise();
    return code;
  }

 private:
  int run_statements(Script& script) {
    int code = kExitOk;
    while (true) {
      auto piece = script.next();
      if (!piece) {
        if (interrupt_.exit_code() == 0) report(environment_.err, piece.error());
        return worse(code, exit_code(piece.error()));
      }
      if (!*piece) return code;
      const int statement_code = run_one(**piece, script);
      script.set_options(router::Inside::state(runner_.session()).options());
      code = worse(code, statement_code);
      if (interrupt_.exit_code() != 0 || !environment_.out.ok()) return worse(code, kExitFailed);
      if (statement_code != kExitOk && !options_.keep_going) return code;
      progress_.update([&] { return progress_line(script); });
    }
  }

  int run_one(const sql::Splitter::Piece& piece, const Script& script) {
    const auto values = views(parameters_);
    const auto result = runner_.run(++totals_.statements, piece.text, values, *writer_);
    totals_.rows += result.rows;
    totals_.affected += result.write.affected_rows;
    totals_.warnings += result.write.warnings;
    if (result.error) {
      ++totals_.errors;
      if (interrupt_.exit_code() == 0 && environment_.out.ok()) {
        report_error(*result.error, result, piece, script);
      }
      return exit_code(*result.error);
    }
    const bool in_file = !script.name().empty();
    const bool talk = options_.format == "table" && (!in_file || result.has_rows);
    if (talk) {
      // The rows go first, although they take another way to the same terminal.
      environment_.out.flush();
      environment_.err.line(dim(describe_result(result), environment_.err.colours()));
    } else if (options_.format == "csv" && !in_file && result.write.warnings != 0) {
      environment_.err.line(counted(result.write.warnings, "warning"));
    }
    if (talk || in_file) tell_notes(result, piece, script);
    if (talk) environment_.err.flush();
    return kExitOk;
  }

  void tell_notes(const StatementResult& result, const sql::Splitter::Piece& piece,
                  const Script& script) {
    // A dump may have one for each of its statements.
    constexpr std::size_t kMostNotes = 100;
    if (result.plan->notes.empty() || notes_ >= kMostNotes) return;
    progress_.clear();
    const std::string where =
        script.name().empty() ? "" : script.name() + ":" + std::to_string(piece.line);
    notes_ += print_notes(result, environment_.err, where);
    if (notes_ >= kMostNotes) environment_.err.line("further notes are not shown");
  }

  void report_error(const Error& error, const StatementResult& result,
                    const sql::Splitter::Piece& piece, const Script& script) {
    progress_.clear();
    environment_.out.flush();
    std::string where;
    if (!script.name().empty()) {
      const std::string_view before = std::string_view(piece.text).substr(0, error.span().begin);
      const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
      where = script.name() + ":" + std::to_string(piece.line + lines);
    } else if (totals_.statements > 1) {
      where = "statement " + std::to_string(totals_.statements);
    }
    report(environment_.err, script.name().empty() ? error : without_place(error), piece.text,
           where);
    if (result.rows != 0) {
      environment_.err.line("  the rows above, " + grouped(result.rows) +
                            " in number, are not the whole answer");
    }
    environment_.err.flush();
  }

  std::string progress_line(const Script& script) const {
    const double seconds = progress_.seconds();
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(totals_.statements) / seconds);
    std::string line;
    if (script.total_bytes() != 0) {
      line =
          bar(static_cast<double>(script.bytes_read()) / static_cast<double>(script.total_bytes()),
              24) +
          "  ";
    }
    return line + bytes_text(script.bytes_read()) + "  " + grouped(totals_.statements) +
           " statements  " + grouped(rate) + "/s";
  }

  void summarise() {
    std::string text = counted(totals_.statements, "statement") + ", " +
                       counted(totals_.affected, "row") + " affected";
    if (totals_.rows != 0) text += ", " + counted(totals_.rows, "row") + " read";
    if (totals_.warnings != 0) text += ", " + counted(totals_.warnings, "warning");
    if (totals_.errors != 0) text += ", " + grouped(totals_.errors) + " failed";
    environment_.err.line(text + " (" + duration_text(progress_.seconds()) + ")");
  }

  Environment& environment_;
  const QueryOptions& options_;
  Interrupt& interrupt_;
  std::vector<OwnedValue> parameters_;
  std::unique_ptr<ResultWriter> writer_;
  StatementRunner runner_;
  Progress progress_;
  Totals totals_;
  std::size_t notes_ = 0;  // Of the whole script.
};

// Parameters belong to one statement.
bool is_one_statement(const std::string& sql, const sql::ParseOptions& options) {
  Script script = Script::of_text(sql, options);
  std::size_t count = 0;
  while (count < 2) {
    const auto piece = script.next();
    if (!piece || !*piece) break;
    ++count;
  }
  return count <= 1;
}

int run_query(Environment& environment, const QueryOptions& options) {
  if (options.file.empty() == options.sql.empty()) {
    usage(environment.err, options.file.empty()
                               ? "give SQL, or a file of it with -f FILE (- is stdin)"
                               : "give either SQL or -f FILE, not both");
    return kExitUsage;
  }
  auto parameters = parse_parameters(options.parameters);
  if (!parameters) {
    report(environment.err, parameters.error());
    return kExitUsage;
  }
  int code = kExitOk;
  auto database = open_database(environment, code);
  if (!database) return code;
  const sql::ParseOptions& parse = router::Inside::core(*database).parse_options();
  if (!parameters->empty() && (options.sql.empty() || !is_one_statement(options.sql, parse))) {
    usage(environment.err, "--param goes with one statement on the command line");
    return kExitUsage;
  }
  Interrupt interrupt;
  auto script = options.file.empty() ? Result<Script>(Script::of_text(options.sql, parse))
                                     : Script::open(options.file, parse, &interrupt);
  if (!script) {
    report(environment.err, script.error());
    return exit_code(script.error());
  }
  QueryRun run(environment, options, interrupt, *database, *std::move(parameters));
  return run.run(*script);
}

Action configure_query(Arguments& arguments) {
  auto options = std::make_shared<QueryOptions>();
  arguments.choice("--format", options->format, {"table", "json", "jsonl", "csv"},
                   "How answers are written (default: table)");
  arguments.flag("--keep-going", options->keep_going,
                 "Go on after an error; the exit code is that of the worst: 3, then 4, 2, 5");
  arguments.list("--param", "VALUE", options->parameters,
                 "The value of the next `?`: 7 is an integer, other values are text; "
                 "int:, real:, text:, hex: and null: say it outright");
  arguments.option("-f,--file", "FILE", options->file, "Read statements from FILE, or - for stdin");
  arguments.positional("SQL", options->sql, "One or more statements, separated by `;`", false);
  return [options](Environment& environment) { return run_query(environment, *options); };
}

}  // namespace

const Command kQueryCommand = {
    "query", "Run SQL statements",
    R"(All statements run on one session, so BEGIN and COMMIT work. The first error ends the
run, unless --keep-going is given. An open transaction is rolled back at the end.

jsonl writes one object per statement:
  {"statement": 1, "columns": ["id"], "rows": [[7]]}
  {"statement": 2, "affected": 1, "generated_key": null}
  {"statement": 3, "error": {"code": "P5002", "sqlstate": "23000", "message": "..."}}
json writes the same objects as one array. An answer that breaks off has rows and error; a write
with warnings has their number, "warnings": 2.

Examples:
  pando query 'SELECT * FROM orders WHERE user_id = 7'
  pando query --format csv 'SELECT id, name FROM users ORDER BY id' > users.csv
  pando query --param 7 'SELECT * FROM orders WHERE user_id = ?'
  pando query -f schema.sql
  gunzip -c dump.sql.gz | pando query --keep-going -f -)",
    configure_query};

}  // namespace pando::cli
