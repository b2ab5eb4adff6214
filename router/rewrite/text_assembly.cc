#include "router/rewrite/text_assembly.h"

#include <algorithm>

namespace pando::rewrite {

void sort_edits(std::vector<Edit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end < b.span.end;
  });
}

void TextAssembly::copy_verbatim(sql::Span span) {
  const auto& places = statement_.parameters();
  auto it = std::lower_bound(places.begin(), places.end(), span.begin);
  for (; it != places.end() && *it < span.end; ++it) {
    query_.parameters.push_back({false, static_cast<std::uint32_t>(it - places.begin())});
    query_.parameter_offsets.push_back(
        static_cast<std::uint32_t>(query_.sql.size() + (*it - span.begin)));
  }
  query_.sql.append(statement_.text(span));
}

void TextAssembly::copy(sql::Span span) {
  auto it = std::lower_bound(edits_.begin(), edits_.end(), span.begin,
                             [](const Edit& e, std::uint32_t at) { return e.span.begin < at; });
  const bool to_end = span.end == statement_.text().size();
  std::uint32_t at = span.begin;
  for (; it != edits_.end(); ++it) {
    if (it->span.end > span.end || it->span.begin > span.end) break;
    if (it->span.begin == span.end && !to_end) break;
    copy_verbatim({at, it->span.begin});
    if (it->generated) {
      query_.parameters.push_back({true, *it->generated});
      query_.parameter_offsets.push_back(static_cast<std::uint32_t>(query_.sql.size()));
    }
    query_.sql.append(it->text);
    at = it->span.end;
  }
  copy_verbatim({at, span.end});
}

std::string string_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  out += '\'';
  return out;
}

}  // namespace pando::rewrite
