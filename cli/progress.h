// Progress: one line on stderr that is drawn over while work goes on; nothing unless stderr is a
// terminal.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/output.h"

namespace pando::cli {

class Progress {
 public:
  explicit Progress(Output& err);
  ~Progress() { clear(); }

  // Cheap to call for every statement: redraws at most ten times a second. `make_line` is called
  // only then.
  template <typename MakeLine>
  void update(MakeLine make_line) {
    if (active_ && due()) draw(make_line());
  }
  // Removes the line, before anything else is written to the terminal.
  void clear();
  double seconds() const;

 private:
  bool due();
  void draw(std::string line);

  Output& err_;
  bool active_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

// "[=====>    ]  52%"
std::string bar(double share, std::size_t width);
// "12.3 MB"
std::string bytes_text(std::uint64_t bytes);
// "0.012 s", "3.4 s", "2 min 05 s"
std::string duration_text(double seconds);

}  // namespace pando::cli
