// Expressions: operators by precedence climbing, each dialect with its own table.

#include <algorithm>
#include <array>

#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {
namespace {

enum class Form : std::uint8_t { kNone, kLogical, kBinary, kCompare, kPredicate, kIs, kCollate };

struct OperatorInfo {
  std::uint8_t level = 0;  // Higher binds tighter; 0: not an infix operator.
  Form form = Form::kNone;
  Operator op = Operator::kNone;
};

using OperatorRow = std::array<OperatorInfo, static_cast<std::size_t>(Tok::kCount)>;

namespace my = mysql_level;
namespace lite = sqlite_level;

constexpr void set(OperatorRow* row, Tok tok, int level, Form form, Operator op = Operator::kNone) {
  (*row)[static_cast<std::size_t>(tok)] = {static_cast<std::uint8_t>(level), form, op};
}

constexpr OperatorRow make_mysql() {
  OperatorRow r{};
  set(&r, Tok::kwOr, my::kOr, Form::kLogical, Operator::kOr);
  set(&r, Tok::kOrOr, my::kOr, Form::kLogical, Operator::kOr);
  set(&r, Tok::kwXor, my::kXor, Form::kBinary, Operator::kXor);
  set(&r, Tok::kwAnd, my::kAnd, Form::kLogical, Operator::kAnd);
  set(&r, Tok::kAndAnd, my::kAnd, Form::kLogical, Operator::kAnd);
  set(&r, Tok::kEqual, my::kComparison, Form::kCompare, Operator::kEqual);
  set(&r, Tok::kNullSafeEqual, my::kComparison, Form::kCompare, Operator::kNullSafeEqual);
  set(&r, Tok::kNotEqual, my::kComparison, Form::kCompare, Operator::kNotEqual);
  set(&r, Tok::kLess, my::kComparison, Form::kCompare, Operator::kLess);
  set(&r, Tok::kLessEqual, my::kComparison, Form::kCompare, Operator::kLessEqual);
  set(&r, Tok::kGreater, my::kComparison, Form::kCompare, Operator::kGreater);
  set(&r, Tok::kGreaterEqual, my::kComparison, Form::kCompare, Operator::kGreaterEqual);
  set(&r, Tok::kwIs, my::kComparison, Form::kIs);
  set(&r, Tok::kwBetween, my::kBetween, Form::kPredicate);
  for (const Tok t : {Tok::kwLike, Tok::kwRegexp, Tok::kwRlike, Tok::kwIn, Tok::kwSounds,
                      Tok::kwNot, Tok::kwMember}) {
    set(&r, t, my::kLike, Form::kPredicate);
  }
  set(&r, Tok::kPipe, my::kBitOr, Form::kBinary, Operator::kBitOr);
  set(&r, Tok::kAmpersand, my::kBitAnd, Form::kBinary, Operator::kBitAnd);
  set(&r, Tok::kShiftLeft, my::kShift, Form::kBinary, Operator::kShiftLeft);
  set(&r, Tok::kShiftRight, my::kShift, Form::kBinary, Operator::kShiftRight);
  set(&r, Tok::kPlus, my::kSum, Form::kBinary, Operator::kAdd);
  set(&r, Tok::kMinus, my::kSum, Form::kBinary, Operator::kSubtract);
  set(&r, Tok::kStar, my::kProduct, Form::kBinary, Operator::kMultiply);
  set(&r, Tok::kSlash, my::kProduct, Form::kBinary, Operator::kDivide);
  set(&r, Tok::kPercent, my::kProduct, Form::kBinary, Operator::kModulo);
  set(&r, Tok::kwDiv, my::kProduct, Form::kBinary, Operator::kIntegerDivide);
  set(&r, Tok::kwMod, my::kProduct, Form::kBinary, Operator::kModulo);
  set(&r, Tok::kCaret, my::kBitXor, Form::kBinary, Operator::kBitXor);
  set(&r, Tok::kConcat, my::kConcat, Form::kBinary, Operator::kConcat);
  set(&r, Tok::kwCollate, my::kCollate, Form::kCollate);
  return r;
}

constexpr OperatorRow make_sqlite() {
  OperatorRow r{};
  set(&r, Tok::kwOr, lite::kOr, Form::kLogical, Operator::kOr);
  set(&r, Tok::kwAnd, lite::kAnd, Form::kLogical, Operator::kAnd);
  set(&r, Tok::kEqual, lite::kEquality, Form::kBinary, Operator::kEqual);
  set(&r, Tok::kDoubleEqual, lite::kEquality, Form::kBinary, Operator::kEqual);
  set(&r, Tok::kNotEqual, lite::kEquality, Form::kBinary, Operator::kNotEqual);
  set(&r, Tok::kwIs, lite::kEquality, Form::kIs);
  for (const Tok t : {Tok::kwIsnull, Tok::kwNotnull}) set(&r, t, lite::kEquality, Form::kIs);
  for (const Tok t : {Tok::kwBetween, Tok::kwLike, Tok::kwRegexp, Tok::kwGlob, Tok::kwMatch,
                      Tok::kwIn, Tok::kwNot}) {
    set(&r, t, lite::kEquality, Form::kPredicate);
  }
  set(&r, Tok::kLess, lite::kComparison, Form::kBinary, Operator::kLess);
  set(&r, Tok::kLessEqual, lite::kComparison, Form::kBinary, Operator::kLessEqual);
  set(&r, Tok::kGreater, lite::kComparison, Form::kBinary, Operator::kGreater);
  set(&r, Tok::kGreaterEqual, lite::kComparison, Form::kBinary, Operator::kGreaterEqual);
  set(&r, Tok::kAmpersand, lite::kBits, Form::kBinary, Operator::kBitAnd);
  set(&r, Tok::kPipe, lite::kBits, Form::kBinary, Operator::kBitOr);
  set(&r, Tok::kShiftLeft, lite::kBits, Form::kBinary, Operator::kShiftLeft);
  set(&r, Tok::kShiftRight, lite::kBits, Form::kBinary, Operator::kShiftRight);
  set(&r, Tok::kPlus, lite::kSum, Form::kBinary, Operator::kAdd);
  set(&r, Tok::kMinus, lite::kSum, Form::kBinary, Operator::kSubtract);
  set(&r, Tok::kStar, lite::kProduct, Form::kBinary, Operator::kMultiply);
  set(&r, Tok::kSlash, lite::kProduct, Form::kBinary, Operator::kDivide);
  set(&r, Tok::kPercent, lite::kProduct, Form::kBinary, Operator::kModulo);
  set(&r, Tok::kConcat, lite::kConcat, Form::kBinary, Operator::kConcat);
  set(&r, Tok::kArrow, lite::kConcat, Form::kBinary, Operator::kJsonGet);
  set(&r, Tok::kDoubleArrow, lite::kConcat, Form::kBinary, Operator::kJsonGetText);
  set(&r, Tok::kwCollate, lite::kCollate, Form::kCollate);
  return r;
}

constexpr OperatorRow kMySqlOperators = make_mysql();
constexpr OperatorRow kSqliteOperators = make_sqlite();

}  // namespace

NodeId Parser::expression(int min) {
  const OperatorRow& operators = sqlite_ ? kSqliteOperators : kMySqlOperators;
  // An integer with no operator after it: the usual member of a list and side of a comparison.
  if (tok() == Tok::kInteger && operators[static_cast<std::size_t>(ahead())].level == 0 &&
      depth_ < depth_limit_ && !diagnose_) {
    deepest_ = std::max(deepest_, depth_ + 1);
    return literal(Literal::kInteger);
  }
  const Guard guard(this);
  if (!guard.ok) return kNoNode;
  const std::uint32_t begin = cur_.begin;
  NodeId lhs = primary(min);
  NodeId chain = kNoNode;  // The AND or OR that this loop made, which takes further operands.
  if (node(lhs).kind == NodeKind::kStar) return lhs;
  for (;;) {
    const OperatorInfo info = operators[static_cast<std::size_t>(tok())];
    if (info.level < min || info.level == 0) {
      if (diagnose_) [[unlikely]]
        note("an operator");
      return lhs;
    }
    switch (info.form) {
      case Form::kLogical: {
        advance();
        const NodeId rhs = expression(info.level + 1);
        if (chain == kNoNode || chain != lhs || node(chain).op != static_cast<int>(info.op)) {
          chain = lhs = wrap(NodeKind::kBinary, begin, lhs);
          node(chain).op = static_cast<std::uint8_t>(info.op);
        }
        append(chain, rhs);
        finish(chain);
        break;
      }
      case Form::kBinary: {
        advance();
        lhs = wrap(NodeKind::kBinary, begin, lhs);
        node(lhs).op = static_cast<std::uint8_t>(info.op);
        const bool dated = tok() == Tok::kwInterval && !sqlite_ &&
                           (info.op == Operator::kAdd || info.op == Operator::kSubtract);
        append(lhs, dated ? interval_expression(false) : expression(info.level + 1));
        finish(lhs);
        break;
      }
      case Form::kCompare:
        lhs = comparison(begin, lhs, info.op, info.level + 1);
        break;
      case Form::kIs:
        lhs = is_predicate(begin, lhs);
        break;
      case Form::kPredicate: {
        const NodeId out = predicate(begin, lhs);
        if (out == lhs) return lhs;
        lhs = out;
        break;
      }
      case Form::kCollate: {
        advance();
        lhs = wrap(NodeKind::kCollate, begin, lhs);
        append(lhs, charset_name());
        finish(lhs);
        break;
      }
      case Form::kNone:
        return lhs;
    }
    if (failed_) return lhs;
  }
}

NodeId Parser::comparison(std::uint32_t begin, NodeId lhs, Operator op, int rhs_min) {
  advance();
  const Tok word = tok();
  if ((word == Tok::kwAny || word == Tok::kwSome || word == Tok::kwAll) &&
      ahead() == Tok::kLeftParen) {
    const NodeId q = wrap(NodeKind::kQuantified, begin, lhs);
    node(q).op = static_cast<std::uint8_t>(op);
    if (word == Tok::kwAll) node(q).flags |= kAll;
    advance();
    append(q, subquery());
    return finish(q);
  }
  const NodeId b = wrap(NodeKind::kBinary, begin, lhs);
  node(b).op = static_cast<std::uint8_t>(op);
  append(b, expression(rhs_min));
  return finish(b);
}

// IN, LIKE and their kin, with or without NOT. Returns `lhs` if the words are none of them.
NodeId Parser::predicate(std::uint32_t begin, NodeId lhs) {
  const bool negated = tok() == Tok::kwNot;
  const Tok word = negated ? ahead() : tok();
  switch (word) {
    case Tok::kwIn:
    case Tok::kwBetween:
    case Tok::kwLike:
    case Tok::kwRegexp:
      break;
    case Tok::kwRlike:
      if (sqlite_) return lhs;
      break;
    case Tok::kwGlob:
    case Tok::kwMatch:
      if (!sqlite_) return lhs;
      break;
    case Tok::kwSounds:
      if (negated || ahead() != Tok::kwLike) return lhs;
      break;
    case Tok::kwMember:
      if (negated || (ahead() != Tok::kwOf && ahead() != Tok::kLeftParen)) return lhs;
      break;
    case Tok::kwNull:
      if (!negated || !sqlite_) return lhs;
      return is_predicate(begin, lhs);
    default:
      return lhs;
  }
  if (negated) advance();
  if (word == Tok::kwIn) return in_predicate(begin, lhs, negated);
  if (word == Tok::kwBetween) return between_predicate(begin, lhs, negated);
  if (word == Tok::kwMember) {
    advance();
    accept(Tok::kwOf);
    const NodeId b = wrap(NodeKind::kBinary, begin, lhs);
    node(b).op = static_cast<std::uint8_t>(Operator::kMemberOf);
    expect(Tok::kLeftParen);
    append(b, expression());
    expect(Tok::kRightParen);
    return finish(b);
  }
  return like_predicate(begin, lhs, negated);
}

NodeId Parser::in_predicate(std::uint32_t begin, NodeId lhs, bool negated) {
  advance();
  const NodeId in = wrap(NodeKind::kIn, begin, lhs);
  if (negated) node(in).flags |= kNot;
  if (sqlite_ && tok() != Tok::kLeftParen) {
    append(in, plain_table_ref());
    return finish(in);
  }
  if (!at(Tok::kLeftParen)) {
    fail_here({});
    return in;
  }
  const std::uint32_t list_begin = cur_.begin;
  if (query_after_parens()) {
    append(in, parenthesised(1));
    // ((select 1), 2) is a list after all, as is ((select 1) + 1).
    const NodeId last = node(in).payload;
    if (node(last).kind == NodeKind::kSubquery || node(last).kind == NodeKind::kRow) {
      return finish(in);
    }
    const NodeId row = make(NodeKind::kRow, list_begin);
    node(lhs).next = kNoNode;
    node(in).payload = lhs;
    append(row, last);
    append(in, finish(row));
    return finish(in);
  }
  append(in, row_constructor(list_begin, sqlite_));
  return finish(in);
}

NodeId Parser::between_predicate(std::uint32_t begin, NodeId lhs, bool negated) {
  advance();
  const NodeId between = wrap(NodeKind::kBetween, begin, lhs);
  if (negated) node(between).flags |= kNot;
  append(between, expression(sqlite_ ? lite::kNot : my::kLike));
  expect(Tok::kwAnd);
  append(between, expression(sqlite_ ? lite::kComparison : my::kBetween));
  return finish(between);
}

NodeId Parser::like_predicate(std::uint32_t begin, NodeId lhs, bool negated) {
  const NodeId like = wrap(NodeKind::kLike, begin, lhs);
  if (negated) node(like).flags |= kNot;
  LikeKind kind = LikeKind::kLike;
  switch (tok()) {
    case Tok::kwRegexp:
    case Tok::kwRlike:
      kind = LikeKind::kRegexp;
      break;
    case Tok::kwGlob:
      kind = LikeKind::kGlob;
      break;
    case Tok::kwMatch:
      kind = LikeKind::kMatch;
      break;
    case Tok::kwSounds:
      kind = LikeKind::kSoundsLike;
      advance();
      break;
    default:
      break;
  }
  node(like).op = static_cast<std::uint8_t>(kind);
  advance();
  const int operand = sqlite_ ? lite::kComparison : my::kBitOr;
  append(like, expression(operand));
  if ((kind == LikeKind::kLike || sqlite_) && accept(Tok::kwEscape)) {
    append(like, expression(sqlite_ ? lite::kBits : my::kBitOr));
  }
  return finish(like);
}

NodeId Parser::is_predicate(std::uint32_t begin, NodeId lhs) {
  const Tok first = tok();
  advance();
  const NodeId is = wrap(NodeKind::kIs, begin, lhs);
  const auto done = [&](IsWhat what) {
    node(is).op = static_cast<std::uint8_t>(what);
    return finish(is);
  };
  if (first == Tok::kwIsnull) return done(IsWhat::kNull);
  if (first == Tok::kwNotnull || first == Tok::kwNot) {
    node(is).flags |= kNot;
    if (first == Tok::kwNot) advance();
    return done(IsWhat::kNull);
  }
  if (accept(Tok::kwNot)) node(is).flags |= kNot;
  if (sqlite_ && accept(Tok::kwDistinct)) {
    expect(Tok::kwFrom);
    append(is, expression(lite::kComparison));
    return done(IsWhat::kDistinctFrom);
  }
  IsWhat what = IsWhat::kValue;
  switch (tok()) {
    case Tok::kwNull:
      what = IsWhat::kNull;
      break;
    case Tok::kwTrue:
      what = IsWhat::kTrue;
      break;
    case Tok::kwFalse:
      what = IsWhat::kFalse;
      break;
    case Tok::kwUnknown:
      if (!sqlite_) what = IsWhat::kUnknown;
      break;
    default:
      break;
  }
  if (what == IsWhat::kValue) {
    if (!sqlite_) {
      fail_here("NULL, TRUE, FALSE or UNKNOWN");
      return is;
    }
    append(is, expression(lite::kComparison));
    return done(what);
  }
  if (sqlite_) {
    // `a IS NULL || 'x'` compares with the whole operand.
    const NodeId operand = expression(lite::kComparison);
    if (node(operand).kind != NodeKind::kLiteral) {
      append(is, operand);
      return done(IsWhat::kValue);
    }
    return done(what);
  }
  advance();
  return done(what);
}

}  // namespace pando::sql
