// Names, aliases, types, and text that is passed over.

#include "pando/names.h"
#include "router/sql/charsets.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {

bool Parser::at_word(std::string_view word) {
  if (tok() == Tok::kIdent || is_keyword(tok())) {
    const std::string_view text = token_text();
    if (text.size() == word.size()) {
      bool same = true;
      for (std::size_t i = 0; i < word.size() && same; ++i) {
        same = lower_ascii(text[i]) == word[i];
      }
      if (same) return true;
    }
  }
  if (diagnose_) note(word);
  return false;
}

bool Parser::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  advance();
  return true;
}

Tok Parser::peek(int n) const {
  if (n == 0) return cur_.kind;
  if (n == 1) return next_.kind;
  Lexer look = lexer_;
  Tok kind = next_.kind;
  for (int i = 1; i < n && kind != Tok::kEnd; ++i) kind = look.next().kind;
  return kind;
}

NodeId Parser::name() {
  if (!is_name(tok())) {
    fail_here("a name");
    return kNoNode;
  }
  return leaf(NodeKind::kName);
}

NodeId Parser::any_word() {
  if (tok() != Tok::kIdent && tok() != Tok::kQuotedIdent && !is_keyword(tok())) {
    fail_here("a name");
    return kNoNode;
  }
  return leaf(NodeKind::kName);
}

// A collation's or character set's name; a string, and the word BINARY, will do in MySQL.
NodeId Parser::charset_name() {
  if (!sqlite_ && (tok() == Tok::kString || tok() == Tok::kwBinary || tok() == Tok::kwDefault)) {
    return leaf(NodeKind::kName);
  }
  return name();
}

// [schema.]table; after a dot every word is a name. MySQL also takes `.table`.
NodeId Parser::table_name() {
  const NodeId t = make(NodeKind::kTableName);
  if (!sqlite_ && tok() == Tok::kDot) {
    advance();
    append(t, any_word());
    return finish(t);
  }
  if (!is_name(tok())) {
    fail_here("a table's name");
    return t;
  }
  append(t, leaf(NodeKind::kName));
  if (accept(Tok::kDot)) append(t, any_word());
  return finish(t);
}

NodeId Parser::plain_table_ref() {
  const NodeId ref = make(NodeKind::kTableRef);
  append(ref, table_name());
  return finish(ref);
}

NodeId Parser::column_name() {
  const NodeId c = make(NodeKind::kColumn);
  append(c, name());
  for (int parts = 1; parts < 3 && accept(Tok::kDot); ++parts) append(c, any_word());
  return finish(c);
}

NodeId Parser::name_list(NodeKind list, NodeKind member) {
  const NodeId l = make(list);
  expect(Tok::kLeftParen);
  std::uint32_t n = 0;
  do {
    count_item(&n);
    append(l, member == NodeKind::kColumn ? column_name() : name());
  } while (accept(Tok::kComma));
  expect(Tok::kRightParen);
  return finish(l);
}

// [AS] name. `strings`: 'name' will do as well.
NodeId Parser::alias(bool strings) {
  const std::uint32_t begin = cur_.begin;
  const bool as = accept(Tok::kwAs);
  const bool string = strings && tok() == Tok::kString;
  if (!as && !string && !is_bare_alias(tok())) return kNoNode;
  const NodeId a = make(NodeKind::kAlias, begin);
  append(a, string ? string_literal() : name());
  return finish(a);
}

// A data type: its name, its length or members, its attributes.
NodeId Parser::type_name() {
  const NodeId t = make(NodeKind::kTypeName);
  if (sqlite_) {
    // Any words, then up to two signed numbers in parentheses.
    if (!is_name(tok())) fail_here("a data type");
    while (is_name(tok()) && tok() != Tok::kwGenerated && tok() != Tok::kwAlways) advance();
    if (tok() == Tok::kLeftParen) skip_parens();
    return finish(t);
  }
  if (tok() != Tok::kIdent && !is_keyword(tok())) {
    fail_here("a data type");
    return t;
  }
  const Tok first = tok();
  switch (first) {
    case Tok::kwDouble:
      advance();
      accept(Tok::kwPrecision);
      break;
    case Tok::kwNational:
      advance();
      if (!accept(Tok::kwChar) && !accept(Tok::kwCharacter) && !accept(Tok::kwVarchar)) {
        expect(Tok::kwVarcharacter);
      }
      accept(Tok::kwVarying);
      break;
    case Tok::kwChar:
    case Tok::kwCharacter:
    case Tok::kwNchar:
      advance();
      if (!accept(Tok::kwVarying)) accept(Tok::kwVarchar);
      break;
    case Tok::kwLong:
      advance();
      if (!accept(Tok::kwVarbinary) && !accept(Tok::kwVarcharacter)) {
        if (accept(Tok::kwChar) || accept(Tok::kwCharacter)) {
          expect(Tok::kwVarying);
        } else {
          accept(Tok::kwVarchar);
        }
      }
      break;
    case Tok::kwSigned:
    case Tok::kwUnsigned:
      advance();
      if (!accept(Tok::kwInteger)) accept(Tok::kwInt);
      break;
    case Tok::kwSelect:
    case Tok::kwFrom:
    case Tok::kwWhere:
    case Tok::kwAs:
      fail_here("a data type");
      return t;
    default:
      advance();
      break;
  }
  if (tok() == Tok::kLeftParen) skip_parens();
  for (;;) {
    if (accept(Tok::kwUnsigned) || accept(Tok::kwSigned) || accept(Tok::kwZerofill) ||
        accept(Tok::kwBinary) || accept(Tok::kwArray) || accept(Tok::kwAscii) ||
        accept(Tok::kwUnicode) || accept(Tok::kwByte)) {
      continue;
    }
    if (tok() == Tok::kwCharset ||
        ((tok() == Tok::kwCharacter || tok() == Tok::kwChar) && ahead() == Tok::kwSet)) {
      if (tok() != Tok::kwCharset) advance();
      advance();
      charset_name();
      continue;
    }
    return finish(t);
  }
}

void Parser::skip_parens() {
  expect(Tok::kLeftParen);
  for (std::uint32_t depth = 1; depth > 0;) {
    switch (tok()) {
      case Tok::kLeftParen:
        ++depth;
        break;
      case Tok::kRightParen:
        --depth;
        break;
      case Tok::kEnd:
        fail_here("`)`");
        return;
      case Tok::kParameter:
        parameter();
        continue;
      default:
        if (is_error(tok())) {
          fail_here("`)`");
          return;
        }
        break;
    }
    advance();
  }
}

void Parser::skip_to_end() {
  while (tok() != Tok::kEnd && tok() != Tok::kSemicolon) {
    if (tok() == Tok::kLeftParen) {
      skip_parens();
    } else if (tok() == Tok::kParameter) {
      parameter();
    } else if (tok() == Tok::kRightParen || is_error(tok())) {
      fail_here("the end of the statement");
    } else {
      advance();
    }
  }
}

NodeId Parser::raw_to_end() {
  const std::uint32_t begin = cur_.begin;
  skip_to_end();
  return raw_since(begin);
}

}  // namespace pando::sql
