#include "router/id_source.h"

#include <utility>

namespace pando::router {
namespace {

// The generator's row holds the first key that nobody has taken yet.
Result<std::int64_t> run_for_key(drivers::Connection& connection, const std::string& sql,
                                 std::string_view generator, std::uint32_t step) {
  const Value parameters[] = {Value::of_text(generator), Value::of_int(1 + std::int64_t{step}),
                              Value::of_int(step)};
  // The three placeholders of every text below are its only question marks.
  std::vector<std::uint32_t> offsets;
  for (std::size_t at = sql.find('?'); at != std::string::npos; at = sql.find('?', at + 1)) {
    offsets.push_back(static_cast<std::uint32_t>(at));
  }
  PANDO_ASSIGN(
      Reply reply,
      connection.run({.sql = sql, .parameters = parameters, .parameter_offsets = offsets}));
  if (!reply.rows) return static_cast<std::int64_t>(reply.write.generated_key);
  PANDO_ASSIGN(const bool found, reply.rows->next());
  if (!found || reply.rows->row()[0].kind() != ValueKind::kInt) {
    return fail(ErrorCode::kIdGenerator, "the table of key generators holds no number");
  }
  const std::int64_t next = reply.rows->row()[0].as_int();
  PANDO_TRY(reply.rows->next());  // A write with RETURNING ends with its last row.
  return next;
}

// Takes [first, first + step) and returns first. One statement, so it is atomic by itself; the
// table is made when the first segment is taken.
Result<std::int64_t> take_segment(drivers::Pool& pool, const rules::IdGeneratorRule& rule,
                                  Dialect dialect, const std::string& generator,
                                  std::uint32_t step) {
  const std::string table =
      (dialect == Dialect::kMySql ? '`' + rule.table + '`' : '"' + rule.table + '"');
  // MySQL gives the new value back through LAST_INSERT_ID(expr), SQLite through RETURNING.
  const std::string sql = dialect == Dialect::kMySql
                              ? "INSERT INTO " + table +
                                    " (name, next_key) VALUES (?, LAST_INSERT_ID(?)) ON DUPLICATE "
                                    "KEY UPDATE next_key = "
                                    "LAST_INSERT_ID(next_key + ?)"
                              : "INSERT INTO " + table +
                                    " (name, next_key) VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
                                    "SET next_key = next_key "
                                    "+ ? RETURNING next_key";
  PANDO_TRY(pool.make_database(rule.data_source));
  PANDO_ASSIGN(drivers::Lease lease, pool.acquire(rule.data_source));
  auto next = run_for_key(*lease, sql, generator, step);
  const bool missing = !next && (next.error().code() == ErrorCode::kUnknownTable);
  if (missing) {
    PANDO_TRY(lease->run("CREATE TABLE IF NOT EXISTS " + table +
                         " (name VARCHAR(64) NOT NULL PRIMARY KEY, next_key BIGINT NOT NULL)"));
    next = run_for_key(*lease, sql, generator, step);
  }
  if (!next) return fail(std::move(next).error());
  return *next - step;
}

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
            rule.step,
            [&pool, rule = rule, dialect = rules.dialect(), name = name](std::uint32_t step) {
              return take_segment(pool, rule, dialect, name, step);
            });
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

}  // namespace pando::router
