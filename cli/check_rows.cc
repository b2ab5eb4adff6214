#include "cli/check_rows.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "cli/sources.h"
#include "cli/tables.h"
#include "cli/text.h"
#include "rules/key_column.h"

namespace pando::cli {

namespace {

using rules::LogicalTable;

constexpr std::uint64_t kRowsPerReport = 4096;  // Between two looks at the progress line.

// Rows of one physical table that are not where they should be.
struct Stray {
  std::uint64_t rows = 0;
  std::vector<std::string> examples;  // "user_id = 7 in shop0.orders_1 belongs to shop2.orders_0"
};

struct Place {
  std::uint64_t rows = 0;
  Stray misplaced;
  Stray homeless;  // No shard is right for them.
};

std::string key_text(const LogicalTable& table, Row row, const std::vector<Column>& columns) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) text += ", ";
    text += table.key_columns[i].name + " = " + readable(row[i], columns[i]);
  }
  return text;
}

// Where rows belong. Keeps its memory from row to row.
class Router {
 public:
  explicit Router(const LogicalTable& table)
      : table_(table), scratch_(table.key_columns.size()), key_(table.key_columns.size()) {}

  // nullopt: nowhere.
  std::optional<rules::ShardIndex> home_of(Row row) {
    for (std::size_t i = 0; i < key_.size(); ++i) {
      const auto value = rules::canonical_key(table_.key_columns[i], row[i], scratch_[i]);
      if (!value) return std::nullopt;
      key_[i] = *value;
    }
    const auto shard = table_.sharding->locate(key_);
    if (!shard) return std::nullopt;
    return *shard;
  }

 private:
  const LogicalTable& table_;
  std::vector<std::string> scratch_;
  std::vector<Value> key_;
};

template <typename OnRows>
Result<Place> read_place(const rules::RuleSet& rules, const LogicalTable& table, std::size_t node,
                         drivers::Connection& connection, OnRows&& on_rows) {
  std::string sql;
  for (const rules::KeyColumn& key : table.key_columns) {
    sql += (sql.empty() ? "SELECT " : ", ") + in_backquotes(key.name);
  }
  sql += " FROM " + in_backquotes(table.nodes[node].table);
  PANDO_ASSIGN(Reply reply, connection.run(drivers::Query{.sql = sql, .prepare = false}));
  if (!reply.rows) return fail(ErrorCode::kInternal, "a query returned no rows");
  Place place;
  Router router(table);
  while (true) {
    PANDO_ASSIGN(const bool more, reply.rows->next());
    if (!more) break;
    if (++place.rows % kRowsPerReport == 0) on_rows(kRowsPerReport);
    const Row row = reply.rows->row();
    const auto home = router.home_of(row);
    if (home == node) continue;
    Stray& stray = home ? place.misplaced : place.homeless;
    ++stray.rows;
    if (stray.examples.size() == kExampleKeys) continue;
    std::string example = key_text(table, row, reply.rows->columns()) + " in " +
                          node_text(rules, table.nodes[node]) +
                          (home ? " belongs to " + node_text(rules, table.nodes[*home]) : "");
    // Rows of one key go astray together: one of them is example enough.
    const auto same = std::find(stray.examples.begin(), stray.examples.end(), example);
    if (same == stray.examples.end()) stray.examples.push_back(std::move(example));
  }
  on_rows(place.rows % kRowsPerReport);
  return place;
}

// The findings of all places of a table in one.
void add_finding(const LogicalTable& table, const std::vector<Place>& places,
                 const Stray Place::*which, const char* what, const char* remedy,
                 std::vector<Finding>& findings) {
  std::uint64_t rows = 0, stray = 0;
  std::size_t in = 0;
  std::string examples;
  std::size_t named = 0;
  for (const Place& place : places) {
    rows += place.rows;
    const Stray& found = place.*which;
    stray += found.rows;
    in += found.rows != 0 ? 1 : 0;
    for (const std::string& example : found.examples) {
      if (named++ >= kExampleKeys) break;
      examples += (examples.empty() ? ": " : "; ") + example;
    }
  }
  if (stray == 0) return;
  findings.push_back({table.name,
                      grouped(stray) + " of " + counted(rows, "row") + " " + what + ", in " +
                          grouped(in) + " of " + counted(places.size(), "place") + examples,
                      remedy});
}

}  // namespace

RowsReport check_rows(const rules::RuleSet& rules, Progress& progress) {
  std::vector<const LogicalTable*> tables;
  std::vector<std::vector<Place>> places;
  for (const LogicalTable& table : rules.tables()) {
    if (table.kind != rules::TableKind::kSharded) continue;
    tables.push_back(&table);
    places.emplace_back(table.nodes.size());
  }
  RowsReport report;
  std::mutex mutex;  // Guards `report` and `progress`. Each thread has places of its own.
  const auto on_rows = [&](std::uint64_t rows) {
    const std::lock_guard lock(mutex);
    report.rows += rows;
    progress.update([&] { return counted(report.rows, "row") + " read"; });
  };
  visit_sources(
      rules, [&](rules::DataSourceIndex source, Result<drivers::ConnectionPtr> connected) {
        for (std::size_t t = 0; t < tables.size(); ++t) {
          for (std::size_t n = 0; n < tables[t]->nodes.size(); ++n) {
            if (tables[t]->nodes[n].data_source != source) continue;
            auto place = connected ? read_place(rules, *tables[t], n, **connected, on_rows)
                                   : Result<Place>(fail(connected.error()));
            const std::lock_guard lock(mutex);
            if (place) {
              places[t][n] = *std::move(place);
              ++report.tables;
            } else if (place.error().code() != ErrorCode::kUnknownTable) {
              report.errors.push_back(std::move(place).error());
            }
            if (!connected) return;
          }
        }
      });
  std::sort(report.errors.begin(), report.errors.end(),
            [](const Error& a, const Error& b) { return a.message() < b.message(); });
  for (std::size_t t = 0; t < tables.size(); ++t) {
    add_finding(*tables[t], places[t], &Place::misplaced, "lie on another shard than their key's",
                "Insert them again through Pando and delete them where they are, on the data "
                "source itself; or correct the function or the places in the rules.",
                report.findings);
    add_finding(*tables[t], places[t], &Place::homeless, "have a key that no shard is for",
                "Correct the keys, or extend the ranges, lists or period in the rules.",
                report.findings);
  }
  return report;
}

}  // namespace pando::cli
