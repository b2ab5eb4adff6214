#include "tests/sql/statement_generator.h"

#include <algorithm>

namespace pando::test {
namespace {

const std::vector<std::string> kComparisons = {"=", "=", "=", "<", ">", "<=", ">=", "<>", "!="};

}  // namespace

std::string GeneratedQuery::text() const {
  std::string sql = pieces[0];
  for (std::size_t i = 0; i < constants.size(); ++i) sql += constants[i].text + pieces[i + 1];
  return sql;
}

std::string GeneratedQuery::text_with_parameters() const {
  std::string sql = pieces[0];
  for (std::size_t i = 0; i < constants.size(); ++i) sql += "?" + pieces[i + 1];
  return sql;
}

std::string StatementGenerator::constant_text(char kind) {
  static const std::vector<std::string> kIntegers = {
      "1", "2", "3", "7", "8", "7", "0", "-9", "31", "5", "44", "9007199254740993"};
  static const std::vector<std::string> kStrings = {
      "'de'",  "'fr'",  "'new'", "'paid'", "'Paid'",  "'anna'",  "'Anna'",
      "'bob'", "''",    "'a'",   "'bob '", "'alice'", "'Alice'", "'bob'",
      "'pen'", "'low'", "'mid'", "'7'",    "'1'",     "'zz'",    "'2024-01-01'"};
  static const std::vector<std::string> kDecimals = {"7.0",  "0.5",   "-7.25", "10.10",
                                                     "1.00", "100.5", "7.5",   "2.0"};
  static const std::vector<std::string> kCounts = {"0", "1", "2", "3", "5", "100"};
  switch (kind) {
    case 's':
      return one_of(kStrings);
    case 'd':
      return one_of(kDecimals);
    case 'n':
      return one_of(kCounts);
    default:
      return one_of(kIntegers);
  }
}

std::string StatementGenerator::constant(char kind) {
  constants_.push_back({constant_text(kind), kind});
  return kMark + std::to_string(constants_.size() - 1) + kMark;
}

GeneratedQuery StatementGenerator::with_other_constants(const GeneratedQuery& query) {
  GeneratedQuery other = query;
  for (Constant& constant : other.constants) {
    const bool negative = constant.text[0] == '-';
    do constant.text = constant_text(constant.kind);
    while (!negative && constant.text[0] == '-');
  }
  return other;
}

// A constant to compare a key with, sometimes in an odd form.
std::string StatementGenerator::key_constant() {
  if (chance(8)) return constant('s');
  if (!chance(30)) return constant('i');
  const std::vector<std::string> odd = {"'7'",
                                        "7.0",
                                        "+7",
                                        "- 9",
                                        "- -7",
                                        "'07'",
                                        "7e0",
                                        "(7)",
                                        "(((1)))",
                                        "' 7'",
                                        "TRUE",
                                        "5+2",
                                        "8.0",
                                        "NULL",
                                        "'7.0'",
                                        "'7abc'",
                                        "7.5",
                                        "-7",
                                        "'-9'",
                                        "1.",
                                        ".7e1",
                                        "-0",
                                        "''",
                                        "0x7",
                                        "9007199254740993",
                                        "9007199254740993.0",
                                        "9007199254740992",
                                        "'9007199254740993'",
                                        "NOT 0",
                                        "~-8",
                                        "ABS(-7)",
                                        "CAST('7' AS DECIMAL)",
                                        "1e300",
                                        "18446744073709551615",
                                        "99999999999999999999"};
  return one_of(odd);
}

std::string StatementGenerator::like_type(char type) {
  if (chance(4)) return "NULL";
  if (chance(6)) type = one_of(std::vector<char>{'i', 's', 'd'});
  switch (type) {
    case 'i':
      return constant('i');
    case 'd':
    case 'f':
      return constant('d');
    default:
      return constant('s');
  }
}

StatementGenerator::Source StatementGenerator::table_source(bool allow_single) {
  const std::size_t which = below(allow_single && chance(15) ? 24 : 21);
  Source source;
  if (chance(6)) {
    // Families of their own; with NULL keys, text keys and two keys.
    const std::vector<Source> others = {
        {"accounts", {{"name", 's', true}, {"amount", 'd'}}, {"name"}, true},
        {"numbers", {{"n", 'i', true}, {"v", 's'}}, {"n", "v"}, true},
        {"scores", {{"points", 'i', true}, {"player", 's'}}, {"points", "player"}, true},
        {"tickets", {{"zone", 'i', true}, {"seat", 'i'}, {"owner", 's'}}, {"zone", "seat"}, true},
        {"events",
         {{"user_id", 'i', true}, {"at", 't', true}, {"kind", 's'}, {"amount", 'i'}},
         {"user_id", "at"},
         true}};
    return one_of(others);
  }
  if (which < 7) {
    source = {"users",
              {{"id", 'i', true},
               {"name", 's'},
               {"country", 's'},
               {"age", 'i'},
               {"balance", 'd'},
               {"ratio", 'f'},
               {"joined", 't'},
               {"rank_", 'e'}},
              {"id"},
              true};
  } else if (which < 14) {
    source = {"orders",
              {{"user_id", 'i', true},
               {"id", 'i'},
               {"status", 's'},
               {"total", 'd'},
               {"qty", 'i'},
               {"placed", 't'},
               {"note", 's'}},
              {"user_id", "id"},
              true};
  } else if (which < 19) {
    source = {
        "items",
        {{"user_id", 'i', true}, {"order_id", 'i'}, {"line", 'i'}, {"sku", 's'}, {"price", 'd'}},
        {"user_id", "order_id", "line"},
        true};
  } else if (which < 22) {
    source = {"regions", {{"code", 's'}, {"title", 's'}, {"vat", 'd'}}, {"code"}, false};
  } else {
    source = {"coupons", {{"id", 'i'}, {"label", 's'}, {"percent", 'i'}}, {"id"}, false};
  }
  return source;
}

StatementGenerator::Ref StatementGenerator::column(const Scope& scope,
                                                   const std::vector<char>& types, bool key) {
  std::vector<std::pair<const Source*, const Col*>> found;
  for (const Source& source : scope) {
    for (const Col& col : source.columns) {
      if (key && !col.key) continue;
      if (!types.empty() && std::find(types.begin(), types.end(), col.type) == types.end()) {
        continue;
      }
      found.emplace_back(&source, &col);
    }
  }
  if (found.empty()) {
    if (key || !types.empty()) return column(scope);
    return {"1", 'i', false};
  }
  const auto& [source, col] = found[below(found.size())];
  return {qualified(scope, *source, col->name), col->type, col->key};
}

std::string StatementGenerator::qualified(const Scope& scope, const Source& source,
                                          const std::string& name) {
  if (source.alias.empty()) return name;
  std::size_t same = 0;
  for (const Source& other : scope) {
    for (const Col& col : other.columns) same += col.name == name ? 1 : 0;
  }
  if (same == 1 && chance(35)) return name;
  return source.alias + "." + name;
}

std::string StatementGenerator::join_condition(const Scope& left, const Source& right, int depth) {
  Scope all = left;
  all.push_back(right);
  std::vector<std::string> keys;
  for (const Source& source : left) {
    for (const Col& a : source.columns) {
      for (const Col& b : right.columns) {
        if (!a.key || !b.key) continue;
        keys.push_back(chance(50)
                           ? source.alias + "." + a.name + " = " + right.alias + "." + b.name
                           : right.alias + "." + b.name + " = " + source.alias + "." + a.name);
      }
    }
  }
  std::string condition;
  if (!keys.empty() && chance(92)) {
    condition = one_of(keys);
    if (mysql_ && chance(3)) condition.replace(condition.find(" = "), 3, " <=> ");
  } else if (right.alias == "regions" || chance(30)) {
    condition = column(left, {'s'}).text + " = " + column({right}, {'s'}).text;
  } else {
    condition = column(left).text + " = " + column({right}).text;
  }
  if (keys.size() > 1 && chance(30)) condition += " AND " + one_of(keys);
  if (chance(35)) {
    const std::string more = predicate(all, std::min(depth, 1));
    condition = chance(80)   ? condition + " AND " + more
                : chance(50) ? more + " AND " + condition
                             : "(" + condition + " OR " + more + ")";
  }
  return condition;
}

StatementGenerator::Scope StatementGenerator::from(int depth, std::string& sql, bool subquery) {
  Scope scope;
  const std::size_t roll = below(100);
  const std::size_t count = subquery ? (roll < 88 ? 1 : 2) : roll < 52 ? 1 : roll < 85 ? 2 : 3;
  for (std::size_t i = 0; i < count; ++i) {
    Source source;
    std::string text;
    if (!ctes_.empty() && chance(50)) {
      source = one_of(ctes_);
      text = source.alias;
      if (chance(40)) {
        source.alias = "w" + std::to_string(++names_);
        text += " AS " + source.alias;
      }
    } else if (depth > 0 && chance(14)) {
      const Body body = chance(20) ? set_operation(depth - 1, false) : select(depth - 1, false);
      source.alias = "d" + std::to_string(++names_);
      source.columns = body.columns;
      for (const Col& col : body.columns) source.unique.push_back(col.name);
      text = "(" + body.sql + ") AS " + source.alias;
    } else {
      source = table_source(true);
      text = source.alias;
      if (chance(55)) {
        // Aliases that are another table's name are legal, and a trap.
        source.alias = chance(8)
                           ? one_of(std::vector<std::string>{"orders", "items", "users"})
                           : std::string(1, static_cast<char>('a' + i)) + std::to_string(++names_);
        text += (chance(50) ? " AS " : " ") + source.alias;
      }
    }
    for (const Source& other : scope) {
      if (other.alias == source.alias) {
        const std::string old = source.alias;
        source.alias = "x" + std::to_string(++names_);
        if (text == old) {
          text += " " + source.alias;
        } else {
          text.replace(text.size() - old.size(), old.size(), source.alias);
        }
        break;
      }
    }
    if (i == 0) {
      sql = text;
      scope.push_back(std::move(source));
      continue;
    }
    const auto has = [](const Source& s, const std::string& name) {
      return std::any_of(s.columns.begin(), s.columns.end(),
                         [&](const Col& c) { return c.name == name; });
    };
    const bool can_use = scope.size() == 1 && has(scope[0], "user_id") && has(source, "user_id");
    const std::size_t how = below(100);
    if (can_use && how < 25) {
      static const std::vector<std::string> kVerbs = {" JOIN ", " JOIN ", " LEFT JOIN ",
                                                      " RIGHT JOIN "};
      sql += (!mysql_ && chance(15) ? " FULL JOIN " : one_of(kVerbs)) + text + " USING (user_id)";
      // The common column, which belongs to neither.
      if (chance(60) && count == 2) {
        scope.push_back(std::move(source));
        scope.push_back({"", {{"user_id", 'i', true}}, {}, true});
        return scope;
      }
    } else if (how < 40) {
      if (chance(50)) {
        // A comma binds more loosely than JOIN, so it only stands alone.
        if (scope.size() == 1 && count == 2) {
          sql += ", " + text;
        } else {
          sql += " CROSS JOIN " + text;
        }
      } else {
        sql += " JOIN " + text + " ON " + join_condition(scope, source, depth);
      }
    } else if (how < 70) {
      sql += (chance(70) ? " JOIN " : " INNER JOIN ") + text + " ON " +
             join_condition(scope, source, depth);
    } else if (how < 90) {
      sql += " LEFT JOIN " + text + " ON " + join_condition(scope, source, depth);
    } else if (!mysql_ && chance(40)) {
      sql += " FULL JOIN " + text + " ON " + join_condition(scope, source, depth);
    } else {
      sql += " RIGHT JOIN " + text + " ON " + join_condition(scope, source, depth);
    }
    scope.push_back(std::move(source));
  }
  return scope;
}

std::string StatementGenerator::leaf(const Scope& scope, int depth) {
  const std::string op = one_of(kComparisons);
  if (chance(40)) {
    const Ref key = column(scope, {}, true);
    if (key.key) {
      switch (below(12)) {
        case 0:
          return key_constant() + " " + op + " " + key.text;
        case 1:
          return key.text + (chance(25) ? " NOT IN (" : " IN (") + key_constant() + ", " +
                 key_constant() + (chance(40) ? ", " + constant('i') : "") + ")";
        case 2:
          return key.text + (chance(25) ? " NOT BETWEEN " : " BETWEEN ") + constant('i') + " AND " +
                 key_constant();
        case 3:
          return key.text + (chance(50) ? " IS NULL" : " IS NOT NULL");
        case 4: {
          const Ref other = column(scope);
          const std::string left = "(" + key.text + ", " + other.text + ")";
          if (chance(50)) return left + " = (" + constant('i') + ", " + like_type(other.type) + ")";
          return mysql_
                     ? left + " IN ((" + constant('i') + ", " + like_type(other.type) + "), (" +
                           constant('i') + ", " + like_type(other.type) + "))"
                     : left + " IN (VALUES (" + constant('i') + ", " + like_type(other.type) + "))";
        }
        case 5:
          return key.text + (mysql_ ? " <=> " : " IS ") + key_constant();
        case 6:
          return one_of(std::vector<std::string>{"COALESCE(", "ABS(", "+(", "-("}) + key.text +
                 ") " + op + " " + constant('i');
        default:
          return key.text + " " + (chance(70) ? "=" : op) + " " + key_constant();
      }
    }
  }
  const Ref ref = column(scope);
  switch (below(14)) {
    case 0:
      return ref.text + (chance(50) ? " IS NULL" : " IS NOT NULL");
    case 1:
      return ref.text + (chance(30) ? " NOT IN (" : " IN (") + like_type(ref.type) + ", " +
             like_type(ref.type) + ")";
    case 2:
      return ref.text + " BETWEEN " + like_type(ref.type) + " AND " + like_type(ref.type);
    case 3:
      return column(scope, {'s'}).text + (chance(20) ? " NOT LIKE " : " LIKE ") +
             one_of(std::vector<std::string>{"'%a%'", "'n%'", "'_e'", "'%'"});
    case 4: {
      std::string right = column(scope, {ref.type}).text;
      if (!outer_.empty() && chance(60)) right = column(*outer_.back(), {ref.type}).text;
      return ref.text + " " + op + " " + right;
    }
    case 5:
      return "COALESCE(" + ref.text + ", " + like_type(ref.type) + ") " + op + " " +
             like_type(ref.type);
    case 6:
      return "CASE WHEN " + ref.text + " " + op + " " + like_type(ref.type) + " THEN 1 ELSE 0 END" +
             (chance(50) ? " = 1" : "");
    case 7:
    case 8:
      if (depth > 0) return subquery_predicate(scope, depth - 1);
      [[fallthrough]];
    default:
      return ref.text + " " + op + " " + like_type(ref.type);
  }
}

std::string StatementGenerator::subquery_predicate(const Scope& scope, int depth) {
  outer_.push_back(&scope);
  const auto ctes = std::move(ctes_);
  ctes_.clear();
  std::string result;
  switch (below(5)) {
    case 0:
    case 1: {
      std::string sql;
      const Scope inner = from(depth, sql, true);
      std::vector<std::string> conditions;
      if (chance(70)) {
        conditions.push_back(column(inner, {}, true).text + " = " + column(scope, {}, true).text);
      }
      if (conditions.empty() || chance(50)) conditions.push_back(predicate(inner, depth));
      result = std::string(chance(35) ? "NOT " : "") + "EXISTS (SELECT 1 FROM " + sql + " WHERE " +
               join(conditions, chance(90) ? " AND " : " OR ") + ")";
      break;
    }
    case 2:
    case 3: {
      const bool key = chance(60);
      const Ref ref = column(scope, {}, key);
      const Body body = select_columns(depth, {key && ref.key ? 'k' : ref.type}, false);
      result = ref.text + (chance(35) ? " NOT IN (" : " IN (") + body.sql + ")";
      break;
    }
    default: {
      const Ref ref = column(scope, {'i', 'd'});
      std::string sql;
      const Scope inner = from(0, sql, true);
      std::string where;
      if (chance(70)) {
        where = " WHERE " + column(inner, {}, true).text + " = " + column(scope, {}, true).text;
      }
      result = ref.text + " " + one_of(kComparisons) + " (SELECT " + aggregate(inner).text +
               " FROM " + sql + where + ")";
    }
  }
  ctes_ = ctes;
  outer_.pop_back();
  return result;
}

std::string StatementGenerator::predicate(const Scope& scope, int depth) {
  if (depth <= 0 || chance(40)) return leaf(scope, depth);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return predicate(scope, depth - 1) + " AND " + leaf(scope, depth);
    case 4:
    case 5:
    case 6:
      return "(" + predicate(scope, depth - 1) + " OR " + predicate(scope, depth - 1) + ")";
    case 7:
      return leaf(scope, 0) + " AND " + leaf(scope, 0) + " OR " + leaf(scope, 0);
    case 8:
      return "NOT (" + predicate(scope, depth - 1) + ")";
    default:
      if (mysql_ && chance(30)) return "(" + leaf(scope, 0) + " XOR " + leaf(scope, 0) + ")";
      return "(" + predicate(scope, depth - 1) + ") IS " + (chance(30) ? "NOT " : "") +
             (chance(70) ? "TRUE" : "FALSE");
  }
}

StatementGenerator::Ref StatementGenerator::expression(const Scope& scope, int depth) {
  const Ref ref = column(scope);
  const bool number = ref.type == 'i' || ref.type == 'd';
  switch (below(9)) {
    case 0:
      if (number) return {ref.text + " + " + constant('i'), ref.type, false};
      return {"UPPER(" + ref.text + ")", 's', false};
    case 1:
      return {"COALESCE(" + ref.text + ", " + like_type(ref.type) + ")", 's', false};
    case 2:
      return {"CASE WHEN " + leaf(scope, 0) + " THEN " + ref.text + " END",
              ref.type == 'e' ? 's' : ref.type, false};
    case 3:
      if (number) return {ref.text + " % 3", ref.type, false};
      return {ref.text + " IS NULL", 'i', false};
    case 4:
      return {column(scope, {'i'}).text + " * 2", 'i', false};
    case 5:
      if (depth > 0) {
        outer_.push_back(&scope);
        std::string sql;
        const Scope inner = from(0, sql, true);
        std::string where;
        if (chance(80)) {
          where = " WHERE " + column(inner, {}, true).text + " = " + column(scope, {}, true).text;
        }
        const Ref value = aggregate(inner);
        outer_.pop_back();
        return {"(SELECT " + value.text + " FROM " + sql + where + ")", value.type, false};
      }
      [[fallthrough]];
    case 6:
      return {like_type(ref.type), 's', false};
    default:
      return {"LENGTH(" + ref.text + ")", 'i', false};
  }
}

StatementGenerator::Ref StatementGenerator::aggregate(const Scope& scope) {
  const Ref number = column(scope, {'i', 'd', 'f'});
  const Ref any = column(scope);
  const char plain = any.type == 'e' ? 's' : any.type;
  switch (below(14)) {
    case 0:
    case 1:
    case 2:
      return {"COUNT(*)", 'i', false};
    case 3:
      return {"COUNT(" + any.text + ")", 'i', false};
    case 4:
    case 5:
      return {"SUM(" + number.text + ")", 'd', false};
    case 6:
    case 7:
      return {"MIN(" + any.text + ")", plain, false};
    case 8:
    case 9:
      return {"MAX(" + any.text + ")", plain, false};
    case 10:
      return {"AVG(" + number.text + ")", 'd', false};
    case 11:
      return {"COUNT(DISTINCT " + any.text + ")", 'i', false};
    case 12:
      if (chance(50)) return {"SUM(" + number.text + " * 2)", 'd', false};
      if (chance(50)) return {"SUM(" + any.text + ")", 'd', false};
      return {"MAX(LENGTH(" + any.text + "))", 'i', false};
    default:
      if (chance(50)) return {"SUM(" + number.text + ") + 1", 'd', false};
      return {"SUM(DISTINCT " + number.text + ")", 'd', false};
  }
}

StatementGenerator::Ref StatementGenerator::window(const Scope& scope) {
  std::string over = "(";
  if (chance(75)) {
    over += "PARTITION BY " + column(scope, {}, chance(75)).text;
    if (chance(20)) over += ", " + column(scope).text;
  }
  std::string order;
  for (const std::string& part : total_order(scope))
    order += (order.empty() ? " ORDER BY " : ", ") + part;
  switch (below(4)) {
    case 0:
      return {"ROW_NUMBER() OVER " + over + order + ")", 'i', false};
    case 1:
      return {"COUNT(*) OVER " + over + ")", 'i', false};
    case 2:
      return {"SUM(" + column(scope, {'i', 'd'}).text + ") OVER " + over +
                  (chance(50) ? order : "") + ")",
              'd', false};
    default:
      return {"RANK() OVER " + over + " ORDER BY " + column(scope).text + ")", 'i', false};
  }
}

std::vector<std::string> StatementGenerator::total_order(const Scope& scope) {
  std::vector<std::string> order;
  for (const Source& source : scope) {
    for (const std::string& name : source.unique) {
      order.push_back(source.alias + "." + name + direction());
    }
  }
  return order;
}

std::string StatementGenerator::direction() {
  return chance(60) ? "" : chance(75) ? " DESC" : " ASC";
}

std::string StatementGenerator::limit() {
  switch (below(6)) {
    case 0:
      return " LIMIT " + constant('n') + " OFFSET " + constant('n');
    case 1:
      return " LIMIT " + constant('n') + ", " + constant('n');
    default:
      return " LIMIT " + constant('n');
  }
}

}  // namespace pando::test
