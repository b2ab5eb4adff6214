// CREATE, DROP, TRUNCATE and RENAME of tables and indexes.

#include "router/sql/parser_impl.h"

namespace pando::sql {

bool Parser::if_exists() {
  if (!at(Tok::kwIf)) return false;
  advance();
  expect(Tok::kwExists);
  return true;
}

bool Parser::if_not_exists() {
  if (!at(Tok::kwIf)) return false;
  advance();
  expect(Tok::kwNot);
  expect(Tok::kwExists);
  return true;
}

// CREATE TABLE and CREATE INDEX have a tree; a view, trigger, routine ... is kOther.
NodeId Parser::create() {
  std::uint16_t flags = 0;
  int n = 1;  // The word looked at.
  if (peek(n) == Tok::kwOr && peek(n + 1) == Tok::kwReplace && !sqlite_) {
    flags |= kOrReplace;
    n += 2;
  }
  const Tok first = peek(n);
  if (first == Tok::kwTemporary || (sqlite_ && first == Tok::kwTemp)) {
    flags |= kTemporary;
    ++n;
  } else if (first == Tok::kwUnique) {
    flags |= kUnique;
    ++n;
  } else if ((first == Tok::kwFulltext || first == Tok::kwSpatial) && !sqlite_) {
    ++n;
  }
  const Tok what = peek(n);
  const bool table = what == Tok::kwTable && (flags & kUnique) == 0 && first != Tok::kwFulltext &&
                     first != Tok::kwSpatial;
  const bool index = what == Tok::kwIndex && (flags & kTemporary) == 0;
  if (!table && !index) return other();
  const std::uint32_t begin = cur_.begin;
  for (int i = 0; i <= n; ++i) advance();
  return table ? create_table(begin, flags) : create_index(begin, flags);
}

NodeId Parser::create_table(std::uint32_t begin, std::uint16_t flags) {
  const NodeId c = make(NodeKind::kCreateTable, begin);
  if (if_not_exists()) flags |= kIfNotExists;
  node(c).flags = flags;
  append(c, plain_table_ref());
  if (!sqlite_ && (at(Tok::kwLike) || (tok() == Tok::kLeftParen && ahead() == Tok::kwLike))) {
    const NodeId like = make(NodeKind::kTableLike);
    const bool parens = accept(Tok::kLeftParen);
    advance();
    append(like, plain_table_ref());
    if (parens) expect(Tok::kRightParen);
    append(c, finish(like));
    return finish(c);
  }
  bool elements = false;
  if (tok() == Tok::kLeftParen && !query_after_parens()) {
    append(c, table_elements());
    elements = true;
  }
  const NodeId options = table_options();
  append(c, options);
  bool as = false;
  if (!sqlite_ || !elements) {
    if (!sqlite_ && !accept(Tok::kwIgnore)) accept(Tok::kwReplace);
    as = accept(Tok::kwAs);
    if (at_query() || (tok() == Tok::kLeftParen && !sqlite_)) {
      append(c, query());
      return finish(c);
    }
  }
  // `CREATE TABLE t` alone is syntax in MySQL, for a server to refuse.
  if (as || (!elements && sqlite_)) fail_here("`(` or SELECT");
  return finish(c);
}

// a, b(10) DESC, (lower(c))
NodeId Parser::key_parts() {
  const NodeId parts = make(NodeKind::kKeyParts);
  expect(Tok::kLeftParen);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    const NodeId item = make(NodeKind::kOrderItem);
    if (sqlite_) {
      append(item, expression());
    } else if (tok() == Tok::kLeftParen) {
      append(item, parenthesised(1));
    } else {
      append(item, column_name());
      if (tok() == Tok::kLeftParen) {
        const std::uint32_t length = cur_.begin;
        advance();
        expect(Tok::kInteger);
        expect(Tok::kRightParen);
        append(item, raw_since(length));
      }
    }
    if (!accept(Tok::kwAsc) && accept(Tok::kwDesc)) node(item).flags |= kDescending;
    append(parts, finish(item));
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(parts);
}

// USING BTREE, KEY_BLOCK_SIZE = 8, COMMENT 'x', WITH PARSER p, INVISIBLE ...
void Parser::index_options(NodeId parent) {
  if (sqlite_) return;
  const std::uint32_t begin = cur_.begin;
  for (;;) {
    if (accept(Tok::kwUsing) || (tok() == Tok::kwType && accept(Tok::kwType))) {
      any_word();
    } else if (accept(Tok::kwComment)) {
      expect(Tok::kString);
    } else if (accept(Tok::kwWith)) {
      if (!accept_word("parser")) fail_here("PARSER");
      name();
    } else if (accept(Tok::kwVisible) || accept(Tok::kwInvisible)) {
    } else if (accept(Tok::kwIgnore) || accept_word("ignored") || accept(Tok::kwNot)) {
      accept_word("ignored");
    } else if ((tok() == Tok::kIdent || tok() == Tok::kwAlgorithm || tok() == Tok::kwLock) &&
               (ahead() == Tok::kEqual || ahead() == Tok::kInteger || ahead() == Tok::kString ||
                ahead() == Tok::kIdent || is_keyword(ahead()))) {
      // KEY_BLOCK_SIZE, ENGINE_ATTRIBUTE, ALGORITHM, LOCK and engine-defined options.
      advance();
      accept(Tok::kEqual);
      if (tok() == Tok::kString || tok() == Tok::kInteger) {
        advance();
      } else {
        any_word();
      }
    } else {
      break;
    }
  }
  if (prev_end_ > begin) append(parent, raw_since(begin));
}

NodeId Parser::create_index(std::uint32_t begin, std::uint16_t flags) {
  const NodeId c = make(NodeKind::kCreateIndex, begin);
  if (if_not_exists()) flags |= kIfNotExists;
  node(c).flags = flags;
  const NodeId index = make(NodeKind::kIndexName);
  append(index, name());
  if (sqlite_ && accept(Tok::kDot)) {
    append(index, any_word());
  }
  append(c, finish(index));
  if (!sqlite_ && accept(Tok::kwUsing)) any_word();
  expect(Tok::kwOn);
  append(c, plain_table_ref());
  append(c, key_parts());
  if (sqlite_ && at(Tok::kwWhere)) append(c, where());
  index_options(c);
  return finish(c);
}

NodeId Parser::drop() {
  const std::uint32_t begin = cur_.begin;
  const bool temporary = ahead() == Tok::kwTemporary && !sqlite_;
  const Tok what = peek(temporary ? 2 : 1);
  if (what == Tok::kwTable || (what == Tok::kwTables && !sqlite_)) {
    advance();
    advance();
    if (temporary) advance();
    const NodeId d = make(NodeKind::kDropTable, begin);
    if (temporary) node(d).flags |= kTemporary;
    if (if_exists()) node(d).flags |= kIfExists;
    std::uint32_t n = 0;
    do {
      count_item(&n);
      append(d, plain_table_ref());
    } while (!sqlite_ && accept(Tok::kComma));
    if (!sqlite_) {
      if (accept_word("wait")) {
        expect(Tok::kInteger);
      } else {
        accept(Tok::kwNowait);
      }
      if (!accept(Tok::kwRestrict)) accept(Tok::kwCascade);
    }
    return finish(d);
  }
  if (what != Tok::kwIndex || temporary) return other();
  advance();
  advance();
  const NodeId d = make(NodeKind::kDropIndex, begin);
  if (if_exists()) node(d).flags |= kIfExists;
  const NodeId index = make(NodeKind::kIndexName);
  append(index, tok() == Tok::kwPrimary && !sqlite_ ? any_word() : name());
  if (sqlite_ && accept(Tok::kDot)) append(index, any_word());
  append(d, finish(index));
  if (!sqlite_) {
    expect(Tok::kwOn);
    append(d, plain_table_ref());
    index_options(d);
  }
  return finish(d);
}

NodeId Parser::truncate() {
  if (sqlite_) return other();
  const NodeId t = make(NodeKind::kTruncate);
  advance();
  accept(Tok::kwTable);
  append(t, plain_table_ref());
  if (accept_word("wait")) {
    expect(Tok::kInteger);
  } else {
    accept(Tok::kwNowait);
  }
  return finish(t);
}

NodeId Parser::rename_table() {
  if (sqlite_ || (ahead() != Tok::kwTable && ahead() != Tok::kwTables)) return other();
  const NodeId r = make(NodeKind::kRenameTable);
  advance();
  advance();
  if (if_exists()) node(r).flags |= kIfExists;
  std::uint32_t n = 0;
  do {
    count_item(&n);
    const NodeId pair = make(NodeKind::kRenamePair);
    append(pair, plain_table_ref());
    expect(Tok::kwTo);
    append(pair, plain_table_ref());
    append(r, finish(pair));
  } while (accept(Tok::kComma));
  return finish(r);
}

}  // namespace pando::sql
