// Stopping what runs: from another thread, through a token; and all that an exchange has sent.
//
// Threads: CancelToken::cancel() may be called from any thread, at any time. A CancelScope belongs
// to the thread of its connection.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "drivers/driver.h"

namespace pando::execute {

// Lets another thread stop a statement: it then fails with kCancelled, whether it is running,
// between two of its queries, or waiting for a connection. Reusable.
class CancelToken {
 public:
  // Returns when the servers have been told. Waits for the network; no statement waits for it but
  // those that it stops.
  void cancel();

 private:
  friend class CancelWatch;
  friend class CancelScope;
  struct Entry {
    std::mutex mutex;  // Held while the connection is being cancelled: it must not go meanwhile.
    drivers::Connection* connection = nullptr;  // Null: it has gone.
  };

  std::atomic<std::uint64_t> cancels_{0};
  std::mutex mutex_;  // Guards running_; never held during I/O.
  std::vector<std::shared_ptr<Entry>> running_;
};

// One statement's view of a token: cancelled once cancel() is called after this was made.
class CancelWatch {
 public:
  CancelWatch() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): options name a token.
  CancelWatch(CancelToken* token) : token_(token), before_(token ? token->cancels_.load() : 0) {}

  CancelToken* token() const { return token_; }
  bool cancelled() const { return token_ && token_->cancels_.load() != before_; }

 private:
  CancelToken* token_ = nullptr;
  std::uint64_t before_ = 0;
};

// Enters a connection into a token for the scope's lifetime.
class CancelScope {
 public:
  CancelScope(CancelToken* token, drivers::Connection* connection);
  ~CancelScope() { leave(); }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;
  // Afterwards the token does not touch the connection.
  void leave();

 private:
  CancelToken* token_;
  std::shared_ptr<CancelToken::Entry> entry_;
};

// Cancels all of them, several at a time: each may have to wait for a server that is gone.
void cancel_all(std::span<drivers::Connection* const> connections);

}  // namespace pando::execute
