// Table: rows of text in aligned columns, by their width on a terminal.
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/output.h"

namespace pando::cli {

class Table {
 public:
  struct Heading {
    std::string name;
    bool right = false;  // Numbers are aligned to the right.
  };
  explicit Table(std::vector<Heading> headings);

  // Requires: one cell per heading; cells are printable (see text.h).
  void add(std::vector<std::string> cells);
  std::size_t rows() const { return rows_.size(); }
  void align_right(std::size_t column) { headings_[column].right = true; }

  // Writes headings and rows. Later rows may follow with print_rows(), in the same widths.
  void print(Output& out);
  // Writes the rows added since and forgets them.
  void print_rows(Output& out);

 private:
  std::string line(const std::vector<std::string>& cells, bool heading, bool colour) const;

  std::vector<Heading> headings_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace pando::cli
