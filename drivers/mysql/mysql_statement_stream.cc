// Rows of the prepared protocol.

#include "drivers/mysql/mysql_bound_row.h"
#include "drivers/mysql/mysql_error.h"
#include "drivers/mysql/mysql_stream.h"

namespace pando::drivers::mysql {

namespace {

class StatementStream : public MysqlStream {
 public:
  StatementStream(std::shared_ptr<Handle> handle, Prepared prepared,
                  std::span<const MYSQL_FIELD> fields, Handle::Effect effect)
      : MysqlStream(std::move(handle), effect), prepared_(std::move(prepared)), bound_(fields) {
    columns_ = bound_.columns();
  }
  ~StatementStream() override { leave(); }

  bool bind_all() { return bound_.bind(statement()); }

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
    if (!bound_.decode(statement(), values_)) return fail(handle_->error(statement(), effect_));
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

  std::size_t row_bytes() const override { return bound_.bytes(); }

 private:
  MYSQL_STMT* statement() const { return prepared_.statement.get(); }

  Prepared prepared_;
  BoundRow bound_;
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
