// Interrupt: Ctrl-C and SIGTERM, taken by a thread of their own, so that what they do is ordinary
// code: cancel the running statement, wake up who waits for input.
//
// Threads: one Interrupt per process, made before other threads start (it blocks the signals).

#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace pando::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Called, from another thread, when a signal comes. Empty: nothing is called. After this returns
  // the former function is not running and will not be.
  void on_signal(std::function<void()> function);

  // The exit code that the signal asks for (128 + its number), 0 if none came.
  int exit_code() const { return signal_ == 0 ? 0 : 128 + signal_; }
  // Forgets the signal (the shell goes on after Ctrl-C).
  void clear();

  // Waits until the descriptor can be read. False: a signal came first.
  bool wait_readable(int descriptor) const;

 private:
  void watch();

  std::atomic<int> signal_ = 0;
  std::atomic<bool> stop_ = false;
  int wake_ = -1;  // An eventfd, readable from the first signal on.
  std::mutex mutex_;
  std::function<void()> function_;
  std::thread thread_;
};

}  // namespace pando::cli
