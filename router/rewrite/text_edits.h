// TextEdits: replacements of spans of the user's text, and what becomes of its `?`.
//
// A physical query is the user's text with a few spans replaced. Parameters inside of a replaced
// span vanish, copied pieces duplicate theirs, and planning can add its own; apply() numbers what
// is left. Positions are those of the text that was analyzed; BoundText moves them when the same
// shape serves a text with other literals.
//
// Threads: values. Cost: apply() is one pass over the text and one allocation.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "router/plan/plan.h"
#include "router/plan/small_vector.h"
#include "router/sql/statement.h"

namespace pando::rewrite {

// The text that a shape is bound to: the one it was analyzed from, or another one that differs from
// it in literals only (same number, same kinds). All spans in shapes are spans of the former.
struct BoundText {
  std::string_view text;
  // Every literal of the analyzed text, in order, and the same literals in `text`. Both empty: it
  // is the analyzed text itself.
  std::span<const sql::Span> from;
  std::span<const sql::Span> to;

  BoundText() = default;
  explicit BoundText(std::string_view own) : text(own) {}
  BoundText(std::string_view other, std::span<const sql::Span> own_literals,
            std::span<const sql::Span> other_literals)
      : text(other), from(own_literals), to(other_literals) {}

  // Where a position of the analyzed text is in `text`. Requires: not inside of a literal.
  std::uint32_t map(std::uint32_t position) const {
    for (std::size_t i = from.size(); i-- > 0;) {
      if (from[i].end <= position) return position + to[i].end - from[i].end;
    }
    return position;
  }
  sql::Span map(sql::Span span) const { return {map(span.begin), map(span.end)}; }
  std::string_view at(sql::Span span) const {
    const sql::Span mapped = map(span);
    return text.substr(mapped.begin, mapped.size());
  }
};

class TextEdits {
 public:
  bool empty() const { return edits_.empty(); }
  void clear();

  // Replaces the bytes of `span`; an empty span inserts. Edits at the same place apply in the order
  // in which they were made. Requires: edits do not overlap, and lie inside of the text.
  void replace(sql::Span span, std::string_view text) {
    begin(span);
    add(text);
  }
  void insert(std::uint32_t at, std::string_view text) { replace({at, at}, text); }
  void erase(sql::Span span) { begin(span); }
  // Inserts before every other edit that begins at the same place.
  void insert_first(std::uint32_t at, std::string_view text) {
    insert(at, text);
    edits_.back().first = true;
  }

  // An edit in pieces: begin(), then any of the add functions, until the next begin().
  void begin(sql::Span span);
  // Requires: `text` has no `?` that is a parameter.
  void add(std::string_view text) { buffer_ += text; }
  // Adds a `?` and its source: a value that planning made, or one of the caller's.
  void add_parameter(plan::ParameterSource source);
  // A copy of the analyzed text's bytes, with the parameters in it. If literals are in it, the
  // caller pins them (see Shape::pinned).
  void add_copy(const sql::Statement& statement, sql::Span span);

  // Writes the edited text, its parameters and their offsets into `query`.
  // Requires: `text` is bound to the statement's text.
  void apply(const sql::Statement& statement, const BoundText& text,
             plan::PhysicalQuery& query) const;

 private:
  struct Edit {
    sql::Span span;
    std::uint32_t text = 0;        // Its replacement starts here in buffer_, and ends where the
    std::uint32_t parameters = 0;  // following edit's starts; likewise in parameters_.
    std::uint32_t text_end = 0;
    std::uint32_t parameters_end = 0;
    bool first = false;
  };
  struct Marker {
    std::uint32_t offset = 0;  // Of the `?` in buffer_.
    plan::ParameterSource source;
  };
  using Edits = plan::SmallVector<Edit, 4>;
  Edits in_order() const;

  Edits edits_;
  std::string buffer_;
  std::vector<Marker> parameters_;
};

// An identifier as the dialect writes it: as it is if nobody could take it for anything else,
// quoted otherwise.
std::string quote_identifier(std::string_view name, Dialect dialect);

}  // namespace pando::rewrite
