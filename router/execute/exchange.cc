#include "router/execute/exchange.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace pando::execute {
namespace {

using Clock = std::chrono::steady_clock;

// How long answers are taken as they come. After that they are waited for one after the other, so
// that each connection's own read timeout applies.
constexpr std::chrono::seconds kPatience{5};

Result<Reply> not_run() { return fail(ErrorCode::kCancelled, "another data source failed before"); }

class Exchange {
 public:
  Exchange(std::span<const Call> calls, OnFailure on_failure)
      : calls_(calls), on_failure_(on_failure) {
    answers_.replies.reserve(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) answers_.replies.push_back(not_run());
  }

  Answers run() {
    send();
    const auto deadline = Clock::now() + kPatience;
    while (!pending_.empty()) {
      if (failed() && !cancelled_) cancel_pending();
      receive(pending_.size() > 1 ? next_ready(deadline) : 0);
    }
    return std::move(answers_);
  }

 private:
  bool failed() const { return answers_.failure && on_failure_ == OnFailure::kCancelOthers; }

  void keep(std::size_t call, Result<Reply> reply) {
    if (!reply && !answers_.failure) answers_.failure = reply.error();
    answers_.replies[call] = std::move(reply);
  }

  void send() {
    for (std::size_t i = 0; i < calls_.size() && !failed(); ++i) {
      drivers::Connection& connection = calls_[i].to->connection();
      if (connection.can_interleave()) {
        keep(i, connection.run(calls_[i].query));
        continue;
      }
      if (auto sent = connection.send(calls_[i].query); !sent) {
        keep(i, fail(std::move(sent).error()));
      } else {
        pending_.push_back(i);
      }
    }
  }

  std::vector<pollfd> sockets() const {
    std::vector<pollfd> polled;
    polled.reserve(pending_.size());
    for (const std::size_t call : pending_) {
      polled.push_back({calls_[call].to->connection().socket(), POLLIN, 0});
    }
    return polled;
  }

  // The place in pending_ of an answer that has come, or the first one if there is no telling.
  std::size_t next_ready(Clock::time_point deadline) const {
    std::vector<pollfd> polled = sockets();
    if (std::any_of(polled.begin(), polled.end(), [](const pollfd& one) { return one.fd < 0; })) {
      return 0;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 || ::poll(polled.data(), polled.size(), static_cast<int>(left)) <= 0) return 0;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) return i;
    }
    return 0;
  }

  void receive(std::size_t place) {
    const std::size_t call = pending_[place];
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(place));
    auto reply = calls_[call].to->connection().receive();
    // The cancellation may have come too late for this statement, and must not hit the next one.
    if (cancelled_ && reply) calls_[call].to->discard();
    keep(call, std::move(reply));
  }

  // An answer that is there already is only to be read; the rest is stopped first.
  void cancel_pending() {
    cancelled_ = true;
    std::vector<pollfd> polled = sockets();
    (void)::poll(polled.data(), polled.size(), 0);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (polled[i].revents == 0) calls_[pending_[i]].to->connection().cancel();
    }
  }

  std::span<const Call> calls_;
  OnFailure on_failure_;
  Answers answers_;
  std::vector<std::size_t> pending_;  // Calls that were sent and not received.
  bool cancelled_ = false;
};

}  // namespace

Answers exchange_all(std::span<const Call> calls, OnFailure on_failure) {
  return Exchange(calls, on_failure).run();
}

}  // namespace pando::execute
