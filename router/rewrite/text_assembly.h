// TextAssembly: a physical statement put together from spans of the user's text.
//
// Copies spans byte for byte, save for the edits inside of them, and keeps account of the
// placeholders: where each `?` of the new text stands and which value belongs to it. Spans may be
// left out, repeated or reordered (the rows of a split INSERT).
//
// Cost: linear in the text copied; one binary search per copied span. Threads: belongs to one.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "router/plan/plan.h"
#include "router/sql/statement.h"

namespace pando::rewrite {

// Bytes of the statement and what stands in their place. An empty span inserts. Placeholders inside
// of the span vanish; `text` holds none, unless `generated` is set: then `text` is "?".
struct Edit {
  sql::Span span;
  std::string text;
  std::optional<std::uint32_t> generated;  // Index into Plan::generated.
};

// Sorts by place. Requires: no two edits overlap. Edits at the same place keep their order.
void sort_edits(std::vector<Edit>& edits);

class TextAssembly {
 public:
  // Requires: `edits` sorted; it and the statement outlive this object.
  TextAssembly(const sql::Statement& statement, std::span<const Edit> edits)
      : statement_(statement), edits_(edits) {}

  // Copies the span with the edits that lie within it. An insertion at the span's very end belongs
  // to it only if the span reaches the end of the text.
  void copy(sql::Span span);
  void append(std::string_view text) { query_.sql.append(text); }

  // Requires: not called before. Text and parameters; the caller adds the rest.
  plan::PhysicalQuery take() && { return std::move(query_); }

 private:
  void copy_verbatim(sql::Span span);

  const sql::Statement& statement_;
  std::span<const Edit> edits_;
  plan::PhysicalQuery query_;
};

// A string literal that means `text` whatever the session's sql_mode. Requires: text without
// backslashes and NUL bytes.
std::string string_literal(std::string_view text);

}  // namespace pando::rewrite
