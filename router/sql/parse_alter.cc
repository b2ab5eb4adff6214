// ALTER TABLE.

#include "router/sql/levels.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {

NodeId Parser::alter() {
  const std::uint32_t begin = cur_.begin;
  int n = 1;
  if (!sqlite_ && (peek(n) == Tok::kwIgnore || at_online(n))) ++n;
  if (peek(n) == Tok::kwIgnore && n == 2) ++n;
  if (peek(n) != Tok::kwTable) return other();
  for (int i = 0; i <= n; ++i) advance();
  return alter_table(begin);
}

// MariaDB's ALTER ONLINE TABLE.
bool Parser::at_online(int n) const { return n == 1 && next_.kind == Tok::kwOnline; }

NodeId Parser::alter_table(std::uint32_t begin) {
  const NodeId a = make(NodeKind::kAlterTable, begin);
  if (!sqlite_ && if_exists()) node(a).flags |= kIfExists;
  append(a, plain_table_ref());
  if (!sqlite_) {
    if (accept_word("wait")) {
      expect(Tok::kInteger);
    } else {
      accept(Tok::kwNowait);
    }
    if (tok() == Tok::kEnd || tok() == Tok::kSemicolon) return finish(a);
  }
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(a, alter_action());
    // Table options may follow one another without a comma, and PARTITION BY always does.
    while (!sqlite_ && !failed_ && tok() != Tok::kComma && tok() != Tok::kEnd &&
           tok() != Tok::kSemicolon) {
      append(a, alter_option(cur_.begin));
    }
  } while (!sqlite_ && accept(Tok::kComma));
  return finish(a);
}

NodeId Parser::action(AlterKind kind, std::uint32_t begin) {
  const NodeId a = make(NodeKind::kAlterAction, begin);
  node(a).op = static_cast<std::uint8_t>(kind);
  return a;
}

// The rest of an action, up to the comma or the end, as raw text.
NodeId Parser::raw_action(AlterKind kind, std::uint32_t begin) {
  const NodeId a = action(kind, begin);
  while (tok() != Tok::kComma && tok() != Tok::kEnd && tok() != Tok::kSemicolon) {
    if (tok() == Tok::kLeftParen) {
      skip_parens();
    } else if (tok() == Tok::kParameter || tok() == Tok::kRightParen || is_error(tok())) {
      fail_here("`,`");
    } else {
      advance();
    }
  }
  append(a, raw_since(begin));
  return finish(a);
}

NodeId Parser::alter_action() {
  const std::uint32_t begin = cur_.begin;
  switch (tok()) {
    case Tok::kwAdd:
      return alter_add(begin);
    case Tok::kwDrop:
      return alter_drop(begin);
    case Tok::kwRename:
      return alter_rename(begin);
    default:
      break;
  }
  if (sqlite_) {
    fail_here("ADD, DROP or RENAME");
    return kNoNode;
  }
  switch (tok()) {
    case Tok::kwChange:
    case Tok::kwModify: {
      const bool change = tok() == Tok::kwChange;
      const NodeId a = action(change ? AlterKind::kChangeColumn : AlterKind::kModifyColumn, begin);
      advance();
      accept(Tok::kwColumn);
      if (if_exists()) node(a).flags |= kIfExists;
      if (change) append(a, column_word());
      append(a, column_definition());
      column_position(a);
      return finish(a);
    }
    case Tok::kwAlter:
      return alter_column(begin);
    case Tok::kwPartition: {
      const NodeId a = action(AlterKind::kPartitioning, begin);
      append(a, partition_options());
      return finish(a);
    }
    case Tok::kwAnalyze:
    case Tok::kwCheck:
    case Tok::kwOptimize:
    case Tok::kwRebuild:
    case Tok::kwRepair:
    case Tok::kwCoalesce:
    case Tok::kwTruncate:
    case Tok::kwReorganize:
      if (ahead() == Tok::kwPartition) return raw_partitioning(begin);
      break;
    case Tok::kwRemove:
      if (ahead() == Tok::kwPartitioning) return raw_action(AlterKind::kPartitioning, begin);
      break;
    case Tok::kwExchange: {
      const NodeId a = action(AlterKind::kPartitioning, begin);
      advance();
      expect(Tok::kwPartition);
      name();
      expect(Tok::kwWith);
      expect(Tok::kwTable);
      append(a, table_name());
      if (tok() == Tok::kwWith || tok() == Tok::kwWithout) {
        advance();
        expect(Tok::kwValidation);
      }
      return finish(a);
    }
    case Tok::kwDiscard:
    case Tok::kwImport:
      if (ahead() == Tok::kwPartition) return raw_partitioning(begin);
      if (ahead() == Tok::kwTablespace) {
        const NodeId a = action(AlterKind::kOption, begin);
        advance();
        advance();
        append(a, raw_since(begin));
        return finish(a);
      }
      break;
    default:
      break;
  }
  return alter_option(begin);
}

// A list of partitions has commas of its own, so such an action must be the last.
NodeId Parser::raw_partitioning(std::uint32_t begin) {
  const NodeId a = action(AlterKind::kPartitioning, begin);
  skip_to_end();
  append(a, raw_since(begin));
  return finish(a);
}

// FIRST, AFTER column.
void Parser::column_position(NodeId a) {
  const std::uint32_t begin = cur_.begin;
  if (accept(Tok::kwFirst)) {
  } else if (accept(Tok::kwAfter)) {
    name();
  } else {
    return;
  }
  append(a, raw_since(begin));
}

NodeId Parser::alter_add(std::uint32_t begin) {
  advance();
  if (!sqlite_ && tok() == Tok::kwPartition) return raw_partitioning(begin);
  if (!sqlite_ && tok() == Tok::kwSystem && ahead() == Tok::kwVersioning) {
    return raw_action(AlterKind::kOption, begin);
  }
  if (!sqlite_ && at_table_constraint()) {
    const NodeId a = action(AlterKind::kAddConstraint, begin);
    append(a, table_constraint());
    return finish(a);
  }
  const NodeId a = action(AlterKind::kAddColumn, begin);
  accept(Tok::kwColumn);
  if (!sqlite_ && if_not_exists()) node(a).flags |= kIfNotExists;
  if (!sqlite_ && accept(Tok::kLeftParen)) {
    do {
      append(a, table_element());
    } while (accept(Tok::kComma));
    expect(Tok::kRightParen);
    return finish(a);
  }
  append(a, column_definition());
  if (!sqlite_) column_position(a);
  return finish(a);
}

NodeId Parser::alter_drop(std::uint32_t begin) {
  advance();
  NodeId holder = kNoNode;
  NodeKind held = NodeKind::kNone;
  AlterKind kind = AlterKind::kDropColumn;
  if (!sqlite_) {
    switch (tok()) {
      case Tok::kwPartition:
        return raw_partitioning(begin);
      case Tok::kwPrimary: {
        const NodeId a = action(AlterKind::kDropPrimaryKey, begin);
        advance();
        expect(Tok::kwKey);
        return finish(a);
      }
      case Tok::kwIndex:
      case Tok::kwKey:
        kind = AlterKind::kDropIndex;
        held = NodeKind::kIndexName;
        break;
      case Tok::kwForeign:
        kind = AlterKind::kDropForeignKey;
        held = NodeKind::kConstraintName;
        advance();
        at(Tok::kwKey);
        break;
      case Tok::kwConstraint:
      case Tok::kwCheck:
        kind = AlterKind::kDropConstraint;
        held = NodeKind::kConstraintName;
        break;
      case Tok::kwSystem:
        if (ahead() == Tok::kwVersioning) return raw_action(AlterKind::kOption, begin);
        break;
      default:
        break;
    }
  }
  const NodeId a = action(kind, begin);
  if (held == NodeKind::kNone) {
    accept(Tok::kwColumn);
    if (!sqlite_ && if_exists()) node(a).flags |= kIfExists;
    append(a, name());
  } else {
    if (kind == AlterKind::kDropForeignKey) {
      expect(Tok::kwKey);
    } else {
      advance();
    }
    if (if_exists()) node(a).flags |= kIfExists;
    holder = make(held);
    append(holder, tok() == Tok::kwPrimary ? any_word() : name());
    append(a, finish(holder));
  }
  if (!sqlite_ && !accept(Tok::kwRestrict)) accept(Tok::kwCascade);
  return finish(a);
}

NodeId Parser::alter_rename(std::uint32_t begin) {
  advance();
  if (!sqlite_ && (tok() == Tok::kwIndex || tok() == Tok::kwKey)) {
    const NodeId a = action(AlterKind::kRenameIndex, begin);
    advance();
    if (if_exists()) node(a).flags |= kIfExists;
    for (int i = 0; i < 2; ++i) {
      if (i == 1) expect(Tok::kwTo);
      const NodeId index = make(NodeKind::kIndexName);
      append(index, name());
      append(a, finish(index));
    }
    return finish(a);
  }
  const bool column = tok() == Tok::kwColumn || (sqlite_ && tok() != Tok::kwTo);
  if (column) {
    const NodeId a = action(AlterKind::kRenameColumn, begin);
    accept(Tok::kwColumn);
    if (!sqlite_ && if_exists()) node(a).flags |= kIfExists;
    append(a, name());
    expect(Tok::kwTo);
    append(a, name());
    return finish(a);
  }
  const NodeId a = action(AlterKind::kRenameTable, begin);
  if (sqlite_) {
    expect(Tok::kwTo);
  } else if (!accept(Tok::kwTo) && !accept(Tok::kwAs)) {
    accept(Tok::kEqual);
  }
  append(a, table_name());
  return finish(a);
}

// ALTER [COLUMN] c SET DEFAULT .. | DROP DEFAULT | SET VISIBLE; ALTER INDEX i, ALTER CHECK c.
NodeId Parser::alter_column(std::uint32_t begin) {
  advance();
  if (tok() == Tok::kwIndex || tok() == Tok::kwKey || tok() == Tok::kwCheck ||
      tok() == Tok::kwConstraint) {
    return raw_action(AlterKind::kOption, begin);
  }
  const NodeId a = action(AlterKind::kAlterColumn, begin);
  accept(Tok::kwColumn);
  if (if_exists()) node(a).flags |= kIfExists;
  append(a, name());
  const std::uint32_t raw = cur_.begin;
  if (accept(Tok::kwDrop)) {
    expect(Tok::kwDefault);
    append(a, raw_since(raw));
  } else {
    expect(Tok::kwSet);
    if (at(Tok::kwDefault)) {
      const NodeId d = constraint(ConstraintKind::kDefault, cur_.begin);
      advance();
      append(d, expression(mysql_level::kOperand));
      append(a, finish(d));
    } else {
      if (!accept(Tok::kwVisible)) expect(Tok::kwInvisible);
      append(a, raw_since(raw));
    }
  }
  return finish(a);
}

// What is left: options of the table, and how to alter it.
NodeId Parser::alter_option(std::uint32_t begin) {
  const NodeId a = action(AlterKind::kOption, begin);
  switch (tok()) {
    case Tok::kwOrder:
      append(a, order_by());
      return finish(a);
    case Tok::kwConvert:
      advance();
      expect(Tok::kwTo);
      if (accept(Tok::kwCharacter)) {
        expect(Tok::kwSet);
      } else {
        expect(Tok::kwCharset);
      }
      charset_name();
      if (accept(Tok::kwCollate)) {
        accept(Tok::kEqual);
        charset_name();
      }
      append(a, raw_since(begin));
      return finish(a);
    case Tok::kwDisable:
    case Tok::kwEnable:
      advance();
      expect(Tok::kwKeys);
      append(a, raw_since(begin));
      return finish(a);
    case Tok::kwForce:
      advance();
      append(a, raw_since(begin));
      return finish(a);
    case Tok::kwWith:
    case Tok::kwWithout:
      if (ahead() == Tok::kwValidation) {
        advance();
        advance();
        append(a, raw_since(begin));
        return finish(a);
      }
      break;
    case Tok::kwAlgorithm:
    case Tok::kwLock:
      advance();
      accept(Tok::kEqual);
      any_word();
      append(a, raw_since(begin));
      return finish(a);
    case Tok::kwPartition:
      node(a).op = static_cast<std::uint8_t>(AlterKind::kPartitioning);
      append(a, partition_options());
      return finish(a);
    case Tok::kwRemove:
      if (ahead() == Tok::kwPartitioning) return raw_action(AlterKind::kPartitioning, begin);
      break;
    default:
      break;
  }
  if (!table_option(a)) fail_here("an action on the table");
  return finish(a);
}

}  // namespace pando::sql
