#include "router/execute/branches.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace pando::execute {

Result<std::vector<Branch>> borrow_branches(const plan::Plan& plan, Connections& connections,
                                            const CancelWatch& cancel) {
  std::map<std::size_t, std::vector<std::size_t>> by_source;
  for (std::size_t i = 0; i < plan.queries.size(); ++i) {
    by_source[plan.queries[i].data_source].push_back(i);
  }
  std::vector<std::size_t> sources;
  for (const auto& entry : by_source) sources.push_back(entry.first);
  PANDO_ASSIGN(std::vector<Loan> loans, connections.acquire(sources));
  std::vector<Branch> branches;
  for (Loan& loan : loans) {
    std::vector<std::size_t>& queries = by_source[sources[branches.size()]];
    branches.push_back(
        {std::make_unique<Borrowed>(std::move(loan), connections, cancel), std::move(queries)});
  }
  return branches;
}

std::vector<drivers::Connection*> connections_of(const std::vector<Branch>& branches) {
  std::vector<drivers::Connection*> connections;
  for (const Branch& branch : branches) connections.push_back(&branch.borrowed->connection());
  return connections;
}

std::size_t most_queries(const std::vector<Branch>& branches) {
  std::size_t most = 0;
  for (const Branch& branch : branches) most = std::max(most, branch.queries.size());
  return most;
}

}  // namespace pando::execute
