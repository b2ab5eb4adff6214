#include "router/sql/parser.h"

#include <algorithm>
#include <utility>

#include "pando/names.h"
#include "router/sql/parser_impl.h"

namespace pando::sql {
namespace {

// How a token's text is shown in a message; literals may hold what is not ours to repeat.
std::string quoted_text(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string out = "`";
  for (const char c : text.substr(0, kLongest)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '.' : c;
  }
  // Do not end within a UTF-8 sequence.
  if (text.size() > kLongest) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
    if (static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
    out += "...";
  }
  return out + "`";
}

}  // namespace

Parser::Parser(Statement* statement, std::string text, const ParseOptions& options, bool diagnose)
    : s_(*statement),
      options_(options),
      lexer_((s_.text_ = std::move(text)), options),
      depth_limit_(std::min(options.max_depth, kStackDepth)),
      sqlite_(options.dialect == Dialect::kSqlite),
      diagnose_(diagnose) {
  s_.options_ = options;
}

bool Parser::run() {
  if (s_.text_.size() > options_.max_bytes) {
    fail(ErrorCode::kStatementTooLong,
         "The statement has " + std::to_string(s_.text_.size()) +
             " bytes; limits.statement_bytes is " + std::to_string(options_.max_bytes) + ".",
         {});
    return false;
  }
  // A guess that holds for most statements: a node for each two bytes of a short text.
  const std::size_t size = s_.text_.size();
  s_.nodes_.reserve(size < 1024 ? 12 + size / 2 : size / 4);
  s_.nodes_.append(Node{});
  cur_ = lexer_.next(&notes_);
  next_ = lexer_.next(&notes_);
  s_.root_ = statement();
  const std::uint32_t end = prev_end_;
  const bool semicolon = !failed_ && accept(Tok::kSemicolon);
  if (!failed_ && tok() != Tok::kEnd) {
    if (is_error(tok())) {
      fail_here({});
    } else {
      at(Tok::kEnd);
      fail_here({});
      code_ = ErrorCode::kTrailingText;
      after_semicolon_ = semicolon;
    }
  }
  if (!failed_) check_depth();
  if (failed_) return false;
  s_.hints_ = std::move(notes_.hints);
  s_.has_versioned_comment_ = notes_.versioned_comment;
  trim(end, semicolon);
  return true;
}

// Takes the semicolon, and the white space and comments after it, off the end. Text before the
// statement stays, so that spans remain those of the given text.
void Parser::trim(std::uint32_t end, bool semicolon) {
  std::string& text = s_.text_;
  if (semicolon) text.resize(text.find(';', end));
  std::size_t size = text.size();
  while (size > end && is_blank(text[size - 1])) --size;
  text.resize(size);
}

// The tree may be deeper than the recursion that made it, by its left-associative chains. Counts
// the levels exactly only if there could be too many.
void Parser::check_depth() {
  constexpr std::uint32_t kNodesPerRecursion = 6;
  if (deepest_ * kNodesPerRecursion + wraps_ <= options_.max_depth) return;
  std::vector<NodeId> path{s_.root_};
  while (!path.empty()) {
    if (path.size() > options_.max_depth) {
      fail(ErrorCode::kTooDeep,
           "The statement is nested deeper than limits.depth, which is " +
               std::to_string(options_.max_depth) + ".",
           node(path.back()).span);
      return;
    }
    if (node(path.back()).child != kNoNode) {
      path.push_back(node(path.back()).child);
      continue;
    }
    while (!path.empty() && node(path.back()).next == kNoNode) path.pop_back();
    if (!path.empty()) path.back() = node(path.back()).next;
  }
}

void Parser::fail_depth() {
  fail(ErrorCode::kTooDeep,
       "The statement is nested deeper than limits.depth, which is " +
           std::to_string(depth_limit_) + ".",
       {cur_.begin, cur_.end});
}

void Parser::fail_items() {
  fail(ErrorCode::kTooManyItems,
       "A list in the statement has more than limits.list_items members, which is " +
           std::to_string(options_.max_list_items) + ".",
       {cur_.begin, cur_.end});
}

void Parser::note(std::string_view expected) {
  if (expected.empty() || failed_) return;
  if (noted_at_ != cur_.begin) {
    noted_.clear();
    noted_at_ = cur_.begin;
  }
  if (std::find(noted_.begin(), noted_.end(), expected) == noted_.end()) noted_.push_back(expected);
}

void Parser::fail_here(std::string_view expected) {
  if (failed_) return;
  if (diagnose_) note(expected);
  ErrorCode code = ErrorCode::kSyntax;
  if (cur_.kind == Tok::kBadText) code = ErrorCode::kBadText;
  error_token_ = cur_;
  fail(code, {}, {cur_.begin, cur_.end});
}

void Parser::fail(ErrorCode code, std::string message, Span span) {
  if (failed_) return;
  failed_ = true;
  code_ = code;
  message_ = std::move(message);
  error_span_ = span;
  lexer_.stop();
  cur_ = next_ = Token{span.begin, span.begin, Tok::kEnd};
}

Error Parser::error() {
  const ErrorSpan span{error_span_.begin, error_span_.end};
  if (!message_.empty()) return Error(code_, message_).with_span(span.begin, span.end);
  const std::string_view text(s_.text_);
  const std::string_view before = text.substr(0, span.begin);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::string_view line_start =
      newline == std::string_view::npos ? before : before.substr(newline + 1);
  const auto column = 1 + std::count_if(line_start.begin(), line_start.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                      });
  std::string message =
      "line " + std::to_string(line) + ", column " + std::to_string(column) + ": found ";
  const Tok kind = error_token_.kind;
  switch (kind) {
    case Tok::kIdent:
    case Tok::kQuotedIdent:
    case Tok::kUserVariable:
    case Tok::kBadCharacter:
      message += quoted_text(text.substr(span.begin, span.end - span.begin));
      break;
    default:
      message += is_keyword(kind) ? to_upper(token_name(kind)) : std::string(token_name(kind));
  }
  if (kind == Tok::kNamedParameter) {
    message += "; Pando takes only plain `?`, numbered by their order";
  } else if (!is_error(kind) && !noted_.empty()) {
    constexpr std::size_t kShown = 8;
    message += " where ";
    // The place that was noted last is where parsing stopped; the more general wishes come last.
    std::vector<std::string_view> wanted(noted_.rbegin(), noted_.rend());
    // Where FROM may stand, it is what is missing most often; or the comma before the next item.
    const std::string_view from = token_name(Tok::kwFrom);
    if (std::find(wanted.begin(), wanted.end(), from) != wanted.end()) {
      std::stable_partition(wanted.begin(), wanted.end(), [from](std::string_view what) {
        return what == from || what == token_name(Tok::kComma);
      });
    }
    const std::size_t n = std::min(wanted.size(), kShown);
    for (std::size_t i = 0; i < n; ++i) {
      if (i > 0) message += i + 1 == n && wanted.size() == n ? " or " : ", ";
      const bool word = !wanted[i].empty() && wanted[i].find(' ') == std::string_view::npos &&
                        wanted[i][0] != '`';
      message += word ? to_upper(wanted[i]) : std::string(wanted[i]);
    }
    if (wanted.size() > n) message += " or the like";
    message += " was expected";
  }
  Error error(code_, std::move(message));
  const bool first = before.find_first_not_of(" \t\r\n") == before.npos;
  if (first && to_upper(text.substr(span.begin, span.end - span.begin)) == "DELIMITER") {
    return std::move(error)
        .with_span(span.begin, span.end)
        .with_remedy(
            "DELIMITER is a command of MySQL's clients, and no SQL. Leave it out: where a CREATE "
            "TRIGGER of SQLite ends is known without it.");
  }
  if (code_ == ErrorCode::kTrailingText && !after_semicolon_) {
    return std::move(error)
        .with_span(span.begin, span.end)
        .with_remedy(error_info(ErrorCode::kSyntax).remedy);
  }
  return std::move(error).with_span(span.begin, span.end);
}

Result<Statement> parse(std::string text, const ParseOptions& options) {
  Result<Statement> result(tl::in_place);
  Parser parser(&*result, std::move(text), options, false);
  if (parser.run()) [[likely]]
    return result;
  if (!parser.wants_diagnosis()) {
    result = fail(parser.error());
    return result;
  }
  Statement diagnosed;
  Parser again(&diagnosed, parser.take_text(), options, true);
  again.run();
  result = fail(again.error());
  return result;
}

}  // namespace pando::sql
