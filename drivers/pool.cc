#include "drivers/pool.h"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace pando::drivers {

using Clock = std::chrono::steady_clock;

struct Pool::State {
  struct Idle {
    ConnectionPtr connection;
    Clock::time_point since;
    std::thread::id user;  // The thread that used it last.
  };

  // What one data source holds. Free slots = size - idle - in_use.
  struct Shelf {
    ConnectOptions connect;
    Driver* driver = nullptr;
    std::vector<Idle> idle;  // The last one was used most recently.
    std::size_t in_use = 0;
    Clock::time_point suspect;  // A connection broke then: older idle ones are asked before use.
    std::uint64_t opened = 0, discarded = 0, wait_timeouts = 0;
  };

  // One place of a request: the data source, and the connection that was idle there, if any.
  struct Place {
    std::size_t source = 0;
    Idle taken;
    bool suspect = false;  // A connection of its data source broke after it was used last.
  };

  struct Waiter {
    std::vector<std::pair<std::size_t, std::size_t>> needs;  // Data source, how many.
    std::vector<Place>* places = nullptr;
    std::thread::id thread = std::this_thread::get_id();
    bool granted = false;
    std::condition_variable ready;
  };

  PoolOptions options;
  std::vector<Shelf> shelves;
  mutable std::mutex mutex;
  std::list<Waiter*> queue;  // In order of arrival.

  bool fits(const Waiter& waiter) const {
    return std::all_of(waiter.needs.begin(), waiter.needs.end(), [this](const auto& need) {
      return shelves[need.first].in_use + need.second <= options.size;
    });
  }

  // The connection that the thread itself used last: its socket, and the server's thread at the
  // other end, are then mostly on the same core. Otherwise the one that was used last.
  static std::vector<Idle>::iterator best(std::vector<Idle>& idle, std::thread::id thread) {
    const auto own = std::find_if(idle.rbegin(), idle.rend(),
                                  [thread](const Idle& one) { return one.user == thread; });
    return std::prev(own == idle.rend() ? idle.end() : own.base());
  }

  void take(Place& place, std::thread::id thread) {
    Shelf& shelf = shelves[place.source];
    // A lease puts its connection back without asking for memory.
    shelf.idle.reserve(shelf.idle.size() + shelf.in_use + 1);
    ++shelf.in_use;
    if (shelf.idle.empty()) return;
    const auto taken = best(shelf.idle, thread);
    place.taken = std::move(*taken);
    place.suspect = place.taken.since <= shelf.suspect;
    shelf.idle.erase(taken);
  }

  // The usual case: one connection, and nobody waits. False: queue up.
  bool take_at_once(Place& place) {
    const std::lock_guard lock(mutex);
    if (!queue.empty() || shelves[place.source].in_use >= options.size) return false;
    take(place, std::this_thread::get_id());
    return true;
  }

  void grant(Waiter& waiter) {
    for (Place& place : *waiter.places) take(place, waiter.thread);
    waiter.granted = true;
  }

  // Serves the queue in order. Whoever cannot be served keeps what it needs from those behind it,
  // so that a request for many connections is not overtaken for ever by small ones.
  void serve() {
    if (queue.empty()) return;
    std::vector<bool> kept(shelves.size(), false);
    for (auto at = queue.begin(); at != queue.end();) {
      Waiter& waiter = **at;
      const bool free =
          fits(waiter) && std::none_of(waiter.needs.begin(), waiter.needs.end(),
                                       [&](const auto& need) { return kept[need.first]; });
      if (!free) {
        for (const auto& need : waiter.needs) kept[need.first] = true;
        ++at;
        continue;
      }
      grant(waiter);
      at = queue.erase(at);
      waiter.ready.notify_one();
    }
  }

  // A full data source among those that are needed, for the message.
  std::size_t bottleneck(const Waiter& waiter) const {
    for (const auto& [source, count] : waiter.needs) {
      if (shelves[source].in_use + count > options.size) return source;
    }
    return waiter.needs.front().first;
  }

  Result<void> wait_for_places(Waiter& waiter) {
    std::unique_lock lock(mutex);
    queue.push_back(&waiter);
    serve();
    const auto deadline = Clock::now() + options.wait;
    if (waiter.ready.wait_until(lock, deadline, [&] { return waiter.granted; })) return {};
    queue.remove(&waiter);
    Shelf& shelf = shelves[bottleneck(waiter)];
    ++shelf.wait_timeouts;
    const std::string source = shelf.connect.name;
    const std::string held = std::to_string(shelf.in_use);
    serve();  // Those behind may fit now.
    return fail(Error(ErrorCode::kPoolExhausted, source + ": no connection became free within " +
                                                     std::to_string(options.wait.count()) +
                                                     " ms (" + held + " of " +
                                                     std::to_string(options.size) + " are in use)")
                    .with_data_source(source)
                    .with_retryable(true));
  }

  // Opens a connection, or makes sure that one that lay idle for long still works.
  Result<ConnectionPtr> make_ready(Place& place) {
    Shelf& shelf = shelves[place.source];
    if (place.taken.connection) {
      const bool ask = place.suspect || Clock::now() - place.taken.since >= options.idle_check;
      if (!ask || place.taken.connection->ping()) return std::move(place.taken.connection);
      place.taken.connection.reset();
      std::lock_guard lock(mutex);
      ++shelf.discarded;
      shelf.suspect = Clock::now();
    }
    auto opened = shelf.driver->connect(shelf.connect);
    if (opened) {
      std::lock_guard lock(mutex);
      ++shelf.opened;
    }
    return opened;
  }

  // Puts a connection back, or frees its place if there is none.
  void put_back(std::size_t source, Idle idle, bool broken) {
    std::lock_guard lock(mutex);
    Shelf& shelf = shelves[source];
    assert(shelf.in_use > 0);
    --shelf.in_use;
    if (idle.connection) {
      shelf.idle.push_back(std::move(idle));
    } else if (broken) {
      ++shelf.discarded;
    }
    serve();
  }

  void take_back(std::size_t source, ConnectionPtr connection, bool dirty, bool discard) {
    const bool lost = !connection->usable();
    bool keep = !lost && !discard && !connection->busy();
    if (keep && (dirty || connection->in_transaction())) {
      keep = connection->reset() && connection->usable() && !connection->in_transaction();
    }
    if (!keep) connection.reset();  // Closed before its place is given to someone else.
    if (lost) {
      std::lock_guard lock(mutex);
      shelves[source].suspect = Clock::now();
    }
    put_back(source, {std::move(connection), Clock::now(), std::this_thread::get_id()}, !keep);
  }
};

Lease::Lease(Pool* pool, std::size_t data_source, ConnectionPtr connection)
    : pool_(pool), data_source_(data_source), connection_(std::move(connection)) {}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      data_source_(other.data_source_),
      connection_(std::move(other.connection_)),
      dirty_(other.dirty_),
      discard_(other.discard_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Lease old(std::move(*this));
  pool_ = std::exchange(other.pool_, nullptr);
  data_source_ = other.data_source_;
  connection_ = std::move(other.connection_);
  dirty_ = other.dirty_;
  discard_ = other.discard_;
  return *this;
}

Lease::~Lease() {
  if (pool_ == nullptr || !connection_) return;
  pool_->state_->take_back(data_source_, std::move(connection_), dirty_, discard_);
}

Pool::Pool(std::vector<Source> sources, PoolOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->shelves.reserve(sources.size());
  for (Source& source : sources) {
    State::Shelf shelf;
    shelf.driver = source.driver != nullptr ? source.driver : &driver_for(source.connect.dialect);
    shelf.connect = std::move(source.connect);
    state_->shelves.push_back(std::move(shelf));
  }
}

Pool::~Pool() = default;

Result<std::vector<Lease>> Pool::acquire(std::span<const std::size_t> data_sources) {
  State& state = *state_;
  std::vector<State::Place> places;
  places.reserve(data_sources.size());
  State::Waiter waiter;
  waiter.places = &places;
  for (std::size_t source : data_sources) {
    assert(source < state.shelves.size());
    places.push_back({.source = source, .taken = {}});
    auto need = std::find_if(waiter.needs.begin(), waiter.needs.end(),
                             [source](const auto& entry) { return entry.first == source; });
    if (need == waiter.needs.end()) need = waiter.needs.insert(need, {source, 0});
    ++need->second;
  }
  if (places.empty()) return std::vector<Lease>();
  for (const auto& [source, count] : waiter.needs) {
    if (count <= state.options.size) continue;
    const std::string& source_name = state.shelves[source].connect.name;
    return fail(Error(ErrorCode::kTooManyShards, source_name + ": the statement needs " +
                                                     std::to_string(count) +
                                                     " connections, and the pool may hold " +
                                                     std::to_string(state.options.size))
                    .with_data_source(source_name));
  }
  PANDO_TRY(state.wait_for_places(waiter));

  std::vector<Lease> leases;
  leases.reserve(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto ready = state.make_ready(places[i]);
    if (!ready) {
      // This place and those after it; the leases made so far hand themselves back.
      for (std::size_t j = i; j < places.size(); ++j) {
        state.put_back(places[j].source, std::move(places[j].taken), false);
      }
      return fail(std::move(ready).error());
    }
    leases.push_back(Lease(this, places[i].source, *std::move(ready)));
  }
  return leases;
}

Result<Lease> Pool::acquire(std::size_t data_source) {
  assert(data_source < state_->shelves.size());
  State::Place place{.source = data_source, .taken = {}};
  if (!state_->take_at_once(place)) {
    PANDO_ASSIGN(auto leases, acquire(std::span<const std::size_t>(&data_source, 1)));
    return std::move(leases.front());
  }
  auto ready = state_->make_ready(place);
  if (!ready) {
    state_->put_back(data_source, std::move(place.taken), false);
    return fail(std::move(ready).error());
  }
  return Lease(this, data_source, *std::move(ready));
}

bool Pool::has_idle(std::size_t data_source) const {
  const std::lock_guard lock(state_->mutex);
  return !state_->shelves[data_source].idle.empty();
}

Result<void> Pool::make_database(std::size_t data_source) {
  const State::Shelf& shelf = state_->shelves[data_source];
  return shelf.driver->make_database(shelf.connect);
}

std::vector<PoolStats> Pool::stats() const {
  std::lock_guard lock(state_->mutex);
  std::vector<PoolStats> result;
  for (std::size_t i = 0; i < state_->shelves.size(); ++i) {
    const State::Shelf& shelf = state_->shelves[i];
    PoolStats stats{.data_source = shelf.connect.name,
                    .size = state_->options.size,
                    .idle = shelf.idle.size(),
                    .in_use = shelf.in_use,
                    .opened = shelf.opened,
                    .discarded = shelf.discarded,
                    .wait_timeouts = shelf.wait_timeouts};
    for (const State::Waiter* waiter : state_->queue) {
      for (const auto& need : waiter->needs) stats.waiting += need.first == i ? 1 : 0;
    }
    result.push_back(std::move(stats));
  }
  return result;
}

const std::string& Pool::name(std::size_t data_source) const {
  return state_->shelves[data_source].connect.name;
}

}  // namespace pando::drivers
