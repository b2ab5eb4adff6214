// `/*+ pando: shard=3 */`: words that restrict the shards a statement goes to.

#include <algorithm>
#include <charconv>
#include <string>

#include "router/route/key_predicate.h"
#include "router/sql/lexer.h"

namespace pando::route {
namespace {

tl::unexpected<Error> bad(sql::Span span, std::string message) {
  return fail(Error(ErrorCode::kBadHint, std::move(message)).with_span(span.begin, span.end));
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ','; }

// Where the statement's verb begins: behind EXPLAIN and WITH; of a UNION, its first query's.
std::uint32_t place_of_verb(const sql::Statement& statement) {
  sql::NodeId node = statement.root();
  std::uint32_t begin = statement.node(node).span.begin;
  while (true) {
    const sql::NodeKind kind = statement.kind(node);
    const bool wraps = kind == sql::NodeKind::kExplain || kind == sql::NodeKind::kSetOperation ||
                       kind == sql::NodeKind::kQueryParens;
    sql::NodeId inner = sql::kNoNode;
    for (const sql::NodeId child : statement.children(node)) {
      if (statement.kind(child) == sql::NodeKind::kWith) {
        begin = std::max(begin, statement.node(child).span.end);
      } else if (wraps && inner == sql::kNoNode) {
        inner = child;
      }
    }
    if (inner == sql::kNoNode) return begin;
    node = inner;
    begin = std::max(begin, statement.node(node).span.begin);
  }
}

// A hint concerns the whole statement, so it does not stand within a part of it.
bool follows_verb(const sql::Statement& statement, sql::Span hint) {
  const std::uint32_t verb = place_of_verb(statement);
  if (hint.end < verb) return hint.end < statement.node(statement.root()).span.begin;
  sql::Lexer lexer(statement.text().substr(verb), statement.options());
  int words = 0;
  while (true) {
    const sql::Token token = lexer.next();
    if (token.kind == sql::Tok::kEnd || verb + token.begin > hint.begin) return words <= 1;
    if (token.kind != sql::Tok::kLeftParen) ++words;
  }
}

}  // namespace

Result<Hints> parse_hints(const sql::Statement& statement, const rules::RuleSet& rules) {
  Hints hints;
  for (const sql::Span span : statement.hints()) {
    if (!follows_verb(statement, span)) {
      return bad(
          span,
          "a pando hint stands right after the statement's SELECT, INSERT, UPDATE or DELETE, "
          "and concerns all of it");
    }
    std::string_view rest = statement.text(span);
    while (true) {
      while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
      if (rest.empty()) break;
      std::size_t end = 0;
      while (end < rest.size() && !is_space(rest[end])) ++end;
      const std::string_view word = rest.substr(0, end);
      rest.remove_prefix(end);
      const std::size_t equals = word.find('=');
      const std::string_view name = word.substr(0, equals);
      const std::string_view value =
          equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
      if (name != "shard" && name != "data_source") {
        return bad(span, "unknown word `" + std::string(word) +
                             "` in a pando hint; known are shard=N and data_source=NAME");
      }
      std::uint32_t number = 0;
      const auto [last, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      const bool numeric =
          error == std::errc() && last == value.data() + value.size() && !value.empty();
      const bool by_number = name == "shard" && numeric;
      if (by_number ? hints.shard.has_value() : hints.data_source.has_value()) {
        return bad(span, "the hint names two of what can only be one");
      }
      if (by_number) {
        hints.shard = number;
        continue;
      }
      hints.data_source = rules.find_data_source(value);
      if (!hints.data_source) {
        return bad(span, "no data source is named `" + std::string(value) + "`");
      }
    }
  }
  return hints;
}

}  // namespace pando::route
