// INSERT, REPLACE, UPDATE, DELETE.

#include "router/sql/parser_impl.h"

namespace pando::sql {

// SQLite: OR REPLACE, OR IGNORE ... after INSERT or UPDATE.
InsertOp Parser::or_action(std::uint16_t* flags) {
  if (!sqlite_ || !accept(Tok::kwOr)) return InsertOp::kInsert;
  if (accept(Tok::kwReplace)) return InsertOp::kReplace;
  if (accept(Tok::kwIgnore)) {
    *flags |= kIgnore;
    return InsertOp::kOrIgnore;
  }
  if (accept(Tok::kwAbort)) return InsertOp::kOrAbort;
  if (accept(Tok::kwFail)) return InsertOp::kOrFail;
  if (accept(Tok::kwRollback)) return InsertOp::kOrRollback;
  fail_here({});
  return InsertOp::kInsert;
}

NodeId Parser::insert(NodeId with) {
  const std::uint32_t begin = with == kNoNode ? cur_.begin : node(with).span.begin;
  advance();
  std::uint16_t flags = 0;
  const InsertOp op = or_action(&flags);
  if (!sqlite_) {
    if (!accept(Tok::kwLowPriority) && !accept(Tok::kwHighPriority)) accept(Tok::kwDelayed);
    if (accept(Tok::kwIgnore)) flags |= kIgnore;
  }
  return insert_rest(begin, with, op, flags);
}

NodeId Parser::replace(NodeId with) {
  const std::uint32_t begin = with == kNoNode ? cur_.begin : node(with).span.begin;
  advance();
  if (!sqlite_ && !accept(Tok::kwLowPriority)) accept(Tok::kwDelayed);
  return insert_rest(begin, with, InsertOp::kReplace, 0);
}

NodeId Parser::insert_rest(std::uint32_t begin, NodeId with, InsertOp op, std::uint16_t flags) {
  const NodeId i = make(NodeKind::kInsert, begin);
  node(i).op = static_cast<std::uint8_t>(op);
  node(i).flags = flags;
  append(i, with);
  if (sqlite_) {
    expect(Tok::kwInto);
  } else {
    accept(Tok::kwInto);
  }
  const NodeId ref = make(NodeKind::kTableRef);
  append(ref, table_name());
  if (sqlite_ && at(Tok::kwAs)) append(ref, alias(false));
  if (!sqlite_ && at(Tok::kwPartition)) append(ref, partition_clause());
  append(i, finish(ref));

  if (tok() == Tok::kLeftParen && (sqlite_ || !query_after_parens())) {
    if (!sqlite_ && ahead() == Tok::kRightParen) {
      const NodeId list = make(NodeKind::kColumnList);
      advance();
      advance();
      append(i, finish(list));
    } else {
      append(i, name_list(NodeKind::kColumnList, NodeKind::kColumn));
    }
  }
  bool rows = true;
  if ((tok() == Tok::kwValues && (sqlite_ || ahead() != Tok::kwRow)) ||
      (!sqlite_ && tok() == Tok::kwValue)) {
    append(i, values_list());
  } else if (!sqlite_ && at(Tok::kwSet)) {
    append(i, set_list());
  } else if (sqlite_ && at(Tok::kwDefault)) {
    const NodeId d = make(NodeKind::kDefaultValues);
    advance();
    expect(Tok::kwValues);
    append(i, finish(d));
    rows = false;
  } else if (at_query() || (!sqlite_ && tok() == Tok::kLeftParen)) {
    append(i, query());
  } else {
    fail_here("VALUES or SELECT");
  }
  if (sqlite_) {
    while (rows && at(Tok::kwOn)) append(i, upsert());
  } else {
    if (at(Tok::kwAs) && op == InsertOp::kInsert) {
      const NodeId a = make(NodeKind::kRowAlias);
      advance();
      append(a, name());
      if (at(Tok::kLeftParen)) append(a, name_list(NodeKind::kColumnList, NodeKind::kName));
      append(i, finish(a));
    }
    if (op == InsertOp::kInsert && at(Tok::kwOn)) append(i, on_duplicate());
  }
  if (at(Tok::kwReturning)) append(i, returning());
  return finish(i);
}

NodeId Parser::values_list() {
  const NodeId v = make(NodeKind::kValuesList);
  advance();
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(v, value_row());
  } while (accept(Tok::kComma));
  return finish(v);
}

NodeId Parser::value_row() {
  const NodeId row = make(NodeKind::kRow);
  expect(Tok::kLeftParen);
  if (!sqlite_ && accept(Tok::kRightParen)) return finish(row);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    if (tok() == Tok::kwDefault && ahead() != Tok::kLeftParen && !sqlite_) {
      append(row, leaf(NodeKind::kDefault));
    } else {
      append(row, expression());
    }
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(row);
}

// SET a = 1, b = DEFAULT
NodeId Parser::set_list() {
  const NodeId list = make(NodeKind::kSetList);
  expect(Tok::kwSet);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(list, assignment());
  } while (accept(Tok::kComma));
  return finish(list);
}

NodeId Parser::assignment() {
  const NodeId a = make(NodeKind::kAssign);
  if (sqlite_ && tok() == Tok::kLeftParen) {
    append(a, name_list(NodeKind::kColumnList, NodeKind::kName));
  } else {
    append(a, column_name());
  }
  if (sqlite_ || !accept(Tok::kAssign)) expect(Tok::kEqual);
  if (!sqlite_ && tok() == Tok::kwDefault && ahead() != Tok::kLeftParen) {
    append(a, leaf(NodeKind::kDefault));
  } else {
    append(a, expression());
  }
  return finish(a);
}

NodeId Parser::on_duplicate() {
  const NodeId o = make(NodeKind::kOnDuplicate);
  advance();
  expect(Tok::kwDuplicate);
  expect(Tok::kwKey);
  expect(Tok::kwUpdate);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(o, assignment());
  } while (accept(Tok::kComma));
  return finish(o);
}

// ON CONFLICT [(columns) [WHERE ..]] DO NOTHING | DO UPDATE SET .. [WHERE ..]
NodeId Parser::upsert() {
  const NodeId u = make(NodeKind::kUpsert);
  advance();
  expect(Tok::kwConflict);
  if (at(Tok::kLeftParen)) {
    const NodeId target = make(NodeKind::kConflictTarget);
    advance();
    do {
      append(target, expression());
      if (!accept(Tok::kwAsc)) accept(Tok::kwDesc);
    } while (accept(Tok::kComma));
    expect(Tok::kRightParen);
    if (at(Tok::kwWhere)) append(target, where());
    append(u, finish(target));
  }
  expect(Tok::kwDo);
  if (accept(Tok::kwNothing)) {
    node(u).flags |= kIgnore;
    return finish(u);
  }
  expect(Tok::kwUpdate);
  append(u, set_list());
  if (at(Tok::kwWhere)) append(u, where());
  return finish(u);
}

NodeId Parser::returning() {
  const NodeId r = make(NodeKind::kReturning);
  advance();
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(r, select_item());
  } while (accept(Tok::kComma));
  return finish(r);
}

NodeId Parser::update(NodeId with) {
  const std::uint32_t begin = with == kNoNode ? cur_.begin : node(with).span.begin;
  advance();
  const NodeId u = make(NodeKind::kUpdate, begin);
  append(u, with);
  std::uint16_t flags = 0;
  node(u).op = static_cast<std::uint8_t>(or_action(&flags));
  if (!sqlite_) {
    accept(Tok::kwLowPriority);
    if (accept(Tok::kwIgnore)) flags |= kIgnore;
  }
  node(u).flags = flags;
  const NodeId f = make(NodeKind::kFrom);
  if (sqlite_) {
    append(f, table_ref());
  } else {
    std::uint32_t n = 0;
    do {
      count_item(&n);
      append(f, table_reference());
    } while (accept(Tok::kComma));
  }
  append(u, finish(f));
  append(u, set_list());
  if (sqlite_ && at(Tok::kwFrom)) {
    const NodeId joined = from();
    node(joined).kind = NodeKind::kUpdateFrom;
    append(u, joined);
  }
  if (at(Tok::kwWhere)) append(u, where());
  if (at(Tok::kwReturning) && sqlite_) append(u, returning());
  if (at(Tok::kwOrder)) append(u, order_by());
  if (at(Tok::kwLimit)) append(u, limit());
  return finish(u);
}

// The tables to delete from: t, s.t, t.*
void Parser::delete_targets(NodeId list) {
  do {
    const NodeId t = make(NodeKind::kTableName);
    append(t, name());
    while (accept(Tok::kDot)) {
      if (accept(Tok::kStar)) break;
      append(t, any_word());
    }
    append(list, finish(t));
  } while (accept(Tok::kComma));
  finish(list);
}

NodeId Parser::delete_statement(NodeId with) {
  const std::uint32_t begin = with == kNoNode ? cur_.begin : node(with).span.begin;
  advance();
  const NodeId d = make(NodeKind::kDelete, begin);
  append(d, with);
  if (!sqlite_) {
    accept(Tok::kwLowPriority);
    if (tok() == Tok::kwQuick) advance();
    if (accept(Tok::kwIgnore)) node(d).flags |= kIgnore;
  }
  if (sqlite_) {
    const NodeId f = make(NodeKind::kFrom);
    expect(Tok::kwFrom);
    append(f, table_ref());
    append(d, finish(f));
  } else if (!at(Tok::kwFrom)) {
    // DELETE a, b FROM ...
    const NodeId targets = make(NodeKind::kDeleteTargets);
    delete_targets(targets);
    append(d, targets);
    if (at(Tok::kwFrom)) {
      append(d, from());
    } else {
      fail_here({});
    }
  } else {
    // DELETE FROM t ..., or DELETE FROM a, b USING ...: which one shows a few tokens on.
    Lexer look = lexer_;
    bool several = false;
    for (Tok t = next_.kind; t == Tok::kIdent || t == Tok::kQuotedIdent || is_keyword(t) ||
                             t == Tok::kDot || t == Tok::kStar || t == Tok::kComma;
         t = look.next().kind) {
      if (t == Tok::kwUsing || t == Tok::kComma) several = true;
      if (several || t == Tok::kwWhere || t == Tok::kwOrder || t == Tok::kwLimit) break;
    }
    if (several) {
      const NodeId targets = make(NodeKind::kDeleteTargets);
      advance();
      delete_targets(targets);
      append(d, targets);
      if (at(Tok::kwUsing)) {
        append(d, from());
      } else {
        fail_here({});
      }
    } else {
      const NodeId f = make(NodeKind::kFrom);
      advance();
      append(f, table_ref());
      append(d, finish(f));
    }
  }
  if (at(Tok::kwWhere)) append(d, where());
  if (at(Tok::kwReturning) && sqlite_) append(d, returning());
  if (at(Tok::kwOrder)) append(d, order_by());
  if (at(Tok::kwLimit)) append(d, limit());
  if (at(Tok::kwReturning) && !sqlite_) append(d, returning());
  return finish(d);
}

}  // namespace pando::sql
