// pando doctor: is everything in order?

#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/doctor_checks.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/tables.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

// Prints one line per fact, and remembers the worst.
class Doctor {
 public:
  explicit Doctor(Environment& environment) : environment_(environment) {}

  void ok(const std::string& text) { line(green("ok     ", colour()), text); }
  void finding(const std::string& text, const std::string& remedy = {}) {
    line(yellow("finding", colour()), text);
    if (!remedy.empty()) environment_.out.line("         " + remedy);
    code_ = worse(code_, kExitFindings);
  }
  void failure(const Error& error) {
    line(red("fail   ", colour()), full_message(error));
    if (!error.remedy().empty()) environment_.out.line("         " + error.remedy());
    code_ = worse(code_, exit_code(error));
  }
  // The cause was told, and counted, before.
  void skip(const std::string& text) { line(dim("skip   ", colour()), text); }
  int code() const { return code_; }

 private:
  bool colour() const { return environment_.out.colours(); }
  void line(const std::string& mark, const std::string& text) {
    environment_.out.line(mark + "  " + printable(text));
    environment_.out.flush();
  }

  Environment& environment_;
  int code_ = kExitOk;
};

std::string compiler_text() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "an unknown compiler";
#endif
}

void describe_source(Doctor& doctor, const rules::RuleSet& rules, const SourceHealth& health,
                     const std::vector<SourceHealth>& all) {
  const std::string name = health.name + " (" + health.where + ")";
  if (health.error) return doctor.failure(*health.error);
  if (health.comes_with_first_key) {
    return doctor.ok(name + ": no file yet; the first generated key makes it");
  }
  doctor.ok(name + ": " + health.version + ", round trip " + health.round_trip());
  if (rules.dialect() == Dialect::kSqlite) {
    if (health.read_only && !health.replica) doctor.finding(name + ": the file cannot be written");
    return;
  }
  if (health.read_only && !health.replica) {
    doctor.finding(name + ": the server is read_only, so writes to it will fail");
  }
  if (health.compute_error) {
    doctor.finding(
        full_message(*health.compute_error) + ", so compute cannot make temporary tables there",
        health.compute_error->remedy());
  }
  constexpr double kClockSeconds = 1.0;
  if (std::abs(health.clock_offset_seconds) > kClockSeconds) {
    doctor.finding(name + ": its clock differs from this machine's by " +
                   shortest(std::round(health.clock_offset_seconds * 10) / 10, false) + " s");
  }
  for (const SourceHealth& other : all) {
    if (&other == &health) break;
    if (other.error || other.sql_mode == health.sql_mode) continue;
    doctor.finding(name + ": sql_mode is " + health.sql_mode + ", and " + other.sql_mode + " on " +
                   other.name);
    break;
  }
  if (health.max_connections != 0 && rules.pool().size > health.max_connections) {
    doctor.finding(name + ": pool.size is " + std::to_string(rules.pool().size) +
                   ", but the server takes " + std::to_string(health.max_connections) +
                   " connections");
  }
}

// `failed`: the data sources of which was told already what is wrong.
void describe_copies(Doctor& doctor, const CopiesHealth& health,
                     const std::set<std::string>& failed) {
  if (health.error && failed.contains(health.error->data_source())) {
    return doctor.skip("broadcast table " + health.table + ": not compared, because of " +
                       health.error->data_source());
  }
  if (health.error && health.error->code() == ErrorCode::kUnknownTable) {
    return doctor.finding("broadcast table " + health.table + ": " + health.error->message(),
                          health.error->remedy());
  }
  if (health.error) return doctor.failure(*health.error);
  if (health.differing.empty()) {
    doctor.ok("broadcast table " + health.table + ": " + std::to_string(health.copies) +
              " copies with the same " + grouped(health.rows) + " rows");
    return;
  }
  doctor.finding("broadcast table " + health.table + ": " + health.differing);
}

int run_doctor(Environment& environment) {
  Doctor doctor(environment);
  doctor.ok("pando " PANDO_VERSION ", built with " + compiler_text());
  const auto path = find_config(environment);
  if (!path) {
    doctor.failure(path.error());
    return doctor.code();
  }
  int code = kExitOk;
  const auto rules = load_rules(environment, code);
  if (!rules) {
    doctor.finding("configuration " + path->path + " (from " + path->source + ") is not valid");
    return code;
  }
  doctor.ok("configuration " + path->path + " (from " + path->source +
            "): " + counted(rules->data_sources().size(), "data source") + ", " +
            counted(rules->tables().size(), "table"));
  doctor.ok("pool: up to " + std::to_string(rules->pool().size) +
            " connections to each data source, waiting up to " +
            std::to_string(rules->pool().wait.count()) + " ms for one");
  const auto sources = examine_sources(*rules);
  std::set<std::string> failed;
  for (const SourceHealth& health : sources) {
    describe_source(doctor, *rules, health, sources);
    if (health.error && !health.replica) failed.insert(health.name);
  }
  for (const CopiesHealth& health : compare_copies(*rules)) {
    describe_copies(doctor, health, failed);
  }
  return doctor.code();
}

Action configure_doctor(Arguments&) {
  return [](Environment& environment) { return run_doctor(environment); };
}

}  // namespace

const Command kDoctorCommand = {
    "doctor", "Examine the configuration, the data sources and the copies",
    R"(Looks at: the configuration; each data source (reachable, version, round trip, read_only,
clock, sql_mode, connections; for `compute`, temporary tables); and the copies of each broadcast
table, row by row. Changes nothing. Exit code 1 for findings, 4 if a data source cannot be reached.

Examples:
  pando doctor
  pando -c shop.toml doctor)",
    configure_doctor};

}  // namespace pando::cli
