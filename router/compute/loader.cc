#include "router/compute/loader.h"

#include <algorithm>
#include <utility>

#include "router/execute/value_bytes.h"
#include "router/rewrite/text_edits.h"

namespace pando::compute {
namespace {

constexpr std::size_t kBatchBytes = 256u << 10;
// SQLite takes 32,766 parameters; a short prepared statement is as fast as a long one there.
constexpr std::size_t kSqliteParameters = 500;
constexpr std::size_t kMysqlParameters = 8000;

}  // namespace

void Loader::Batch::clear() {
  values.clear();
  starts.clear();
  heap.clear();
  rows = 0;
}

Loader::Loader(execute::Borrowed& connection, const plan::Piece& piece, Dialect dialect)
    : connection_(connection), piece_(piece), sqlite_(dialect == Dialect::kSqlite) {
  const std::size_t parameters = sqlite_ ? kSqliteParameters : kMysqlParameters;
  most_rows_ = std::max<std::size_t>(1, parameters / piece.columns.size());
}

Loader::Text& Loader::text_of(std::size_t rows) {
  Text& text = rows == most_rows_ ? full_ : rest_;
  if (text.rows == rows) return text;
  const Dialect dialect = sqlite_ ? Dialect::kSqlite : Dialect::kMySql;
  text.rows = rows;
  text.offsets.clear();
  text.sql = "INSERT INTO " + piece_.table + " (";
  for (std::size_t i = 0; i < piece_.columns.size(); ++i) {
    if (i > 0) text.sql += ',';
    text.sql += rewrite::quote_identifier(piece_.columns[i].name, dialect);
  }
  text.sql += ") VALUES ";
  for (std::size_t row = 0; row < rows; ++row) {
    text.sql += row > 0 ? ",(" : "(";
    for (std::size_t i = 0; i < piece_.columns.size(); ++i) {
      if (i > 0) text.sql += ',';
      const std::string& placeholder = piece_.columns[i].placeholder;
      text.offsets.push_back(static_cast<std::uint32_t>(text.sql.size() + placeholder.find('?')));
      text.sql += placeholder;
    }
    text.sql += ')';
  }
  return text;
}

Result<void> Loader::add(Row row) {
  if (row.size() != piece_.columns.size()) {
    return fail(ErrorCode::kInternal, "a piece has another number of columns than its table");
  }
  Batch& batch = gathering_;
  for (const Value& value : row) {
    const bool text = value.kind() == ValueKind::kText || value.kind() == ValueKind::kBytes;
    batch.values.push_back(value);
    batch.starts.push_back(text ? batch.heap.size() : SIZE_MAX);
    if (text) batch.heap += value.as_string();
    bytes_ += execute::value_bytes(value);
  }
  ++rows_;
  ++batch.rows;
  if (batch.rows == most_rows_ || batch.heap.size() >= kBatchBytes) return flush();
  return {};
}

Result<void> Loader::flush() {
  if (gathering_.rows == 0) return {};
  PANDO_TRY(wait());
  std::swap(gathering_, sent_);
  gathering_.clear();
  for (std::size_t i = 0; i < sent_.values.size(); ++i) {
    if (sent_.starts[i] == SIZE_MAX) continue;
    Value& value = sent_.values[i];
    const std::string_view text(sent_.heap.data() + sent_.starts[i], value.as_string().size());
    value = value.kind() == ValueKind::kText ? Value::of_text(text) : Value::of_bytes(text);
  }
  const Text& text = text_of(sent_.rows);
  PANDO_TRY(connection_.send({.sql = text.sql,
                              .parameters = sent_.values,
                              .parameter_offsets = text.offsets,
                              .prepare = sqlite_}));
  waiting_ = true;
  return {};
}

Result<void> Loader::wait() {
  if (!std::exchange(waiting_, false)) return {};
  PANDO_ASSIGN(const Reply reply, connection_.connection().receive());
  if (reply.write.affected_rows != sent_.rows) {
    return fail(ErrorCode::kInternal, "a temporary table did not take all rows");
  }
  return {};
}

Result<void> Loader::finish() {
  PANDO_TRY(flush());
  return wait();
}

}  // namespace pando::compute
