// Any text is parsed into a sound tree, or rejected with an error that points into it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "router/sql/parser.h"
#include "tests/fuzz/check.h"

namespace {

using pando::sql::NodeId;
using pando::sql::Statement;

// Every node is reached at most once, and lies inside of the text.
void check_tree(const Statement& statement) {
  FUZZ_CHECK(statement.root() != pando::sql::kNoNode);
  std::vector<bool> seen(statement.node_count());
  std::vector<NodeId> open = {statement.root()};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    FUZZ_CHECK(id < seen.size() && !seen[id]);
    seen[id] = true;
    const auto span = statement.node(id).span;
    FUZZ_CHECK(span.begin <= span.end && span.end <= statement.text().size());
    for (const NodeId child : statement.children(id)) open.push_back(child);
  }
}

void check_statement(const Statement& statement) {
  check_tree(statement);
  FUZZ_CHECK(statement.parameters().size() == statement.parameter_count());
  for (const auto offset : statement.parameters()) {
    FUZZ_CHECK(offset < statement.text().size() && statement.text()[offset] == '?');
  }
}

void parse(std::string_view text, const pando::sql::ParseOptions& options) {
  const auto statement = pando::sql::parse(std::string(text), options);
  if (statement) {
    check_statement(*statement);
    return;
  }
  const pando::Error& error = statement.error();
  FUZZ_CHECK(error.code() != pando::ErrorCode::kInternal);
  FUZZ_CHECK(!error.message().empty());
  FUZZ_CHECK(error.span().begin <= error.span().end);
  FUZZ_CHECK(error.span().end <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse(text, {.dialect = pando::Dialect::kMySql});
  parse(text, {.dialect = pando::Dialect::kMySql,
               .mariadb = false,
               .server_version = 80036,
               .ansi_quotes = true,
               .pipes_as_concat = true,
               .no_backslash_escapes = true});
  parse(text, {.dialect = pando::Dialect::kSqlite});
  return 0;
}
