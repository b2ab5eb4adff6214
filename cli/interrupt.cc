#include "cli/interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

namespace pando::cli {

namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Interrupt::Interrupt() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { watch(); });
}

Interrupt::~Interrupt() {
  stop_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);
  thread_.join();
  ::close(wake_);
}

void Interrupt::watch() {
  const sigset_t set = watched_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (stop_) return;
    // Someone who asks twice is not waiting for a server that does not answer.
    if (signal_.exchange(signal) != 0) _exit(128 + signal);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_, &one, sizeof one);
    const std::lock_guard lock(mutex_);
    if (function_) function_();
  }
}

void Interrupt::on_signal(std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  function_ = std::move(function);
  if (signal_ != 0 && function_) function_();
}

void Interrupt::clear() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(wake_, &count, sizeof count);
  signal_ = 0;
}

bool Interrupt::wait_readable(int descriptor) const {
  pollfd waits[] = {{wake_, POLLIN, 0}, {descriptor, POLLIN, 0}};
  while (true) {
    const int n = ::poll(waits, 2, -1);
    if (n < 0 && errno == EINTR) continue;
    return (waits[0].revents & POLLIN) == 0;
  }
}

}  // namespace pando::cli
