#include "router/compute/cut.h"

#include <algorithm>
#include <utility>

#include "router/analyze/functions.h"
#include "router/analyze/spread.h"
#include "router/compute/choices.h"
#include "router/compute/cutter.h"
#include "router/plan/write_common.h"
#include "router/rewrite/titles.h"

namespace pando::compute {

using analyze::Block;
using analyze::Occurrence;
using analyze::SourceKind;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

namespace {

// Without the catalogue's advice to name a compute data source: there is one.
constexpr std::string_view kRemedy =
    "Restrict every sharded table to one shard by its key, or simplify the statement.";

tl::unexpected<Error> refuse(sql::Span span, std::string message) {
  return fail(Error(ErrorCode::kNeedsCompute, std::move(message))
                  .with_span(span.begin, span.end)
                  .with_remedy(kRemedy));
}

}  // namespace

Result<Cut> cut(const analyze::Scopes& scopes, const route::KeyProgram& keys,
                const plan::PlanContext& context) {
  return Cutter(scopes, keys, context).run();
}

Result<Cut> Cutter::run() {
  PANDO_TRY(check());
  PANDO_TRY(check_json());
  piece_of_.assign(scopes_.occurrences().size(), SIZE_MAX);
  for (BlockId id = 0; id < scopes_.blocks().size(); ++id) {
    if (covered(statement_.node(scopes_.block(id).node).span)) continue;
    if (read_.is_idle(id)) {
      PANDO_TRY(take_tables(id));
    } else {
      PANDO_ASSIGN(const bool whole, take_block(id));
      if (whole) continue;
      PANDO_TRY(check_choices(read_, id));
      PANDO_ASSIGN(const bool groups, take_groups(id));
      if (!groups) PANDO_TRY(take_tables(id));
    }
    // The pieces have it.
    const NodeId locking = statement_.find(scopes_.block(id).node, NodeKind::kLocking);
    if (locking != kNoNode) edit(statement_.node(locking).span, "");
  }
  find_equalities();
  add_titles();
  return std::move(cut_);
}

// What would not mean the same when it runs over copies of the rows.
Result<void> Cutter::check() {
  PANDO_TRY(analyze::check_spread(scopes_));
  for (const Block& block : scopes_.blocks()) {
    if ((block.flags & analyze::kHasUnknownFunction) != 0) {
      return refuse(statement_.node(block.node).span,
                    "a function that is not built in may be unknown where the pieces are joined");
    }
    PANDO_TRY(check_locking(block.node));
  }
  for (OccurrenceId id = 0; id < scopes_.occurrences().size(); ++id) {
    const Occurrence& at = scopes_.occurrence(id);
    if (at.kind != SourceKind::kTable) continue;
    const drivers::TableSchema* schema = read_.schema_of(id);
    if (schema == nullptr) {
      return fail(ErrorCode::kSchemaNeeded,
                  at.table != nullptr ? at.table->name : statement_.name(at.name));
    }
    if (schema->is_view) {
      return refuse(statement_.node(at.path).span,
                    "how the columns of a view compare, and what digits they have, is not known "
                    "outside of it");
    }
    for (const NodeId child : statement_.children(at.node)) {
      const NodeKind kind = statement_.kind(child);
      if (kind == NodeKind::kPartition || kind == NodeKind::kRaw) {
        return refuse(statement_.node(child).span,
                      "partitions and versions of a table cannot be chosen here");
      }
    }
  }
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    const NodeKind kind = statement_.kind(id);
    const sql::Span span = statement_.node(id).span;
    if (kind == NodeKind::kMatch) {
      return refuse(span, "MATCH needs the table's full-text index");
    }
    if (kind == NodeKind::kIn) {
      const NodeId list = statement_.child(id, 1);
      if (list != kNoNode && statement_.kind(list) == NodeKind::kTableRef) {
        return refuse(span, "IN over a table's name; write IN (SELECT ...)");
      }
    }
    if (kind == NodeKind::kFunction) {
      if (analyze::reads_clock(statement_, id)) clocks_.push_back(span);
      const NodeId name = statement_.find(id, NodeKind::kName);
      if (name != kNoNode && statement_.name_equals(name, "default")) {
        return refuse(span, "the pieces' tables have no default values");
      }
    }
    if (kind != NodeKind::kColumn) continue;
    const bool row_number = dialect_ == Dialect::kSqlite
                                ? scopes_.is_row_number(id)
                                : statement_.name_equals(scopes_.column_name(id), "_rowid");
    if (row_number) return refuse(span, "row numbers differ from shard to shard");
  }
  return {};
}

// The rows of a block's own tables are locked where they are read: at least those that one server
// locks. SKIP LOCKED leaves out rows, which are then others.
Result<void> Cutter::check_locking(NodeId block) const {
  const NodeId locking = statement_.find(block, NodeKind::kLocking);
  if (locking == kNoNode) return {};
  const sql::Span span = statement_.node(locking).span;
  const auto& marks = statement_.parameters();
  const bool parameter = std::any_of(marks.begin(), marks.end(), [span](std::uint32_t mark) {
    return span.begin <= mark && mark < span.end;
  });
  const std::vector<std::string> words = plan::words_of(statement_.text(span));
  const bool chooses = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return same_name(word, "of") || same_name(word, "skip");
  });
  if (statement_.kind(block) == NodeKind::kSelect && !parameter && !chooses) return {};
  return refuse(span, "which rows this locks cannot be told when they are joined elsewhere");
}

std::string Cutter::lock_of(BlockId block) const {
  const NodeId locking = statement_.find(scopes_.block(block).node, NodeKind::kLocking);
  return locking == kNoNode ? "" : " " + std::string(statement_.text(locking));
}

// MariaDB's JSON is text with a constraint, by which JSON_OBJECT() and the like tell whether to
// quote it. The pieces' tables have no constraints.
Result<void> Cutter::check_json() const {
  if (dialect_ != Dialect::kMySql || !scopes_.rules().mariadb()) return {};
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    if (statement_.kind(id) != NodeKind::kFunction || !read_.nests_json(id)) continue;
    for (OccurrenceId at = 0; at < scopes_.occurrences().size(); ++at) {
      if (scopes_.occurrence(at).kind != SourceKind::kTable) continue;
      for (const drivers::ColumnSchema& column : read_.schema_of(at)->columns) {
        if (column.declared_type != "longtext" || column.collation != "utf8mb4_bin") continue;
        if (!read_.wanted(at, column)) continue;
        return refuse(statement_.node(id).span,
                      "whether column " + column.name + " holds JSON is lost on the way");
      }
    }
  }
  return {};
}

bool Cutter::covered(sql::Span span) const {
  for (const sql::Span other : covered_) {
    if (other.begin <= span.begin && span.end <= other.end) return true;
  }
  return false;
}

void Cutter::edit(sql::Span span, std::string_view text) {
  cut_.edits.replace(span, text);
  edited_.push_back(span);
}

std::string Cutter::next_name() const {
  return "__pando_" + std::to_string(cut_.pieces.size() + 1);
}

// Schemas in front of columns go away; titles that edits would change become aliases.
void Cutter::add_titles() {
  const auto within = [](sql::Span inner, sql::Span outer) {
    return outer.begin <= inner.begin && inner.end <= outer.end;
  };
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    const NodeKind kind = statement_.kind(id);
    if (kind != NodeKind::kColumn && kind != NodeKind::kStar) continue;
    const sql::Span span = statement_.node(id).span;
    const auto around = [&](sql::Span other) { return within(span, other); };
    if (covered(span) || std::any_of(edited_.begin(), edited_.end(), around)) continue;
    const sql::Span schema = rewrite::schema_in_front(statement_, id);
    if (schema.size() > 0) cut_.edits.erase(schema);
  }
  const auto edited = [&](sql::Span item) {
    return std::any_of(edited_.begin(), edited_.end(),
                       [&](sql::Span other) { return within(other, item); });
  };
  rewrite::each_lost_title(statement_, edited, [&](NodeId item) {
    const sql::Span span = statement_.node(item).span;
    const std::string title = rewrite::title_of(statement_, item);
    if (covered(span) || title.empty()) return;
    cut_.edits.insert(span.end, " AS " + rewrite::quote_identifier(title, dialect_));
  });
}

}  // namespace pando::compute
