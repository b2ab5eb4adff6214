// Queries: SELECT and its clauses, set operations, VALUES, TABLE, WITH.

#include "router/sql/parser_impl.h"

namespace pando::sql {

bool Parser::at_query() const {
  const Tok t = tok();
  return t == Tok::kwSelect || t == Tok::kwWith || t == Tok::kwValues ||
         (t == Tok::kwTable && !sqlite_);
}

// At `(`: true if only parentheses stand before a query's first word.
bool Parser::query_after_parens() const {
  const auto begins_query = [&](Tok t) {
    return t == Tok::kwSelect || t == Tok::kwWith || t == Tok::kwValues ||
           (t == Tok::kwTable && !sqlite_);
  };
  if (next_.kind != Tok::kLeftParen) return begins_query(next_.kind);
  Lexer look = lexer_;
  Tok t = next_.kind;
  while (t == Tok::kLeftParen) t = look.next().kind;
  return begins_query(t);
}

NodeId Parser::query() {
  const Guard guard(this);
  if (!guard.ok) return kNoNode;
  const NodeId w = at(Tok::kwWith) ? with() : kNoNode;
  const NodeId q = query_body(1);
  query_tail(q);
  if (w != kNoNode && q != kNoNode) prepend(q, w);
  return q;
}

NodeId Parser::with() {
  const NodeId w = make(NodeKind::kWith);
  advance();
  if (accept(Tok::kwRecursive)) node(w).flags |= kRecursive;
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(w, cte());
  } while (accept(Tok::kComma));
  return finish(w);
}

NodeId Parser::cte() {
  const NodeId c = make(NodeKind::kCte);
  append(c, name());
  if (at(Tok::kLeftParen)) append(c, name_list(NodeKind::kColumnList, NodeKind::kName));
  expect(Tok::kwAs);
  if (sqlite_) {
    if (accept(Tok::kwNot)) {
      expect(Tok::kwMaterialized);
    } else {
      accept(Tok::kwMaterialized);
    }
  }
  expect(Tok::kLeftParen);
  append(c, query());
  expect(Tok::kRightParen);
  if (!sqlite_ && accept(Tok::kwCycle)) {  // MariaDB: CYCLE a, b RESTRICT
    do {
      name();
    } while (accept(Tok::kComma));
    expect(Tok::kwRestrict);
  }
  return finish(c);
}

NodeId Parser::query_body(int min) {
  const std::uint32_t begin = cur_.begin;
  return set_operation_rest(begin, query_operand(), min);
}

NodeId Parser::set_operation_rest(std::uint32_t begin, NodeId left, int min) {
  for (;;) {
    if (at_end()) return left;
    SetOp op = SetOp::kUnion;
    int level = 1;
    if (at(Tok::kwUnion)) {
      op = SetOp::kUnion;
    } else if (at(Tok::kwExcept)) {
      op = SetOp::kExcept;
    } else if (at(Tok::kwIntersect)) {
      op = SetOp::kIntersect;
      if (!sqlite_) level = 2;
    } else {
      return left;
    }
    if (level < min) return left;
    advance();
    const NodeId s = wrap(NodeKind::kSetOperation, begin, left);
    node(s).op = static_cast<std::uint8_t>(op);
    if ((!sqlite_ || op == SetOp::kUnion) && accept(Tok::kwAll)) {
      node(s).flags |= kAll;
    } else if (!sqlite_) {
      accept(Tok::kwDistinct);
    }
    append(s, query_body(level + 1));
    left = finish(s);
  }
}

NodeId Parser::query_operand() {
  switch (tok()) {
    case Tok::kwSelect:
      return select();
    case Tok::kwValues:
      return values_query();
    case Tok::kwTable:
      if (!sqlite_) return table_query();
      break;
    case Tok::kLeftParen:
      if (!sqlite_) return query_parens();
      break;
    default:
      break;
  }
  fail_here("SELECT");
  return kNoNode;
}

NodeId Parser::query_parens() {
  const NodeId p = make(NodeKind::kQueryParens);
  advance();
  append(p, query());
  expect(Tok::kRightParen);
  return finish(p);
}

void Parser::query_tail(NodeId q) {
  if (at_end()) {
    finish(q);
    return;
  }
  if (at(Tok::kwOrder)) append(q, order_by());
  if (at(Tok::kwLimit)) append(q, limit());
  if (!sqlite_) {
    if (tok() == Tok::kwOffset || tok() == Tok::kwFetch) append(q, fetch_clause());
    if (tok() == Tok::kwProcedure) {
      const std::uint32_t begin = cur_.begin;
      advance();
      name();
      skip_parens();
      append(q, raw_since(begin));
    }
    if (at_into()) append(q, into());
    while (at(Tok::kwFor) || (tok() == Tok::kwLock && ahead() == Tok::kwIn)) append(q, locking());
    if (at_into()) append(q, into());
  }
  finish(q);
}

NodeId Parser::select() {
  const NodeId s = make(NodeKind::kSelect);
  advance();
  for (bool more = true; more;) {
    switch (tok()) {
      case Tok::kwAll:
        break;
      case Tok::kwDistinct:
        node(s).flags |= kDistinct;
        break;
      case Tok::kwDistinctrow:
        if (!sqlite_) {
          node(s).flags |= kDistinct;
          break;
        }
        more = false;
        continue;
      case Tok::kwStraightJoin:
      case Tok::kwHighPriority:
      case Tok::kwSqlSmallResult:
      case Tok::kwSqlBigResult:
      case Tok::kwSqlCalcFoundRows:
        if (sqlite_) {
          more = false;
          continue;
        }
        if (tok() == Tok::kwSqlCalcFoundRows) node(s).flags |= kCalcFoundRows;
        break;
      case Tok::kwSqlBufferResult:
      case Tok::kwSqlCache:
      case Tok::kwSqlNoCache:
        // No reserved words: `SELECT sql_cache FROM t` names a column.
        if (sqlite_ || ahead() == Tok::kComma || ahead() == Tok::kDot || ahead() == Tok::kwFrom ||
            ahead() == Tok::kEnd || ahead() == Tok::kwAs) {
          more = false;
          continue;
        }
        break;
      default:
        more = false;
        continue;
    }
    advance();
    if (sqlite_) break;
  }
  const NodeId list = make(NodeKind::kSelectList);
  std::uint32_t n = 0;
  do {
    if (n > 0 && tok() == Tok::kStar && !sqlite_) fail_here("an expression");
    count_item(&n);
    append(list, select_item());
  } while (accept(Tok::kComma));
  append(s, finish(list));
  if (at_into()) append(s, into());
  if (at(Tok::kwFrom)) append(s, from());
  if (at(Tok::kwWhere)) append(s, where());
  if (at_end()) return finish(s);
  if (at(Tok::kwGroup)) append(s, group_by());
  if (at(Tok::kwHaving)) append(s, having());
  if (tok() == Tok::kwWindow && peek(2) == Tok::kwAs) append(s, window_clause());
  return finish(s);
}

NodeId Parser::select_item() {
  const NodeId item = make(NodeKind::kSelectItem);
  if (tok() == Tok::kStar) {
    append(item, leaf(NodeKind::kStar));
    return finish(item);
  }
  const std::uint32_t star_before = star_at_;
  star_at_ = cur_.begin + 1;
  const NodeId e = expression();
  star_at_ = star_before;
  append(item, e);
  if (node(e).kind != NodeKind::kStar) append(item, alias(true));
  return finish(item);
}

NodeId Parser::values_query() {
  const NodeId v = make(NodeKind::kValuesQuery);
  advance();
  std::uint32_t n = 0;
  do {
    count_item(&n);
    const std::uint32_t begin = cur_.begin;
    if (!sqlite_) accept(Tok::kwRow);
    append(v, row_constructor(begin, false));
  } while (accept(Tok::kComma));
  return finish(v);
}

NodeId Parser::table_query() {
  const NodeId t = make(NodeKind::kTableQuery);
  advance();
  append(t, plain_table_ref());
  return finish(t);
}

NodeId Parser::condition_clause(NodeKind kind) {
  const NodeId clause = make(kind);
  advance();
  append(clause, expression());
  return finish(clause);
}

NodeId Parser::group_by() {
  const NodeId g = make(NodeKind::kGroupBy);
  advance();
  expect(Tok::kwBy);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(g, order_item());
  } while (accept(Tok::kComma));
  if (!sqlite_ && tok() == Tok::kwWith && ahead() == Tok::kwRollup) {
    advance();
    advance();
    node(g).flags |= kRollup;
  }
  return finish(g);
}

NodeId Parser::order_by() {
  const NodeId o = make(NodeKind::kOrderBy);
  advance();
  expect(Tok::kwBy);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(o, order_item());
  } while (accept(Tok::kComma));
  return finish(o);
}

NodeId Parser::order_item() {
  const NodeId item = make(NodeKind::kOrderItem);
  append(item, expression());
  if (!accept(Tok::kwAsc) && accept(Tok::kwDesc)) node(item).flags |= kDescending;
  if (sqlite_ && accept(Tok::kwNulls)) {
    if (accept(Tok::kwFirst)) {
      node(item).flags |= kNullsFirst;
    } else {
      expect(Tok::kwLast);
      node(item).flags |= kNullsLast;
    }
  }
  return finish(item);
}

NodeId Parser::limit_value() {
  if (sqlite_) return expression();
  switch (tok()) {
    case Tok::kInteger:
      return literal(Literal::kInteger);
    case Tok::kHex:
      return literal(Literal::kHex);
    case Tok::kParameter:
      return parameter();
    default:
      fail_here("an integer or `?`");
      return kNoNode;
  }
}

NodeId Parser::limit() {
  const NodeId l = make(NodeKind::kLimit);
  advance();
  if (!sqlite_ && tok() == Tok::kwRows && ahead() == Tok::kwExamined) {
    advance();
    advance();
    limit_value();
    node(l).flags |= kOtherForm | kRowsExamined;
    return finish(l);
  }
  const NodeId first = limit_value();
  if (accept(Tok::kComma)) {
    append(l, limit_value());
    append(l, first);
  } else {
    append(l, first);
    if (accept(Tok::kwOffset)) append(l, limit_value());
  }
  if (!sqlite_ && tok() == Tok::kwRows && ahead() == Tok::kwExamined) {
    advance();
    advance();
    limit_value();
    node(l).flags |= kOtherForm | kRowsExamined;
  }
  return finish(l);
}

// MariaDB: [OFFSET n ROWS] [FETCH FIRST n ROWS ONLY | WITH TIES]
NodeId Parser::fetch_clause() {
  const NodeId l = make(NodeKind::kLimit);
  node(l).flags |= kOtherForm;
  NodeId offset = kNoNode;
  if (accept(Tok::kwOffset)) {
    offset = limit_value();
    if (!accept(Tok::kwRows)) expect(Tok::kwRow);
  }
  if (accept(Tok::kwFetch)) {
    if (!accept(Tok::kwFirst)) expect(Tok::kwNext);
    if (tok() != Tok::kwRow && tok() != Tok::kwRows) append(l, limit_value());
    if (!accept(Tok::kwRows)) expect(Tok::kwRow);
    if (accept(Tok::kwWith)) {
      expect(Tok::kwTies);
    } else {
      expect(Tok::kwOnly);
    }
  }
  append(l, offset);
  return finish(l);
}

NodeId Parser::window_clause() {
  const NodeId w = make(NodeKind::kWindowClause);
  advance();
  do {
    const NodeId named = make(NodeKind::kNamedWindow);
    append(named, name());
    expect(Tok::kwAs);
    append(named, window_spec(NodeKind::kWindow));
    append(w, finish(named));
  } while (accept(Tok::kComma));
  return finish(w);
}

// FOR UPDATE | FOR SHARE | LOCK IN SHARE MODE, and whether to wait.
NodeId Parser::locking() {
  const NodeId l = make(NodeKind::kLocking);
  if (accept(Tok::kwLock)) {
    expect(Tok::kwIn);
    expect(Tok::kwShare);
    expect(Tok::kwMode);
  } else {
    advance();
    if (!accept(Tok::kwUpdate)) expect(Tok::kwShare);
    if (accept(Tok::kwOf)) {
      do {
        table_name();
      } while (accept(Tok::kComma));
    }
  }
  if (accept(Tok::kwSkip)) {
    expect(Tok::kwLocked);
  } else if (!accept(Tok::kwNowait) && accept_word("wait")) {
    limit_value();
  }
  return finish(l);
}

bool Parser::at_into() const { return !sqlite_ && cur_.kind == Tok::kwInto; }

NodeId Parser::into() {
  const NodeId i = make(NodeKind::kInto);
  advance();
  if (accept(Tok::kwDumpfile)) {
    expect(Tok::kString);
    return finish(i);
  }
  if (!accept(Tok::kwOutfile)) {
    do {
      if (tok() == Tok::kUserVariable || is_name(tok())) {
        advance();
      } else {
        fail_here("a variable");
      }
    } while (accept(Tok::kComma));
    return finish(i);
  }
  expect(Tok::kString);
  for (;;) {
    switch (tok()) {
      case Tok::kwCharacter:
      case Tok::kwSet:
      case Tok::kwCharset:
      case Tok::kwBinary:
      case Tok::kwFields:
      case Tok::kwColumns:
      case Tok::kwLines:
      case Tok::kwTerminated:
      case Tok::kwOptionally:
      case Tok::kwEnclosed:
      case Tok::kwEscaped:
      case Tok::kwStarting:
      case Tok::kwBy:
      case Tok::kString:
      case Tok::kHex:
      case Tok::kIdent:
        advance();
        break;
      default:
        return finish(i);
    }
  }
}

}  // namespace pando::sql
