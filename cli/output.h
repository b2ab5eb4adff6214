// Output: a buffered, checked stream onto a file descriptor. Nothing written here can be lost
// without the command noticing: after the first failed write ok() is false and the rest is dropped.
//
// One may be tied to another: what was written to that one first is also seen first, wherever the
// two descriptors lead.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pando::cli {

class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  // Each line is written out at once, after what `before` holds. `before` must outlive this.
  Output(int descriptor, Output& before) : descriptor_(descriptor), before_(&before) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { flush(); }

  // Appends; written out in blocks of 64 KiB, or line by line if tied.
  void write(std::string_view text);
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  // Writes out what is buffered. False if this or any earlier write failed.
  bool flush();

  bool ok() const { return error_ == 0; }
  // errno of the first failed write, 0 if all went well.
  int error() const { return error_; }
  bool is_terminal() const;
  // True if colours are welcome: a terminal that is not "dumb", and NO_COLOR unset or empty.
  bool colours() const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  Output* before_ = nullptr;
  int error_ = 0;
  std::string buffer_;
};

// Names for the few colours used. Each gives its text unchanged if `on` is false.
std::string bold(std::string_view text, bool on);
std::string dim(std::string_view text, bool on);
std::string red(std::string_view text, bool on);
std::string yellow(std::string_view text, bool on);
std::string green(std::string_view text, bool on);
std::string cyan(std::string_view text, bool on);

// Columns of the terminal behind the descriptor; 80 if it is none.
std::size_t terminal_width(int descriptor);

// Gives descriptors 0, 1 and 2 something harmless if the caller closed them: otherwise the next
// file opened, a database perhaps, would take the number and receive our output. Writes to them
// then fail, as they should.
void guard_standard_descriptors();

}  // namespace pando::cli
