// Whole queries out of the parts that statement_generator.cc makes.

#include <algorithm>

#include "tests/sql/statement_generator.h"

namespace pando::test {

// SELECT of columns of these types ('k' is a key), for IN and set operations.
StatementGenerator::Body StatementGenerator::select_columns(int depth,
                                                            const std::vector<char>& types,
                                                            bool bare) {
  Body body;
  std::string sql;
  const Scope scope = from(bare ? 0 : std::min(depth, 1), sql, true);
  std::vector<std::string> items;
  for (const char type : types) {
    const Ref ref = type == 'k' ? column(scope, {}, true) : column(scope, {type});
    std::string name = "s" + std::to_string(++names_);
    if (ref.key && chance(60)) {
      items.push_back(ref.text);
      const std::size_t dot = ref.text.find('.');
      name = dot == std::string::npos ? ref.text : ref.text.substr(dot + 1);
    } else {
      items.push_back(ref.text + " AS " + name);
    }
    body.columns.push_back({name, ref.type, ref.key});
  }
  for (std::size_t i = 0; i < body.columns.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (body.columns[i].name == body.columns[j].name) {
        body.columns[i].name = "s" + std::to_string(++names_);
        items[i] += " AS " + body.columns[i].name;
      }
    }
  }
  body.sql =
      std::string("SELECT ") + (chance(10) ? "DISTINCT " : "") + join(items, ", ") + " FROM " + sql;
  if (chance(60)) body.sql += " WHERE " + predicate(scope, depth);
  return body;
}

StatementGenerator::Body StatementGenerator::set_operation(int depth, bool top) {
  std::vector<char> types;
  if (chance(80)) types.push_back('k');
  const std::vector<char> kinds = {'i', 's', 'd'};
  for (std::size_t i = below(2) + (types.empty() ? 1 : 0); i > 0; --i)
    types.push_back(one_of(kinds));
  Body body = select_columns(depth, types, true);
  std::vector<std::string> verbs = {"UNION ALL", "UNION ALL", "UNION",
                                    "UNION",     "EXCEPT",    "INTERSECT"};
  const std::size_t arms = 1 + below(2);
  for (std::size_t i = 0; i < arms; ++i) {
    const Body other = select_columns(depth, types, true);
    body.sql += " " + one_of(verbs) + " " + other.sql;
    for (std::size_t c = 0; c < types.size(); ++c) {
      if (body.columns[c].type != other.columns[c].type) body.columns[c].type = 's';
      body.columns[c].key = body.columns[c].key && other.columns[c].key;
    }
  }
  if (chance(top ? 20 : 8)) {
    std::vector<std::string> order;
    for (std::size_t i = 0; i < types.size(); ++i) {
      order.push_back((chance(50) ? std::to_string(i + 1) : body.columns[i].name) + direction());
    }
    body.sql += " ORDER BY " + join(order, ", ");
    body.ordered = true;
    if (chance(50)) body.sql += limit();
  }
  return body;
}

StatementGenerator::Body StatementGenerator::select(int depth, bool top) {
  Body body;
  std::string source;
  const Scope scope = from(depth, source, false);
  enum { kRows, kDistinct, kGrouped, kAggregated, kWindowed } mode;
  const std::size_t roll = below(100);
  mode = roll < 45   ? kRows
         : roll < 57 ? kDistinct
         : roll < 80 ? kGrouped
         : roll < 93 ? kAggregated
                     : kWindowed;
  std::vector<std::string> items;
  std::vector<std::string> groups;  // As GROUP BY writes them.
  std::vector<std::string> plain;   // What ORDER BY may use to get a total order.
  const auto add = [&](const Ref& ref, int alias_percent) {
    const bool simple = ref.text.find_first_of(" (\x01'") == std::string::npos;
    std::string name;
    if ((!simple && chance(70)) || chance(alias_percent) || !top) {
      if (top && chance(25)) {
        name = column(scope).text;  // Shadows a column.
        name = name.substr(name.find('.') == std::string::npos ? 0 : name.find('.') + 1);
        if (name == "1") name = "c" + std::to_string(++names_);
      } else if (simple && chance(70)) {
        name =
            ref.text.substr(ref.text.find('.') == std::string::npos ? 0 : ref.text.find('.') + 1);
      } else {
        name = "c" + std::to_string(++names_);
      }
    }
    for (const Col& col : body.columns) {
      if (!name.empty() && col.name == name) name = "c" + std::to_string(++names_);
    }
    const bool alias = !name.empty() && (!simple || name != ref.text);
    items.push_back(ref.text + (alias ? (chance(80) ? " AS " : " ") + name : ""));
    body.columns.push_back({name.empty() ? ref.text : name, ref.type, ref.key});
    return alias ? name : ref.text;
  };

  if (mode == kGrouped) {
    const std::size_t count = 1 + below(2);
    for (std::size_t i = 0; i < count; ++i) {
      const Ref ref = chance(75)   ? column(scope, {}, chance(40))
                      : chance(90) ? expression(scope, 0)
                                   : Ref{"1 + 1", 'i', false};
      std::string text = ref.text;
      if (chance(85)) {
        const std::string name = add(ref, 25);
        if (chance(20))
          text = std::to_string(items.size());
        else if (chance(20))
          text = name;
      }
      groups.push_back(text);
      plain.push_back(text);
    }
  } else if (mode == kRows && chance(20)) {
    items.push_back(chance(60) ? "*" : scope[0].alias + ".*");
    if (!top) {  // Names must differ, so that only one table's may be taken.
      const Source& all = scope[0];
      items.back() = all.alias + ".*";
      body.columns = all.columns;
    }
  }
  const std::size_t more = 1 + below(3);
  const bool star = !items.empty() && items[0].back() == '*';
  for (std::size_t i = 0; i < more && !(star && !top); ++i) {
    switch (mode) {
      case kGrouped:
      case kAggregated:
        add(mode == kAggregated && chance(5) ? Ref{constant('i'), 'i', false} : aggregate(scope),
            50);
        break;
      case kWindowed:
        add(i == 0 ? window(scope) : column(scope), 30);
        break;
      default:
        add(chance(75) ? column(scope, {}, chance(30)) : expression(scope, depth), 30);
    }
  }
  body.sql = std::string("SELECT ") + (mode == kDistinct ? "DISTINCT " : "") + join(items, ", ") +
             " FROM " + source;
  if (chance(65)) body.sql += " WHERE " + predicate(scope, depth + (top ? 1 : 0));
  if (mode == kGrouped) {
    body.sql += " GROUP BY " + join(groups, ", ");
    if (chance(15)) body.sql += " HAVING " + aggregate(scope).text + " > " + constant('i');
  }
  if (mode == kAggregated && chance(5)) body.sql += " HAVING COUNT(*) > " + constant('i');

  if (!chance(top ? 55 : 12)) return body;
  std::vector<std::string> order;
  if (mode == kGrouped) {
    if (chance(50)) {
      order.push_back((chance(50) ? aggregate(scope).text : std::to_string(items.size())) +
                      direction());
    }
    for (const std::string& text : plain) order.push_back(text + direction());
    // An alias in GROUP BY and in ORDER BY need not mean the same.
    body.ordered = true;
    for (const Source& s : scope) {
      for (const Col& c : s.columns) {
        for (const Col& mine : body.columns) body.ordered &= mine.name != c.name;
      }
    }
  } else if (mode == kDistinct) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      order.push_back((chance(70) ? std::to_string(i + 1) : body.columns[i].name) + direction());
    }
    body.ordered = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
      body.ordered &= order[i][0] >= '1' && order[i][0] <= '9';
    }
  } else if (mode == kAggregated) {
    if (chance(50)) order.push_back("1");
  } else {
    if (!star && chance(50)) {
      switch (below(4)) {
        case 0:
          order.push_back(std::to_string(1 + below(items.size())) + direction());
          break;
        case 1:
          order.push_back(one_of(body.columns).name + direction());
          break;
        case 2:
          order.push_back(expression(scope, 0).text + direction());
          break;
        default:
          order.push_back(column(scope).text + direction());
      }
      if (order.back()[0] == kMark) order.pop_back();  // A position.
    }
    if (chance(75)) {
      for (std::string& text : total_order(scope)) order.push_back(std::move(text));
      body.ordered = true;
    }
  }
  if (!order.empty()) {
    body.sql += " ORDER BY " + join(order, ", ");
    if (body.ordered && chance(50)) body.sql += limit();
  }
  return body;
}

GeneratedQuery StatementGenerator::query() {
  constants_.clear();
  ctes_.clear();
  outer_.clear();
  names_ = 0;
  std::string sql;
  if (chance(7)) {
    const Body body = chance(85) ? select(1, false) : set_operation(1, false);
    Source source;
    source.alias = chance(10) ? "orders" : "cte";
    source.columns = body.columns;
    for (const Col& col : body.columns) source.unique.push_back(col.name);
    sql = "WITH " + source.alias + " AS (" + body.sql + ") ";
    if (source.alias != "orders" || body.sql.find("orders") == std::string::npos) {
      ctes_.push_back(source);
    } else {
      sql = "";
    }
  }
  const Body body = chance(12) ? set_operation(1, true) : select(2, true);
  sql += body.sql;

  GeneratedQuery query;
  query.ordered = body.ordered;
  query.pieces.emplace_back();
  for (std::size_t at = 0; at < sql.size();) {
    if (sql[at] != kMark) {
      query.pieces.back() += sql[at++];
      continue;
    }
    const std::size_t end = sql.find(kMark, at + 1);
    query.constants.push_back(constants_[std::stoul(sql.substr(at + 1, end - at - 1))]);
    query.pieces.emplace_back();
    at = end + 1;
  }
  return query;
}

}  // namespace pando::test
