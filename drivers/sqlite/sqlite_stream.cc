#include "drivers/sqlite/sqlite_stream.h"

namespace pando::drivers::sqlite {

std::vector<Column> columns_of(sqlite3_stmt* statement) {
  const int count = sqlite3_column_count(statement);
  std::vector<Column> columns;
  columns.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    Column column;
    column.name = name == nullptr ? "" : name;
    column.type = SqlType::kDynamic;
    columns.push_back(std::move(column));
  }
  return columns;
}

Value value_of(sqlite3_stmt* statement, int column) {
  auto view = [&](const void* data) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return data == nullptr ? std::string_view("", 0)
                           : std::string_view(static_cast<const char*>(data), size);
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return Value::of_int(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return Value::of_double(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
      return Value::of_text(view(sqlite3_column_text(statement, column)));
    case SQLITE_BLOB:
      return Value::of_bytes(view(sqlite3_column_blob(statement, column)));
    default:
      return Value::null();
  }
}

LiveStream::LiveStream(std::shared_ptr<Handle> handle, Prepared prepared, int first)
    : handle_(std::move(handle)), prepared_(std::move(prepared)), pending_(first) {
  columns_ = columns_of(prepared_.statement.get());
  values_.resize(columns_.size());
  ++handle_->open_streams;
}

LiveStream::~LiveStream() { finish(); }

void LiveStream::finish() {
  row_ = {};
  if (!prepared_.statement) return;
  handle_->give_back(std::move(prepared_));
  prepared_.statement.reset();
  --handle_->open_streams;
}

Result<bool> LiveStream::next() {
  if (error_) return fail(*error_);
  if (!prepared_.statement) return false;
  sqlite3_stmt* statement = prepared_.statement.get();
  const int code = pending_ != 0 ? pending_ : sqlite3_step(statement);
  pending_ = 0;
  if (code == SQLITE_ROW) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] = value_of(statement, static_cast<int>(i));
    }
    row_ = values_;
    return true;
  }
  if (code != SQLITE_DONE) error_ = std::make_unique<Error>(handle_->error(code));
  finish();
  if (error_) return fail(*error_);
  return false;
}

void KeptStream::add(sqlite3_stmt* statement) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Value value = value_of(statement, static_cast<int>(i));
    if (value.kind() == ValueKind::kText) {
      value = Value::of_text(texts_.emplace_back(value.as_string()));
    } else if (value.kind() == ValueKind::kBytes) {
      value = Value::of_bytes(texts_.emplace_back(value.as_string()));
    }
    values_.push_back(value);
  }
}

Result<bool> KeptStream::next() {
  if (position_ >= values_.size()) {
    row_ = {};
    return false;
  }
  row_ = Row(values_).subspan(position_, columns_.size());
  position_ += columns_.size();
  return true;
}

}  // namespace pando::drivers::sqlite
