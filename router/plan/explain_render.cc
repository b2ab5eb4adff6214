#include "router/plan/explain_render.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "pando/error_format.h"

namespace pando::plan {
namespace {

using Json = nlohmann::ordered_json;

// `hidden` columns were added after those of the answer; negative references count from the end.
std::string column_text(ColumnRef column, std::size_t hidden) {
  if (column >= 0) return "column " + std::to_string(column + 1);
  if (hidden == 1) return "the added column";
  return "added column " + std::to_string(static_cast<std::ptrdiff_t>(hidden) + column + 1);
}

std::string key_text(const MergeKey& key, std::size_t hidden) {
  std::string text = column_text(key.value, hidden);
  if (key.weight) text += " by collation weight";
  if (key.descending) text += " descending";
  if (key.nulls_first) text += *key.nulls_first ? " NULL first" : " NULL last";
  return text;
}

std::string keys_text(const std::vector<MergeKey>& keys, std::size_t hidden) {
  std::string text;
  for (const MergeKey& key : keys) {
    if (!text.empty()) text += ", then ";
    text += key_text(key, hidden);
  }
  return text;
}

std::string_view aggregate_name(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCount:
      return "count";
    case AggregateKind::kSum:
      return "sum";
    case AggregateKind::kMin:
      return "min";
    case AggregateKind::kMax:
      return "max";
    case AggregateKind::kAvg:
      return "avg";
  }
  return "";
}

Json keys_json(const std::vector<MergeKey>& keys) {
  Json list = Json::array();
  for (const MergeKey& key : keys) {
    Json item = {{"column", key.value}};
    if (key.descending) item["descending"] = true;
    if (key.weight) item["weight_column"] = *key.weight;
    list.push_back(std::move(item));
  }
  return list;
}

Json merge_json(const Plan& plan) {
  if (plan.queries.size() < 2) return nullptr;
  const Merge& merge = plan.merge;
  Json json = Json::object();
  if (plan.write != WriteKind::kNone) {
    json["kind"] = plan.write == WriteKind::kSum         ? "sum_affected"
                   : plan.write == WriteKind::kBroadcast ? "broadcast"
                                                         : "schema_change";
    return json;
  }
  json["kind"] = merge.grouping ? "group" : !merge.order.empty() ? "ordered" : "concatenate";
  if (merge.grouping) {
    json["group_by"] = keys_json(merge.grouping->keys);
    Json aggregates = Json::array();
    for (const Aggregate& aggregate : merge.grouping->aggregates) {
      aggregates.push_back(
          {{"function", aggregate_name(aggregate.kind)}, {"column", aggregate.column}});
    }
    json["aggregates"] = std::move(aggregates);
  }
  if (!merge.distinct.empty()) json["distinct"] = keys_json(merge.distinct);
  if (!merge.order.empty()) json["order_by"] = keys_json(merge.order);
  if (merge.limit) json["limit"] = *merge.limit;
  if (merge.offset != 0) json["offset"] = merge.offset;
  if (merge.hidden_columns != 0) json["hidden_columns"] = merge.hidden_columns;
  return json;
}

void append_lines(std::string& out, std::string_view text, std::string_view indent) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);  // A clause was taken away.
    out.append(indent).append(line).push_back('\n');
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

// Several queries, all for the same reason: it is said once.
bool have_one_reason(const std::vector<PhysicalQuery>& queries) {
  return queries.size() > 1 && !queries.front().reason.empty() &&
         std::all_of(queries.begin(), queries.end(), [&](const PhysicalQuery& query) {
           return query.reason == queries.front().reason;
         });
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kSingle:
      return "single";
    case Level::kScatter:
      return "scatter";
    case Level::kCompute:
      return "compute";
    case Level::kRefused:
      return "refused";
  }
  return "";
}

std::string describe_merge(const Plan& plan) {
  if (plan.queries.size() < 2) return "";
  switch (plan.write) {
    case WriteKind::kNone:
      break;
    case WriteKind::kSum:
      return "one transaction per data source; affected rows add up";
    case WriteKind::kBroadcast:
      return "the same write to every copy; affected rows of one copy";
    case WriteKind::kDdl:
      return "every physical table";
  }
  const Merge& merge = plan.merge;
  std::string text;
  const auto add = [&](std::string_view part) {
    if (!text.empty()) text += "; ";
    text += part;
  };
  if (merge.grouping) {
    std::string part = merge.grouping->keys.empty()
                           ? std::string("one row of all")
                           : "group by " + keys_text(merge.grouping->keys, merge.hidden_columns);
    for (const Aggregate& aggregate : merge.grouping->aggregates) {
      part += ", ";
      part += aggregate_name(aggregate.kind);
      part += " in " + column_text(aggregate.column, merge.hidden_columns);
    }
    add(std::move(part));
  }
  if (!merge.distinct.empty()) add("distinct");
  if (!merge.order.empty()) {
    add((merge.grouping ? "sort by " : "ordered merge by ") +
        keys_text(merge.order, merge.hidden_columns));
  }
  if (text.empty()) add("one shard after the other");
  if (merge.limit) add("limit " + std::to_string(*merge.limit));
  if (merge.offset != 0) add("offset " + std::to_string(merge.offset));
  if (merge.hidden_columns != 0) {
    add(merge.hidden_columns == 1
            ? "the added column is dropped"
            : "the " + std::to_string(merge.hidden_columns) + " added columns are dropped");
  }
  return text;
}

namespace {

// The queries as branches of a tree.
void append_queries(std::string& out, const Plan& plan, const rules::RuleSet& rules,
                    const std::string& indent) {
  if (const std::string merge = describe_merge(plan); !merge.empty()) {
    out += indent + "merge: " + merge + '\n';
  }
  if (plan.fix_timestamp) out += indent + "clock: stopped, so that all see the same time\n";
  const bool one_reason = have_one_reason(plan.queries);
  if (one_reason) append_lines(out, "why: " + plan.queries.front().reason, indent);
  for (std::size_t i = 0; i < plan.queries.size(); ++i) {
    const PhysicalQuery& query = plan.queries[i];
    const bool last = i + 1 == plan.queries.size();
    out += indent + (last ? "└─ " : "├─ ");
    out += rules.data_source_name(query.data_source);
    if (query.shard) out += "  shard " + std::to_string(*query.shard);
    out += '\n';
    const std::string inner = indent + (last ? "     " : "│    ");
    append_lines(out, query.sql, inner);
    if (!one_reason && !query.reason.empty()) append_lines(out, "why: " + query.reason, inner);
  }
}

void append_pieces(std::string& out, const Plan& plan, const rules::RuleSet& rules,
                   const std::string& indent) {
  for (const Piece& piece : plan.pieces) {
    out += indent + "├─ " + piece.table + ": " + piece.label + ", ";
    out += level_name(piece.plan->level);
    out += '\n';
    const std::string inner = indent + "│    ";
    for (const std::string& pushed : piece.pushed) append_lines(out, pushed, inner);
    append_pieces(out, *piece.plan, rules, inner);
    append_queries(out, *piece.plan, rules, inner);
  }
}

// What is done with the rows of the only piece.
std::string written_text(const RowsWrite& write) { return write.head + "..." + write.tail; }

}  // namespace

std::string render_tree(const Plan& plan, const rules::RuleSet& rules, std::string_view text) {
  std::string out(level_name(plan.level));
  if (plan.refusal) {  // The error says what the reason says.
    out += '\n';
    append_lines(out, format_error(*plan.refusal, text), "  ");
    return out;
  }
  if (!plan.reason.empty()) out += ": " + plan.reason;
  out += '\n';
  for (const std::string& note : plan.notes) out += "  note: " + note + '\n';
  append_pieces(out, plan, rules, "  ");
  append_queries(out, plan, rules, "  ");
  if (plan.into) {
    out += "  └─ then, by these rows\n";
    const RowsInto& into = *plan.into;
    if (!into.write.head.empty()) append_lines(out, written_text(into.write), "       ");
    if (into.move) {
      out += "     for those whose sharding key changes\n";
      append_lines(out, written_text(into.move->remove), "       ");
      append_lines(out, written_text(into.move->insert), "       ");
    }
  }
  return out;
}

namespace {

Json units_json(const Plan& plan, const rules::RuleSet& rules) {
  Json units = Json::array();
  for (const PhysicalQuery& query : plan.queries) {
    Json unit = {{"data_source", rules.data_source_name(query.data_source)}, {"sql", query.sql}};
    if (query.shard) unit["shard"] = *query.shard;
    if (!query.reason.empty()) unit["reason"] = query.reason;
    units.push_back(std::move(unit));
  }
  return units;
}

Json pieces_json(const Plan& plan, const rules::RuleSet& rules) {
  Json pieces = Json::array();
  for (const Piece& piece : plan.pieces) {
    Json json = {{"table", piece.table},
                 {"of", piece.label},
                 {"sql", piece.sql + piece.lock},
                 {"level", level_name(piece.plan->level)}};
    if (!piece.plan->pieces.empty()) json["pieces"] = pieces_json(*piece.plan, rules);
    json["units"] = units_json(*piece.plan, rules);
    json["merge"] = merge_json(*piece.plan);
    pieces.push_back(std::move(json));
  }
  return pieces;
}

}  // namespace

std::string render_json(const Plan& plan, const rules::RuleSet& rules) {
  Json json = {{"level", level_name(plan.level)}};
  if (!plan.reason.empty()) json["reason"] = plan.reason;
  if (!plan.pieces.empty()) json["pieces"] = pieces_json(plan, rules);
  json["units"] = units_json(plan, rules);
  json["merge"] = merge_json(plan);
  if (plan.into && !plan.into->write.head.empty()) json["then"] = written_text(plan.into->write);
  if (plan.into && plan.into->move) {
    json["moves"] = {written_text(plan.into->move->remove), written_text(plan.into->move->insert)};
  }
  if (plan.fix_timestamp) json["stops_clock"] = true;
  if (!plan.notes.empty()) json["notes"] = plan.notes;
  if (plan.refusal) {
    json["error"] = {{"code", plan.refusal->id()},
                     {"sqlstate", plan.refusal->sqlstate()},
                     {"message", plan.refusal->message()},
                     {"remedy", plan.refusal->remedy()}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pando::plan
