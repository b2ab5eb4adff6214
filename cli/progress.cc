#include "cli/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pando::cli {

namespace {

using std::chrono::steady_clock;

template <typename... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

}  // namespace

Progress::Progress(Output& err)
    : err_(err), active_(err.is_terminal()), start_(steady_clock::now()), last_(start_) {}

bool Progress::due() {
  const auto now = steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  return true;
}

void Progress::draw(std::string line) {
  line.resize(std::min(line.size(), terminal_width(err_.descriptor()) - 1));
  err_.write("\r\x1b[K" + line);
  err_.flush();
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  err_.write("\r\x1b[K");
  err_.flush();
  drawn_ = false;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - start_).count();
}

std::string bar(double share, std::size_t width) {
  const double clamped = std::clamp(share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(clamped * static_cast<double>(width));
  std::string result = "[" + std::string(filled, '=');
  if (filled < width) result += ">" + std::string(width - filled - 1, ' ');
  return result + formatted("] %3.0f%%", clamped * 100);
}

std::string bytes_text(std::uint64_t bytes) {
  const double number = static_cast<double>(bytes);
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (bytes < 1024 * 1024) return formatted("%.1f KB", number / 1024);
  if (bytes < 1024ull * 1024 * 1024) return formatted("%.1f MB", number / (1024 * 1024));
  return formatted("%.2f GB", number / (1024.0 * 1024 * 1024));
}

std::string duration_text(double seconds) {
  if (seconds < 10) return formatted("%.3f s", seconds);
  if (seconds < 60) return formatted("%.1f s", seconds);
  const auto whole = static_cast<long>(seconds);
  return formatted("%ld min %02ld s", whole / 60, whole % 60);
}

}  // namespace pando::cli
