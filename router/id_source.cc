#include "router/id_source.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "pando/names.h"

namespace pando::router {
namespace {

// A column that a generator fills, where it lies.
struct Filled {
  rules::DataSourceIndex data_source;
  std::string table;
  std::string column;
};

std::vector<Filled> filled_by(const std::string& generator, const rules::RuleSet& rules) {
  std::vector<Filled> columns;
  for (const rules::LogicalTable& table : rules.tables()) {
    for (const rules::Fill& fill : table.fill) {
      if (fill.generator != generator) continue;
      for (const rules::Node& node : table.nodes) {
        columns.push_back({node.data_source, node.table, fill.column});
      }
    }
  }
  return columns;
}

// The table of segments: a row per generator, with the first key that nobody has taken yet.
class SqlSegmentTable final : public rules::SegmentTable {
 public:
  SqlSegmentTable(drivers::Pool& pool, const rules::IdGeneratorRule& rule, Dialect dialect,
                  std::string generator, std::vector<Filled> filled)
      : pool_(pool),
        rule_(rule),
        dialect_(dialect),
        mysql_(dialect == Dialect::kMySql),
        generator_(std::move(generator)),
        filled_(std::move(filled)),
        table_(quoted_name(rule.table, dialect)) {}

  // Every write is one statement, so it is atomic by itself.
  Result<std::int64_t> take(std::uint32_t step) override {
    // MySQL gives the new value back through LAST_INSERT_ID(expr), SQLite through RETURNING.
    const std::string update =
        mysql_
            ? "UPDATE " + table_ + " SET next_key = LAST_INSERT_ID(next_key + ?) WHERE name = ?"
            : "UPDATE " + table_ + " SET next_key = next_key + ? WHERE name = ? RETURNING next_key";
    PANDO_ASSIGN(const std::int64_t next,
                 on_row(update, {Value::of_int(step), Value::of_text(generator_)}));
    return next - step;
  }

  Result<std::int64_t> begin_at(std::int64_t first) override {
    const Value name = Value::of_text(generator_);
    PANDO_ASSIGN(const std::int64_t next,
                 on_row("SELECT next_key FROM " + table_ + " WHERE name = ?", {name}));
    if (next >= first) return next;
    PANDO_ASSIGN(drivers::Lease lease, pool_.acquire(rule_.data_source));
    PANDO_TRY(run(*lease, "UPDATE " + table_ + " SET next_key = ? WHERE name = ? AND next_key < ?",
                  {Value::of_int(first), name, Value::of_int(first)}));
    return first;
  }

 private:
  // What a statement on the generator's row answers. The row is made when it is first needed.
  Result<std::int64_t> on_row(const std::string& sql, std::initializer_list<Value> values) {
    PANDO_TRY(pool_.make_database(rule_.data_source));
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (attempt > 0) PANDO_TRY(make_row());
      PANDO_ASSIGN(drivers::Lease lease, pool_.acquire(rule_.data_source));
      const auto number = run(*lease, sql, values);
      if (!number && number.error().code() != ErrorCode::kUnknownTable) {
        return fail(number.error());
      }
      if (number && *number) return **number;
    }
    return fail(ErrorCode::kIdGenerator, "the table of key generators holds no number");
  }

  // Another process may make it at the same time; whoever comes first says where keys begin.
  Result<void> make_row() {
    // Without a lease: the columns lie in any data source, in this one too.
    PANDO_ASSIGN(const std::int64_t first, first_key());
    PANDO_ASSIGN(drivers::Lease lease, pool_.acquire(rule_.data_source));
    PANDO_TRY(lease->run("CREATE TABLE IF NOT EXISTS " + table_ +
                         " (name VARCHAR(64) NOT NULL PRIMARY KEY, next_key BIGINT NOT NULL)"));
    PANDO_TRY(run(*lease,
                  "INSERT INTO " + table_ + " (name, next_key) VALUES (?, ?) " +
                      (mysql_ ? "ON DUPLICATE KEY UPDATE name = name" : "ON CONFLICT DO NOTHING"),
                  {Value::of_text(generator_), Value::of_int(first)}));
    return {};
  }

  // The number it answers; nullopt if there was no row, or NULL. The texts' only question marks are
  // their placeholders.
  Result<std::optional<std::int64_t>> run(drivers::Connection& connection, const std::string& sql,
                                          std::initializer_list<Value> values) const {
    std::vector<std::uint32_t> offsets;
    for (std::size_t at = sql.find('?'); at != std::string::npos; at = sql.find('?', at + 1)) {
      offsets.push_back(static_cast<std::uint32_t>(at));
    }
    PANDO_ASSIGN(Reply reply, connection.run({.sql = sql,
                                              .parameters = {values.begin(), values.size()},
                                              .parameter_offsets = offsets}));
    if (!reply.rows) {
      if (reply.write.affected_rows == 0) return std::nullopt;
      return static_cast<std::int64_t>(reply.write.generated_key);
    }
    PANDO_ASSIGN(const bool found, reply.rows->next());
    if (!found || reply.rows->row()[0].is_null()) return std::nullopt;
    const Value value = reply.rows->row()[0];
    const bool fits = value.kind() == ValueKind::kInt ||
                      (value.kind() == ValueKind::kUint &&
                       value.as_uint() <= std::numeric_limits<std::int64_t>::max());
    if (!fits) {
      return fail(ErrorCode::kIdGenerator, "what should be a 64-bit integer is none: " + sql);
    }
    const std::int64_t number = value.kind() == ValueKind::kInt
                                    ? value.as_int()
                                    : static_cast<std::int64_t>(value.as_uint());
    PANDO_TRY(reply.rows->next());  // A write with RETURNING ends with its last row.
    return number;
  }

  // Behind everything the columns hold: rows may be older than the generator.
  Result<std::int64_t> first_key() const {
    if (rule_.start) return *rule_.start;
    std::int64_t greatest = 0;
    for (const Filled& filled : filled_) {
      PANDO_ASSIGN(drivers::Lease lease, pool_.acquire(filled.data_source));
      auto found = run(*lease,
                       "SELECT MAX(" + quoted_name(filled.column, dialect_) + ") FROM " +
                           quoted_name(filled.table, dialect_),
                       {});
      if (found) {
        greatest = std::max(greatest, found->value_or(0));
      } else if (found.error().code() != ErrorCode::kUnknownTable) {
        return fail(Error(std::move(found).error())
                        .with_remedy("Set `start` of the generator " + generator_ + "."));
      }
    }
    return greatest + (greatest < std::numeric_limits<std::int64_t>::max() ? 1 : 0);
  }

  drivers::Pool& pool_;
  const rules::IdGeneratorRule rule_;
  const Dialect dialect_;
  const bool mysql_;
  const std::string generator_;
  const std::vector<Filled> filled_;
  const std::string table_;
};

Result<OwnedValue> to_value(Result<rules::GeneratedKey> key) {
  if (!key) return fail(std::move(key).error());
  return key->is_text ? OwnedValue::of_text(key->text) : OwnedValue::of_int(key->number);
}

}  // namespace

IdSource::IdSource(const rules::RuleSet& rules, drivers::Pool& pool) {
  for (const auto& [name, rule] : rules.id_generators()) {
    switch (rule.kind) {
      case rules::IdGeneratorRule::Kind::kSnowflake:
        generators_[name] = rules::make_snowflake(rule.worker);
        break;
      case rules::IdGeneratorRule::Kind::kSegment:
        generators_[name] = rules::make_segment(
            rule.step, std::make_unique<SqlSegmentTable>(pool, rule, rules.dialect(), name,
                                                         filled_by(name, rules)));
        break;
      case rules::IdGeneratorRule::Kind::kUuid7:
        generators_[name] = rules::make_uuid7();
        break;
    }
  }
}

Result<OwnedValue> IdSource::next(std::string_view generator) {
  const auto found = generators_.find(generator);
  if (found == generators_.end()) {
    return fail(ErrorCode::kInternal, "no key generator named " + std::string(generator));
  }
  return to_value(found->second->next());
}

Result<void> IdSource::pass(std::string_view generator, std::int64_t key) {
  const auto found = generators_.find(generator);
  return found == generators_.end() ? Result<void>() : found->second->pass(key);
}

}  // namespace pando::router
