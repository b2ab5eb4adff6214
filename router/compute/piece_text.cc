#include "router/compute/piece_text.h"

#include <algorithm>
#include <utility>

#include "router/compute/cut.h"

namespace pando::compute {

using analyze::Occurrence;
using analyze::OccurrenceId;
using analyze::SourceKind;
using sql::kNoNode;

void PieceText::copy(sql::Span span) {
  const sql::Statement& statement = read_.statement();
  const auto& marks = statement.parameters();
  for (auto at = std::lower_bound(marks.begin(), marks.end(), span.begin);
       at != marks.end() && *at < span.end; ++at) {
    parameters_.push_back(static_cast<std::uint32_t>(at - marks.begin()));
  }
  text_ += statement.text(span);
  copied_.push_back(span);
  // The same over skeletons.
  std::uint32_t from = span.begin;
  std::vector<std::pair<sql::Span, OccurrenceId>> paths;
  for (OccurrenceId id = 0; id < read_.scopes().occurrences().size(); ++id) {
    const Occurrence& at = read_.scopes().occurrence(id);
    if (at.kind != SourceKind::kTable) continue;
    const sql::Span path = statement.node(at.path).span;
    if (path.begin >= span.begin && path.end <= span.end) paths.emplace_back(path, id);
  }
  std::sort(paths.begin(), paths.end(),
            [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  for (const auto& [path, id] : paths) {
    const Occurrence& at = read_.scopes().occurrence(id);
    typed_ += statement.text({from, path.begin});
    const std::string name = table_ + "_" + std::to_string(skeletons_.size() + 1);
    typed_ += name;
    if (at.alias == kNoNode) typed_ += " AS " + std::string(statement.text(at.name));
    from = path.end;
    const drivers::TableSchema& schema = *read_.schema_of(id);
    std::vector<plan::PieceColumn> columns;
    for (drivers::ColumnSchema column : schema.columns) {
      if (!read_.wanted(id, column)) continue;
      column.hidden = column.hidden && read_.whole(id);
      columns.push_back(piece_column(column, read_.dialect()));
    }
    if (columns.empty()) columns.push_back(piece_column(schema.columns.front(), read_.dialect()));
    skeletons_.push_back(create_table(name, columns, read_.dialect()));
  }
  typed_ += statement.text({from, span.end});
}

bool PieceText::splits(const std::vector<sql::Span>& places) const {
  std::size_t here = 0;
  for (const sql::Span place : places) {
    here += std::any_of(copied_.begin(), copied_.end(), [&](sql::Span span) {
      return span.begin <= place.begin && place.end <= span.end;
    });
  }
  return here != 0 && here != places.size();
}

}  // namespace pando::compute
