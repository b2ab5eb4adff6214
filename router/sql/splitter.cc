#include "router/sql/splitter.h"

#include <utility>

#include "pando/names.h"
#include "router/sql/lexer.h"

namespace pando::sql {
namespace {

bool is_word(char c) {
  return is_name_char(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

void Splitter::feed(std::string_view piece) {
  if (!error_) buffer_ += piece;
}

void Splitter::finish() { finished_ = true; }

std::optional<Splitter::Piece> Splitter::next() {
  while (!error_ && step()) {
    if (piece_) return std::exchange(piece_, std::nullopt);
    if (start_ != std::string::npos && pos_ - start_ > options_.max_bytes) {
      error_ = Error(ErrorCode::kStatementTooLong,
                     "The statement that begins on line " + std::to_string(start_line_) +
                         " has more than " + std::to_string(options_.max_bytes) +
                         " bytes, which is limits.statement_bytes.");
    }
  }
  if (error_) {
    buffer_.clear();
    pos_ = 0;
  } else {
    forget();
  }
  return std::nullopt;
}

bool Splitter::empty() const {
  if (content_ || inside_ == Inside::kBlockComment) return false;
  for (std::size_t i = pos_; i < buffer_.size(); ++i) {
    if (!is_blank(buffer_[i])) return false;
  }
  return true;
}

// Keeps the unfinished statement at the front of the buffer.
void Splitter::forget() {
  const std::size_t used = start_ == std::string::npos ? pos_ : start_;
  if (used == 0) return;
  buffer_.erase(0, used);
  pos_ -= used;
  if (start_ != std::string::npos) start_ = 0;
}

void Splitter::move(std::size_t bytes) {
  for (; bytes > 0 && pos_ < buffer_.size(); --bytes) {
    if (buffer_[pos_++] == '\n') ++line_;
  }
}

void Splitter::begin_statement() {
  if (start_ != std::string::npos) return;
  start_ = pos_;
  start_line_ = line_;
}

void Splitter::content(Trigger trigger) {
  begin_statement();
  content_ = true;
  trigger_ = trigger;
}

// The statement ends before pos_; the delimiter, if any, stands there.
void Splitter::end_statement(std::size_t delimiter_bytes) {
  if (content_) {
    std::size_t end = pos_;
    while (end > start_ && is_blank(buffer_[end - 1])) --end;
    piece_ = Piece{buffer_.substr(start_, end - start_), start_line_};
  }
  move(delimiter_bytes);
  start_ = std::string::npos;
  content_ = false;
  versioned_ = 0;
  trigger_ = Trigger::kStart;
  // What was taken out goes once in a while, so that a long script costs no quadratic time.
  constexpr std::size_t kEnough = 64 * 1024;
  if (pos_ > kEnough && pos_ > buffer_.size() / 2) forget();
}

bool Splitter::step() {
  if (pos_ == buffer_.size()) {
    if (finished_ && start_ != std::string::npos) {
      end_statement(0);
      return piece_.has_value();
    }
    return false;
  }
  switch (inside_) {
    case Inside::kNothing:
      return step_code();
    case Inside::kLineComment:
    case Inside::kBlockComment:
      return step_comment();
    default:
      return step_quoted();
  }
}

bool Splitter::step_quoted() {
  const char close = inside_ == Inside::kSingleQuote   ? '\''
                     : inside_ == Inside::kDoubleQuote ? '"'
                     : inside_ == Inside::kBacktick    ? '`'
                                                       : ']';
  const bool escapes = options_.dialect == Dialect::kMySql && !options_.no_backslash_escapes &&
                       (close == '\'' || (close == '"' && !options_.ansi_quotes));
  while (pos_ < buffer_.size()) {
    const char c = at(0);
    if (c == '\\' && escapes) {
      if (!has(2)) return false;
      move(2);
      continue;
    }
    // A doubled quote closes and opens again, which comes to the same.
    move(1);
    if (c == close) {
      inside_ = Inside::kNothing;
      return true;
    }
  }
  return true;
}

bool Splitter::step_comment() {
  if (inside_ == Inside::kLineComment) {
    while (pos_ < buffer_.size()) {
      if (at(0) == '\n') {
        inside_ = Inside::kNothing;
        return true;
      }
      move(1);
    }
    return true;
  }
  while (pos_ < buffer_.size()) {
    if ((at(0) == '*' || at(0) == '/') && !has(2)) return false;
    if (at(0) == '*' && at(1) == '/') {
      move(2);
      if (nested_ > 0) {
        --nested_;
        continue;
      }
      inside_ = Inside::kNothing;
      return true;
    }
    if (nests_ && at(0) == '/' && at(1) == '*') {
      move(2);
      ++nested_;
      continue;
    }
    move(1);
  }
  return true;
}

bool Splitter::open_comment() {
  const bool mysql = options_.dialect == Dialect::kMySql;
  // The longest header is /*M!100100.
  if (!has(10)) return false;
  const bool m = mysql && options_.mariadb && at(2) == 'M' && at(3) == '!';
  nests_ = false;
  nested_ = 0;
  if (mysql && (at(2) == '!' || m)) {
    content(trigger_);
    const std::size_t version = m ? 4 : 3;
    std::size_t header = 0;
    const std::string_view rest = std::string_view(buffer_).substr(pos_);
    const std::string_view digits =
        rest.size() < version ? std::string_view() : rest.substr(version);
    if (runs_versioned_comment(digits, m, options_, &header)) {
      ++versioned_;
      move(version + header);
      return true;
    }
    nests_ = true;
  } else if (at(2) == '+') {
    begin_statement();  // A hint in front of a statement belongs to it.
  }
  inside_ = Inside::kBlockComment;
  move(2);
  return true;
}

bool Splitter::ends_here() const {
  if (versioned_ > 0) return false;
  if (trigger_ == Trigger::kBody || trigger_ == Trigger::kSemicolon) return false;
  return std::string_view(buffer_).substr(pos_, delimiter_.size()) == delimiter_;
}

bool Splitter::step_code() {
  const bool mysql = options_.dialect == Dialect::kMySql;
  const char c = at(0);
  if (is_blank(c)) {
    move(1);
    return true;
  }
  if (!has(delimiter_.size()) && c == delimiter_[0]) return false;
  if (ends_here()) {
    end_statement(delimiter_.size());
    return true;
  }
  if (is_word(c)) return word();
  if (c == '/' || c == '-' || c == '*') {
    if (!has(3)) return false;
    if (c == '/' && at(1) == '*') return open_comment();
    const bool spaced =
        pos_ + 2 >= buffer_.size() || is_blank(at(2)) || (static_cast<unsigned char>(at(2)) < 0x20);
    if (c == '-' && at(1) == '-' && (!mysql || spaced)) {
      inside_ = Inside::kLineComment;
      return true;
    }
    if (c == '*' && at(1) == '/' && versioned_ > 0) {
      --versioned_;
      move(2);
      return true;
    }
  }
  if (c == '#' && mysql) {
    inside_ = Inside::kLineComment;
    return true;
  }
  if (c == ';' && (trigger_ == Trigger::kBody || trigger_ == Trigger::kSemicolon)) {
    content(Trigger::kSemicolon);
    move(1);
    return true;
  }
  content(trigger_ == Trigger::kSemicolon || trigger_ == Trigger::kBody || trigger_ == Trigger::kEnd
              ? Trigger::kBody
              : Trigger::kNo);
  switch (c) {
    case '\'':
      inside_ = Inside::kSingleQuote;
      break;
    case '"':
      inside_ = Inside::kDoubleQuote;
      break;
    case '`':
      inside_ = Inside::kBacktick;
      break;
    case '[':
      if (!mysql) inside_ = Inside::kBracket;
      break;
    default:
      break;
  }
  move(1);
  return true;
}

// A word, whole: DELIMITER at the start of a statement, or one that makes a trigger in SQLite.
bool Splitter::word() {
  const bool fresh = !content_;
  begin_statement();
  std::size_t size = 0;
  while (pos_ + size < buffer_.size() && is_word(buffer_[pos_ + size])) ++size;
  // Wait for its end, unless it is too long to be a word that matters.
  constexpr std::size_t kLongest = 64;
  if (pos_ + size == buffer_.size() && !finished_ && size < kLongest) return false;
  const std::string_view text = std::string_view(buffer_).substr(pos_, size);
  if (options_.dialect == Dialect::kMySql) {
    const char following = pos_ + size < buffer_.size() ? buffer_[pos_ + size] : '\n';
    if (fresh && is_blank(following) && same_name(text, "delimiter")) return delimiter_line();
    content(Trigger::kNo);
    move(size);
    return true;
  }
  Trigger after = Trigger::kNo;
  switch (trigger_) {
    case Trigger::kStart:
      after = same_name(text, "create")    ? Trigger::kCreate
              : same_name(text, "explain") ? Trigger::kExplain
                                           : Trigger::kNo;
      break;
    case Trigger::kExplain:
      after = same_name(text, "create")                             ? Trigger::kCreate
              : same_name(text, "query") || same_name(text, "plan") ? Trigger::kExplain
                                                                    : Trigger::kNo;
      break;
    case Trigger::kCreate:
      after = same_name(text, "temp") || same_name(text, "temporary") ? Trigger::kCreate
              : same_name(text, "trigger")                            ? Trigger::kBody
                                                                      : Trigger::kNo;
      break;
    case Trigger::kSemicolon:
      after = same_name(text, "end") ? Trigger::kEnd : Trigger::kBody;
      break;
    case Trigger::kBody:
    case Trigger::kEnd:
      after = Trigger::kBody;
      break;
    case Trigger::kNo:
      break;
  }
  content(after);
  move(size);
  return true;
}

bool Splitter::delimiter_line() {
  std::size_t end = buffer_.find('\n', pos_);
  if (end == std::string::npos) {
    if (!finished_) return false;
    end = buffer_.size();
  }
  std::string_view rest = std::string_view(buffer_).substr(pos_, end - pos_);
  rest.remove_prefix(std::string_view("delimiter").size());
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  std::size_t size = 0;
  while (size < rest.size() && !is_blank(rest[size])) ++size;
  if (size > 0) delimiter_ = rest.substr(0, size);
  move(end - pos_);
  start_ = std::string::npos;
  content_ = false;
  return true;
}

}  // namespace pando::sql
