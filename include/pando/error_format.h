// An error as people read it: its code and message, the line of the text it is about with a caret
// under the place, and what to do about it. For SQL and configuration alike.
//
//   P2001: line 1, column 8: found FROM where an expression was expected
//     SELECT FROM t
//            ^^^^
//   Correct the place the caret points at.
//
// Lines are cut around the caret to about 100 columns. Tabs become one space and other control
// characters a dot, so that a text cannot play tricks with a terminal.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pando/error.h"

namespace pando {
namespace error_format_detail {

inline constexpr std::size_t kColumns = 96;

// One character as it is shown: its bytes, its place in the text, its width in columns.
struct Glyph {
  std::string_view bytes;
  std::size_t offset = 0;
  int width = 1;
  std::size_t size = 1;  // Bytes of the text that it stands for.
};

inline bool in_range(std::uint32_t c, std::uint32_t low, std::uint32_t high) {
  return c >= low && c <= high;
}

// Columns of a code point: 2 for East Asian wide characters and emoji, 0 for combining marks.
inline int width_of(std::uint32_t c) {
  if (in_range(c, 0x300, 0x36f) || in_range(c, 0x200b, 0x200f) || in_range(c, 0xfe00, 0xfe0f)) {
    return 0;
  }
  const bool wide =
      in_range(c, 0x1100, 0x115f) || in_range(c, 0x2e80, 0xa4cf) || in_range(c, 0xac00, 0xd7a3) ||
      in_range(c, 0xf900, 0xfaff) || in_range(c, 0xfe30, 0xfe6f) || in_range(c, 0xff00, 0xff60) ||
      in_range(c, 0xffe0, 0xffe6) || in_range(c, 0x1f300, 0x1faff) || in_range(c, 0x20000, 0x3fffd);
  return wide ? 2 : 1;
}

// The character at `at`; a byte that is no UTF-8, and a control character, is a dot.
inline Glyph glyph_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead == '\t') return {" ", at, 1};
  if (lead < 0x20 || lead == 0x7f) return {".", at, 1};
  if (lead < 0x80) return {text.substr(at, 1), at, 1};
  const std::size_t size = lead >= 0xf0 && lead <= 0xf4   ? 4
                           : lead >= 0xe0 && lead <= 0xef ? 3
                           : lead >= 0xc2 && lead <= 0xdf ? 2
                                                          : 0;
  if (size == 0 || at + size > text.size()) return {".", at, 1};
  std::uint32_t c = size == 4 ? lead & 0x07u : size == 3 ? lead & 0x0fu : lead & 0x1fu;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {".", at, 1};
    c = c << 6 | (byte(at + i) & 0x3fu);
  }
  // C1 controls, and characters that turn the direction of writing around.
  if (in_range(c, 0x80, 0x9f) || in_range(c, 0x202a, 0x202e) || in_range(c, 0x2066, 0x2069)) {
    return {".", at, 1, size};
  }
  return {text.substr(at, size), at, width_of(c), size};
}

// The line that holds `begin`, and under it a caret for each column of [begin, end).
inline std::string excerpt(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > text.size()) begin = text.size();
  std::size_t line_begin = begin;
  while (line_begin > 0 && text[line_begin - 1] != '\n') --line_begin;
  std::size_t line_end = begin;
  while (line_end < text.size() && text[line_end] != '\n') ++line_end;
  if (line_end > line_begin && line_end > begin && text[line_end - 1] == '\r') --line_end;

  // Look no further than could be shown; continuation bytes before the window are passed over.
  constexpr std::size_t kReach = 4 * kColumns;
  const std::size_t from = begin - line_begin > kReach ? begin - kReach : line_begin;
  const std::size_t to = line_end - begin > kReach ? begin + kReach : line_end;
  std::vector<Glyph> glyphs;
  std::size_t caret = 0;  // Index of the first glyph under which a caret stands.
  bool found = false;
  for (std::size_t at = from; at < to;) {
    if (at > from || from == line_begin || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) {
      const Glyph g = glyph_at(text, at);
      if (!found && at + g.size > begin) {
        found = true;
        caret = glyphs.size();
      }
      glyphs.push_back(g);
      at += g.size;
    } else {
      ++at;
    }
  }
  if (!found) caret = glyphs.size();

  // Show a window of columns with the caret in its first two thirds.
  std::size_t first = caret;
  for (std::size_t columns = 0; first > 0 && columns < kColumns * 2 / 3; --first) {
    columns += static_cast<std::size_t>(glyphs[first - 1].width);
  }
  std::size_t last = first;
  for (std::size_t columns = 0; last < glyphs.size() && columns < kColumns; ++last) {
    columns += static_cast<std::size_t>(glyphs[last].width);
  }
  // Three dots say less than the three columns that they would stand for.
  const auto fits = [](std::size_t count) { return count <= 3; };
  if (fits(first) && from == line_begin) first = 0;
  if (fits(glyphs.size() - last) && to == line_end) last = glyphs.size();
  std::string source = first > 0 || from > line_begin ? "  ..." : "  ";
  std::string marks(source.size(), ' ');
  for (std::size_t i = first; i < last; ++i) {
    source += glyphs[i].bytes;
    const bool marked = i == caret || (i > caret && glyphs[i].offset < end);
    marks.append(static_cast<std::size_t>(glyphs[i].width), marked ? '^' : ' ');
  }
  if (last < glyphs.size() || to < line_end) source += "...";
  while (!marks.empty() && marks.back() == ' ' && caret < last) marks.pop_back();
  if (caret >= last) marks += '^';  // The place is the end of the line.
  return source + "\n" + marks + "\n";
}

}  // namespace error_format_detail

// "P2001: message", the place in `text` if the error has one, and the remedy; ends without a
// newline. `text` is the statement or file that was parsed; "" shows no place.
inline std::string format_error(const Error& error, std::string_view text) {
  std::string out(error.id());
  out += ": ";
  out += error.message();
  const ErrorSpan span = error.span();
  if (!text.empty() && (span.begin != 0 || span.end != 0)) {
    out += '\n';
    out += error_format_detail::excerpt(text, span.begin, span.end);
    out.pop_back();
  }
  if (!error.remedy().empty()) {
    out += '\n';
    out += error.remedy();
  }
  return out;
}

}  // namespace pando
