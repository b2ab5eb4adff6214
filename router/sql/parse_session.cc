// Statements about the session, and the choice of a statement by its first word.

#include "router/sql/parser_impl.h"

namespace pando::sql {
namespace {

// What may follow CREATE, ALTER or DROP where it is no table and no index.
bool creates_something(Tok word) {
  switch (word) {
    case Tok::kwOr:
    case Tok::kwAlgorithm:
    case Tok::kwDefiner:
    case Tok::kwSql:
    case Tok::kwView:
    case Tok::kwTrigger:
    case Tok::kwProcedure:
    case Tok::kwFunction:
    case Tok::kwAggregate:
    case Tok::kwEvent:
    case Tok::kwDatabase:
    case Tok::kwSchema:
    case Tok::kwUser:
    case Tok::kwRole:
    case Tok::kwServer:
    case Tok::kwSequence:
    case Tok::kwTemp:
    case Tok::kwTemporary:
    case Tok::kwVirtual:
    case Tok::kwTablespace:
    case Tok::kwLogfile:
    case Tok::kwInstance:
    case Tok::kwResource:
    case Tok::kwPackage:
    case Tok::kwPrepare:
    case Tok::kwUndo:
    case Tok::kwSpatial:
    case Tok::kwIgnore:
    case Tok::kwOnline:
      return true;
    default:
      return false;
  }
}

}  // namespace

NodeId Parser::statement() {
  switch (tok()) {
    case Tok::kwSelect:
    case Tok::kwValues:
    case Tok::kLeftParen:
      return query();
    case Tok::kwTable:
      if (!sqlite_) return query();
      break;
    case Tok::kwWith:
      return with_statement();
    case Tok::kwInsert:
      return insert(kNoNode);
    case Tok::kwReplace:
      return replace(kNoNode);
    case Tok::kwUpdate:
      return update(kNoNode);
    case Tok::kwDelete:
      return delete_statement(kNoNode);
    case Tok::kwBegin:
    case Tok::kwStart:
      return begin_statement();
    case Tok::kwCommit:
    case Tok::kwRollback:
    case Tok::kwEnd:
      return commit_or_rollback();
    case Tok::kwSavepoint:
      return savepoint();
    case Tok::kwRelease:
      return release();
    case Tok::kwSet:
      if (!sqlite_) return set_statement();
      break;
    case Tok::kwUse:
      if (!sqlite_) return use();
      break;
    case Tok::kwShow:
      if (!sqlite_) return show();
      break;
    case Tok::kwDesc:
    case Tok::kwDescribe:
    case Tok::kwExplain:
      return explain();
    case Tok::kwCreate:
      return create();
    case Tok::kwAlter:
      return alter();
    case Tok::kwDrop:
      return drop();
    case Tok::kwTruncate:
      return truncate();
    case Tok::kwRename:
      return rename_table();
    case Tok::kwPragma:
      if (sqlite_) return pragma();
      break;
    default:
      break;
  }
  return other();
}

// WITH ... before SELECT, or in front of a write.
NodeId Parser::with_statement() {
  const NodeId w = with();
  switch (tok()) {
    case Tok::kwInsert:
      if (sqlite_) return insert(w);
      break;
    case Tok::kwReplace:
      if (sqlite_) return replace(w);
      break;
    case Tok::kwUpdate:
      return update(w);
    case Tok::kwDelete:
      return delete_statement(w);
    default:
      break;
  }
  const NodeId q = query_body(1);
  query_tail(q);
  if (q != kNoNode && !failed_) prepend(q, w);
  return q;
}

NodeId Parser::begin_statement() {
  const NodeId b = make(NodeKind::kBegin);
  if (accept(Tok::kwStart)) {
    expect(Tok::kwTransaction);
    const std::uint32_t begin = cur_.begin;
    if (!sqlite_ && (tok() == Tok::kwWith || tok() == Tok::kwRead)) {
      do {
        if (accept(Tok::kwWith)) {
          expect(Tok::kwConsistent);
          expect(Tok::kwSnapshot);
        } else {
          expect(Tok::kwRead);
          if (accept(Tok::kwOnly)) {
            node(b).flags |= kReadOnly;
          } else {
            expect(Tok::kwWrite);
          }
        }
      } while (accept(Tok::kComma));
      append(b, raw_since(begin));
    }
    return finish(b);
  }
  advance();
  if (sqlite_) {
    const std::uint32_t begin = cur_.begin;
    if (accept(Tok::kwDeferred) || accept(Tok::kwImmediate) || accept(Tok::kwExclusive)) {
      append(b, raw_since(begin));
    }
    accept(Tok::kwTransaction);
  } else {
    accept_word("work");
  }
  return finish(b);
}

NodeId Parser::commit_or_rollback() {
  const bool rollback = tok() == Tok::kwRollback;
  if (tok() == Tok::kwEnd && !sqlite_) return other();
  const NodeId c = make(rollback ? NodeKind::kRollback : NodeKind::kCommit);
  advance();
  if (sqlite_) {
    accept(Tok::kwTransaction);
  } else {
    accept(Tok::kwWork);
  }
  if (rollback && accept(Tok::kwTo)) {
    node(c).kind = NodeKind::kRollbackTo;
    accept(Tok::kwSavepoint);
    append(c, name());
    return finish(c);
  }
  if (sqlite_) return finish(c);
  if (accept(Tok::kwAnd)) {
    if (accept(Tok::kwNo)) {
      expect(Tok::kwChain);
    } else {
      expect(Tok::kwChain);
      node(c).flags |= kChain;
    }
  }
  if (accept(Tok::kwNo)) {
    expect(Tok::kwRelease);
  } else if (at(Tok::kwRelease)) {
    node(c).flags |= kOtherForm;  // The server would close the connection.
    advance();
  }
  return finish(c);
}

NodeId Parser::savepoint() {
  const NodeId s = make(NodeKind::kSavepoint);
  advance();
  append(s, name());
  return finish(s);
}

NodeId Parser::release() {
  const NodeId r = make(NodeKind::kReleaseSavepoint);
  advance();
  if (sqlite_) {
    accept(Tok::kwSavepoint);
  } else {
    expect(Tok::kwSavepoint);
  }
  append(r, name());
  return finish(r);
}

NodeId Parser::use() {
  const NodeId u = make(NodeKind::kUse);
  advance();
  append(u, name());
  return finish(u);
}

NodeId Parser::set_statement() {
  const NodeId s = make(NodeKind::kSet);
  advance();
  do {
    const std::uint32_t begin = cur_.begin;
    const Tok word = tok();
    SetScope scope = SetScope::kSession;
    bool scoped = false;
    if ((word == Tok::kwGlobal || word == Tok::kwPersist || word == Tok::kwPersistOnly) &&
        ahead() != Tok::kEqual && ahead() != Tok::kAssign) {
      scope = SetScope::kGlobal;
      scoped = true;
    } else if ((word == Tok::kwSession || word == Tok::kwLocal) && ahead() != Tok::kEqual &&
               ahead() != Tok::kAssign) {
      scoped = true;
    }
    if (scoped) advance();
    if (at(Tok::kwTransaction) && ahead() != Tok::kEqual) {
      const NodeId item = make(NodeKind::kSetItem, begin);
      const SetScope what = !scoped                      ? SetScope::kTransaction
                            : scope == SetScope::kGlobal ? SetScope::kGlobal
                                                         : SetScope::kSessionTransaction;
      node(item).op = static_cast<std::uint8_t>(what);
      append(item, raw_to_end());
      append(s, finish(item));
      return finish(s);
    }
    const NodeId item = set_item(scope);
    node(item).span.begin = begin;
    append(s, item);
  } while (accept(Tok::kComma));
  return finish(s);
}

NodeId Parser::set_item(SetScope scope) {
  const NodeId item = make(NodeKind::kSetItem);
  const auto is = [&](SetScope what) { node(item).op = static_cast<std::uint8_t>(what); };
  is(scope);
  const Tok word = tok();
  const Tok following = ahead();
  const bool assigned = following == Tok::kEqual || following == Tok::kAssign;
  if (word == Tok::kUserVariable) {
    is(SetScope::kUserVariable);
    append(item, leaf(NodeKind::kUserVariable));
  } else if (word == Tok::kSystemVariable) {
    const NodeId v = system_variable();
    const std::string_view text = std::string_view(s_.text_).substr(node(v).span.begin, 9);
    if (text.size() > 4 && (text[2] | 0x20) == 'g' && text.find('.') != text.npos) {
      is(SetScope::kGlobal);
    }
    if (text.size() > 4 && (text[2] | 0x20) == 'p' && text.find('.') != text.npos) {
      is(SetScope::kGlobal);
    }
    append(item, v);
  } else if (word == Tok::kwNames && !assigned) {
    is(SetScope::kNames);
    const std::uint32_t begin = cur_.begin;
    advance();
    if (!accept(Tok::kwDefault)) {
      if (tok() == Tok::kString || tok() == Tok::kwBinary || is_name(tok())) {
        advance();
      } else {
        fail_here("a character set");
      }
      if (accept(Tok::kwCollate)) {
        if (!accept(Tok::kString)) charset_name();
      }
    }
    append(item, raw_since(begin));
    return finish(item);
  } else if ((word == Tok::kwCharacter && following == Tok::kwSet) ||
             (word == Tok::kwCharset && !assigned)) {
    is(SetScope::kCharacterSet);
    const std::uint32_t begin = cur_.begin;
    advance();
    if (word == Tok::kwCharacter) advance();
    if (tok() == Tok::kString || tok() == Tok::kwBinary || tok() == Tok::kwDefault ||
        is_name(tok())) {
      advance();
    } else {
      fail_here("a character set");
    }
    append(item, raw_since(begin));
    return finish(item);
  } else if ((word == Tok::kwPassword || word == Tok::kwRole || word == Tok::kwDefault ||
              word == Tok::kwStatement) &&
             following != Tok::kEqual && following != Tok::kAssign) {
    is(SetScope::kOther);
    append(item, raw_to_end());
    return finish(item);
  } else if (is_name(word)) {
    append(item, leaf(NodeKind::kName));
    while (accept(Tok::kDot)) {
      any_word();
      node(node(item).child).span.end = prev_end_;
    }
  } else {
    fail_here("a variable");
    return item;
  }
  if (!accept(Tok::kAssign)) expect(Tok::kEqual);
  // Bare words that are no expressions: ON, ALL, BINARY, DEFAULT, ROW.
  if (tok() == Tok::kwOn || tok() == Tok::kwAll || tok() == Tok::kwSystem ||
      (tok() == Tok::kwBinary &&
       (ahead() == Tok::kEnd || ahead() == Tok::kComma || ahead() == Tok::kSemicolon)) ||
      (tok() == Tok::kwRow && ahead() != Tok::kLeftParen)) {
    append(item, leaf(NodeKind::kRaw));
  } else if (tok() == Tok::kwDefault && ahead() != Tok::kLeftParen) {
    append(item, leaf(NodeKind::kDefault));
  } else {
    append(item, expression());
  }
  return finish(item);
}

NodeId Parser::show() {
  const NodeId s = make(NodeKind::kShow);
  advance();
  const std::uint32_t begin = cur_.begin;
  ShowKind kind = ShowKind::kOther;
  bool table = false;
  if (tok() == Tok::kwFull || tok() == Tok::kwExtended) advance();
  if (tok() == Tok::kwFull) advance();
  if (tok() == Tok::kwGlobal || tok() == Tok::kwSession || tok() == Tok::kwLocal) advance();
  switch (tok()) {
    case Tok::kwTables:
      kind = ShowKind::kTables;
      break;
    case Tok::kwColumns:
    case Tok::kwFields:
      kind = ShowKind::kColumns;
      table = true;
      break;
    case Tok::kwIndex:
    case Tok::kwIndexes:
    case Tok::kwKeys:
      kind = ShowKind::kIndexes;
      table = true;
      break;
    case Tok::kwCreate:
      if (ahead() == Tok::kwTable) {
        kind = ShowKind::kCreateTable;
        table = true;
      }
      break;
    case Tok::kwWarnings:
      kind = ShowKind::kWarnings;
      break;
    case Tok::kwVariables:
      kind = ShowKind::kVariables;
      break;
    case Tok::kwDatabases:
    case Tok::kwSchemas:
      kind = ShowKind::kDatabases;
      break;
    case Tok::kEnd:
      fail_here("what to show");
      break;
    default:
      break;
  }
  node(s).op = static_cast<std::uint8_t>(kind);
  if (table) {
    advance();
    if (!accept(Tok::kwFrom) && !accept(Tok::kwIn)) expect(Tok::kwTable);
    append(s, plain_table_ref());
  }
  skip_to_end();
  append(s, raw_since(begin));
  return finish(s);
}

// EXPLAIN statement, and DESCRIBE table, of which each word will do for both in MySQL.
NodeId Parser::explain() {
  const NodeId e = make(NodeKind::kExplain);
  advance();
  if (sqlite_) {
    if (accept(Tok::kwQuery)) expect(Tok::kwPlan);
    if (tok() == Tok::kwExplain) fail_here("a statement");
    append(e, statement());
    return finish(e);
  }
  for (bool more = true; more;) {
    more = false;
    if (accept(Tok::kwAnalyze) ||
        (tok() == Tok::kwExtended && ahead() != Tok::kEnd && accept(Tok::kwExtended)) ||
        (tok() == Tok::kwPartitions && ahead() != Tok::kEnd && accept(Tok::kwPartitions))) {
      more = true;
    } else if (tok() == Tok::kwFormat && ahead() == Tok::kEqual) {
      advance();
      advance();
      if (!accept(Tok::kString)) any_word();
      more = true;
    }
  }
  switch (tok()) {
    case Tok::kwSelect:
    case Tok::kwWith:
    case Tok::kwValues:
    case Tok::kwTable:
    case Tok::kLeftParen:
    case Tok::kwInsert:
    case Tok::kwReplace:
    case Tok::kwUpdate:
    case Tok::kwDelete:
      append(e, statement());
      return finish(e);
    case Tok::kwFor:
      advance();
      expect(Tok::kwConnection);
      if (!accept(Tok::kParameter)) expect(Tok::kInteger);
      return finish(e);
    default:
      break;
  }
  node(e).kind = NodeKind::kDescribe;
  append(e, plain_table_ref());
  if (tok() == Tok::kString || is_name(tok())) append(e, leaf(NodeKind::kRaw));
  return finish(e);
}

NodeId Parser::pragma() {
  const NodeId p = make(NodeKind::kPragma);
  advance();
  const std::uint32_t begin = cur_.begin;
  name();
  if (accept(Tok::kDot)) name();
  if (accept(Tok::kEqual)) {
    if (tok() == Tok::kMinus || tok() == Tok::kPlus) advance();
    if (tok() == Tok::kEnd || tok() == Tok::kRightParen || tok() == Tok::kLeftParen) {
      fail_here("a value");
    } else {
      advance();
    }
  } else if (at(Tok::kLeftParen)) {
    skip_parens();
  }
  append(p, raw_since(begin));
  return finish(p);
}

// A statement that is known and not routed: its words only, with parentheses balanced.
NodeId Parser::other() {
  static constexpr Tok kKnown[] = {
      Tok::kwAlter,    Tok::kwAnalyze,    Tok::kwAttach,  Tok::kwBinlog,   Tok::kwCache,
      Tok::kwCall,     Tok::kwChange,     Tok::kwCheck,   Tok::kwChecksum, Tok::kwClone,
      Tok::kwCreate,   Tok::kwDeallocate, Tok::kwDetach,  Tok::kwDo,       Tok::kwDrop,
      Tok::kwExecute,  Tok::kwFlush,      Tok::kwGet,     Tok::kwGrant,    Tok::kwHandler,
      Tok::kwHelp,     Tok::kwImport,     Tok::kwInstall, Tok::kwKill,     Tok::kwLoad,
      Tok::kwLock,     Tok::kwOptimize,   Tok::kwPrepare, Tok::kwPurge,    Tok::kwReindex,
      Tok::kwRename,   Tok::kwRepair,     Tok::kwReset,   Tok::kwResignal, Tok::kwRestart,
      Tok::kwRevoke,   Tok::kwShutdown,   Tok::kwSignal,  Tok::kwSlave,    Tok::kwStop,
      Tok::kwTruncate, Tok::kwUninstall,  Tok::kwUnlock,  Tok::kwVacuum,   Tok::kwXa,
  };
  bool known = false;
  for (const Tok t : kKnown) known = known || tok() == t;
  if (!known) {
    fail_here("a statement");
    return kNoNode;
  }
  const bool creates = tok() == Tok::kwCreate || tok() == Tok::kwAlter || tok() == Tok::kwDrop;
  const NodeId o = make(NodeKind::kOther);
  append(o, leaf(NodeKind::kName));
  if (tok() == Tok::kEnd || tok() == Tok::kSemicolon) {
    if (creates) fail_here("what to create");
    return finish(o);
  }
  if (creates && !creates_something(tok())) {
    fail_here("what to create");
    return o;
  }
  bool body = false;
  while (creates && !body && (is_keyword(tok()) || tok() == Tok::kIdent)) {
    // A routine's or trigger's body is a statement, or a block of statements.
    const Tok t = tok();
    if (t == Tok::kwProcedure || t == Tok::kwFunction || t == Tok::kwTrigger || t == Tok::kwEvent) {
      body = true;
    } else if (t != Tok::kwOr && t != Tok::kwReplace && t != Tok::kwTemp && t != Tok::kwTemporary &&
               t != Tok::kwDefiner && t != Tok::kwAggregate) {
      break;
    }
    advance();
    if (t == Tok::kwDefiner) {  // = user@host
      expect(Tok::kEqual);
      advance();
      if (tok() == Tok::kUserVariable || tok() == Tok::kLeftParen) advance();
      if (tok() == Tok::kRightParen) advance();
    }
  }
  if (body) {
    skip_compound();
  } else {
    skip_to_end();
  }
  return finish(o);
}

// To the end of a routine, a trigger or an event: `;` separates statements inside of BEGIN, IF,
// CASE, LOOP, REPEAT and WHILE, each of which must be closed by its END.
void Parser::skip_compound() {
  std::uint32_t depth = 0;
  Tok before = Tok::kEnd;
  while (tok() != Tok::kEnd && (depth > 0 || tok() != Tok::kSemicolon)) {
    const Tok t = tok();
    if (t == Tok::kLeftParen) {
      skip_parens();
      before = Tok::kRightParen;
      continue;
    }
    if (t == Tok::kRightParen || is_error(t)) {
      fail_here("the end of the statement");
      return;
    }
    if (t == Tok::kParameter) {
      parameter();
      before = t;
      continue;
    }
    const bool starts = before == Tok::kSemicolon || before == Tok::kwBegin ||
                        before == Tok::kwThen || before == Tok::kwElse || before == Tok::kwDo ||
                        before == Tok::kColon || before == Tok::kwLoop || before == Tok::kwRepeat ||
                        (depth == 0 && before == Tok::kRightParen);
    advance();
    if (t == Tok::kwEnd) {
      if (depth == 0) {
        // CREATE EVENT ... ENDS is another word; a lone END closes nothing.
        fail_here("the end of the statement");
        return;
      }
      --depth;
      if (tok() == Tok::kwIf || tok() == Tok::kwCase || tok() == Tok::kwLoop ||
          tok() == Tok::kwRepeat || tok() == Tok::kwWhile || tok() == Tok::kwFor) {
        advance();
      }
    } else if (t == Tok::kwBegin || t == Tok::kwCase) {
      ++depth;
    } else if (!sqlite_ && starts &&
               (t == Tok::kwIf || t == Tok::kwLoop || t == Tok::kwWhile ||
                (t == Tok::kwRepeat && tok() != Tok::kLeftParen))) {
      ++depth;
    }
    before = t;
  }
  if (depth > 0) fail_here("END");
}

}  // namespace pando::sql
