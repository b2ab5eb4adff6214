// Rows of the prepared protocol.

#include <algorithm>

#include "drivers/mysql/mysql_error.h"
#include "drivers/mysql/mysql_stream.h"

namespace pando::drivers::mysql {

namespace {

// Where the library puts a cell. Strings are fetched in a second step, when their size is known.
struct Cell {
  CellKind kind = CellKind::kText;
  unsigned decimals = 0;
  std::int64_t integer = 0;
  double number = 0;
  float small_number = 0;
  MYSQL_TIME time{};
  char nothing = 0;
  unsigned long length = 0;
  my_bool is_null = 0;
  my_bool truncated = 0;
  std::string printed;
};

class StatementStream : public MysqlStream {
 public:
  StatementStream(std::shared_ptr<Handle> handle, Prepared prepared,
                  std::span<const MYSQL_FIELD> fields, Handle::Effect effect)
      : MysqlStream(std::move(handle), effect), prepared_(std::move(prepared)) {
    cells_.resize(fields.size());
    binds_.resize(fields.size());
    values_.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      columns_.push_back(column_of(fields[i]));
      bind(fields[i], cells_[i], binds_[i]);
    }
  }
  ~StatementStream() override { leave(); }

  bool bind_all() { return mysql_stmt_bind_result(statement(), binds_.data()) == 0; }

 protected:
  Fetched fetch() override {
    switch (mysql_stmt_fetch(statement())) {
      case 0:
      case MYSQL_DATA_TRUNCATED:  // Always so: strings have no room yet.
        return Fetched::kRow;
      case MYSQL_NO_DATA:
        return Fetched::kEnd;
      default:
        return Fetched::kError;
    }
  }

  Result<void> decode() override {
    PANDO_TRY(fetch_strings());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      Cell& cell = cells_[i];
      if (cell.is_null != 0) {
        values_[i] = Value::null();
        continue;
      }
      switch (cell.kind) {
        case CellKind::kInt:
          values_[i] = Value::of_int(cell.integer);
          break;
        case CellKind::kUint:
          values_[i] = Value::of_uint(static_cast<std::uint64_t>(cell.integer));
          break;
        case CellKind::kFloat:
          values_[i] = Value::of_double(printed_float(cell.small_number, cell.decimals));
          break;
        case CellKind::kDouble:
          values_[i] = Value::of_double(printed_double(cell.number, cell.decimals));
          break;
        case CellKind::kTemporal:
          cell.printed = print_temporal(cell.time, columns_[i].type, cell.decimals);
          values_[i] = Value::of_text(cell.printed);
          break;
        case CellKind::kText:
        case CellKind::kBytes:
          break;  // fetch_strings() made these.
      }
    }
    return {};
  }

  Error fetch_error() override { return handle_->error(statement(), effect_); }

  Result<void> finish() override {
    mysql_stmt_free_result(statement());
    PANDO_TRY(finish_results(*handle_, effect_));
    // INSERT ... RETURNING cannot be repeated should its columns have changed: prepare it each
    // time.
    if (only_reads_if_it_has_rows(prepared_.sql)) handle_->give_back(std::move(prepared_));
    return {};
  }

  std::size_t row_bytes() const override {
    std::size_t bytes = 0;
    for (const Cell& cell : cells_) bytes += cell.length;
    return bytes;
  }

 private:
  MYSQL_STMT* statement() const { return prepared_.statement.get(); }

  static void bind(const MYSQL_FIELD& field, Cell& cell, MYSQL_BIND& bind) {
    bind = MYSQL_BIND{};
    cell.kind = cell_kind_of(field);
    cell.decimals = field.decimals;
    bind.is_null = &cell.is_null;
    bind.length = &cell.length;
    bind.error = &cell.truncated;
    switch (cell.kind) {
      case CellKind::kInt:
      case CellKind::kUint:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.is_unsigned = cell.kind == CellKind::kUint ? 1 : 0;
        bind.buffer = &cell.integer;
        break;
      case CellKind::kFloat:
        bind.buffer_type = MYSQL_TYPE_FLOAT;
        bind.buffer = &cell.small_number;
        break;
      case CellKind::kDouble:
        bind.buffer_type = MYSQL_TYPE_DOUBLE;
        bind.buffer = &cell.number;
        break;
      case CellKind::kTemporal:
        bind.buffer_type = field.type;
        bind.buffer = &cell.time;
        bind.buffer_length = sizeof cell.time;
        break;
      case CellKind::kText:
      case CellKind::kBytes:
        bind.buffer_type = MYSQL_TYPE_STRING;
        bind.buffer = &cell.nothing;
        bind.buffer_length = 0;
        break;
    }
  }

  static bool is_string(const Cell& cell) {
    return (cell.kind == CellKind::kText || cell.kind == CellKind::kBytes) && cell.is_null == 0;
  }

  // All strings of the row go into one buffer, which grows to the longest row seen.
  Result<void> fetch_strings() {
    std::size_t total = 0;
    for (const Cell& cell : cells_) total += is_string(cell) ? cell.length : 0;
    if (total > strings_.size()) strings_.resize(std::max(total, 2 * strings_.size()));
    std::size_t at = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      Cell& cell = cells_[i];
      if (!is_string(cell)) continue;
      const unsigned long size = cell.length;
      if (size > 0) {
        unsigned long length = 0;
        my_bool is_null = 0, truncated = 0;
        MYSQL_BIND target{};
        target.buffer_type = MYSQL_TYPE_STRING;
        target.buffer = strings_.data() + at;
        target.buffer_length = size;
        target.length = &length;
        target.is_null = &is_null;
        target.error = &truncated;
        if (mysql_stmt_fetch_column(statement(), &target, static_cast<unsigned>(i), 0) != 0) {
          return fail(handle_->error(statement(), effect_));
        }
      }
      const std::string_view text(strings_.data() + at, size);
      values_[i] = cell.kind == CellKind::kText ? Value::of_text(text) : Value::of_bytes(text);
      at += size;
    }
    return {};
  }

  Prepared prepared_;
  std::vector<Cell> cells_;
  std::vector<MYSQL_BIND> binds_;
  std::vector<char> strings_ = std::vector<char>(64);
};

}  // namespace

Result<RowStreamPtr> make_statement_stream(const std::shared_ptr<Handle>& handle, Prepared prepared,
                                           Handle::Effect effect) {
  MYSQL_STMT* statement = prepared.statement.get();
  const auto fields = answer_fields(handle->mysql());
  if (fields.size() != mysql_stmt_field_count(statement)) {
    handle->cut();
    return fail(Error(ErrorCode::kInternal, handle->name() + ": an answer without its columns")
                    .with_data_source(handle->name()));
  }
  auto stream = std::make_unique<StatementStream>(handle, std::move(prepared), fields, effect);
  if (!stream->bind_all()) return fail(handle->error(statement, effect));
  return stream;
}

}  // namespace pando::drivers::mysql
