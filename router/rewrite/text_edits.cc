#include "router/rewrite/text_edits.h"

#include <algorithm>

#include "pando/names.h"

namespace pando::rewrite {

void TextEdits::clear() {
  edits_.clear();
  buffer_.clear();
  parameters_.clear();
}

void TextEdits::begin(sql::Span span) {
  Edit edit;
  edit.span = span;
  edit.text = static_cast<std::uint32_t>(buffer_.size());
  edit.parameters = static_cast<std::uint32_t>(parameters_.size());
  edits_.push_back(edit);
}

void TextEdits::add_parameter(plan::ParameterSource source) {
  parameters_.push_back({static_cast<std::uint32_t>(buffer_.size()), source});
  buffer_ += '?';
}

void TextEdits::add_copy(const sql::Statement& statement, sql::Span span) {
  const std::vector<std::uint32_t>& marks = statement.parameters();
  auto mark = std::lower_bound(marks.begin(), marks.end(), span.begin);
  for (; mark != marks.end() && *mark < span.end; ++mark) {
    const auto offset = static_cast<std::uint32_t>(buffer_.size() + (*mark - span.begin));
    parameters_.push_back({offset, {false, static_cast<std::uint32_t>(mark - marks.begin())}});
  }
  buffer_ += statement.text(span);
}

TextEdits::Edits TextEdits::in_order() const {
  Edits edits = edits_;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const bool last = i + 1 == edits.size();
    edits[i].text_end = last ? static_cast<std::uint32_t>(buffer_.size()) : edits[i + 1].text;
    edits[i].parameters_end =
        last ? static_cast<std::uint32_t>(parameters_.size()) : edits[i + 1].parameters;
  }
  const auto before = [](const Edit& a, const Edit& b) {
    if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
    return a.first && !b.first;
  };
  if (!std::is_sorted(edits.begin(), edits.end(), before)) {
    std::stable_sort(edits.begin(), edits.end(), before);
  }
  return edits;
}

void TextEdits::apply(const sql::Statement& statement, const BoundText& text,
                      plan::PhysicalQuery& query) const {
  const std::vector<std::uint32_t>& marks = statement.parameters();
  std::string& sql = query.sql;
  sql.clear();
  query.parameters.clear();
  query.parameter_offsets.clear();
  const auto mark_at = [&](std::size_t offset, plan::ParameterSource source) {
    query.parameters.push_back(source);
    query.parameter_offsets.push_back(static_cast<std::uint32_t>(offset));
  };

  std::uint32_t at = 0;      // Position in the analyzed text up to which it has been taken over.
  std::uint32_t mapped = 0;  // The same in the bound text.
  std::size_t next = 0;      // The first parameter at or behind `at`.
  const auto copy_to = [&](std::uint32_t end, std::uint32_t mapped_end) {
    for (; next < marks.size() && marks[next] < end; ++next) {
      mark_at(sql.size() + (text.map(marks[next]) - mapped),
              {false, static_cast<std::uint32_t>(next)});
    }
    sql += text.text.substr(mapped, mapped_end - mapped);
  };

  if (edits_.empty()) {
    copy_to(UINT32_MAX, static_cast<std::uint32_t>(text.text.size()));
    return;
  }
  sql.reserve(text.text.size() + buffer_.size());
  for (const Edit& edit : in_order()) {
    copy_to(edit.span.begin, text.map(edit.span.begin));
    for (std::uint32_t i = edit.parameters; i < edit.parameters_end; ++i) {
      mark_at(sql.size() + (parameters_[i].offset - edit.text), parameters_[i].source);
    }
    sql.append(buffer_, edit.text, edit.text_end - edit.text);
    at = edit.span.end;
    mapped = text.map(at);
    while (next < marks.size() && marks[next] < at) ++next;
  }
  copy_to(UINT32_MAX, static_cast<std::uint32_t>(text.text.size()));
}

std::string quote_identifier(std::string_view name, Dialect dialect) {
  // A name with an underscore and a digit is no reserved word of either dialect.
  bool plain = !name.empty() && !is_digit(name[0]);
  bool digit = false;
  bool underscore = false;
  for (const char c : name) {
    digit |= is_digit(c);
    underscore |= c == '_';
    plain &= is_name_char(c);
  }
  if (plain && digit && underscore) return std::string(name);
  return quoted_name(name, dialect);
}

}  // namespace pando::rewrite
