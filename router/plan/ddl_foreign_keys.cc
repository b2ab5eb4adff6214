#include "router/plan/ddl_foreign_keys.h"

#include <algorithm>

#include "router/plan/table_uses.h"

namespace pando::plan {
namespace {

// The comma between two neighbours of a list. Between them may stand comments, the end of a
// versioned comment whose code the first one is, and the start of one whose code the second one is.
// A versioned comment as a whole is code that this server does not run, or it would have members.
std::optional<std::uint32_t> find_comma(std::string_view text, std::uint32_t begin,
                                        std::uint32_t end) {
  std::uint32_t i = begin;
  while (i < end) {
    const std::string_view rest = text.substr(i, end - i);
    if (rest[0] == ',') return i;
    std::size_t skip = 1;
    if (starts_with(rest, "/*")) {
      const std::size_t close = rest.find("*/", 2);
      skip = close == std::string_view::npos ? 2 : close + 2;
    } else if (rest[0] == '#' || starts_with(rest, "-- ")) {
      const std::size_t close = rest.find('\n');
      if (close == std::string_view::npos) return std::nullopt;
      skip = close;
    }
    i += static_cast<std::uint32_t>(skip);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> referenced_tables(const rules::LogicalTable& child,
                                                          const rules::LogicalTable& parent) {
  std::vector<std::string> names;
  const bool bound = child.kind == rules::TableKind::kSharded &&
                     parent.kind == rules::TableKind::kSharded && child.family == parent.family;
  for (std::size_t i = 0; i < child.nodes.size(); ++i) {
    if (bound) {
      names.push_back(parent.nodes[i].table);
      continue;
    }
    const std::optional<std::size_t> node = whole_in(parent, child.nodes[i].data_source);
    if (!node) return std::nullopt;
    names.push_back(parent.nodes[*node].table);
  }
  return names;
}

bool cut_members(const sql::Statement& statement, const std::vector<sql::NodeId>& all,
                 const std::vector<sql::NodeId>& cut, std::vector<rewrite::Edit>& edits) {
  const auto goes = [&cut](sql::NodeId node) {
    return std::find(cut.begin(), cut.end(), node) != cut.end();
  };
  const std::string_view text = statement.text();
  bool kept_before = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const sql::Span span = statement.node(all[i]).span;
    if (!goes(all[i])) {
      kept_before = true;
      continue;
    }
    // With a kept member before it, the comma before it goes too; else the one behind.
    if (!kept_before && i + 1 == all.size()) return false;
    const std::optional<std::uint32_t> comma =
        kept_before ? find_comma(text, statement.node(all[i - 1]).span.end, span.begin)
                    : find_comma(text, span.end, statement.node(all[i + 1]).span.begin);
    if (!comma) return false;
    edits.push_back({{*comma, *comma + 1}, "", {}});
    edits.push_back({span, "", {}});
  }
  return kept_before;
}

}  // namespace pando::plan
