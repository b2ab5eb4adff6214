#include "router/execute/cancel.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <system_error>
#include <thread>

namespace pando::execute {
namespace {

constexpr std::size_t kMostThreads = 16;

void several_at_a_time(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto take_all = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  try {
    while (threads.size() + 1 < std::min(count, kMostThreads)) threads.emplace_back(take_all);
  } catch (const std::system_error&) {
    // Fewer will do.
  }
  take_all();
}

}  // namespace

void CancelToken::cancel() {
  std::vector<std::shared_ptr<Entry>> running;
  {
    const std::lock_guard lock(mutex_);
    ++cancels_;
    running = running_;
  }
  several_at_a_time(running.size(), [&](std::size_t i) {
    const std::lock_guard lock(running[i]->mutex);
    if (running[i]->connection) running[i]->connection->cancel();
  });
}

CancelScope::CancelScope(CancelToken* token, drivers::Connection* connection) : token_(token) {
  if (!token_) return;
  entry_ = std::make_shared<CancelToken::Entry>();
  entry_->connection = connection;
  const std::lock_guard lock(token_->mutex_);
  token_->running_.push_back(entry_);
}

void CancelScope::leave() {
  if (!entry_) return;
  {
    const std::lock_guard lock(token_->mutex_);
    std::erase(token_->running_, entry_);
  }
  const std::lock_guard lock(entry_->mutex);
  entry_->connection = nullptr;
}

void cancel_all(std::span<drivers::Connection* const> connections) {
  several_at_a_time(connections.size(), [&](std::size_t i) { connections[i]->cancel(); });
}

}  // namespace pando::execute
