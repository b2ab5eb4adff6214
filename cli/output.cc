#include "cli/output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace pando::cli {

namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

std::string coloured(const char* code, std::string_view text, bool on) {
  if (!on) return std::string(text);
  std::string result = "\x1b[";
  result += code;
  result += 'm';
  result += text;
  result += "\x1b[0m";
  return result;
}

}  // namespace

void Output::write(std::string_view text) {
  if (error_ != 0) return;
  buffer_ += text;
  if (buffer_.size() >= kBlockBytes || (before_ != nullptr && text.ends_with('\n'))) flush();
}

bool Output::flush() {
  if (before_ != nullptr && !buffer_.empty()) before_->flush();
  std::size_t done = 0;
  while (error_ == 0 && done < buffer_.size()) {
    const ssize_t n = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
  return error_ == 0;
}

bool Output::is_terminal() const { return ::isatty(descriptor_) == 1; }

bool Output::colours() const {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb" || *term == '\0') return false;
  return is_terminal();
}

std::string bold(std::string_view text, bool on) { return coloured("1", text, on); }
std::string dim(std::string_view text, bool on) { return coloured("2", text, on); }
std::string red(std::string_view text, bool on) { return coloured("1;31", text, on); }
std::string yellow(std::string_view text, bool on) { return coloured("33", text, on); }
std::string green(std::string_view text, bool on) { return coloured("32", text, on); }
std::string cyan(std::string_view text, bool on) { return coloured("36", text, on); }

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void guard_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one. The wrong direction on purpose: reading from a closed
    // stdin and writing to a closed stdout must fail.
    if (::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) == -1) return;
  }
}

}  // namespace pando::cli
