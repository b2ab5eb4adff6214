// What stands in the parentheses of CREATE TABLE, and the options after them.

#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {

NodeId Parser::table_elements() {
  const NodeId e = make(NodeKind::kTableElements);
  expect(Tok::kLeftParen);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(e, table_element());
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(e);
}

NodeId Parser::table_element() {
  if (at_table_constraint()) return table_constraint();
  if (tok() == Tok::kwPeriod && ahead() == Tok::kwFor && !sqlite_) {  // PERIOD FOR SYSTEM_TIME
    const std::uint32_t begin = cur_.begin;
    advance();
    advance();
    any_word();
    skip_parens();
    return raw_since(begin);
  }
  return column_definition();
}

bool Parser::at_table_constraint() const {
  switch (tok()) {
    case Tok::kwConstraint:
    case Tok::kwPrimary:
    case Tok::kwUnique:
    case Tok::kwForeign:
    case Tok::kwCheck:
      return true;
    case Tok::kwIndex:
    case Tok::kwKey:
    case Tok::kwFulltext:
    case Tok::kwSpatial:
      return !sqlite_;
    default:
      return false;
  }
}

// A constraint of the table, or an index.
NodeId Parser::table_constraint() {
  const NodeId c = make(NodeKind::kConstraint);
  const auto is = [&](ConstraintKind kind) { node(c).op = static_cast<std::uint8_t>(kind); };
  if (at(Tok::kwConstraint)) {
    const NodeId named = make(NodeKind::kConstraintName);
    advance();
    if (!sqlite_) if_not_exists_flag(c);
    if (tok() != Tok::kwPrimary && tok() != Tok::kwUnique && tok() != Tok::kwForeign &&
        tok() != Tok::kwCheck) {
      append(named, name());
      append(c, finish(named));
    }
  }
  switch (tok()) {
    case Tok::kwPrimary:
      is(ConstraintKind::kPrimaryKey);
      advance();
      expect(Tok::kwKey);
      break;
    case Tok::kwUnique:
      is(ConstraintKind::kUnique);
      advance();
      if (!sqlite_ && !accept(Tok::kwIndex)) accept(Tok::kwKey);
      break;
    case Tok::kwFulltext:
    case Tok::kwSpatial:
      is(ConstraintKind::kIndex);
      node(c).flags |= kOtherForm;
      advance();
      if (!accept(Tok::kwIndex)) accept(Tok::kwKey);
      break;
    case Tok::kwIndex:
    case Tok::kwKey:
      is(ConstraintKind::kIndex);
      advance();
      break;
    case Tok::kwForeign: {
      is(ConstraintKind::kForeignKey);
      advance();
      expect(Tok::kwKey);
      if (!sqlite_) {
        if_not_exists_flag(c);
        if (is_name(tok())) {
          const NodeId index = make(NodeKind::kIndexName);
          append(index, name());
          append(c, finish(index));
        }
      }
      append(c, name_list(NodeKind::kColumnList, NodeKind::kName));
      append(c, references());
      return finish(c);
    }
    case Tok::kwCheck: {
      is(ConstraintKind::kCheck);
      advance();
      expect(Tok::kLeftParen);
      append(c, expression());
      expect(Tok::kRightParen);
      const std::uint32_t begin = cur_.begin;
      if (accept(Tok::kwNot)) {
        expect(Tok::kwEnforced);
      } else {
        accept(Tok::kwEnforced);
      }
      conflict_clause();
      if (prev_end_ > begin) append(c, raw_since(begin));
      return finish(c);
    }
    default:
      fail_here("a constraint");
      return c;
  }
  if (!sqlite_) {
    if_not_exists_flag(c);
    if (is_name(tok()) && (tok() != Tok::kwType || ahead() == Tok::kLeftParen)) {
      const NodeId index = make(NodeKind::kIndexName);
      append(index, name());
      append(c, finish(index));
    }
    if (accept(Tok::kwUsing) || (tok() == Tok::kwType && accept(Tok::kwType))) any_word();
  }
  append(c, key_parts());
  if (sqlite_) {
    const std::uint32_t begin = cur_.begin;
    accept(Tok::kwAutoincrement);
    conflict_clause();
    if (prev_end_ > begin) append(c, raw_since(begin));
  }
  index_options(c);
  return finish(c);
}

void Parser::if_not_exists_flag(NodeId id) {
  if (tok() == Tok::kwIf && if_not_exists()) node(id).flags |= kIfNotExists;
}

// SQLite: ON CONFLICT ABORT ...
void Parser::conflict_clause() {
  if (!sqlite_ || tok() != Tok::kwOn || ahead() != Tok::kwConflict) return;
  advance();
  advance();
  if (!accept(Tok::kwRollback) && !accept(Tok::kwAbort) && !accept(Tok::kwFail) &&
      !accept(Tok::kwIgnore)) {
    expect(Tok::kwReplace);
  }
}

NodeId Parser::references() {
  const NodeId r = make(NodeKind::kReferences);
  expect(Tok::kwReferences);
  append(r, table_name());
  if (at(Tok::kLeftParen)) append(r, name_list(NodeKind::kColumnList, NodeKind::kName));
  const std::uint32_t begin = cur_.begin;
  for (;;) {
    if (tok() == Tok::kwMatch) {
      advance();
      any_word();
    } else if (tok() == Tok::kwOn && (ahead() == Tok::kwDelete || ahead() == Tok::kwUpdate)) {
      // A column's ON UPDATE CURRENT_TIMESTAMP is none of these.
      const Tok action = peek(2);
      if (action != Tok::kwSet && action != Tok::kwCascade && action != Tok::kwRestrict &&
          action != Tok::kwNo) {
        break;
      }
      advance();
      advance();
      advance();
      if (action == Tok::kwSet && !accept(Tok::kwNull)) expect(Tok::kwDefault);
      if (action == Tok::kwNo) expect(Tok::kwAction);
    } else if (sqlite_ && (tok() == Tok::kwDeferrable ||
                           (tok() == Tok::kwNot && ahead() == Tok::kwDeferrable))) {
      accept(Tok::kwNot);
      advance();
      if (accept(Tok::kwInitially) && !accept(Tok::kwDeferred)) expect(Tok::kwImmediate);
    } else {
      break;
    }
  }
  if (prev_end_ > begin) append(r, raw_since(begin));
  return finish(r);
}

NodeId Parser::column_definition() {
  const NodeId c = make(NodeKind::kColumnDefinition);
  append(c, column_word());
  const bool typed = sqlite_ ? is_name(tok()) && tok() != Tok::kwGenerated
                             : tok() != Tok::kwAs && tok() != Tok::kwGenerated;
  if (typed) append(c, type_name());
  while (column_attribute(c)) {
  }
  return finish(c);
}

// A column's name where it is defined; MySQL also takes table.column.
NodeId Parser::column_word() {
  const NodeId n = name();
  while (!sqlite_ && n != kNoNode && accept(Tok::kDot)) {
    any_word();
    finish(n);
  }
  return n;
}

NodeId Parser::constraint(ConstraintKind kind, std::uint32_t begin) {
  const NodeId c = make(NodeKind::kConstraint, begin);
  node(c).op = static_cast<std::uint8_t>(kind);
  node(c).flags |= kInline;
  return c;
}

// GENERATED ALWAYS AS (expr), PRIMARY KEY, NOT NULL ...: false if the cursor is at none of them.
bool Parser::column_attribute(NodeId column) {
  const std::uint32_t begin = cur_.begin;
  NodeId named = kNoNode;
  if (at(Tok::kwConstraint)) {
    named = make(NodeKind::kConstraintName);
    advance();
    if (tok() != Tok::kwCheck) append(named, name());
    finish(named);
    if (node(named).child == kNoNode) named = kNoNode;
  }
  const auto add = [&](NodeId c) {
    append(column, finish(c));
    return true;
  };
  const auto start = [&](ConstraintKind kind) {
    const NodeId c = constraint(kind, begin);
    append(c, named);
    advance();
    return c;
  };
  switch (tok()) {
    case Tok::kwNot: {
      const NodeId c = start(ConstraintKind::kNotNull);
      expect(Tok::kwNull);
      conflict_clause();
      return add(c);
    }
    case Tok::kwNull: {
      const NodeId c = start(ConstraintKind::kNull);
      conflict_clause();
      return add(c);
    }
    case Tok::kwDefault: {
      const NodeId c = start(ConstraintKind::kDefault);
      append(c, expression(sqlite_ ? sqlite_level::kOperand : mysql_level::kOperand));
      return add(c);
    }
    case Tok::kwAutoIncrement:
      if (sqlite_) break;
      return add(start(ConstraintKind::kAutoIncrement));
    case Tok::kwPrimary: {
      const NodeId c = start(ConstraintKind::kPrimaryKey);
      expect(Tok::kwKey);
      if (!sqlite_) return add(c);
      if (!accept(Tok::kwAsc)) accept(Tok::kwDesc);
      conflict_clause();
      add(c);
      if (at(Tok::kwAutoincrement)) {
        const NodeId a = constraint(ConstraintKind::kAutoIncrement, cur_.begin);
        advance();
        add(a);
      }
      return true;
    }
    case Tok::kwKey:
      if (sqlite_) break;
      return add(start(ConstraintKind::kPrimaryKey));
    case Tok::kwUnique: {
      const NodeId c = start(ConstraintKind::kUnique);
      if (!sqlite_) accept(Tok::kwKey);
      conflict_clause();
      return add(c);
    }
    case Tok::kwReferences: {
      const NodeId c = constraint(ConstraintKind::kReferences, begin);
      append(c, named);
      append(c, references());
      return add(c);
    }
    case Tok::kwCheck: {
      const NodeId c = start(ConstraintKind::kCheck);
      expect(Tok::kLeftParen);
      append(c, expression());
      expect(Tok::kRightParen);
      if (!sqlite_) {
        const std::uint32_t raw = cur_.begin;
        if (tok() == Tok::kwNot && ahead() == Tok::kwEnforced) {
          advance();
          advance();
        } else {
          accept(Tok::kwEnforced);
        }
        if (prev_end_ > raw) append(c, raw_since(raw));
      }
      return add(c);
    }
    case Tok::kwCollate: {
      const NodeId c = start(ConstraintKind::kCollate);
      if (!sqlite_) accept(Tok::kEqual);
      append(c, charset_name());
      return add(c);
    }
    case Tok::kwGenerated:
    case Tok::kwAs:
      return add(generated_column(begin));
    default:
      break;
  }
  if (named != kNoNode) {
    fail_here("a constraint");
    return false;
  }
  return !sqlite_ && column_option(column);
}

// [GENERATED ALWAYS] AS (expr) [VIRTUAL | STORED | PERSISTENT], or MariaDB's ROW START and ROW END.
NodeId Parser::generated_column(std::uint32_t begin) {
  const NodeId c = constraint(ConstraintKind::kGenerated, begin);
  if (accept(Tok::kwGenerated)) expect(Tok::kwAlways);
  expect(Tok::kwAs);
  if (!sqlite_ && accept(Tok::kwRow)) {
    if (!accept(Tok::kwStart)) expect(Tok::kwEnd);
    return finish(c);
  }
  expect(Tok::kLeftParen);
  append(c, expression());
  expect(Tok::kRightParen);
  if (tok() == Tok::kwVirtual || tok() == Tok::kwStored || tok() == Tok::kwPersistent) {
    append(c, leaf(NodeKind::kRaw));
  }
  return finish(c);
}

// MySQL's attributes of a column that are no constraints.
bool Parser::column_option(NodeId column) {
  const std::uint32_t begin = cur_.begin;
  switch (tok()) {
    case Tok::kwComment:
      advance();
      expect(Tok::kString);
      break;
    case Tok::kwOn:
      if (ahead() != Tok::kwUpdate) return false;
      advance();
      advance();
      no_parens_function();
      break;
    case Tok::kwInvisible:
    case Tok::kwVisible:
      advance();
      break;
    case Tok::kwSerial:
      advance();
      expect(Tok::kwDefault);
      expect(Tok::kwValue);
      break;
    case Tok::kwCharacter:
    case Tok::kwCharset:
      if (!accept(Tok::kwCharset)) {
        advance();
        expect(Tok::kwSet);
      }
      charset_name();
      break;
    case Tok::kwStorage:
      advance();
      any_word();
      break;
    case Tok::kwWith:
    case Tok::kwWithout:
      advance();
      expect(Tok::kwSystem);
      expect(Tok::kwVersioning);
      break;
    default:
      if (accept_word("srid") || accept_word("ref_system_id") || accept_word("column_format") ||
          accept_word("engine_attribute") || accept_word("secondary_engine_attribute")) {
        accept(Tok::kEqual);
        if (tok() == Tok::kString || tok() == Tok::kInteger || tok() == Tok::kIdent ||
            is_keyword(tok())) {
          advance();
        } else {
          fail_here("a value");
        }
        break;
      }
      if (accept_word("compressed")) break;
      return false;
  }
  append(column, raw_since(begin));
  return true;
}

// Everything after the parentheses up to AS, a query or the end; kNoNode if there is nothing.
NodeId Parser::table_options() {
  const NodeId o = make(NodeKind::kTableOptions);
  if (sqlite_) {
    do {
      const std::uint32_t begin = cur_.begin;
      if (accept(Tok::kwWithout)) {
        if (!accept_word("rowid")) fail_here("ROWID");
      } else if (!accept_word("strict")) {
        if (node(o).child != kNoNode) fail_here({});
        break;
      }
      append(o, raw_since(begin));
    } while (accept(Tok::kComma));
  } else {
    while (table_option(o)) accept(Tok::kComma);
    if (at(Tok::kwPartition)) append(o, partition_options());
  }
  return node(o).child == kNoNode ? kNoNode : finish(o);
}

bool Parser::table_option(NodeId options) {
  const std::uint32_t begin = cur_.begin;
  const Tok word = tok();
  switch (word) {
    case Tok::kwAutoIncrement: {
      const NodeId a = make(NodeKind::kAutoIncrementOption);
      advance();
      accept(Tok::kEqual);
      if (tok() == Tok::kInteger) {
        append(a, literal(Literal::kInteger));
      } else {
        fail_here("an integer");
      }
      append(options, finish(a));
      return true;
    }
    case Tok::kwUnion: {
      if (ahead() != Tok::kEqual && ahead() != Tok::kLeftParen) return false;
      const NodeId u = make(NodeKind::kUnionOption);
      advance();
      accept(Tok::kEqual);
      expect(Tok::kLeftParen);
      if (!at(Tok::kRightParen)) {
        do {
          append(u, plain_table_ref());
        } while (accept(Tok::kComma));
      }
      expect(Tok::kRightParen);
      append(options, finish(u));
      return true;
    }
    case Tok::kwDefault:
    case Tok::kwCharacter:
    case Tok::kwCharset:
    case Tok::kwCollate:
      accept(Tok::kwDefault);
      if (accept(Tok::kwCharacter)) {
        expect(Tok::kwSet);
      } else if (!accept(Tok::kwCharset)) {
        expect(Tok::kwCollate);
      }
      accept(Tok::kEqual);
      charset_name();
      break;
    case Tok::kwWith:
      if (ahead() != Tok::kwSystem) return false;
      advance();
      advance();
      expect(Tok::kwVersioning);
      break;
    case Tok::kwData:
    case Tok::kwIndex:
      if (ahead() != Tok::kwDirectory) return false;
      advance();
      advance();
      accept(Tok::kEqual);
      expect(Tok::kString);
      break;
    case Tok::kwTablespace:
      advance();
      accept(Tok::kEqual);
      name();
      if (accept(Tok::kwStorage)) any_word();
      break;
    case Tok::kwStorage:
      advance();
      any_word();
      break;
    case Tok::kwStart:
      if (ahead() != Tok::kwTransaction) return false;
      advance();
      advance();
      break;
    default: {
      // ENGINE = InnoDB, COMMENT 'x', ROW_FORMAT DYNAMIC, and an engine's own name = value.
      if (word != Tok::kIdent && word != Tok::kQuotedIdent && !is_name(word)) return false;
      const Tok following = ahead();
      const bool valued = following == Tok::kEqual || following == Tok::kInteger ||
                          following == Tok::kString || following == Tok::kDecimal ||
                          following == Tok::kIdent || following == Tok::kQuotedIdent ||
                          following == Tok::kwDefault || is_name(following);
      if (!valued) return false;
      advance();
      accept(Tok::kEqual);
      switch (tok()) {
        case Tok::kInteger:
        case Tok::kDecimal:
        case Tok::kHex:
        case Tok::kString:
        case Tok::kIdent:
        case Tok::kQuotedIdent:
          advance();
          break;
        default:
          if (!is_keyword(tok())) {
            fail_here("a value");
            return false;
          }
          advance();
      }
      break;
    }
  }
  append(options, raw_since(begin));
  return true;
}

// PARTITION BY ... with its list of partitions; all of it raw.
NodeId Parser::partition_options() {
  const std::uint32_t begin = cur_.begin;
  advance();
  expect(Tok::kwBy);
  for (bool more = true; more;) {
    switch (tok()) {
      case Tok::kLeftParen:
        skip_parens();
        break;
      case Tok::kEnd:
      case Tok::kSemicolon:
      case Tok::kComma:
      case Tok::kRightParen:
      case Tok::kwSelect:
      case Tok::kwWith:
      case Tok::kwAs:
      case Tok::kwReplace:
      case Tok::kwIgnore:
        more = false;
        break;
      default:
        if (is_keyword(tok()) || tok() == Tok::kIdent || tok() == Tok::kQuotedIdent ||
            tok() == Tok::kInteger || tok() == Tok::kEqual || tok() == Tok::kString) {
          advance();
        } else {
          more = false;
        }
    }
  }
  return raw_since(begin);
}

}  // namespace pando::sql
