// Pool: bounded sets of connections, one per data source.
//
// A connection that is handed back broken, in a transaction, or with a statement unfinished never
// comes out again as it was: it is reset or closed. Acquiring for several data sources is all or
// nothing and has a deadline, so that two scatters cannot wait for each other.
//
// Threads: all members may be called from any thread. The pool must outlive its leases.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "pando/result.h"

namespace pando::drivers {

struct PoolOptions {
  std::size_t size = 16;  // Per data source.
  std::chrono::milliseconds wait{5000};
  std::chrono::milliseconds idle_check{30000};
};

class Pool;

// A connection on loan. Destroying the lease hands it back.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();

  Connection* operator->() const { return connection_.get(); }
  Connection& operator*() const { return *connection_; }
  explicit operator bool() const { return connection_ != nullptr; }
  std::size_t data_source() const { return data_source_; }

  // The connection's session was changed (SET, temporary tables ...): reset it before it is reused.
  void mark_dirty() { dirty_ = true; }
  // Never hand it out again.
  void discard() { discard_ = true; }

 private:
  friend class Pool;
  Lease(Pool* pool, std::size_t data_source, ConnectionPtr connection);

  Pool* pool_ = nullptr;
  std::size_t data_source_ = 0;
  ConnectionPtr connection_;
  bool dirty_ = false;
  bool discard_ = false;
};

struct PoolStats {
  std::string data_source;
  std::size_t size = 0, idle = 0, in_use = 0, waiting = 0;
  std::uint64_t opened = 0, discarded = 0, wait_timeouts = 0;
};

class Pool {
 public:
  // One driver per data source: driver_for(dialect), or a fake in tests.
  struct Source {
    ConnectOptions connect;
    Driver* driver = nullptr;  // Null: driver_for(connect.dialect).
  };
  Pool(std::vector<Source> sources, PoolOptions options);
  ~Pool();

  // One connection for each entry (an index of the sources; repeated for several of the same), in
  // that order. Errors: kPoolExhausted with the data source's name, kTooManyShards if an entry is
  // asked for more often than `size`, or what connecting failed with; nothing is kept then.
  Result<std::vector<Lease>> acquire(std::span<const std::size_t> data_sources);
  Result<Lease> acquire(std::size_t data_source);
  // Whether a connection lies ready. Another thread may take it before the caller does.
  bool has_idle(std::size_t data_source) const;
  // Driver::make_database(). Takes none of the pool's connections.
  Result<void> make_database(std::size_t data_source);

  std::vector<PoolStats> stats() const;
  const std::string& name(std::size_t data_source) const;

 private:
  friend class Lease;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pando::drivers
