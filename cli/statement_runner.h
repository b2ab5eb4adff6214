// StatementRunner: runs statements on one session and writes their answers, for `query` and
// `shell`.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/result_writer.h"
#include "pando/database.h"
#include "router/plan/plan.h"

namespace pando::cli {

struct StatementResult {
  std::optional<Error> error;  // Also if rows were written before it.
  bool has_rows = false;
  std::uint64_t rows = 0;
  WriteResult write;
  std::shared_ptr<const plan::Plan> plan;  // Null if it failed.
  double seconds = 0;
};

class StatementRunner {
 public:
  StatementRunner(Environment& environment, Session session, Interrupt& interrupt);
  ~StatementRunner();
  StatementRunner(const StatementRunner&) = delete;
  StatementRunner& operator=(const StatementRunner&) = delete;

  // Runs the statement and writes its answer as the n-th. Stops early, cancelling the statement, if
  // the output cannot be written or a signal comes. With parameters, the server's own message is
  // taken out of the error, because it may quote them.
  StatementResult run(std::uint64_t n, std::string_view sql, std::span<const Value> parameters,
                      ResultWriter& writer);

  Session& session() { return session_; }

 private:
  std::optional<Error> copy_rows(RowStream& rows, ResultWriter& writer, StatementResult& result);

  Environment& environment_;
  Session session_;
  Interrupt& interrupt_;
};

// "3 rows (0.012 s)", "2 rows affected, generated key 7 (0.012 s)".
std::string describe_result(const StatementResult& result);

// A line for each of Pando's notes of a statement that it carried out ("LOCK TABLES takes no lock
// through Pando"), after `where` ("load.sql:17") if it is not empty. Returns how many there are.
std::size_t print_notes(const StatementResult& result, Output& err, std::string_view where = {});

}  // namespace pando::cli
