#include "cli/result_writer.h"

#include "cli/report.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

class JsonWriter final : public ResultWriter {
 public:
  JsonWriter(Output& out, bool array) : out_(out), array_(array) {
    if (array_) out_.write("[");
  }

  void begin_rows(std::uint64_t statement, const std::vector<Column>& columns) override {
    begin(statement);
    columns_ = columns;
    std::string text = R"(, "columns": [)";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i != 0) text += ", ";
      append_json_text(text, columns[i].name);
    }
    text += R"(], "rows": [)";
    out_.write(text);
    first_row_ = true;
  }

  void row(Row row) override {
    line_.clear();
    if (!first_row_) line_ += array_ ? "," : ", ";
    if (array_) line_ += "\n  ";
    first_row_ = false;
    line_ += '[';
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) line_ += ", ";
      append_json(line_, row[i], columns_[i]);
    }
    line_ += ']';
    out_.write(line_);
  }

  void end_rows(const WriteResult& write, const Error* error) override {
    out_.write("]");
    const bool wrote = write.affected_rows != 0 || write.generated_key != 0;
    out_.write(wrote ? write_members(write) : warnings_member(write));
    if (error != nullptr) out_.write(R"(, "error": )" + error_json(*error));
    end();
    if (error != nullptr) end_line();
  }

  void written(std::uint64_t statement, const WriteResult& write) override {
    begin(statement);
    out_.write(write_members(write));
    end();
  }

  void failed(std::uint64_t statement, const Error& error) override {
    begin(statement);
    out_.write(R"(, "error": )" + error_json(error));
    end();
    end_line();
  }

  void finish() override {
    if (array_) out_.write(line_ended_ ? "]\n" : "\n]\n");
  }

 private:
  void begin(std::uint64_t statement) {
    if (array_) out_.write(any_ ? ",\n" : "\n");
    any_ = true;
    line_ended_ = false;
    out_.write(R"({"statement": )" + std::to_string(statement));
  }
  void end() { out_.write(array_ ? "}" : "}\n"); }
  // The error is told on stderr next, which may be the same terminal.
  void end_line() {
    if (array_) out_.write("\n");
    line_ended_ = true;
  }

  static std::string write_members(const WriteResult& write) {
    return R"(, "affected": )" + std::to_string(write.affected_rows) + R"(, "generated_key": )" +
           (write.generated_key == 0 ? "null" : std::to_string(write.generated_key)) +
           warnings_member(write);
  }
  static std::string warnings_member(const WriteResult& write) {
    return write.warnings == 0 ? "" : R"(, "warnings": )" + std::to_string(write.warnings);
  }

  Output& out_;
  bool array_;
  bool any_ = false;
  bool line_ended_ = false;  // Of an array, behind its last object.
  bool first_row_ = true;
  std::vector<Column> columns_;
  std::string line_;
};

class CsvWriter final : public ResultWriter {
 public:
  explicit CsvWriter(Output& out) : out_(out) {}

  void begin_rows(std::uint64_t, const std::vector<Column>& columns) override {
    if (any_) out_.write("\n");
    any_ = true;
    columns_ = columns;
    line_.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i != 0) line_ += ',';
      append_csv(line_, Value::of_text(columns[i].name), columns[i]);
    }
    out_.line(line_);
  }

  void row(Row row) override {
    line_.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) line_ += ',';
      append_csv(line_, row[i], columns_[i]);
    }
    out_.line(line_);
  }

  void end_rows(const WriteResult&, const Error*) override {}
  void written(std::uint64_t, const WriteResult&) override {}
  void failed(std::uint64_t, const Error&) override {}

 private:
  Output& out_;
  bool any_ = false;
  std::vector<Column> columns_;
  std::string line_;
};

class VerticalWriter final : public ResultWriter {
 public:
  explicit VerticalWriter(Output& out) : out_(out) {}

  void begin_rows(std::uint64_t, const std::vector<Column>& columns) override {
    columns_ = columns;
    number_ = 0;
    width_ = 0;
    for (const Column& column : columns_) width_ = std::max(width_, display_width(column.name));
  }

  void row(Row row) override {
    out_.line("--- row " + std::to_string(++number_) + " ---");
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string name = printable(columns_[i].name);
      out_.line(std::string(width_ - std::min(width_, display_width(name)), ' ') + name + ": " +
                readable(row[i], columns_[i]));
    }
  }

  void end_rows(const WriteResult&, const Error*) override {}
  void written(std::uint64_t, const WriteResult&) override {}
  void failed(std::uint64_t, const Error&) override {}

 private:
  Output& out_;
  std::vector<Column> columns_;
  std::uint64_t number_ = 0;
  std::size_t width_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> make_result_writer(std::string_view format, Output& out) {
  if (format == "jsonl") return std::make_unique<JsonWriter>(out, false);
  if (format == "json") return std::make_unique<JsonWriter>(out, true);
  if (format == "csv") return std::make_unique<CsvWriter>(out);
  return make_table_writer(out);
}

std::unique_ptr<ResultWriter> make_vertical_writer(Output& out) {
  return std::make_unique<VerticalWriter>(out);
}

std::string error_json(const Error& error) {
  std::string text = R"({"code": )";
  append_json_text(text, error.id());
  text += R"(, "sqlstate": )";
  append_json_text(text, error.sqlstate());
  text += R"(, "message": )";
  append_json_text(text, full_message(error));
  return text + "}";
}

}  // namespace pando::cli
