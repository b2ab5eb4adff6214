// How long parsing and normalising take, by kind of statement.

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "router/sql/lexer.h"
#include "router/sql/normalize.h"
#include "router/sql/parser.h"

namespace {

using pando::sql::ParseOptions;

constexpr std::string_view kPointRead = "SELECT c FROM t WHERE id = 1";
constexpr std::string_view kPointReadParameter = "SELECT c FROM t WHERE id = ?";
constexpr std::string_view kJoin =
    "SELECT u.name, COUNT(*), SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id "
    "WHERE u.country = 'de' AND o.created_at >= '2024-01-01' GROUP BY u.name ORDER BY 2 DESC "
    "LIMIT 10";
constexpr std::string_view kInsert =
    "INSERT INTO orders (id, user_id, status, total) VALUES (1, 2, 'new', 9.99)";

std::string many_rows(int rows) {
  std::string text = "INSERT INTO orders (id, user_id, status, total) VALUES ";
  for (int i = 0; i < rows; ++i) {
    if (i > 0) text += ", ";
    text += "(" + std::to_string(i) + ", 2, 'new', 9.99)";
  }
  return text;
}

void parse(benchmark::State& state, std::string_view text) {
  const ParseOptions options;
  for (auto _ : state) {
    auto statement = pando::sql::parse(std::string(text), options);
    if (!statement) state.SkipWithError("does not parse");
    benchmark::DoNotOptimize(statement);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void lex(benchmark::State& state, std::string_view text) {
  const ParseOptions options;
  for (auto _ : state) {
    pando::sql::Lexer lexer(text, options);
    while (lexer.next().kind != pando::sql::Tok::kEnd) {
    }
    benchmark::DoNotOptimize(lexer);
  }
}

void normalize(benchmark::State& state, std::string_view text) {
  const ParseOptions options;
  pando::sql::NormalizedText out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(pando::sql::normalize(text, options, &out));
  }
}

void parse_many_rows(benchmark::State& state) {
  parse(state, many_rows(static_cast<int>(state.range(0))));
}

BENCHMARK_CAPTURE(parse, point_read, kPointRead);
BENCHMARK_CAPTURE(parse, point_read_parameter, kPointReadParameter);
BENCHMARK_CAPTURE(parse, join, kJoin);
BENCHMARK_CAPTURE(parse, insert, kInsert);
BENCHMARK(parse_many_rows)->Arg(100)->Arg(10000);
BENCHMARK_CAPTURE(lex, point_read, kPointRead);
BENCHMARK_CAPTURE(lex, join, kJoin);
BENCHMARK_CAPTURE(normalize, point_read, kPointRead);
BENCHMARK_CAPTURE(normalize, join, kJoin);

}  // namespace

BENCHMARK_MAIN();
