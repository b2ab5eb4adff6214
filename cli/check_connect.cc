#include "cli/check_connect.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "cli/sources.h"
#include "cli/text.h"

namespace pando::cli {

using drivers::TableSchema;
using rules::LogicalTable;

CheckReport check_tables(const rules::RuleSet& rules, Progress& progress) {
  // What to ask each data source: (table, node) pairs.
  struct Place {
    std::size_t table;
    std::size_t node;
  };
  std::vector<std::vector<Place>> places(rules.data_sources().size());
  std::vector<std::vector<Result<TableSchema>>> schemas;
  std::size_t total = 0;
  for (std::size_t t = 0; t < rules.tables().size(); ++t) {
    const LogicalTable& table = rules.tables()[t];
    schemas.emplace_back(table.nodes.size(), fail(ErrorCode::kUnreachable, ""));
    for (std::size_t n = 0; n < table.nodes.size(); ++n) {
      places[table.nodes[n].data_source].push_back({t, n});
    }
    total += table.nodes.size();
  }
  CheckReport result;
  std::mutex mutex;  // Guards `result` and `progress`.
  std::atomic<std::size_t> done = 0;
  visit_sources(rules,
                [&](rules::DataSourceIndex source, Result<drivers::ConnectionPtr> connected) {
                  std::optional<Error> error;
                  if (!connected && !comes_with_first_key(rules, source, connected.error())) {
                    error = connected.error();
                  }
                  for (const Place& place : places[source]) {
                    if (error) break;
                    const LogicalTable& table = rules.tables()[place.table];
                    auto schema = (*connected)->describe(table.nodes[place.node].table);
                    if (!schema && schema.error().code() != ErrorCode::kUnknownTable)
                      error = schema.error();
                    schemas[place.table][place.node] = std::move(schema);
                    ++done;
                    const std::lock_guard lock(mutex);
                    progress.update([&] {
                      return bar(static_cast<double>(done) / static_cast<double>(total), 24) +
                             "  " + grouped(done) + " of " + grouped(total) + " tables";
                    });
                  }
                  const std::lock_guard lock(mutex);
                  if (error) result.unreachable.push_back(*error);
                });
  std::sort(result.unreachable.begin(), result.unreachable.end(),
            [](const Error& a, const Error& b) { return a.message() < b.message(); });
  result.checked = done;
  for (std::size_t t = 0; t < rules.tables().size(); ++t) {
    auto found = compare_table(rules, rules.tables()[t], schemas[t]);
    std::move(found.begin(), found.end(), std::back_inserter(result.findings));
  }
  return result;
}

}  // namespace pando::cli
