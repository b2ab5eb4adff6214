// pando shell: statements typed one after the other.

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/shell_edit.h"
#include "cli/statement_runner.h"
#include "cli/tables.h"
#include "cli/text.h"
#include "pando/names.h"
#include "router/inside.h"
#include "router/session.h"
#include "router/sql/splitter.h"

namespace pando::cli {

namespace {

constexpr const char* kHelp =
    R"(  SQL;            runs a statement; it may go over several lines
  SQL\G           runs it and shows each column on a line of its own
  \explain SQL    shows where it would go, and why
  \tables         lists the tables and where they live
  \timing         turns the lines on time and shards off and on
  \h              this help
  \q              leaves; so do exit, quit and Ctrl-D. Ctrl-C stops a statement or drops what was typed.
)";

constexpr const char* kKeywords[] = {
    "AND",    "ASC",    "BEGIN",    "BETWEEN", "BY",     "COMMIT", "COUNT",  "CREATE",
    "DELETE", "DESC",   "DISTINCT", "DROP",    "EXISTS", "FROM",   "GROUP",  "HAVING",
    "INDEX",  "INSERT", "INTO",     "JOIN",    "LEFT",   "LIKE",   "LIMIT",  "NULL",
    "OFFSET", "ORDER",  "ROLLBACK", "SELECT",  "TABLE",  "UPDATE", "VALUES", "WHERE"};

bool starts_without_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_name(text.substr(0, prefix.size()), prefix);
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// `exit` and `quit`, which begin no statement; people type them without thinking.
bool says_goodbye(std::string_view text) {
  while (text.ends_with(';')) text.remove_suffix(1);
  text = trimmed(text);
  return same_name(text, "exit") || same_name(text, "quit");
}

class Shell {
 public:
  Shell(Environment& environment, Database& database, Interrupt& interrupt)
      : environment_(environment),
        database_(database),
        core_(router::Inside::core(database)),
        interrupt_(interrupt),
        runner_(environment, database.session(), interrupt),
        table_(make_table_writer(environment.out)),
        vertical_(make_vertical_writer(environment.out)),
        splitter_(core_.parse_options()) {
    interactive_ = ::isatty(STDIN_FILENO) == 1;
    reader_ = interactive_
                  ? make_terminal_reader(interrupt, history_path(),
                                         [this](std::string_view word) { return complete(word); })
                  : make_pipe_reader(interrupt, STDIN_FILENO);
  }

  // A pipe's exit code is that of its worst statement; a person has seen the errors.
  int run() {
    if (interactive_) greet();
    while (!done_ && environment_.out.ok()) {
      environment_.out.flush();
      environment_.err.flush();
      const auto line = reader_->next(prompt());
      if (interrupt_.exit_code() != 0) {
        if (!interactive_) return interrupt_.exit_code();
        forget_typed();
        continue;
      }
      if (!line) break;
      handle(*line);
    }
    if (!done_) finish();
    if (interactive_ && !done_) environment_.err.line("");
    if (in_transaction_) {
      warn(environment_.err, "the transaction was still open at the end and is rolled back");
    }
    return interactive_ ? kExitOk : code_;
  }

 private:
  void greet() {
    environment_.err.line(
        "pando " PANDO_VERSION ": " + counted(core_.rules().data_sources().size(), "data source") +
        ", " + counted(core_.rules().tables().size(), "table") + ". \\h helps, \\q leaves.");
  }

  std::string prompt() const {
    if (!splitter_.empty()) return "    -> ";
    return runner_in_transaction() ? "pando*> " : "pando> ";
  }
  bool runner_in_transaction() const { return in_transaction_; }
  // How the session reads statements now: SET sql_mode changes it.
  const sql::ParseOptions& options() { return router::Inside::state(runner_.session()).options(); }

  // Ctrl-C at the prompt.
  void forget_typed() {
    interrupt_.clear();
    splitter_ = sql::Splitter(options());
    typed_.clear();
    environment_.err.line("^C");
  }

  void handle(const std::string& line) {
    const std::string_view text = trimmed(line);
    if (splitter_.empty() && text.starts_with('\\')) {
      reader_->remember(line);
      return command(text);
    }
    if (splitter_.empty() && text.empty()) return;
    if (splitter_.empty() && says_goodbye(text)) {
      done_ = true;
      return;
    }
    typed_ += typed_.empty() ? line : "\n" + line;
    if (text.ends_with("\\G") && feed_vertical(line)) return;
    splitter_.feed(line + "\n");
    run_complete(*table_);
    remember_if_complete();
  }

  // `\G` ends a statement unless it stands inside of a string: then more is expected after it.
  bool feed_vertical(const std::string& line) {
    const std::string text = line.substr(0, line.rfind("\\G")) + ";\n";
    sql::Splitter trial = splitter_;
    trial.feed(text);
    bool any = false;
    while (trial.next()) any = true;
    if (!any || !trial.empty()) return false;
    splitter_.feed(text);
    run_complete(*vertical_);
    remember_if_complete();
    return true;
  }

  void run_complete(ResultWriter& writer) {
    while (auto piece = splitter_.next()) {
      run_statement(piece->text, writer);
      splitter_.set_options(options());
    }
    if (!splitter_.error()) return;
    report(environment_.err, *splitter_.error());
    code_ = worse(code_, exit_code(*splitter_.error()));
    done_ = !interactive_;  // What follows in a pipe may be the rest of that statement.
    splitter_ = sql::Splitter(options());
  }

  void remember_if_complete() {
    if (!splitter_.empty()) return;
    reader_->remember(typed_);
    typed_.clear();
  }

  // The end of the input ends the last statement too.
  void finish() {
    if (interactive_) return;
    splitter_.finish();
    run_complete(*table_);
  }

  void run_statement(const std::string& sql, ResultWriter& writer) {
    if (!environment_.out.ok() || (!interactive_ && interrupt_.exit_code() != 0)) return;
    const auto result = runner_.run(++statements_, sql, {}, writer);
    in_transaction_ = runner_.session().in_transaction();
    environment_.out.flush();
    if (result.error) {
      code_ = worse(code_, exit_code(*result.error));
      report(environment_.err, *result.error, sql);
      if (result.rows != 0) environment_.err.line("  the rows above are not the whole answer");
      if (interactive_) interrupt_.clear();
      return;
    }
    if (timing_) {
      environment_.err.line(
          dim(describe_result(result) + answered_by(result), environment_.err.colours()));
    }
    if (result.write.warnings == 0) return;
    if (!timing_) environment_.err.line(counted(result.write.warnings, "warning"));
    print_notes(result, environment_.err);
  }

  // " from shop0, shop3": which data sources a query asked.
  std::string answered_by(const StatementResult& result) const {
    const bool asked = result.has_rows && result.plan->write == plan::WriteKind::kNone;
    if (!asked || result.plan->queries.empty()) return "";
    std::set<std::string> names;
    std::size_t queries = 0;
    plan::each_query(*result.plan, [&](const plan::PhysicalQuery& query) {
      names.insert(core_.rules().data_source_name(query.data_source));
      ++queries;
    });
    constexpr std::size_t kShown = 8;
    std::string text = " from ";
    std::size_t shown = 0;
    for (const std::string& name : names) {
      if (shown == kShown) break;
      text += (shown++ == 0 ? "" : ", ") + name;
    }
    if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
    if (queries > 1) text += ", " + std::to_string(queries) + " queries";
    return text;
  }

  void command(std::string_view text) {
    const std::size_t space = text.find_first_of(" \t");
    const std::string_view name = text.substr(0, space);
    std::string_view rest =
        space == std::string_view::npos ? std::string_view() : trimmed(text.substr(space));
    while (rest.ends_with(';')) rest.remove_suffix(1);
    if (name == "\\q" || name == "\\quit") {
      done_ = true;
    } else if (name == "\\h" || name == "\\help" || name == "\\?") {
      environment_.out.write(kHelp);
    } else if (name == "\\timing") {
      timing_ = !timing_;
      environment_.err.line(timing_ ? "timing is on" : "timing is off");
    } else if (name == "\\tables") {
      list_tables();
    } else if (name == "\\explain" && !rest.empty()) {
      environment_.out.write(database_.explain(rest).tree());
    } else {
      usage(environment_.err, name == "\\explain"
                                  ? "\\explain needs a statement on the same line"
                                  : "unknown command " + printable(name) + "; \\h lists them all");
      code_ = worse(code_, kExitUsage);
    }
  }

  void list_tables() {
    for (const rules::LogicalTable& table : core_.rules().tables()) {
      environment_.out.line(table.name + "  (" + kind_text(core_.rules(), table) + ", " +
                            place_text(core_.rules(), table) + ")");
    }
  }

  std::vector<std::string> complete(std::string_view word) const {
    if (word.empty()) return {};
    std::set<std::string> found;
    for (const rules::LogicalTable& table : core_.rules().tables()) {
      if (starts_without_case(table.name, word)) found.insert(table.name);
    }
    for (const auto& [name, schema] : core_.schemas().snapshot()->tables()) {
      for (const auto& column : schema->columns) {
        if (starts_without_case(column.name, word)) found.insert(column.name);
      }
    }
    const bool lower = std::islower(static_cast<unsigned char>(word.front())) != 0;
    for (std::string keyword : kKeywords) {
      if (!starts_without_case(keyword, word)) continue;
      if (lower) keyword = to_lower(keyword);
      found.insert(std::move(keyword));
    }
    return {found.begin(), found.end()};
  }

  Environment& environment_;
  Database& database_;
  router::Core& core_;
  Interrupt& interrupt_;
  StatementRunner runner_;
  std::unique_ptr<ResultWriter> table_;
  std::unique_ptr<ResultWriter> vertical_;
  sql::Splitter splitter_;
  std::unique_ptr<LineReader> reader_;
  std::string typed_;  // The lines of the statement so far, for the history.
  std::uint64_t statements_ = 0;
  int code_ = kExitOk;
  bool interactive_ = false;
  bool in_transaction_ = false;
  bool timing_ = true;
  bool done_ = false;
};

int run_shell(Environment& environment) {
  int code = kExitOk;
  auto database = open_database(environment, code);
  if (!database) return code;
  Interrupt interrupt;
  return Shell(environment, *database, interrupt).run();
}

Action configure_shell(Arguments&) {
  return [](Environment& environment) { return run_shell(environment); };
}

}  // namespace

const Command kShellCommand = {
    "shell", "Type statements one after the other",
    R"(Statements end with `;` and run on one session. \h lists the commands. The history is kept in
$XDG_STATE_HOME/pando/history (~/.local/state/pando/history), readable by you alone.
Reading from a pipe, it goes on after errors, and the exit code is that of the worst: 3, then 4,
2, 5.

Examples:
  pando shell
  echo 'SELECT COUNT(*) FROM orders;' | pando shell)",
    configure_shell};

}  // namespace pando::cli
