// Table references: names, derived tables, table functions, joins.

#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {

NodeId Parser::from() {
  const NodeId f = make(NodeKind::kFrom);
  advance();
  if (!sqlite_ && accept(Tok::kwDual)) return finish(f);
  const std::uint32_t begin = cur_.begin;
  std::uint32_t n = 0;
  for (;;) {
    count_item(&n);
    if (!sqlite_ || n == 1) {
      append(f, table_reference());
    } else {
      append(f, table_factor());
      const Tok t = tok();
      const bool joins = t == Tok::kwJoin || t == Tok::kwCross || t == Tok::kwFull ||
                         t == Tok::kwInner || t == Tok::kwLeft || t == Tok::kwNatural ||
                         t == Tok::kwRight;
      if (joins) {
        // In SQLite `a, b JOIN c` joins c to the product of a and b.
        NodeId left = node(f).child;
        NodeId right = node(left).next;
        node(f).child = node(f).payload = kNoNode;
        while (right != kNoNode) {
          const NodeId following = node(right).next;
          node(left).next = node(right).next = kNoNode;
          const NodeId join = wrap(NodeKind::kJoin, begin, left);
          node(join).op = static_cast<std::uint8_t>(JoinKind::kCross);
          append(join, right);
          node(join).span.end = node(right).span.end;
          left = join;
          right = following;
        }
        append(f, joins_sqlite(begin, left));
      }
    }
    if (!accept(Tok::kComma)) return finish(f);
  }
}

NodeId Parser::table_reference() {
  const Guard guard(this);
  if (!guard.ok) return kNoNode;
  const std::uint32_t begin = cur_.begin;
  return table_reference(begin, table_factor());
}

NodeId Parser::table_reference(std::uint32_t begin, NodeId first) {
  return sqlite_ ? joins_sqlite(begin, first) : joins_mysql(begin, first);
}

bool Parser::join_operator(JoinKind* kind, bool* natural) {
  *natural = false;
  *kind = JoinKind::kInner;
  switch (tok()) {
    case Tok::kwJoin:
      advance();
      return true;
    case Tok::kwInner:
      advance();
      break;
    case Tok::kwCross:
      *kind = JoinKind::kCross;
      advance();
      break;
    case Tok::kwStraightJoin:
      if (sqlite_) return false;
      *kind = JoinKind::kStraight;
      advance();
      return true;
    case Tok::kwNatural:
      *natural = true;
      advance();
      accept(Tok::kwInner);
      [[fallthrough]];
    case Tok::kwLeft:
    case Tok::kwRight:
    case Tok::kwFull:
      if (tok() == Tok::kwLeft) {
        *kind = JoinKind::kLeft;
      } else if (tok() == Tok::kwRight) {
        *kind = JoinKind::kRight;
      } else if (tok() == Tok::kwFull && sqlite_) {
        *kind = JoinKind::kFull;
      } else {
        if (!*natural) return false;
        break;
      }
      advance();
      accept(Tok::kwOuter);
      break;
    default:
      if (diagnose_) note("JOIN");
      return false;
  }
  expect(Tok::kwJoin);
  return true;
}

void Parser::join_condition(NodeId join) {
  if (at(Tok::kwOn)) {
    const NodeId on = make(NodeKind::kOn);
    advance();
    append(on, expression());
    append(join, finish(on));
  } else {
    const NodeId u = make(NodeKind::kUsing);
    advance();
    expect(Tok::kLeftParen);
    do {
      append(u, name());
    } while (accept(Tok::kComma));
    expect(Tok::kRightParen);
    append(join, finish(u));
  }
  finish(join);
}

// An ON belongs to the nearest join before it that has none. A join that never gets one is a cross
// join with the leftmost table of what follows it: `a JOIN b JOIN c ON x` is `(a JOIN b) JOIN c ON
// x`.
NodeId Parser::joins_mysql(std::uint32_t begin, NodeId left) {
  const Guard guard(this);
  if (!guard.ok) return left;
  JoinKind kind{};
  bool natural = false;
  while (join_operator(&kind, &natural)) {
    const NodeId join = wrap(NodeKind::kJoin, begin, left);
    node(join).op = static_cast<std::uint8_t>(kind);
    const std::uint32_t right_begin = cur_.begin;
    const NodeId factor = table_factor();
    if (natural) {
      node(join).flags |= kNatural;
      append(join, factor);
      left = finish(join);
      continue;
    }
    NodeId right = factor;
    if (!at(Tok::kwOn) && !at(Tok::kwUsing)) right = joins_mysql(right_begin, factor);
    if (at(Tok::kwOn) || at(Tok::kwUsing)) {
      append(join, right);
      join_condition(join);
      left = join;
      continue;
    }
    if (kind == JoinKind::kLeft || kind == JoinKind::kRight) {
      fail_here({});
      return join;
    }
    if (right == factor || failed_) {
      append(join, factor);
      left = finish(join);
      continue;
    }
    NodeId parent = right;
    for (; node(parent).child != factor; parent = node(parent).child) {
      node(parent).span.begin = begin;
    }
    node(parent).span.begin = begin;
    node(join).next = node(factor).next;
    node(factor).next = kNoNode;
    node(parent).child = join;
    append(join, factor);
    node(join).span.end = node(factor).span.end;
    left = right;
  }
  return left;
}

NodeId Parser::joins_sqlite(std::uint32_t begin, NodeId left) {
  JoinKind kind{};
  bool natural = false;
  while (join_operator(&kind, &natural)) {
    const NodeId join = wrap(NodeKind::kJoin, begin, left);
    node(join).op = static_cast<std::uint8_t>(kind);
    if (natural) node(join).flags |= kNatural;
    append(join, table_factor());
    if (at(Tok::kwOn) || at(Tok::kwUsing)) {
      join_condition(join);
    } else {
      finish(join);
    }
    left = join;
  }
  return left;
}

NodeId Parser::table_factor() {
  const std::uint32_t begin = cur_.begin;
  switch (tok()) {
    case Tok::kLeftParen:
      return table_parens();
    case Tok::kLeftBrace: {  // {OJ a LEFT JOIN b ON ...}
      advance();
      any_word();
      const NodeId join = table_reference();
      expect(Tok::kRightBrace);
      if (node(join).kind == NodeKind::kJoin) node(join).span = {begin, prev_end_};
      return join;
    }
    case Tok::kwLateral:
      if (ahead() == Tok::kLeftParen && !sqlite_) {
        const NodeId d = make(NodeKind::kDerived);
        node(d).flags |= kLateral;
        advance();
        advance();
        append(d, query());
        expect(Tok::kRightParen);
        return derived_tail(d);
      }
      break;
    case Tok::kwJsonTable:
      if (ahead() == Tok::kLeftParen && !sqlite_) return json_table(begin);
      break;
    default:
      break;
  }
  return table_ref();
}

// At `(`: a derived table, or a join in parentheses.
NodeId Parser::table_parens() {
  const Guard guard(this);
  if (!guard.ok) return kNoNode;
  const std::uint32_t begin = cur_.begin;
  advance();
  if (at_query()) {
    const NodeId d = make(NodeKind::kDerived, begin);
    append(d, query());
    expect(Tok::kRightParen);
    return derived_tail(d);
  }
  NodeId inner = table_reference();
  const bool bare = node(inner).kind == NodeKind::kDerived &&
                    node(node(inner).child).next == kNoNode && !node(inner).has(kLateral);
  if (bare && !sqlite_ && tok() != Tok::kRightParen && tok() != Tok::kComma) {
    // ((SELECT 1) UNION SELECT 2) AS t
    node(inner).kind = NodeKind::kQueryParens;
    const NodeId q = set_operation_rest(node(inner).span.begin, inner, 1);
    query_tail(q);
    expect(Tok::kRightParen);
    const NodeId d = wrap(NodeKind::kDerived, begin, q);
    return derived_tail(finish(d));
  }
  const std::uint32_t inner_begin = node(inner).span.begin;
  std::uint32_t n = 1;
  while (accept(Tok::kComma)) {
    count_item(&n);
    const NodeId join = wrap(NodeKind::kJoin, inner_begin, inner);
    node(join).op = static_cast<std::uint8_t>(JoinKind::kCross);
    append(join, table_reference());
    inner = finish(join);
  }
  expect(Tok::kRightParen);
  if (node(inner).kind != NodeKind::kTableRef) node(inner).span = {begin, prev_end_};
  if (bare && n == 1) return derived_tail(inner);
  return inner;
}

NodeId Parser::derived_tail(NodeId d) {
  const NodeId a = alias(false);
  append(d, a);
  if (a != kNoNode && at(Tok::kLeftParen) && !sqlite_) {
    append(d, name_list(NodeKind::kColumnList, NodeKind::kName));
  }
  return finish(d);
}

// name(arguments) [alias]; json_each(x) and the like.
NodeId Parser::table_function(std::uint32_t begin) {
  const NodeId f = make(NodeKind::kTableFunction, begin);
  append(f, finish(make(NodeKind::kName, begin)));
  expect(Tok::kLeftParen);
  if (!at(Tok::kRightParen)) argument_list(f);
  expect(Tok::kRightParen);
  append(f, alias(sqlite_));
  return finish(f);
}

// JSON_TABLE(expr, path COLUMNS (...)) [AS] alias
NodeId Parser::json_table(std::uint32_t begin) {
  const NodeId f = make(NodeKind::kTableFunction, begin);
  append(f, leaf(NodeKind::kName));
  expect(Tok::kLeftParen);
  append(f, expression());
  expect(Tok::kComma);
  append(f, expression());
  const std::uint32_t columns = cur_.begin;
  expect(Tok::kwColumns);
  skip_parens();
  append(f, raw_since(columns));
  expect(Tok::kRightParen);
  append(f, alias(false));
  return finish(f);
}

NodeId Parser::table_ref() {
  const NodeId ref = make(NodeKind::kTableRef);
  const std::uint32_t begin = cur_.begin;
  const NodeId t = table_name();
  if (tok() == Tok::kLeftParen && sqlite_) return table_function(begin);
  append(ref, t);
  if (sqlite_) {
    append(ref, alias(true));
    index_hints(ref);
    return finish(ref);
  }
  if (at(Tok::kwPartition)) append(ref, partition_clause());
  if (tok() == Tok::kwFor && ahead() == Tok::kwSystemTime) {
    const std::uint32_t system = cur_.begin;
    advance();
    advance();
    // AS OF expr | FROM expr TO expr | BETWEEN expr AND expr | ALL
    if (!accept(Tok::kwAll)) {
      if (accept(Tok::kwAs)) {
        expect(Tok::kwOf);
        accept(Tok::kwTimestamp);
        append(ref, expression(mysql_level::kBitOr));
      } else if (accept(Tok::kwFrom)) {
        append(ref, expression(mysql_level::kBitOr));
        expect(Tok::kwTo);
        append(ref, expression(mysql_level::kBitOr));
      } else {
        expect(Tok::kwBetween);
        append(ref, expression(mysql_level::kBitOr));
        expect(Tok::kwAnd);
        append(ref, expression(mysql_level::kBitOr));
      }
    }
    append(ref, raw_since(system));
  }
  append(ref, alias(false));
  index_hints(ref);
  return finish(ref);
}

NodeId Parser::partition_clause() {
  const NodeId p = make(NodeKind::kPartition);
  advance();
  expect(Tok::kLeftParen);
  do {
    append(p, name());
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(p);
}

void Parser::index_hints(NodeId ref) {
  if (sqlite_) {
    if (tok() == Tok::kwIndexed || (tok() == Tok::kwNot && ahead() == Tok::kwIndexed)) {
      const NodeId hint = make(NodeKind::kIndexHint);
      if (!accept(Tok::kwNot)) {
        advance();
        expect(Tok::kwBy);
        name();
      } else {
        advance();
      }
      append(ref, finish(hint));
    }
    return;
  }
  while ((tok() == Tok::kwUse || tok() == Tok::kwForce || tok() == Tok::kwIgnore) &&
         (ahead() == Tok::kwIndex || ahead() == Tok::kwKey)) {
    const NodeId hint = make(NodeKind::kIndexHint);
    const bool use = tok() == Tok::kwUse;
    advance();
    advance();
    if (accept(Tok::kwFor)) {
      if (!accept(Tok::kwJoin)) {
        if (!accept(Tok::kwOrder)) expect(Tok::kwGroup);
        expect(Tok::kwBy);
      }
    }
    expect(Tok::kLeftParen);
    if (!use || !at(Tok::kRightParen)) {
      do {
        if (!accept(Tok::kwPrimary)) name();
      } while (accept(Tok::kComma));
    }
    expect(Tok::kRightParen);
    append(ref, finish(hint));
  }
}

}  // namespace pando::sql
