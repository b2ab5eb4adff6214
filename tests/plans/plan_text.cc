#include "plan_text.h"

namespace pando::plan {
namespace {

std::string column(ColumnRef ref) { return std::to_string(ref); }

std::string key_text(const MergeKey& key) {
  std::string text = column(key.value);
  if (key.weight) text += " weight " + column(*key.weight);
  if (key.pad) text += " pad " + column(*key.pad);
  if (key.text_order == TextOrder::kNoCase) text += " nocase";
  if (key.text_order == TextOrder::kRtrim) text += " rtrim";
  if (key.descending) text += " desc";
  if (key.nulls_first) text += *key.nulls_first ? " nulls first" : " nulls last";
  return text;
}

void keys_line(std::string& out, std::string_view name, const std::vector<MergeKey>& keys) {
  if (keys.empty()) return;
  out += name;
  for (std::size_t i = 0; i < keys.size(); ++i) out += (i == 0 ? " " : ", ") + key_text(keys[i]);
  out += '\n';
}

std::string aggregate_text(const Aggregate& aggregate) {
  switch (aggregate.kind) {
    case AggregateKind::kCount:
      return "count " + column(aggregate.column);
    case AggregateKind::kSum:
      return "sum " + column(aggregate.column);
    case AggregateKind::kMin:
      return "min " + column(aggregate.column) + " by " + key_text(aggregate.key);
    case AggregateKind::kMax:
      return "max " + column(aggregate.column) + " by " + key_text(aggregate.key);
    case AggregateKind::kAvg:
      return "avg " + column(aggregate.column) + " of " + column(aggregate.sum) + "/" +
             column(aggregate.count);
  }
  return "";
}

}  // namespace

std::string plan_text(const Plan& plan, const rules::RuleSet& rules) {
  std::string out = plan.level == Level::kScatter   ? "scatter"
                    : plan.level == Level::kCompute ? "compute"
                                                    : "single";
  if (plan.needs_writer) out += " on the writer";
  out += '\n';
  for (const Piece& piece : plan.pieces) {
    out += "piece " + piece.table + " = " + piece.label + ": ";
    out += piece.plan->level == Level::kScatter ? "scatter" : "single";
    out += " of " + std::to_string(piece.plan->queries.size()) + "\n  " + piece.sql + piece.lock;
    for (std::size_t p = 0; p < piece.parameters.size(); ++p) {
      out += (p == 0 ? "  <- ?" : ", ?") + std::to_string(piece.parameters[p]);
    }
    out += '\n';
    for (const std::string& sql : piece.create) out += "  " + sql + '\n';
    for (const Reducer& reducer : piece.reducers) {
      out += "  narrowed by " + plan.pieces[reducer.piece].table + "." + reducer.column + " = " +
             reducer.own + '\n';
    }
  }
  for (std::size_t i = 0; i < plan.queries.size(); ++i) {
    const PhysicalQuery& query = plan.queries[i];
    // A long fan-out says the same again and again.
    if (i == 2 && plan.queries.size() > 4) {
      out += "... " + std::to_string(plan.queries.size()) + " queries\n";
    }
    if (i >= 2 && i + 1 < plan.queries.size() && plan.queries.size() > 4) continue;
    out += rules.data_source_name(query.data_source);
    if (query.shard) out += "/" + std::to_string(*query.shard);
    out += ": " + query.sql;
    for (std::size_t p = 0; p < query.parameters.size(); ++p) {
      out += p == 0 ? "  <- " : ", ";
      out += (query.parameters[p].generated ? "generated " : "?") +
             std::to_string(query.parameters[p].index) + "@" +
             std::to_string(query.parameter_offsets[p]);
    }
    out += '\n';
  }
  if (plan.fix_timestamp) out += "one clock\n";
  const Merge& merge = plan.merge;
  if (merge.grouping) {
    keys_line(out, "group", merge.grouping->keys);
    for (const Aggregate& aggregate : merge.grouping->aggregates) {
      out += aggregate_text(aggregate) + '\n';
    }
    if (merge.grouping->keys.empty() && merge.grouping->aggregates.empty()) out += "one row\n";
  }
  keys_line(out, "distinct", merge.distinct);
  keys_line(out, "order", merge.order);
  if (merge.limit) out += "limit " + std::to_string(*merge.limit) + '\n';
  if (merge.offset != 0) out += "offset " + std::to_string(merge.offset) + '\n';
  if (merge.hidden_columns != 0) out += "hidden " + std::to_string(merge.hidden_columns) + '\n';
  return out;
}

std::string refusal_text(const Error& error, std::string_view statement) {
  std::string out = "refused " + std::string(error.id());
  const ErrorSpan span = error.span();
  if (span.end > span.begin && span.end <= statement.size()) {
    out += " at `" + std::string(statement.substr(span.begin, span.end - span.begin)) + "`";
  }
  return out + ": " + error.message() + '\n';
}

}  // namespace pando::plan
