#include "cli/shape_text.h"

#include "router/sql/lexer.h"

namespace pando::cli {

namespace {

using sql::Tok;

bool is_literal(Tok kind) {
  switch (kind) {
    case Tok::kInteger:
    case Tok::kDecimal:
    case Tok::kFloat:
    case Tok::kHex:
    case Tok::kBit:
    case Tok::kString:
    case Tok::kNational:
    case Tok::kParameter:
      return true;
    default:
      return false;
  }
}

// Cuts what repeats at the end of `text`: "?, ?" to "?, ..." and "(?), (?)" to "(?), ...".
class Folder {
 public:
  explicit Folder(std::string& text) : text_(text) {}

  void literal() {
    if (text_.ends_with("?, ")) {
      text_ += "...";
    } else if (text_.ends_with("?, ..., ")) {
      text_.resize(text_.size() - 2);
    } else {
      text_ += '?';
    }
  }

  void open(std::size_t depth) {
    if (depth < kDepth) starts_[depth] = text_.size();
  }

  // A group in parentheses has been closed: if it is the same as the one before, it is cut.
  void close(std::size_t depth) {
    if (depth >= kDepth) return;
    const std::size_t start = starts_[depth];
    const std::string_view group = std::string_view(text_).substr(start);
    const std::string_view before = std::string_view(text_).substr(0, start);
    constexpr std::string_view kMore = ", ..., ";
    if (before.ends_with(kMore)) {
      const std::string_view last = before.substr(0, before.size() - kMore.size());
      if (last.ends_with(group)) text_.resize(start - 2);
    } else if (before.ends_with(", ") && before.substr(0, before.size() - 2).ends_with(group)) {
      text_.replace(start, std::string::npos, "...");
    }
  }

 private:
  static constexpr std::size_t kDepth = 8;  // Deeper groups are left as they are.
  std::string& text_;
  std::size_t starts_[kDepth] = {};
};

}  // namespace

std::string shape_text(std::string_view sql, const sql::ParseOptions& options, std::size_t limit) {
  sql::Lexer lexer(sql, options);
  std::string text;
  Folder folder(text);
  std::size_t depth = 0;
  std::uint32_t last_end = 0;
  while (true) {
    const sql::Token token = lexer.next();
    if (token.kind == Tok::kEnd || token.kind == Tok::kSemicolon) break;
    if (sql::is_error(token.kind)) {
      text += " ...";  // What is wrong may be a value.
      break;
    }
    const bool after_comma = text.ends_with(',');
    if (after_comma || (token.begin > last_end && !text.empty() && !text.ends_with('('))) {
      if (token.kind != Tok::kComma && token.kind != Tok::kRightParen) text += ' ';
    }
    last_end = token.end;
    if (token.kind == Tok::kLeftParen) folder.open(depth++);
    if (is_literal(token.kind)) {
      folder.literal();
    } else {
      text += sql.substr(token.begin, token.end - token.begin);
    }
    if (token.kind == Tok::kRightParen && depth > 0) folder.close(--depth);
    if (text.size() > limit) {
      text.resize(limit);
      text += " ...";
      break;
    }
  }
  return text;
}

}  // namespace pando::cli
