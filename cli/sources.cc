#include "cli/sources.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/text.h"
#include "pando/names.h"
#include "router/data_sources.h"

namespace pando::cli {

namespace {

constexpr std::size_t kThreads = 16;

Result<drivers::ConnectionPtr> connect(drivers::ConnectOptions options) {
  options.create = false;
  options.read_only = true;
  return drivers::driver_for(options.dialect).connect(options);
}

}  // namespace

void visit_sources(
    const rules::RuleSet& rules,
    const std::function<void(rules::DataSourceIndex, Result<drivers::ConnectionPtr>)>& visit) {
  const auto sources = router::pool_sources(rules);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    while (true) {
      const std::size_t i = next++;
      if (i >= sources.size()) return;
      visit(static_cast<rules::DataSourceIndex>(i), connect(sources[i].connect));
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(sources.size(), kThreads); ++i) threads.emplace_back(work);
  work();
}

bool comes_with_first_key(const rules::RuleSet& rules, rules::DataSourceIndex source,
                          const Error& error) {
  if (error.code() != ErrorCode::kUnreachable || rules.default_single() == source) return false;
  const rules::Endpoint& endpoint = rules.data_sources()[source].write;
  if (endpoint.dialect != Dialect::kSqlite || endpoint.read_only) return false;
  for (const rules::LogicalTable& table : rules.tables()) {
    for (const rules::Node& node : table.nodes) {
      if (node.data_source == source) return false;
    }
  }
  const auto& generators = rules.id_generators();
  const bool wanted = std::any_of(generators.begin(), generators.end(), [&](const auto& entry) {
    return entry.second.kind == rules::IdGeneratorRule::Kind::kSegment &&
           entry.second.data_source == source;
  });
  std::error_code ignored;
  const std::filesystem::path path(endpoint.path);
  return wanted && !std::filesystem::exists(path, ignored) &&
         (!path.has_parent_path() || std::filesystem::is_directory(path.parent_path(), ignored));
}

std::string in_backquotes(std::string_view name) { return quoted_name(name, Dialect::kMySql); }

Result<std::string> query_text(drivers::Connection& connection, std::string_view sql) {
  PANDO_ASSIGN(Reply reply, connection.run(drivers::Query{.sql = sql, .prepare = false}));
  if (!reply.rows) return fail(ErrorCode::kInternal, "a query returned no rows");
  PANDO_ASSIGN(const bool more, reply.rows->next());
  if (!more) return fail(ErrorCode::kInternal, "a query returned no rows");
  std::string text = readable(reply.rows->row()[0], reply.rows->columns()[0]);
  PANDO_TRY(reply.rows->next());
  return text;
}

Result<std::uint64_t> query_number(drivers::Connection& connection, std::string_view sql) {
  PANDO_ASSIGN(const std::string text, query_text(connection, sql));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return fail(ErrorCode::kInternal, connection.name() + ": an answer is no number");
}

Result<std::uint64_t> count_rows(drivers::Connection& connection, std::string_view table) {
  return query_number(connection, "SELECT COUNT(*) FROM " + in_backquotes(table));
}

}  // namespace pando::cli
