#include "cli/script.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/interrupt.h"
#include "cli/text.h"

namespace pando::cli {

namespace {
constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr std::size_t kMarkBytes = 3;
}  // namespace

Script Script::of_text(std::string_view sql, const sql::ParseOptions& options) {
  Script script(options);
  script.bytes_read_ = script.total_bytes_ = sql.size();
  script.splitter_.feed(sql);
  script.splitter_.finish();
  script.finished_ = true;
  return script;
}

Result<Script> Script::open(const std::string& path, const sql::ParseOptions& options,
                            const Interrupt* interrupt) {
  Script script(options);
  script.interrupt_ = interrupt;
  if (path == "-") {
    script.name_ = "standard input";
    script.descriptor_ = STDIN_FILENO;
    return script;
  }
  script.name_ = path;
  script.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (script.descriptor_ == -1 || ::fstat(script.descriptor_, &status) != 0) {
    return fail(ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::kIo, path + " is a folder, not a file");
  if (S_ISREG(status.st_mode)) script.total_bytes_ = static_cast<std::uint64_t>(status.st_size);
  return script;
}

Script::Script(Script&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      finished_(other.finished_),
      bytes_read_(other.bytes_read_),
      total_bytes_(other.total_bytes_),
      splitter_(std::move(other.splitter_)),
      block_(std::move(other.block_)),
      held_(other.held_),
      started_(other.started_),
      interrupt_(other.interrupt_) {}

Script::~Script() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

Result<std::optional<sql::Splitter::Piece>> Script::next() {
  while (true) {
    if (auto piece = splitter_.next()) return piece;
    if (splitter_.error()) return fail(*splitter_.error());
    if (finished_) return std::nullopt;
    if (interrupt_ != nullptr && !interrupt_->wait_readable(descriptor_)) {
      return fail(ErrorCode::kCancelled, "interrupted");
    }
    block_.resize(kBlockBytes);
    const ssize_t n = ::read(descriptor_, block_.data() + held_, block_.size() - held_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::kIo, "cannot read " + name_ + ": " + std::strerror(errno));
    bytes_read_ += static_cast<std::uint64_t>(n);
    held_ += static_cast<std::size_t>(n);
    // A pipe may give a byte order mark in pieces.
    if (!started_ && n != 0 && held_ < kMarkBytes) continue;
    const std::string_view block(block_.data(), std::exchange(held_, 0));
    splitter_.feed(std::exchange(started_, true) ? block : without_byte_order_mark(block));
    if (n == 0) {
      splitter_.finish();
      finished_ = true;
    }
  }
}

}  // namespace pando::cli
