// Expressions: calls of functions, those with a grammar of their own, and windows.

#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {
namespace {

bool takes_interval(Tok word) {
  return word == Tok::kwDateAdd || word == Tok::kwDateSub || word == Tok::kwAdddate ||
         word == Tok::kwSubdate;
}

bool is_aggregate(Tok word) {
  switch (word) {
    case Tok::kwCount:
    case Tok::kwSum:
    case Tok::kwMin:
    case Tok::kwMax:
    case Tok::kwAvg:
    case Tok::kwGroupConcat:
    case Tok::kwJsonArrayagg:
    case Tok::kwJsonObjectagg:
    case Tok::kwBitAnd:
    case Tok::kwBitOr:
    case Tok::kwBitXor:
    case Tok::kwStd:
    case Tok::kwStddev:
    case Tok::kwStddevPop:
    case Tok::kwStddevSamp:
    case Tok::kwVariance:
    case Tok::kwVarPop:
    case Tok::kwVarSamp:
      return true;
    default:
      return false;
  }
}

// Built-in functions that stay so with a space in front of their parenthesis.
bool space_may_follow(Tok word) {
  switch (word) {
    case Tok::kwAvg:
    case Tok::kwChar:
    case Tok::kwGetFormat:
    case Tok::kwTimestampadd:
    case Tok::kwTimestampdiff:
    case Tok::kwWeightString:
      return true;
    default:
      return false;
  }
}

}  // namespace

// What begins with a keyword and is more than a name. Sets *done if it was.
NodeId Parser::keyword_function(bool* done) {
  *done = true;
  const Tok word = tok();
  const bool call = ahead() == Tok::kLeftParen;
  if (sqlite_) {
    switch (word) {
      case Tok::kwCurrentDate:
      case Tok::kwCurrentTime:
      case Tok::kwCurrentTimestamp:
        if (ahead() != Tok::kDot) return no_parens_function();
        break;
      default:
        break;
    }
    *done = false;
    return kNoNode;
  }
  switch (word) {
    case Tok::kwCurrentDate:
    case Tok::kwCurrentTime:
    case Tok::kwCurrentTimestamp:
    case Tok::kwCurrentUser:
    case Tok::kwLocaltime:
    case Tok::kwLocaltimestamp:
    case Tok::kwUtcDate:
    case Tok::kwUtcTime:
    case Tok::kwUtcTimestamp:
      return no_parens_function();
    case Tok::kwCurrentRole:
      if (ahead() != Tok::kDot) return no_parens_function();
      break;
    case Tok::kwDate:
    case Tok::kwTime:
    case Tok::kwTimestamp:
      return temporal_or_name(word);
    case Tok::kwBinary:
      return unary(Operator::kBinaryCast, mysql_level::kUnary);
    case Tok::kwInterval:
      if (interval_is_function()) return function(cur_.begin);
      return interval_expression(true);
    case Tok::kwConvert:
      if (call) return convert_expression();
      break;
    case Tok::kwMatch:
      return match_expression();
    case Tok::kwRow:
      if (call) {
        const std::uint32_t begin = cur_.begin;
        advance();
        return row_constructor(begin, false);
      }
      break;
    case Tok::kwDefault:
      if (call) return function(cur_.begin);
      break;
    case Tok::kwIf:
    case Tok::kwLeft:
    case Tok::kwRight:
    case Tok::kwInsert:
    case Tok::kwReplace:
    case Tok::kwMod:
    case Tok::kwRepeat:
    case Tok::kwChar:
    case Tok::kwValues:
    case Tok::kwDatabase:
    case Tok::kwSchema:
      if (call) return function(cur_.begin);
      break;
    default:
      break;
  }
  *done = false;
  return kNoNode;
}

// CURRENT_TIMESTAMP and its kin: parentheses are optional.
NodeId Parser::no_parens_function() {
  if (ahead() == Tok::kLeftParen) return function(cur_.begin);
  const NodeId f = make(NodeKind::kFunction);
  append(f, leaf(NodeKind::kName));
  return finish(f);
}

NodeId Parser::function(std::uint32_t begin) {
  const NodeId f = make(NodeKind::kFunction, begin);
  const Tok word = tok();
  append(f, leaf(NodeKind::kName));
  // In MySQL `count (*)` is a call of some stored function, unless IGNORE_SPACE is set.
  const bool built_in =
      sqlite_ || options_.ignore_space || cur_.begin == prev_end_ || space_may_follow(word);
  if (is_keyword(word) && built_in && !sqlite_) {
    special_arguments(f, word);
    return f;
  }
  if (word == Tok::kwJsonTable) return f;
  function_arguments(f);
  return f;
}

// The arguments of an ordinary function; SQLite's aggregates are ordinary.
void Parser::function_arguments(NodeId f) {
  expect(Tok::kLeftParen);
  if (sqlite_ && tok() == Tok::kStar) {
    advance();
    node(f).flags |= kCountStar;
  } else if (!at(Tok::kRightParen)) {
    if (sqlite_ && accept(Tok::kwDistinct)) {
      node(f).flags |= kDistinct;
    } else if (sqlite_) {
      accept(Tok::kwAll);
    }
    argument_list(f);
    if (sqlite_ && at(Tok::kwOrder)) append(f, order_by());
  }
  expect(Tok::kRightParen);
  function_tail(f);
}

void Parser::argument_list(NodeId f) {
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(f, expression());
  } while (accept(Tok::kComma));
}

// The arguments of MySQL's built-in functions that have a grammar of their own, and of the rest.
void Parser::special_arguments(NodeId f, Tok word) {
  if (is_aggregate(word)) {
    expect(Tok::kLeftParen);
    if (word == Tok::kwCount && tok() == Tok::kStar) {
      advance();
      node(f).flags |= kCountStar;
    } else {
      accept(Tok::kwAll);
      if (accept(Tok::kwDistinct) || accept(Tok::kwDistinctrow)) node(f).flags |= kDistinct;
      argument_list(f);
      if (at(Tok::kwOrder)) append(f, order_by());
      if (word == Tok::kwGroupConcat && at(Tok::kwSeparator)) {
        const NodeId s = make(NodeKind::kSeparator);
        advance();
        if (tok() == Tok::kString) {
          append(s, string_literal());
        } else if (tok() == Tok::kHex || tok() == Tok::kBit) {
          append(s, literal(tok() == Tok::kHex ? Literal::kHex : Literal::kBit));
        } else {
          fail_here("a string");
        }
        append(f, finish(s));
      }
      if (at(Tok::kwLimit)) append(f, limit());
    }
    expect(Tok::kRightParen);
    function_tail(f);
    return;
  }
  if (takes_interval(word)) {
    expect(Tok::kLeftParen);
    append(f, expression());
    expect(Tok::kComma);
    append(f, tok() == Tok::kwInterval ? interval_expression(false) : expression());
    expect(Tok::kRightParen);
    finish(f);
    return;
  }
  switch (word) {
    case Tok::kwTrim: {
      expect(Tok::kLeftParen);
      const bool side = tok() == Tok::kwLeading || tok() == Tok::kwTrailing || tok() == Tok::kwBoth;
      if (side) append(f, leaf(NodeKind::kRaw));
      if (!side || tok() != Tok::kwFrom) append(f, expression());
      if (side ? at(Tok::kwFrom) : tok() == Tok::kwFrom) {
        advance();
        append(f, expression());
      } else if (side) {
        fail_here({});
      }
      break;
    }
    case Tok::kwExtract:
      expect(Tok::kLeftParen);
      append(f, interval_unit());
      expect(Tok::kwFrom);
      append(f, expression());
      break;
    case Tok::kwSubstring:
    case Tok::kwSubstr:
    case Tok::kwMid:
      expect(Tok::kLeftParen);
      append(f, expression());
      if (accept(Tok::kwFrom)) {
        append(f, expression());
        if (accept(Tok::kwFor)) append(f, expression());
      } else {
        expect(Tok::kComma);
        append(f, expression());
        if (accept(Tok::kComma)) append(f, expression());
      }
      break;
    case Tok::kwPosition:
      expect(Tok::kLeftParen);
      append(f, expression(mysql_level::kBitOr));  // IN stands between the two.
      expect(Tok::kwIn);
      append(f, expression());
      break;
    case Tok::kwChar:
      expect(Tok::kLeftParen);
      argument_list(f);
      if (accept(Tok::kwUsing)) append(f, charset_name());
      break;
    case Tok::kwWeightString: {
      expect(Tok::kLeftParen);
      append(f, expression());
      const std::uint32_t begin = cur_.begin;
      if (tok() == Tok::kwAs || tok() == Tok::kwLevel || tok() == Tok::kComma) {
        while (tok() != Tok::kRightParen && tok() != Tok::kEnd) {
          if (tok() == Tok::kLeftParen) {
            skip_parens();
          } else if (tok() == Tok::kwAs || tok() == Tok::kwLevel || tok() == Tok::kComma ||
                     tok() == Tok::kInteger || tok() == Tok::kMinus || is_keyword(tok())) {
            advance();
          } else {
            fail_here("`)`");
          }
        }
        append(f, raw_since(begin));
      }
      break;
    }
    case Tok::kwTimestampadd:
    case Tok::kwTimestampdiff:
      expect(Tok::kLeftParen);
      append(f, interval_unit());
      expect(Tok::kComma);
      append(f, expression());
      expect(Tok::kComma);
      append(f, expression());
      break;
    case Tok::kwGetFormat:
      expect(Tok::kLeftParen);
      if (tok() == Tok::kwDate || tok() == Tok::kwTime || tok() == Tok::kwDatetime ||
          tok() == Tok::kwTimestamp) {
        append(f, leaf(NodeKind::kRaw));
      } else {
        fail_here("DATE, TIME or DATETIME");
      }
      expect(Tok::kComma);
      append(f, expression());
      break;
    case Tok::kwJsonValue: {
      expect(Tok::kLeftParen);
      argument_list(f);
      const std::uint32_t begin = cur_.begin;
      if (tok() == Tok::kwReturning || tok() == Tok::kwNull || tok() == Tok::kwError ||
          tok() == Tok::kwDefault) {
        while (tok() != Tok::kRightParen && tok() != Tok::kEnd) {
          if (tok() == Tok::kLeftParen) {
            skip_parens();
          } else if (is_keyword(tok()) || tok() == Tok::kString || tok() == Tok::kInteger ||
                     tok() == Tok::kDecimal || tok() == Tok::kMinus || tok() == Tok::kIdent) {
            advance();
          } else {
            fail_here("`)`");
          }
        }
        append(f, raw_since(begin));
      }
      break;
    }
    case Tok::kwIf:
    case Tok::kwLeft:
    case Tok::kwRight:
    case Tok::kwInsert:
    case Tok::kwReplace:
    case Tok::kwMod:
    case Tok::kwRepeat: {
      expect(Tok::kLeftParen);
      const int wanted = word == Tok::kwInsert                         ? 4
                         : word == Tok::kwIf || word == Tok::kwReplace ? 3
                                                                       : 2;
      for (int i = 0; i < wanted; ++i) {
        if (i > 0) expect(Tok::kComma);
        append(f, expression());
      }
      break;
    }
    default:
      function_arguments(f);
      return;
  }
  expect(Tok::kRightParen);
  finish(f);
}

// What may follow the parentheses: FROM FIRST, IGNORE NULLS, WITHIN GROUP, FILTER, OVER.
void Parser::function_tail(NodeId f) {
  finish(f);
  const Tok word = tok();
  if (!is_keyword(word)) return;
  if (!sqlite_) {
    const std::uint32_t begin = cur_.begin;
    if (word == Tok::kwFrom && (ahead() == Tok::kwFirst || ahead() == Tok::kwLast) &&
        is_keyword(peek(2)) &&
        (peek(2) == Tok::kwOver || peek(2) == Tok::kwRespect || peek(2) == Tok::kwIgnore)) {
      advance();
      advance();
    }
    if ((tok() == Tok::kwRespect || tok() == Tok::kwIgnore) && ahead() == Tok::kwNulls) {
      advance();
      advance();
    }
    if (prev_end_ > begin) append(f, raw_since(begin));
    if (tok() == Tok::kwWithin && ahead() == Tok::kwGroup) {
      advance();
      advance();
      expect(Tok::kLeftParen);
      append(f, order_by());
      expect(Tok::kRightParen);
    }
  } else if (word == Tok::kwFilter && ahead() == Tok::kLeftParen) {
    const NodeId filter = make(NodeKind::kFilter);
    advance();
    advance();
    expect(Tok::kwWhere);
    append(filter, expression());
    expect(Tok::kRightParen);
    append(f, finish(filter));
  }
  if (tok() == Tok::kwOver && (!sqlite_ || ahead() == Tok::kLeftParen || is_name(ahead()))) {
    if (ahead() == Tok::kLeftParen) {
      append(f, window_spec(NodeKind::kWindow));
    } else {
      const NodeId ref = make(NodeKind::kWindowRef);
      advance();
      append(ref, name());
      append(f, finish(ref));
    }
  }
  finish(f);
}

// [OVER] ( [base] [PARTITION BY ..] [ORDER BY ..] [frame] )
NodeId Parser::window_spec(NodeKind kind) {
  const NodeId w = make(kind);
  accept(Tok::kwOver);
  expect(Tok::kLeftParen);
  if (is_name(tok()) && tok() != Tok::kwPartition && tok() != Tok::kwOrder &&
      tok() != Tok::kwRows && tok() != Tok::kwRange && tok() != Tok::kwGroups) {
    append(w, name());
  }
  if (at(Tok::kwPartition)) {
    const NodeId p = make(NodeKind::kPartitionBy);
    advance();
    expect(Tok::kwBy);
    std::uint32_t n = 0;
    do {
      count_item(&n);
      append(p, expression());
    } while (accept(Tok::kComma));
    append(w, finish(p));
  }
  if (at(Tok::kwOrder)) append(w, order_by());
  if (at(Tok::kwRows) || at(Tok::kwRange) || at(Tok::kwGroups)) append(w, frame());
  expect(Tok::kRightParen);
  return finish(w);
}

NodeId Parser::frame() {
  const NodeId f = make(NodeKind::kFrame);
  advance();
  if (accept(Tok::kwBetween)) {
    frame_bound(f);
    expect(Tok::kwAnd);
    frame_bound(f);
  } else {
    frame_bound(f);
  }
  if (accept(Tok::kwExclude)) {
    if (accept(Tok::kwCurrent)) {
      expect(Tok::kwRow);
    } else if (accept(Tok::kwNo)) {
      expect(Tok::kwOthers);
    } else if (!accept(Tok::kwGroup) && !accept(Tok::kwTies)) {
      fail_here({});
    }
  }
  return finish(f);
}

void Parser::frame_bound(NodeId f) {
  if (accept(Tok::kwCurrent)) {
    expect(Tok::kwRow);
    return;
  }
  if (!accept(Tok::kwUnbounded)) {
    append(f, tok() == Tok::kwInterval && !sqlite_ ? interval_expression(false) : expression());
  }
  if (!accept(Tok::kwPreceding)) expect(Tok::kwFollowing);
}

}  // namespace pando::sql
