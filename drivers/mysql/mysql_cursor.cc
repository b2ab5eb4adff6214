#include "drivers/mysql/mysql_cursor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "drivers/mysql/mysql_bound_row.h"
#include "drivers/mysql/mysql_error.h"

namespace pando::drivers::mysql {

namespace {

// The first block is small, as nothing is known of its rows; each may have four times as many as
// the one before, if they fit.
constexpr std::size_t kFirstRows = 8;
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kMostRows = 1024;
// What the library needs for a row besides its bytes.
constexpr std::size_t kRowOverhead = 64;

// The statement may go as text instead. Not so after others: a deadlock ended the transaction.
bool goes_as_text(unsigned number) {
  constexpr std::array kNumbers = {kUnknownStatement, kNotPreparable,     kNoCursorWithInto,
                                   kTooManyPrepared,  kNeedsPrepareAgain, kNewColumns};
  return std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

// An expression of type BIT: sent as text, it comes as the digits of a number; out of a temporary
// table, as bits.
bool is_bit_expression(const MYSQL_FIELD& field) {
  return field.type == MYSQL_TYPE_BIT && (field.flags & BINARY_FLAG) != 0;
}

// An expression of type DOUBLE with fixed digits: the temporary table's column is too narrow for
// what is greater than those digits leave room for.
bool is_rounded_expression(const MYSQL_FIELD& field) {
  return field.type == MYSQL_TYPE_DOUBLE && field.org_table_length == 0 &&
         column_of(field).decimals > 0;
}

class CursorStream final : public RowStream {
 public:
  CursorStream(std::shared_ptr<Handle> handle, StatementPtr statement,
               std::span<const MYSQL_FIELD> fields, Handle::Effect effect, std::size_t block_bytes)
      : handle_(std::move(handle)),
        statement_(std::move(statement)),
        bound_(fields),
        effect_(effect),
        block_bytes_(block_bytes) {
    columns_ = bound_.columns();
    ++handle_->cursors;
  }
  ~CursorStream() override { close(); }

  bool bind() { return bound_.bind(statement_.get()); }

  Result<bool> next() override {
    if (error_) return fail(*error_);
    if (!statement_) return false;
    if (handle_->interrupted()) {
      return end_with(
          Error(ErrorCode::kCancelled, handle_->name() + ": the statement was cancelled")
              .with_data_source(handle_->name()));
    }
    if (left_ == 0) begin_block();
    switch (mysql_stmt_fetch(statement_.get())) {
      case 0:
      case MYSQL_DATA_TRUNCATED:  // Always so: strings have no room yet.
        break;
      case MYSQL_NO_DATA:
        close();
        return false;
      default:
        return end_with(handle_->error(statement_.get(), effect_));
    }
    --left_;
    widest_ = std::max(widest_, bound_.bytes() + kRowOverhead);
    if (!bound_.decode(statement_.get(), values_)) {
      return end_with(handle_->error(statement_.get(), effect_));
    }
    row_ = values_;
    return true;
  }

 private:
  // The library asks the server for a block when it has no row left of the last one.
  void begin_block() {
    if (widest_ > 0) {
      rows_ =
          std::clamp<std::size_t>(block_bytes_ / widest_, 1, std::min(rows_ * kGrowth, kMostRows));
    }
    widest_ = 0;
    left_ = rows_;
    const auto rows = static_cast<unsigned long>(rows_);
    mysql_stmt_attr_set(statement_.get(), STMT_ATTR_PREFETCH_ROWS, &rows);
    handle_->begin_wait();
  }

  Result<bool> end_with(Error error) {
    error_ = std::move(error);
    close();
    return fail(*error_);
  }

  void close() {
    row_ = {};
    if (!statement_) return;
    // The library would take the rows of the other stream for what this statement has left.
    if (handle_->streaming) handle_->cut();
    statement_.reset();
    if (--handle_->cursors == 0 && !handle_->streaming) handle_->set_running(false);
  }

  std::shared_ptr<Handle> handle_;
  StatementPtr statement_;  // Null after the end.
  BoundRow bound_;
  Handle::Effect effect_;
  std::size_t block_bytes_;
  std::size_t rows_ = kFirstRows;  // Of a block.
  std::size_t left_ = 0;           // Of this block; fewer may come.
  std::size_t widest_ = 0;         // Row of this block, in bytes.
  std::vector<Value> values_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<PreparedCursor>> prepare_cursor(std::shared_ptr<Handle> handle,
                                                       std::string_view sql, Handle::Effect effect,
                                                       std::size_t block_bytes) {
  StatementPtr statement(mysql_stmt_init(handle->mysql()));
  if (!statement) return fail(ErrorCode::kDatabase, handle->name() + ": no memory to prepare");
  handle->begin_wait();
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) {
    if (goes_as_text(mysql_stmt_errno(statement.get()))) return nullptr;
    return fail(handle->error(statement.get(), Handle::Effect::kNone));
  }
  const ResultPtr metadata(mysql_stmt_result_metadata(statement.get()));
  if (!metadata || mysql_stmt_param_count(statement.get()) != 0) return nullptr;
  // A copy, since executing overwrites the types.
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata.get());
  std::vector<MYSQL_FIELD> kept(fields, fields + mysql_num_fields(metadata.get()));
  if (std::any_of(kept.begin(), kept.end(), is_bit_expression) ||
      std::any_of(kept.begin(), kept.end(), is_rounded_expression)) {
    return nullptr;
  }
  return std::make_unique<PreparedCursor>(std::move(handle), std::move(statement), std::move(kept),
                                          effect, block_bytes);
}

PreparedCursor::PreparedCursor(std::shared_ptr<Handle> handle, StatementPtr statement,
                               std::vector<MYSQL_FIELD> fields, Handle::Effect effect,
                               std::size_t block_bytes)
    : handle_(std::move(handle)),
      statement_(std::move(statement)),
      fields_(std::move(fields)),
      effect_(effect),
      block_bytes_(block_bytes) {}

Result<RowStreamPtr> PreparedCursor::open() {
  PANDO_ASSIGN(const bool opened, execute());
  if (!opened || !columns_agree()) return nullptr;
  auto stream = std::make_unique<CursorStream>(handle_, std::move(statement_), fields_, effect_,
                                               block_bytes_);
  if (!stream->bind()) return fail(handle_->error(effect_));
  return stream;
}

Result<bool> PreparedCursor::execute() {
  MYSQL_STMT* statement = statement_.get();
  const unsigned long read_only = CURSOR_TYPE_READ_ONLY;
  if (mysql_stmt_attr_set(statement, STMT_ATTR_CURSOR_TYPE, &read_only) != 0) return false;
  handle_->begin_wait();
  const bool failed = mysql_stmt_execute(statement) != 0;
  const unsigned number = failed ? mysql_stmt_errno(statement) : 0;
  if (failed && number != kOutOfSync) {
    if (goes_as_text(number)) return false;
    return fail(handle_->error(statement, effect_));
  }
  const bool granted = (handle_->mysql()->server_status & SERVER_STATUS_CURSOR_EXISTS) != 0;
  if (granted && !failed) {
    handle_->read_warnings += mysql_warning_count(handle_->mysql());
    return true;
  }
  if (pass_over_rows(handle_->mysql())) return false;
  return fail(handle_->error(statement, effect_));
}

// The temporary table has the types of what it was made for. Should it not, the values could be
// rounded or cut: the cursor is not used then.
bool PreparedCursor::columns_agree() const {
  const auto made = answer_fields(handle_->mysql());
  if (made.size() != fields_.size()) return false;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const MYSQL_FIELD& wanted = fields_[i];
    if (wanted.type == MYSQL_TYPE_NULL) continue;  // Its values are NULL, whatever the column is.
    if (cell_kind_of(made[i]) != cell_kind_of(wanted)) return false;
    const SqlType type = column_of(wanted).type;
    switch (cell_kind_of(wanted)) {
      case CellKind::kText:
      case CellKind::kBytes:
        if (made[i].length < wanted.length) return false;
        if (type != SqlType::kDecimal) break;
        [[fallthrough]];
      default:
        if (column_of(made[i]).type != type || made[i].decimals != wanted.decimals) return false;
    }
  }
  return true;
}

}  // namespace pando::drivers::mysql
