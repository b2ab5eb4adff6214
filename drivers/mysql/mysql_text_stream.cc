// Rows of the text protocol.

#include <string>

#include "drivers/mysql/mysql_stream.h"

namespace pando::drivers::mysql {

namespace {

class TextStream : public MysqlStream {
 public:
  TextStream(std::shared_ptr<Handle> handle, ResultPtr result, Handle::Effect effect)
      : MysqlStream(std::move(handle), effect), result_(std::move(result)) {
    const unsigned count = mysql_num_fields(result_.get());
    const MYSQL_FIELD* fields = mysql_fetch_fields(result_.get());
    columns_.reserve(count);
    kinds_.resize(count);
    for (unsigned i = 0; i < count; ++i) {
      columns_.push_back(column_of(fields[i]));
      kinds_[i] = static_cast<char>(cell_kind_of(columns_.back()));
    }
    values_.resize(count);
  }
  ~TextStream() override { leave(); }

 protected:
  Fetched fetch() override {
    cells_ = mysql_fetch_row(result_.get());
    if (cells_ == nullptr) {
      return mysql_errno(handle_->mysql()) != 0 ? Fetched::kError : Fetched::kEnd;
    }
    lengths_ = mysql_fetch_lengths(result_.get());
    return Fetched::kRow;
  }

  Result<void> decode() override {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (cells_[i] == nullptr) {
        values_[i] = Value::null();
        continue;
      }
      PANDO_ASSIGN(values_[i], value_of_text(kind(i), {cells_[i], lengths_[i]}));
    }
    return {};
  }

  Error fetch_error() override { return handle_->error(effect_); }
  Result<void> finish() override { return finish_results(*handle_, effect_); }

  std::size_t row_bytes() const override {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) bytes += lengths_[i];
    return bytes;
  }

 private:
  CellKind kind(std::size_t column) const { return static_cast<CellKind>(kinds_[column]); }

  ResultPtr result_;
  std::string kinds_;  // A CellKind each. Few of them take no memory.
  MYSQL_ROW cells_ = nullptr;
  unsigned long* lengths_ = nullptr;
};

}  // namespace

Result<RowStreamPtr> make_text_stream(std::shared_ptr<Handle> handle, Handle::Effect effect) {
  ResultPtr result(mysql_use_result(handle->mysql()));
  if (!result) return fail(handle->error(effect));
  return std::make_unique<TextStream>(std::move(handle), std::move(result), effect);
}

}  // namespace pando::drivers::mysql
