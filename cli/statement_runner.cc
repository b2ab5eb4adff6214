#include "cli/statement_runner.h"

#include <chrono>
#include <utility>

#include "cli/log.h"
#include "cli/progress.h"
#include "cli/text.h"

namespace pando::cli {

StatementRunner::StatementRunner(Environment& environment, Session session, Interrupt& interrupt)
    : environment_(environment), session_(std::move(session)), interrupt_(interrupt) {
  interrupt_.on_signal([this] { session_.cancel(); });
}

StatementRunner::~StatementRunner() { interrupt_.on_signal({}); }

std::optional<Error> StatementRunner::copy_rows(RowStream& rows, ResultWriter& writer,
                                                StatementResult& result) {
  while (true) {
    auto more = rows.next();
    if (!more) return std::move(more).error();
    if (!*more) return std::nullopt;
    writer.row(rows.row());
    ++result.rows;
    if (!environment_.out.ok()) return Error(ErrorCode::kIo, "the output cannot be written");
    if (interrupt_.exit_code() != 0) return Error(ErrorCode::kCancelled, "interrupted");
  }
}

StatementResult StatementRunner::run(std::uint64_t n, std::string_view sql,
                                     std::span<const Value> parameters, ResultWriter& writer) {
  const auto start = std::chrono::steady_clock::now();
  StatementResult result;
  const auto own = [&](Error error) {
    return parameters.empty() ? error : std::move(error).without_native_message();
  };
  auto reply = session_.run(sql, parameters);
  if (reply) result.plan = std::move(reply->plan);
  if (!reply) {
    result.error = own(std::move(reply).error());
    writer.failed(n, *result.error);
  } else if (reply->rows) {
    result.has_rows = true;
    writer.begin_rows(n, reply->rows->columns());
    auto error = copy_rows(*reply->rows, writer, result);
    if (error) result.error = own(*std::move(error));
    result.write = reply->write;
    writer.end_rows(result.write, result.error ? &*result.error : nullptr);
    reply->rows.reset();
  } else {
    result.write = reply->write;
    writer.written(n, result.write);
  }
  if (logs()) {
    const std::string what = result.error ? std::string(error_info(result.error->code()).id)
                             : result.has_rows
                                 ? counted(result.rows, "row")
                                 : counted(result.write.affected_rows, "row") + " affected";
    log_step("statement " + std::to_string(n) + ": " + what, start);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::string describe_result(const StatementResult& result) {
  std::string text = result.has_rows ? counted(result.rows, "row")
                                     : counted(result.write.affected_rows, "row") + " affected";
  if (!result.has_rows && result.write.generated_key != 0) {
    text += ", generated key " + std::to_string(result.write.generated_key);
  }
  if (result.write.warnings != 0) text += ", " + counted(result.write.warnings, "warning");
  return text + " (" + duration_text(result.seconds) + ")";
}

std::size_t print_notes(const StatementResult& result, Output& err, std::string_view where) {
  if (!result.plan) return 0;
  const std::string before = where.empty() ? "  note: " : std::string(where) + ": note: ";
  for (const std::string& note : result.plan->notes) err.line(before + printable(note));
  return result.plan->notes.size();
}

}  // namespace pando::cli
