#include "router/own_answer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/names.h"

namespace pando::router {
namespace {

// Rows of text that are in memory already.
class TextStream final : public RowStream {
 public:
  TextStream(std::vector<std::string> columns, std::vector<std::vector<std::string>> rows)
      : rows_(std::move(rows)) {
    for (std::string& name : columns) {
      columns_.push_back({.name = std::move(name), .type = SqlType::kText});
    }
  }
  Result<bool> next() override {
    if (at_ == rows_.size()) return false;
    values_.clear();
    for (const std::string& text : rows_[at_]) values_.push_back(Value::of_text(text));
    ++at_;
    row_ = values_;
    return true;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<Value> values_;
  std::size_t at_ = 0;
};

// SQL's LIKE, without regard to ASCII case. A backslash takes the character after it as it is.
bool like(std::string_view text, std::string_view pattern) {
  // `star` is where to go on from after a mismatch: one more character into the last %.
  std::size_t t = 0, p = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    const std::size_t c = escaped ? p + 1 : p;
    if (!escaped && p < pattern.size() && pattern[p] == '%') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && ((!escaped && pattern[p] == '_') ||
                                      lower_ascii(pattern[c]) == lower_ascii(text[t]))) {
      ++t;
      p = c + 1;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

}  // namespace

bool has_own_answer(plan::SessionAction action) {
  switch (action) {
    case plan::SessionAction::kUse:
    case plan::SessionAction::kLockTables:
    case plan::SessionAction::kUnlockTables:
    case plan::SessionAction::kCommitsOnly:
    case plan::SessionAction::kNothing:
    case plan::SessionAction::kShowTables:
    case plan::SessionAction::kShowFullTables:
      return true;
    default:
      return false;
  }
}

std::shared_ptr<const plan::Plan> other_tables_plan(const plan::Plan& plan,
                                                    const rules::RuleSet& rules) {
  const bool shows = plan.session == plan::SessionAction::kShowTables ||
                     plan.session == plan::SessionAction::kShowFullTables;
  if (!shows || !rules.default_single() || rules.dialect() != Dialect::kMySql) return nullptr;
  auto ask = std::make_shared<plan::Plan>();
  plan::PhysicalQuery query;
  query.data_source = *rules.default_single();
  query.sql = "SHOW FULL TABLES";
  ask->queries.push_back(std::move(query));
  return ask;
}

Result<std::vector<std::pair<std::string, std::string>>> other_tables(RowStream& rows,
                                                                      const rules::RuleSet& rules) {
  std::vector<std::string_view> named;
  for (const rules::LogicalTable& table : rules.tables()) {
    named.push_back(table.name);
    for (const rules::Node& node : table.nodes) {
      if (node.data_source == rules.default_single()) named.push_back(node.table);
    }
  }
  for (const auto& [name, generator] : rules.id_generators()) {
    if (generator.kind == rules::IdGeneratorRule::Kind::kSegment) named.push_back(generator.table);
  }
  std::vector<std::pair<std::string, std::string>> result;
  while (true) {
    PANDO_ASSIGN(const bool more, rows.next());
    if (!more) return result;
    const std::string_view name = rows.row()[0].as_string();
    const bool known = std::any_of(named.begin(), named.end(), [name](std::string_view other) {
      return same_name(other, name);
    });
    if (!known) result.emplace_back(name, rows.row()[1].as_string());
  }
}

Reply own_answer(const plan::Plan& plan, const rules::RuleSet& rules,
                 const std::vector<std::pair<std::string, std::string>>& others) {
  Reply reply;
  reply.write.warnings = static_cast<std::uint32_t>(plan.notes.size());
  const bool full = plan.session == plan::SessionAction::kShowFullTables;
  if (!full && plan.session != plan::SessionAction::kShowTables) return reply;
  std::vector<std::vector<std::string>> rows;
  for (const rules::LogicalTable& table : rules.tables()) {
    if (!plan.session_text.empty() && !like(table.name, plan.session_text)) continue;
    rows.push_back({table.name});
    if (full) rows.back().push_back("BASE TABLE");
  }
  for (const auto& [name, type] : others) {
    if (!plan.session_text.empty() && !like(name, plan.session_text)) continue;
    rows.push_back({name});
    if (full) rows.back().push_back(type);
  }
  std::sort(rows.begin(), rows.end());
  std::vector<std::string> columns = {"Tables_in_" +
                                      (rules.schema().empty() ? "pando" : rules.schema())};
  if (full) columns.push_back("Table_type");
  reply.rows = std::make_unique<TextStream>(std::move(columns), std::move(rows));
  return reply;
}

}  // namespace pando::router
