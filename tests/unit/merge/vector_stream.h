// A stream of rows that a test holds, and the rows of a stream as text.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pando/row_stream.h"

namespace pando::merge::testing {

class VectorStream final : public RowStream {
 public:
  struct Counters {
    int pulled = 0;
    int destroyed = 0;
  };

  VectorStream(std::vector<Column> columns, std::vector<std::vector<Value>> rows,
               std::optional<Error> error_at_end = {}, Counters* counters = nullptr)
      : rows_(std::move(rows)), error_(std::move(error_at_end)), counters_(counters) {
    columns_ = std::move(columns);
  }
  ~VectorStream() override {
    if (counters_) ++counters_->destroyed;
  }

  Result<bool> next() override {
    if (at_ == rows_.size()) {
      if (error_) return fail(*error_);
      return false;
    }
    if (counters_) ++counters_->pulled;
    // A fresh copy, and the last one gone: whoever looks at a row for too long is found out.
    current_ = rows_[at_++];
    texts_.clear();
    texts_.reserve(current_.size());
    for (Value& value : current_) {
      if (value.kind() != ValueKind::kText && value.kind() != ValueKind::kBytes) continue;
      auto bytes = std::make_unique<std::string>(value.as_string());
      value = value.kind() == ValueKind::kText ? Value::of_text(*bytes) : Value::of_bytes(*bytes);
      texts_.push_back(std::move(bytes));
    }
    row_ = current_;
    return true;
  }

 private:
  std::vector<std::vector<Value>> rows_;
  std::optional<Error> error_;
  Counters* counters_;
  std::size_t at_ = 0;
  std::vector<Value> current_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

inline std::string to_text(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kInt:
      return std::to_string(value.as_int());
    case ValueKind::kUint:
      return std::to_string(value.as_uint()) + "u";
    case ValueKind::kDouble:
      return "d" + std::to_string(value.as_double());
    case ValueKind::kText:
      return std::string(value.as_string());
    case ValueKind::kBytes:
      return "x" + std::string(value.as_string());
  }
  return "?";
}

inline std::string to_text(Row row) {
  std::string text;
  for (const Value& value : row) {
    if (!text.empty()) text += '|';
    text += to_text(value);
  }
  return text;
}

// The rows, and as the last line the error if there is one.
inline std::vector<std::string> drain(RowStream& rows) {
  std::vector<std::string> lines;
  while (true) {
    auto more = rows.next();
    if (!more) {
      lines.push_back("error " + std::string(more.error().info().name));
      return lines;
    }
    if (!*more) return lines;
    lines.push_back(to_text(rows.row()));
  }
}

inline Column column(std::string name, SqlType type, std::uint8_t decimals = 0) {
  Column result;
  result.name = std::move(name);
  result.type = type;
  result.decimals = decimals;
  return result;
}

}  // namespace pando::merge::testing
