// Titles: what the database calls a member of a select list that has no alias. That is its own
// text, so where the text is edited, the title has to be given as an alias.
//
// Threads: functions without state.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "router/sql/statement.h"

namespace pando::rewrite {

// Requires: a kSelectItem without an alias, and no `*`. "" if it cannot be given: MySQL allows an
// alias no more than 255 bytes, and a longer one would be an error where there was none.
std::string title_of(const sql::Statement& statement, sql::NodeId item);

// The item's title is its text (or, in MySQL, would be).
bool has_title(const sql::Statement& statement, sql::NodeId item);

// Calls f(item) for each member of a select list whose title would be lost: `edited(span)` says
// whether something within its text is edited. In MySQL a `?` counts too, in whose place the driver
// may write a value.
template <typename Edited, typename F>
void each_lost_title(const sql::Statement& statement, const Edited& edited, const F& f) {
  const std::vector<std::uint32_t>& marks = statement.parameters();
  const bool mysql = statement.dialect() == Dialect::kMySql;
  for (sql::NodeId id = 1; id < statement.node_count(); ++id) {
    if (statement.kind(id) != sql::NodeKind::kSelectItem || !has_title(statement, id)) continue;
    const sql::Span item = statement.node(id).span;
    bool lost = edited(item);
    if (mysql && !lost) {
      const auto mark = std::lower_bound(marks.begin(), marks.end(), item.begin);
      lost = mark != marks.end() && *mark < item.end;
    }
    if (lost) f(id);
  }
}

// The `schema.` in front of a kColumn or kStar; an empty span if there is none.
sql::Span schema_in_front(const sql::Statement& statement, sql::NodeId id);

}  // namespace pando::rewrite
