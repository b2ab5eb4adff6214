#include "router/execute/connections.h"

#include <utility>

namespace pando::execute {

namespace {

Loan loan_of(drivers::Lease lease) {
  Loan loan;
  loan.connection = &*lease;
  loan.data_source = lease.data_source();
  loan.lease = std::move(lease);
  return loan;
}

}  // namespace

Result<Loan> Connections::acquire_one(std::size_t data_source) {
  PANDO_ASSIGN(std::vector<Loan> loans, acquire(std::span(&data_source, 1)));
  return std::move(loans.front());
}

Result<Loan> PooledConnections::acquire_one(std::size_t data_source) {
  auto lease = pool_.acquire(data_source);
  if (!lease) return fail(std::move(lease).error());
  Result<Loan> loan(tl::in_place);
  loan->connection = &**lease;
  loan->data_source = data_source;
  loan->lease = *std::move(lease);
  return loan;
}

Result<std::vector<Loan>> PooledConnections::acquire(std::span<const std::size_t> data_sources) {
  PANDO_ASSIGN(std::vector<drivers::Lease> leases, pool_.acquire(data_sources));
  std::vector<Loan> loans;
  loans.reserve(leases.size());
  for (drivers::Lease& lease : leases) loans.push_back(loan_of(std::move(lease)));
  return loans;
}

Result<Loan> PooledConnections::apart(std::size_t data_source) {
  PANDO_ASSIGN(std::vector<Loan> loans, acquire(std::span(&data_source, 1)));
  return std::move(loans.front());
}

}  // namespace pando::execute
