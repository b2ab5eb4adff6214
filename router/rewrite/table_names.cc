#include "router/rewrite/table_names.h"

#include <algorithm>
#include <string>

#include "router/analyze/functions.h"
#include "router/rewrite/titles.h"

namespace pando::rewrite {

using analyze::Occurrence;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

// Every node calls the table as the text does.
bool same_everywhere(const Occurrence& occurrence, std::string_view written) {
  if (occurrence.table == nullptr) return true;
  for (const rules::Node& node : occurrence.table->nodes) {
    if (node.table != written) return false;
  }
  return true;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() > 2 && (text[0] == '`' || text[0] == '"' || text[0] == '[');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// An alias stands behind PARTITION (...) and FOR SYSTEM_TIME ..., before index hints.
std::uint32_t alias_place(const sql::Statement& statement, NodeId table_ref) {
  std::uint32_t at = 0;
  for (const NodeId child : statement.children(table_ref)) {
    const NodeKind kind = statement.kind(child);
    if (kind == NodeKind::kTableName || kind == NodeKind::kPartition || kind == NodeKind::kRaw) {
      at = std::max(at, statement.node(child).span.end);
    }
  }
  return at;
}

std::string physical(const Occurrence& occurrence, std::uint32_t node, std::string_view written,
                     Dialect dialect) {
  if (occurrence.table == nullptr) return std::string(written);
  const std::string& name = occurrence.table->nodes[node].table;
  return name == unquoted(written) ? std::string(written) : quote_identifier(name, dialect);
}

}  // namespace

void TableNames::build(const analyze::Scopes& scopes) {
  const sql::Statement& statement = scopes.statement();
  for (analyze::OccurrenceId id = 0; id < scopes.occurrences().size(); ++id) {
    const Occurrence& occurrence = scopes.occurrence(id);
    if (occurrence.kind != analyze::SourceKind::kTable) continue;
    const sql::Span span = statement.node(occurrence.path).span;
    const sql::Span bare = statement.node(occurrence.name).span;
    if (span == bare && same_everywhere(occurrence, unquoted(statement.text(bare)))) continue;
    const std::uint32_t alias_at =
        occurrence.alias == kNoNode ? alias_place(statement, occurrence.node) : 0;
    names_.push_back({id, span, bare, alias_at});
  }
  if (scopes.rules().schema().empty() && statement.dialect() != Dialect::kSqlite) {
    find_titles(statement);
    return;
  }
  for (NodeId id = 1; id < statement.node_count(); ++id) {
    const NodeKind kind = statement.kind(id);
    if (kind == NodeKind::kFunction && analyze::names_database(statement, id)) {
      databases_.push_back(statement.node(id).span);
    }
    if (kind != NodeKind::kColumn && kind != NodeKind::kStar) continue;
    const sql::Span span = schema_in_front(statement, id);
    if (span.size() == 0) continue;
    bool known = false;
    for (const sql::Span other : schemas_) known |= other == span;
    if (!known) schemas_.push_back(span);
  }
  find_titles(statement);
}

void TableNames::find_titles(const sql::Statement& statement) {
  if (verbatim() && (statement.dialect() != Dialect::kMySql || statement.parameters().empty())) {
    return;
  }
  const auto edited = [&](sql::Span item) {
    const auto inside = [&](sql::Span span) {
      return span.begin >= item.begin && span.end <= item.end;
    };
    bool any = false;
    for (const Name& name : names_) any |= inside(name.span);
    for (const sql::Span span : schemas_) any |= inside(span);
    for (const sql::Span span : databases_) any |= inside(span);
    return any;
  };
  each_lost_title(statement, edited, [&](NodeId item) {
    if (!title_of(statement, item).empty()) titles_.push_back(item);
  });
}

void TableNames::add_edits(const analyze::Scopes& scopes, std::span<const std::uint32_t> nodes,
                           TextEdits& edits) const {
  const sql::Statement& statement = scopes.statement();
  for (const Name& name : names_) {
    const Occurrence& occurrence = scopes.occurrence(name.occurrence);
    const std::string_view written = statement.text(name.bare);
    const std::string real =
        physical(occurrence, nodes[name.occurrence], written, statement.dialect());
    if (real != written || !(name.span == name.bare)) edits.replace(name.span, real);
    if (real != written && name.alias_at != 0) {
      edits.begin({name.alias_at, name.alias_at});
      edits.add(" AS ");
      edits.add(written);
    }
  }
  for (const sql::Span span : schemas_) edits.erase(span);
  for (const sql::Span span : databases_) {
    edits.replace(span, "'" + scopes.rules().schema() + "'");
  }
  for (const NodeId item : titles_) {
    edits.insert_first(statement.node(item).span.end,
                       " AS " + quote_identifier(title_of(statement, item), statement.dialect()));
  }
}

void TableNames::write_one(const analyze::Scopes& scopes, std::uint32_t node, const BoundText& text,
                           plan::PhysicalQuery& query) const {
  const sql::Statement& statement = scopes.statement();
  const Name& name = names_[0];
  const Occurrence& occurrence = scopes.occurrence(name.occurrence);
  const std::string_view written = statement.text(name.bare);
  const std::string real = physical(occurrence, node, written, statement.dialect());
  const bool alias = real != written && name.alias_at != 0;
  const std::uint32_t begin = text.map(name.span.begin);
  const std::uint32_t end = text.map(name.span.end);
  const std::uint32_t alias_at = alias ? text.map(name.alias_at) : end;
  const std::size_t alias_size = alias ? 4 + written.size() : 0;
  std::string& sql = query.sql;
  sql.clear();
  sql.reserve(text.text.size() + real.size() + alias_size);
  sql.append(text.text, 0, begin).append(real).append(text.text, end, alias_at - end);
  if (alias) sql.append(" AS ").append(written);
  sql.append(text.text, alias_at, std::string_view::npos);

  const std::vector<std::uint32_t>& marks = statement.parameters();
  if (marks.empty()) return;
  query.parameters.reserve(marks.size());
  query.parameter_offsets.reserve(marks.size());
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    std::uint32_t at = text.map(marks[i]);
    if (marks[i] >= name.span.end) {
      at += static_cast<std::uint32_t>(real.size()) - (end - begin);
      if (at >= alias_at && marks[i] >= name.alias_at) at += static_cast<std::uint32_t>(alias_size);
    }
    query.parameters.push_back({false, i});
    query.parameter_offsets.push_back(at);
  }
}

}  // namespace pando::rewrite
