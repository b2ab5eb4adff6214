#include "router/compute/piece_text.h"

#include <algorithm>
#include <utility>

#include "router/compute/cut.h"
#include "router/rewrite/titles.h"

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
  copy_typed(span);
}

// The same over skeletons, which are in no schema.
void PieceText::copy_typed(sql::Span span) {
  const sql::Statement& statement = read_.statement();
  constexpr OccurrenceId kSchema = analyze::kNoIndex;
  std::vector<std::pair<sql::Span, OccurrenceId>> places;
  const auto add_place = [&](sql::Span place, OccurrenceId id) {
    if (place.begin >= span.begin && place.end <= span.end) places.emplace_back(place, id);
  };
  for (OccurrenceId id = 0; id < read_.scopes().occurrences().size(); ++id) {
    const Occurrence& at = read_.scopes().occurrence(id);
    if (at.kind == SourceKind::kTable) add_place(statement.node(at.path).span, id);
  }
  for (sql::NodeId id = 1; id < statement.node_count(); ++id) {
    const sql::NodeKind kind = statement.kind(id);
    if (kind != sql::NodeKind::kColumn && kind != sql::NodeKind::kStar) continue;
    const sql::Span schema = rewrite::schema_in_front(statement, id);
    if (schema.size() > 0) add_place(schema, kSchema);
  }
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::uint32_t from = span.begin;
  for (const auto& [place, id] : places) {
    if (place.begin < from) continue;  // Two nodes over the same text.
    typed_ += statement.text({from, place.begin});
    if (id != kSchema) typed_ += skeleton(id);
    from = place.end;
  }
  typed_ += statement.text({from, span.end});
}

std::string PieceText::skeleton(OccurrenceId id) {
  const Occurrence& at = read_.scopes().occurrence(id);
  const std::string name = table_ + "_" + std::to_string(skeletons_.size() + 1);
  const drivers::TableSchema& schema = *read_.schema_of(id);
  std::vector<plan::PieceColumn> columns;
  for (drivers::ColumnSchema column : schema.columns) {
    if (!read_.wanted(id, column)) continue;
    column.hidden = column.hidden && read_.whole(id);
    columns.push_back(piece_column(column, read_.dialect()));
  }
  if (columns.empty()) columns.push_back(piece_column(schema.columns.front(), read_.dialect()));
  skeletons_.push_back(create_table(name, columns, read_.dialect()));
  return at.alias != kNoNode ? name : name + " AS " + std::string(read_.statement().text(at.name));
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
