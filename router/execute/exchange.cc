#include "router/execute/exchange.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <utility>

namespace pando::execute {
namespace {

using Clock = std::chrono::steady_clock;

Result<Reply> not_run() { return fail(ErrorCode::kCancelled, "another data source failed before"); }

class Exchange {
 public:
  Exchange(std::span<const Call> calls, OnFailure on_failure, std::chrono::milliseconds patience)
      : calls_(calls), on_failure_(on_failure), patience_(patience), stopped_(calls.size(), false) {
    answers_.replies.reserve(calls.size());
    answers_.times.resize(calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) answers_.replies.push_back(not_run());
  }

  Answers run() {
    begin_ = Clock::now();
    send();
    deadline_ = Clock::now() + patience_;
    while (!pending_.empty()) {
      if (failed() && !cancelled_) cancel_pending();
      const std::optional<std::size_t> ready = next_ready();
      if (!ready) {
        late_ = true;
        cancel_pending();
      }
      receive(ready.value_or(0));
    }
    return std::move(answers_);
  }

 private:
  bool failed() const { return answers_.failure && on_failure_ == OnFailure::kCancelOthers; }

  void keep(std::size_t call, Result<Reply> reply) {
    if (!reply && !answers_.failure) answers_.failure = reply.error();
    answers_.replies[call] = std::move(reply);
    answers_.times[call] =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin_);
  }

  void send() {
    for (std::size_t i = 0; i < calls_.size() && !failed(); ++i) {
      drivers::Connection& connection = calls_[i].to->connection();
      if (connection.can_interleave()) {
        keep(i, calls_[i].to->run(calls_[i].query));
        continue;
      }
      if (auto sent = calls_[i].to->send(calls_[i].query); !sent) {
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
  // nullopt: the time is over.
  std::optional<std::size_t> next_ready() const {
    std::vector<pollfd> polled = sockets();
    const bool tells =
        std::none_of(polled.begin(), polled.end(), [](const pollfd& one) { return one.fd < 0; });
    // Those that were stopped answer soon.
    if (!tells || late_) return 0;
    int ready = 0;
    do {
      ready = ::poll(polled.data(), polled.size(), milliseconds_left());
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) return 0;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) return i;
    }
    return std::nullopt;
  }

  // As poll() wants it.
  int milliseconds_left() const {
    if (patience_.count() == 0) return -1;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
  }

  void receive(std::size_t place) {
    const std::size_t call = pending_[place];
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(place));
    drivers::Connection& connection = calls_[call].to->connection();
    auto reply = connection.receive();
    // Of rows, the rest would not come. What is done without any is done.
    if (late_ && stopped_[call] && (!reply || reply->rows)) {
      const Outcome outcome = reply ? Outcome::kNotApplied : reply.error().outcome();
      reply =
          fail(Error(ErrorCode::kTimeout,
                     connection.name() + ": the server did not answer within pool.read_timeout_ms")
                   .with_data_source(connection.name())
                   .with_outcome(outcome));
    }
    // The cancellation may have come too late for this statement, and must not hit the next one.
    if (stopped_[call] && reply) calls_[call].to->discard();
    keep(call, std::move(reply));
  }

  // An answer that is there already is only to be read; the rest is stopped first.
  void cancel_pending() {
    cancelled_ = true;
    std::vector<pollfd> polled = sockets();
    (void)::poll(polled.data(), polled.size(), 0);
    std::vector<drivers::Connection*> stopped;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (polled[i].revents != 0) continue;
      stopped_[pending_[i]] = true;
      stopped.push_back(&calls_[pending_[i]].to->connection());
    }
    cancel_all(stopped);
  }

  std::span<const Call> calls_;
  OnFailure on_failure_;
  std::chrono::milliseconds patience_;
  Clock::time_point begin_;
  Clock::time_point deadline_;
  Answers answers_;
  std::vector<std::size_t> pending_;  // Calls that were sent and not received.
  std::vector<bool> stopped_;         // Calls that were cancelled while pending.
  bool cancelled_ = false;
  bool late_ = false;
};

}  // namespace

Answers exchange_all(std::span<const Call> calls, OnFailure on_failure,
                     std::chrono::milliseconds patience) {
  return Exchange(calls, on_failure, patience).run();
}

}  // namespace pando::execute
