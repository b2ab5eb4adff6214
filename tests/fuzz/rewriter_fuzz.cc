// Whatever parses and plans becomes physical texts that parse again, with `?` where the plan says.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "router/plan/planner.h"
#include "router/sql/parser.h"
#include "rules/config.h"
#include "tests/fuzz/check.h"

namespace {

using namespace pando;

constexpr std::string_view kMySqlRules = R"toml(format = 1
[databases."d[0..1]"]
write = "mysql://app@10.0.0.1{n}/shop{n}"
[defaults]
single = "d0"
[tables]
t  = {by = "mod(id)", onto = "d[0..1].t_[0..1]"}
t1 = {with = "t", key = "a", onto = "d[0..1].t1_[0..1]"}
t2 = {copy = "d[0..1]"}
)toml";
constexpr std::string_view kSqliteRules = R"toml(format = 1
[databases."d[0..1]"]
write = "sqlite:d{n}.db"
[defaults]
single = "d0"
[tables]
t  = {by = "mod(id)", onto = "d[0..1].t_[0..1]"}
t1 = {with = "t", key = "a", onto = "d[0..1].t1_[0..1]"}
t2 = {copy = "d[0..1]"}
)toml";

rules::RuleSetPtr rules_of(std::string_view text) {
  auto parsed = rules::parse_config(text, {});
  FUZZ_CHECK(parsed.has_value());
  return *parsed;
}

void check(const std::string& text, const rules::RuleSet& rules) {
  sql::ParseOptions options;
  options.dialect = rules.dialect();
  options.max_bytes = 1u << 16;
  auto parsed = sql::parse(text, options);
  if (!parsed) return;
  const auto statement = std::make_shared<const sql::Statement>(std::move(*parsed));
  plan::PlanContext context;
  context.rules = &rules;
  const std::vector<Value> parameters(statement->parameter_count(), Value::of_int(3));
  const auto shape = plan::analyze(statement, context);
  if (!shape) return;
  const auto plan = plan::bind(**shape, parameters, context);
  if (!plan) return;
  for (const plan::PhysicalQuery& query : plan->queries) {
    const auto again = sql::parse(query.sql, options);
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(again->parameters() == query.parameter_offsets);
    FUZZ_CHECK(query.parameters.size() == query.parameter_offsets.size());
    for (const plan::ParameterSource& source : query.parameters) {
      FUZZ_CHECK(source.index < (source.generated ? plan->generated.size() : parameters.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rules::RuleSetPtr mysql = rules_of(kMySqlRules);
  static const rules::RuleSetPtr sqlite = rules_of(kSqliteRules);
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text, *mysql);
  check(text, *sqlite);
  return 0;
}
