#include "router/execute/connections.h"

#include <utility>

namespace pando::execute {

Result<std::vector<Loan>> PooledConnections::acquire(std::span<const std::size_t> data_sources) {
  PANDO_ASSIGN(std::vector<drivers::Lease> leases, pool_.acquire(data_sources));
  std::vector<Loan> loans;
  loans.reserve(leases.size());
  for (drivers::Lease& lease : leases) {
    Loan loan;
    loan.connection = &*lease;
    loan.data_source = lease.data_source();
    loan.lease = std::move(lease);
    loans.push_back(std::move(loan));
  }
  return loans;
}

}  // namespace pando::execute
