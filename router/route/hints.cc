// `/*+ pando: shard=3 */`: words that restrict the shards a statement goes to.

#include <charconv>
#include <string>

#include "router/route/key_predicate.h"

namespace pando::route {
namespace {

tl::unexpected<Error> bad(sql::Span span, std::string message) {
  return fail(Error(ErrorCode::kBadHint, std::move(message)).with_span(span.begin, span.end));
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ','; }

}  // namespace

Result<Hints> parse_hints(const sql::Statement& statement, const rules::RuleSet& rules) {
  Hints hints;
  for (const sql::Span span : statement.hints()) {
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
      if (name == "shard" && numeric) {
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
