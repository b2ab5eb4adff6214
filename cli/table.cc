#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/text.h"

namespace pando::cli {

Table::Table(std::vector<Heading> headings) : headings_(std::move(headings)) {
  for (const Heading& heading : headings_) widths_.push_back(display_width(heading.name));
}

void Table::add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

std::string Table::line(const std::vector<std::string>& cells, bool heading, bool colour) const {
  std::string result;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = display_width(cells[i]);
    const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
    const bool last = i + 1 == cells.size();
    const bool null = !heading && cells[i] == "NULL";
    std::string cell = heading ? bold(cells[i], colour) : null ? dim(cells[i], colour) : cells[i];
    result += i == 0 ? " " : " | ";
    if (headings_[i].right) {
      result += padding + cell;
    } else {
      result += cell;
      if (!last) result += padding;  // Nothing trails the last column.
    }
  }
  while (result.ends_with(' ')) result.pop_back();  // The last cell may be empty.
  return result;
}

void Table::print(Output& out) {
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], display_width(row[i]));
    }
  }
  std::vector<std::string> names;
  std::string rule;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    names.push_back(headings_[i].name);
    if (i != 0) rule += '+';
    rule += std::string(widths_[i] + 2, '-');
  }
  out.line(line(names, true, out.colours()));
  out.line(rule);
  print_rows(out);
}

void Table::print_rows(Output& out) {
  const bool colour = out.colours();
  for (const auto& row : rows_) out.line(line(row, false, colour));
  rows_.clear();
}

}  // namespace pando::cli
