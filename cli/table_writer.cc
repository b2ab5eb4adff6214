// The table format of ResultWriter. The first rows, up to a limit, are held back to find the widths
// of the columns; wider cells that come later stick out.

#include <optional>

#include "cli/result_writer.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

constexpr std::size_t kRowsForWidths = 1000;
constexpr std::size_t kBytesForWidths = 4u << 20;

bool is_number(SqlType type) {
  switch (type) {
    case SqlType::kInt8:
    case SqlType::kInt16:
    case SqlType::kInt24:
    case SqlType::kInt32:
    case SqlType::kInt64:
    case SqlType::kYear:
    case SqlType::kFloat:
    case SqlType::kDouble:
    case SqlType::kDecimal:
      return true;
    default:
      return false;
  }
}

class TableWriter final : public ResultWriter {
 public:
  explicit TableWriter(Output& out) : out_(out) {}

  void begin_rows(std::uint64_t, const std::vector<Column>& columns) override {
    columns_ = columns;
    std::vector<Table::Heading> headings;
    for (const Column& column : columns_) headings.push_back({printable(column.name)});
    table_.emplace(std::move(headings));
    only_numbers_.assign(columns_.size(), true);
    any_value_.assign(columns_.size(), false);
    held_bytes_ = 0;
    printing_ = false;
  }

  void row(Row row) override {
    std::vector<std::string> cells;
    cells.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(readable(row[i], columns_[i]));
      held_bytes_ += cells.back().size();
      if (row[i].is_null()) continue;
      any_value_[i] = true;
      const bool text = row[i].kind() == ValueKind::kText || row[i].kind() == ValueKind::kBytes;
      if (text) only_numbers_[i] = false;
    }
    table_->add(std::move(cells));
    if (printing_) {
      table_->print_rows(out_);
    } else if (table_->rows() >= kRowsForWidths || held_bytes_ >= kBytesForWidths) {
      print();
    }
  }

  void end_rows(const WriteResult&, const Error*) override {
    if (!printing_) print();
  }
  void written(std::uint64_t, const WriteResult&) override {}
  void failed(std::uint64_t, const Error&) override {}

 private:
  void print() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      // SQLite's columns have no type; their values have.
      const bool number = is_number(columns_[i].type) || (columns_[i].type == SqlType::kDynamic &&
                                                          any_value_[i] && only_numbers_[i]);
      if (number) table_->align_right(i);
    }
    table_->print(out_);
    printing_ = true;
  }

  Output& out_;
  std::vector<Column> columns_;
  std::optional<Table> table_;
  std::vector<bool> only_numbers_;
  std::vector<bool> any_value_;
  std::size_t held_bytes_ = 0;
  bool printing_ = false;
};

}  // namespace

std::unique_ptr<ResultWriter> make_table_writer(Output& out) {
  return std::make_unique<TableWriter>(out);
}

}  // namespace pando::cli
