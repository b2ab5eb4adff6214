#include "router/sql/statement.h"

#include "pando/names.h"

namespace pando::sql {
namespace {

// What a backslash and `c` stand for in a MySQL string. \% and \_ keep their backslash.
void append_escape(std::string* out, char c) {
  switch (c) {
    case '0':
      *out += '\0';
      break;
    case 'b':
      *out += '\b';
      break;
    case 'n':
      *out += '\n';
      break;
    case 'r':
      *out += '\r';
      break;
    case 't':
      *out += '\t';
      break;
    case 'Z':
      *out += '\x1a';
      break;
    case '%':
    case '_':
      *out += '\\';
      *out += c;
      break;
    default:
      *out += c;
  }
}

// The bytes between the quotes at `text[*i]`; moves *i past the closing one.
void append_quoted(std::string* out, std::string_view text, std::size_t* i, bool escapes) {
  const char quote = text[*i];
  const char close = quote == '[' ? ']' : quote;
  std::size_t p = *i + 1;
  for (; p < text.size(); ++p) {
    const char c = text[p];
    if (c == '\\' && escapes && p + 1 < text.size()) {
      append_escape(out, text[++p]);
    } else if (c == close) {
      if (quote == '[' || p + 1 >= text.size() || text[p + 1] != close) break;
      *out += close;
      ++p;
    } else {
      *out += c;
    }
  }
  *i = p < text.size() ? p + 1 : p;
}

bool is_quote(char c) { return c == '\'' || c == '"' || c == '`' || c == '['; }

}  // namespace

std::string Statement::name(NodeId id) const {
  const std::string_view raw = text(id);
  if (raw.empty() || !is_quote(raw.front())) return std::string(raw);
  if (raw.front() == '\'' || kind(id) == NodeKind::kLiteral) return string(id);
  std::string out;
  std::size_t i = 0;
  append_quoted(&out, raw, &i, false);
  return out;
}

bool Statement::name_equals(NodeId id, std::string_view name) const {
  const std::string_view raw = text(id);
  if (raw.empty() || !is_quote(raw.front())) [[likely]]
    return same_name(raw, name);
  const std::string_view inside =
      raw.size() < 2 ? std::string_view() : raw.substr(1, raw.size() - 2);
  // Doubled quotes, escapes and adjacent strings all need decoding.
  if (inside.find(raw.back()) == inside.npos && inside.find('\\') == inside.npos) {
    return same_name(inside, name);
  }
  return same_name(this->name(id), name);
}

std::string Statement::string(NodeId id) const {
  const std::string_view raw = text(id);
  const bool escapes = dialect() == Dialect::kMySql && !no_backslash_escapes();
  std::string out;
  std::size_t i = 0;
  if (!raw.empty() && (raw[0] | 0x20) == 'n') ++i;
  // Adjacent strings are one; between them stand blanks and comments.
  while (i < raw.size()) {
    const char c = raw[i];
    if (c == '\'' || c == '"') {
      append_quoted(&out, raw, &i, escapes);
    } else if (c == '/' && i + 1 < raw.size() && raw[i + 1] == '*') {
      const std::size_t close = raw.find("*/", i + 2);
      // The opening of a versioned comment that is read as code is passed over like a blank.
      const bool code = i + 2 < raw.size() && (raw[i + 2] == '!' || raw[i + 2] == 'M');
      i = code || close == raw.npos ? i + 2 : close + 2;
    } else if (c == '#' || (c == '-' && i + 1 < raw.size() && raw[i + 1] == '-')) {
      while (i < raw.size() && raw[i] != '\n') ++i;
    } else {
      ++i;
    }
  }
  return out;
}

}  // namespace pando::sql
