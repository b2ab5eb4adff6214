// Expressions: the operands between the operators.

#include "router/sql/charsets.h"
#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {
namespace {

// What is an operand as it stands keeps its own bytes when parentheses are around it.
bool stands_alone(NodeKind kind) {
  switch (kind) {
    case NodeKind::kLiteral:
    case NodeKind::kParameter:
    case NodeKind::kColumn:
    case NodeKind::kDefault:
    case NodeKind::kUserVariable:
    case NodeKind::kSystemVariable:
    case NodeKind::kFunction:
      return true;
    default:
      return false;
  }
}

}  // namespace

NodeId Parser::primary(int min) {
  const Tok kind = tok();
  switch (kind) {
    case Tok::kIdent:
      if (s_.text_[cur_.begin] == '_' && !sqlite_) return introduced_or_name();
      return name_expression();
    case Tok::kQuotedIdent:
      return name_expression();
    case Tok::kInteger:
      return literal(Literal::kInteger);
    case Tok::kDecimal:
      return literal(Literal::kDecimal);
    case Tok::kFloat:
      return literal(Literal::kFloat);
    case Tok::kHex:
      return literal(Literal::kHex);
    case Tok::kBit:
      return literal(Literal::kBit);
    case Tok::kString:
      return string_literal();
    case Tok::kNational:
      return string_literal();
    case Tok::kParameter:
      return parameter();
    case Tok::kUserVariable: {
      const std::uint32_t begin = cur_.begin;
      const NodeId variable = leaf(NodeKind::kUserVariable);
      if (!accept(Tok::kAssign)) return variable;
      const NodeId assign = wrap(NodeKind::kAssignUser, begin, variable);
      append(assign, expression());
      return finish(assign);
    }
    case Tok::kSystemVariable:
      return system_variable();
    case Tok::kLeftParen:
      return parenthesised(min);
    case Tok::kMinus:
      return unary(Operator::kMinus, sqlite_ ? sqlite_level::kUnary : mysql_level::kUnary);
    case Tok::kPlus:
      return unary(Operator::kPlus, sqlite_ ? sqlite_level::kUnary : mysql_level::kUnary);
    case Tok::kTilde:
      return unary(Operator::kBitNot, sqlite_ ? sqlite_level::kUnary : mysql_level::kUnary);
    case Tok::kBang:
      return unary(Operator::kNot, mysql_level::kUnary);
    case Tok::kLeftBrace:
      return brace_escape();
    case Tok::kwNot:
      if (options_.high_not_precedence && !sqlite_)
        return unary(Operator::kNot, mysql_level::kUnary);
      // In MySQL, NOT is no operand of a comparison or of arithmetic.
      if (!sqlite_ && min > mysql_level::kNot) break;
      return unary(Operator::kNot, sqlite_ ? sqlite_level::kNot : mysql_level::kNot);
    case Tok::kwNull:
      return literal(Literal::kNull);
    case Tok::kwTrue:
    case Tok::kwFalse:
      if (sqlite_ && (ahead() == Tok::kDot || ahead() == Tok::kLeftParen)) return name_expression();
      return literal(kind == Tok::kwTrue ? Literal::kTrue : Literal::kFalse);
    case Tok::kwCase:
      return case_expression();
    case Tok::kwCast:
      if (ahead() == Tok::kLeftParen) return cast_expression();
      break;
    case Tok::kwExists:
      return exists_expression();
    default:
      break;
  }
  if (kind == Tok::kwNext && ahead() == Tok::kwValue && peek(2) == Tok::kwFor && !sqlite_) {
    // MariaDB's NEXT VALUE FOR sequence: the sequence stands like the argument of
    // NEXTVAL(sequence).
    const NodeId f = make(NodeKind::kFunction);
    const NodeId words = make(NodeKind::kName);
    advance();
    advance();
    advance();
    append(f, finish(words));
    append(f, column_name());
    return finish(f);
  }
  if (is_keyword(kind)) {
    bool done = false;
    const NodeId f = keyword_function(&done);
    if (done) return f;
    if (is_name(kind)) return name_expression();
  }
  fail_here("an expression");
  return kNoNode;
}

NodeId Parser::unary(Operator op, int operand_min) {
  const NodeId u = make(NodeKind::kUnary);
  node(u).op = static_cast<std::uint8_t>(op);
  advance();
  append(u, expression(operand_min));
  return finish(u);
}

NodeId Parser::literal(Literal kind) {
  const NodeId id = leaf(NodeKind::kLiteral);
  node(id).op = static_cast<std::uint8_t>(kind);
  return id;
}

// MySQL joins adjacent strings to one.
NodeId Parser::string_literal() {
  const Literal kind = tok() == Tok::kNational ? Literal::kNational : Literal::kString;
  const NodeId id = literal(kind);
  if (sqlite_ || tok() != Tok::kString) return id;
  while (tok() == Tok::kString) advance();
  return finish(id);
}

// _utf8mb4'...' is a literal; _x, and _unknown 'alias', are names.
NodeId Parser::introduced_or_name() {
  const Tok following = ahead();
  const bool value = following == Tok::kString || following == Tok::kHex || following == Tok::kBit;
  if (!value || !is_charset(token_text().substr(1))) return name_expression();
  const NodeId id = make(NodeKind::kLiteral);
  node(id).op = static_cast<std::uint8_t>(Literal::kIntroduced);
  advance();
  advance();
  while (following == Tok::kString && tok() == Tok::kString) advance();
  return finish(id);
}

// DATE'2024-01-01', or a name or function of that name.
NodeId Parser::temporal_or_name(Tok) {
  if (sqlite_ || ahead() != Tok::kString) return name_expression();
  const NodeId id = make(NodeKind::kLiteral);
  node(id).op = static_cast<std::uint8_t>(Literal::kTemporal);
  advance();
  advance();
  return finish(id);
}

// {d '2024-01-01'}, {t ..}, {ts ..}; any other {name expr} stands for the expression.
NodeId Parser::brace_escape() {
  const std::uint32_t begin = cur_.begin;
  advance();
  const std::string_view word = token_text();
  const bool temporal = (word == "d" || word == "D" || word == "t" || word == "T" ||
                         (word.size() == 2 && (word[0] | 0x20) == 't' && (word[1] | 0x20) == 's'));
  if (tok() != Tok::kIdent && !is_keyword(tok())) {
    fail_here("a name");
    return kNoNode;
  }
  advance();
  if (temporal && tok() == Tok::kString) {
    advance();
    expect(Tok::kRightBrace);
    const NodeId id = finish(make(NodeKind::kLiteral, begin));
    node(id).op = static_cast<std::uint8_t>(Literal::kTemporal);
    return id;
  }
  const NodeId e = expression();
  expect(Tok::kRightBrace);
  if (!stands_alone(node(e).kind)) node(e).span = {begin, prev_end_};
  return e;
}

NodeId Parser::parameter() {
  const NodeId id = make(NodeKind::kParameter);
  node(id).payload = s_.parameter_count_++;
  s_.parameters_.push_back(cur_.begin);
  advance();
  return finish(id);
}

// At `(`: a subquery, a row, or an expression in parentheses.
NodeId Parser::parenthesised(int) {
  const std::uint32_t begin = cur_.begin;
  const Tok following = ahead();
  if (following == Tok::kwSelect || following == Tok::kwWith || following == Tok::kwValues ||
      following == Tok::kwTable) {
    return subquery();
  }
  advance();
  NodeId e = expression();
  if (node(e).kind == NodeKind::kSubquery && tok() != Tok::kRightParen && tok() != Tok::kComma &&
      !sqlite_) {
    // ((SELECT 1) UNION SELECT 2), ((SELECT 1) LIMIT 1): it was the beginning of a query.
    node(e).kind = NodeKind::kQueryParens;
    const NodeId q = set_operation_rest(node(e).span.begin, e, 1);
    query_tail(q);
    expect(Tok::kRightParen);
    const NodeId sub = wrap(NodeKind::kSubquery, begin, q);
    return finish(sub);
  }
  if (tok() == Tok::kComma) {
    const NodeId row = wrap(NodeKind::kRow, begin, e);
    std::uint32_t n = 1;
    while (accept(Tok::kComma)) {
      count_item(&n);
      append(row, expression());
    }
    expect(Tok::kRightParen);
    return finish(row);
  }
  expect(Tok::kRightParen);
  if (!stands_alone(node(e).kind)) node(e).span = {begin, prev_end_};
  return e;
}

// ( expr, ... ) as a row, however many members. At `(`.
NodeId Parser::row_constructor(std::uint32_t begin, bool may_be_empty) {
  const NodeId row = make(NodeKind::kRow, begin);
  expect(Tok::kLeftParen);
  if (may_be_empty && accept(Tok::kRightParen)) return finish(row);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(row, expression());
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(row);
}

NodeId Parser::subquery() {
  const NodeId sub = make(NodeKind::kSubquery);
  expect(Tok::kLeftParen);
  append(sub, query());
  expect(Tok::kRightParen);
  return finish(sub);
}

NodeId Parser::exists_expression() {
  const NodeId e = make(NodeKind::kExists);
  advance();
  append(e, subquery());
  return finish(e);
}

// A column, t.*, or a function's call.
NodeId Parser::name_expression() {
  const std::uint32_t begin = cur_.begin;
  if (ahead() == Tok::kLeftParen) return function(begin);
  const NodeId column = make(NodeKind::kColumn);
  append(column, leaf(NodeKind::kName));
  for (int parts = 1; tok() == Tok::kDot && parts < 3; ++parts) {
    advance();
    if (tok() == Tok::kStar && star_at_ == begin + 1) {
      advance();
      node(column).kind = NodeKind::kStar;
      return finish(column);
    }
    if (tok() != Tok::kIdent && tok() != Tok::kQuotedIdent && !is_keyword(tok())) {
      fail_here("a name");
      return column;
    }
    append(column, leaf(NodeKind::kName));
  }
  if (tok() == Tok::kLeftParen) {
    // schema.function(...): the tree begins anew with one name for both.
    const NodeId f = make(NodeKind::kFunction, begin);
    append(f, finish(make(NodeKind::kName, begin)));
    function_arguments(f);
    return f;
  }
  finish(column);
  if ((tok() == Tok::kArrow || tok() == Tok::kDoubleArrow) && !sqlite_) {
    const bool text = tok() == Tok::kDoubleArrow;
    const NodeId get = wrap(NodeKind::kBinary, begin, column);
    node(get).op = static_cast<std::uint8_t>(text ? Operator::kJsonGetText : Operator::kJsonGet);
    advance();
    if (tok() != Tok::kString) fail_here("a string");
    append(get, literal(Literal::kString));
    return finish(get);
  }
  return column;
}

// @@name, @@session.name, @@global.cache.key_buffer_size.
NodeId Parser::system_variable() {
  const NodeId v = make(NodeKind::kSystemVariable);
  advance();
  do {
    if (tok() != Tok::kIdent && tok() != Tok::kQuotedIdent && !is_keyword(tok())) {
      fail_here("the name of a system variable");
      return v;
    }
    advance();
  } while (accept(Tok::kDot));
  return finish(v);
}

NodeId Parser::case_expression() {
  const NodeId c = make(NodeKind::kCase);
  advance();
  if (!at(Tok::kwWhen)) {
    const NodeId operand = make(NodeKind::kCaseOperand);
    append(operand, expression());
    append(c, finish(operand));
  }
  std::uint32_t n = 0;
  do {
    count_item(&n);
    const NodeId w = make(NodeKind::kWhen);
    expect(Tok::kwWhen);
    append(w, expression());
    expect(Tok::kwThen);
    append(w, expression());
    append(c, finish(w));
  } while (at(Tok::kwWhen));
  if (at(Tok::kwElse)) {
    const NodeId e = make(NodeKind::kElse);
    advance();
    append(e, expression());
    append(c, finish(e));
  }
  expect(Tok::kwEnd);
  return finish(c);
}

NodeId Parser::cast_expression() {
  const NodeId c = make(NodeKind::kCast);
  advance();
  expect(Tok::kLeftParen);
  append(c, expression());
  if (!sqlite_ && at_word("at")) {  // AT TIME ZONE '+00:00' AS DATETIME
    const std::uint32_t begin = cur_.begin;
    advance();
    expect(Tok::kwTime);
    if (!accept_word("zone")) fail_here("ZONE");
    accept(Tok::kwInterval);
    if (!accept(Tok::kString)) fail_here("a string");
    append(c, raw_since(begin));
  }
  expect(Tok::kwAs);
  append(c, type_name());
  expect(Tok::kRightParen);
  return finish(c);
}

// CONVERT(x, type) and CONVERT(x USING charset).
NodeId Parser::convert_expression() {
  const NodeId c = make(NodeKind::kConvert);
  advance();
  expect(Tok::kLeftParen);
  append(c, expression());
  if (accept(Tok::kwUsing)) {
    append(c, charset_name());
  } else {
    expect(Tok::kComma);
    node(c).kind = NodeKind::kCast;
    append(c, type_name());
  }
  expect(Tok::kRightParen);
  return finish(c);
}

// INTERVAL(a, b, ...) is a function, INTERVAL (a) DAY is not. At INTERVAL.
bool Parser::interval_is_function() const {
  if (next_.kind != Tok::kLeftParen) return false;
  Lexer look = lexer_;
  for (int depth = 1; depth > 0;) {
    const Tok t = look.next().kind;
    if (t == Tok::kEnd || is_error(t)) return false;
    if (t == Tok::kLeftParen) ++depth;
    if (t == Tok::kRightParen) --depth;
    if (t == Tok::kComma && depth == 1) return true;
  }
  return false;
}

// `standalone`: nothing stands before it that it could be added to, so `+` must follow.
NodeId Parser::interval_expression(bool standalone) {
  if (interval_is_function()) return function(cur_.begin);
  const NodeId i = make(NodeKind::kInterval);
  advance();
  append(i, expression());
  append(i, interval_unit());
  finish(i);
  if (standalone && tok() != Tok::kPlus) fail_here("`+`");
  return i;
}

NodeId Parser::interval_unit() {
  switch (tok()) {
    case Tok::kwMicrosecond:
    case Tok::kwSecond:
    case Tok::kwMinute:
    case Tok::kwHour:
    case Tok::kwDay:
    case Tok::kwWeek:
    case Tok::kwMonth:
    case Tok::kwQuarter:
    case Tok::kwYear:
    case Tok::kwSecondMicrosecond:
    case Tok::kwMinuteMicrosecond:
    case Tok::kwMinuteSecond:
    case Tok::kwHourMicrosecond:
    case Tok::kwHourSecond:
    case Tok::kwHourMinute:
    case Tok::kwDayMicrosecond:
    case Tok::kwDaySecond:
    case Tok::kwDayMinute:
    case Tok::kwDayHour:
    case Tok::kwYearMonth:
    case Tok::kwSqlTsiSecond:
    case Tok::kwSqlTsiMinute:
    case Tok::kwSqlTsiHour:
    case Tok::kwSqlTsiDay:
    case Tok::kwSqlTsiWeek:
    case Tok::kwSqlTsiMonth:
    case Tok::kwSqlTsiQuarter:
    case Tok::kwSqlTsiYear:
      return leaf(NodeKind::kRaw);
    default:
      fail_here("a unit of time");
      return kNoNode;
  }
}

// MATCH (a, b) AGAINST (expr [mode]).
NodeId Parser::match_expression() {
  const NodeId m = make(NodeKind::kMatch);
  advance();
  const bool parens = accept(Tok::kLeftParen);
  do {
    append(m, column_name());
  } while (accept(Tok::kComma));
  if (parens) expect(Tok::kRightParen);
  expect(Tok::kwAgainst);
  expect(Tok::kLeftParen);
  append(m, expression(
                mysql_level::kBitOr));  // IN is no operator here, but the beginning of the mode.
  if (!at(Tok::kRightParen)) {
    const std::uint32_t begin = cur_.begin;
    if (accept(Tok::kwIn)) {
      if (accept(Tok::kwBoolean)) {
        expect(Tok::kwMode);
      } else {
        expect(Tok::kwNatural);
        expect(Tok::kwLanguage);
        expect(Tok::kwMode);
      }
    }
    if (accept(Tok::kwWith)) {
      expect(Tok::kwQuery);
      expect(Tok::kwExpansion);
    }
    if (prev_end_ > begin) append(m, raw_since(begin));
  }
  expect(Tok::kRightParen);
  return finish(m);
}

}  // namespace pando::sql
