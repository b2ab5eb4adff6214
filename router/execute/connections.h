// Connections: where a statement's connections come from: the pool (autocommit), or a session,
// which keeps one connection per data source while its transaction or its settings last.
//
// Threads: one statement uses it at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "drivers/driver.h"
#include "drivers/pool.h"
#include "pando/result.h"

namespace pando::execute {

class SchemaCache;

// A connection for the time of one statement: on lease from the pool, or lent by a session.
struct Loan {
  drivers::Connection* connection = nullptr;
  drivers::Lease lease;  // Empty if the session owns the connection.
  std::size_t data_source = 0;

  drivers::Connection* operator->() const { return connection; }
};

class Connections {
 public:
  virtual ~Connections() = default;

  // One connection per entry (an index of the data sources), in that order; all or nothing.
  // Requires: no entry more often than per_data_source().
  // Errors: those of Pool::acquire, and of BEGIN or SET on a connection that is new to the session.
  virtual Result<std::vector<Loan>> acquire(std::span<const std::size_t> data_sources) = 0;
  // The same for one data source, which is what most statements need.
  virtual Result<Loan> acquire_one(std::size_t data_source);

  // A connection that is part of no transaction, with the settings of the session: for the compute
  // level, whose data source has its own index (RuleSet::compute_index()).
  virtual Result<Loan> apart(std::size_t data_source) = 0;

  // The connection that the session holds to a data source, if it is free for a statement; null if
  // it holds none. Lets a transaction look at a table without a second connection.
  virtual drivers::Connection* held(std::size_t data_source) {
    static_cast<void>(data_source);
    return nullptr;
  }

  // The schemas that this transaction has changed and others do not see: read through held(), and
  // instead of those that all share. Null if it has changed none.
  virtual SchemaCache* own_schemas() { return nullptr; }

  // How many connections to one data source a statement may have at once. 1 in a session.
  virtual std::size_t per_data_source() const = 0;

  // True: a transaction is open or will be, and its owner commits it. A write of several queries
  // then protects itself with a savepoint. False: the executor begins and commits.
  virtual bool in_transaction() const = 0;

  // The clocks of all its connections stand already: no statement stops them, or lets them go.
  virtual bool clock_stands() const { return false; }

  // The transaction has lost what it had done on some data source (a deadlock, a savepoint that is
  // gone, a broken connection): from now on it can only be rolled back.
  virtual void transaction_lost() {}

  // A statement's queries, read to their end on one of its connections, gave so many warnings.
  virtual void count_read_warnings(std::uint64_t count) { static_cast<void>(count); }

  // The connection that was lent for this data source kept a setting of one statement, which could
  // not be taken back: no other statement may use it. Only told of connections without a lease.
  virtual void spoiled(std::size_t data_source) { static_cast<void>(data_source); }
};

// Straight from the pool; every statement is a transaction of its own.
class PooledConnections final : public Connections {
 public:
  // Both must outlive this object; leases go back to the pool on their own.
  PooledConnections(drivers::Pool& pool, std::size_t per_data_source)
      : pool_(pool), per_data_source_(per_data_source) {}
  Result<std::vector<Loan>> acquire(std::span<const std::size_t> data_sources) override;
  Result<Loan> acquire_one(std::size_t data_source) override;
  Result<Loan> apart(std::size_t data_source) override;
  std::size_t per_data_source() const override { return per_data_source_; }
  bool in_transaction() const override { return false; }

 private:
  drivers::Pool& pool_;
  std::size_t per_data_source_;
};

}  // namespace pando::execute
