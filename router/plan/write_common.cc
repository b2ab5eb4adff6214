#include "router/plan/write_common.h"

#include <algorithm>

#include "pando/names.h"
#include "router/analyze/functions.h"
#include "rules/suggest.h"

namespace pando::plan {
namespace {

class ReadyShape final : public WriteShape {
 public:
  ReadyShape(std::shared_ptr<const sql::Statement> statement, Plan plan)
      : statement_(std::move(statement)), plan_(std::move(plan)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext&) const override {
    PANDO_TRY(check_parameter_count(*statement_, parameters.size()));
    return plan_;
  }

 private:
  std::shared_ptr<const sql::Statement> statement_;
  Plan plan_;
};

}  // namespace

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

namespace {

// Where a quoted text ends that begins at `begin`, behind its quote; npos: nowhere.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote != '`') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 == text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text, std::size_t most) {
  std::vector<std::string> words;
  const auto word = [](char c) {
    return is_name_char(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  std::size_t i = 0;
  while (i < text.size() && words.size() < most) {
    const char c = text[i];
    if (is_blank(c)) {
      ++i;
    } else if (starts_with(text.substr(i), "/*!") || starts_with(text.substr(i), "/*M!")) {
      i = text.find('!', i) + 1;
      while (i < text.size() && is_digit(text[i])) ++i;
    } else if (starts_with(text.substr(i), "*/")) {
      i += 2;
    } else if (starts_with(text.substr(i), "/*")) {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else if (c == '#' || starts_with(text.substr(i), "--")) {
      const std::size_t end = text.find('\n', i);
      i = end == std::string_view::npos ? text.size() : end;
    } else if (c == '`' || c == '"' || c == '\'') {
      const std::size_t end = end_of_quoted(text, i);
      if (end == std::string_view::npos) break;
      words.emplace_back(text.substr(i + 1, end - i - 2));
      i = end;
    } else if (word(c)) {
      std::size_t end = i;
      while (end < text.size() && word(text[end])) ++end;
      words.emplace_back(text.substr(i, end - i));
      i = end;
    } else {
      words.emplace_back(1, c);
      ++i;
    }
  }
  return words;
}

TablePtr table_named(std::string_view name, const rules::RuleSet& rules) {
  if (const rules::LogicalTable* table = rules.find_table(name)) {
    return TablePtr(std::shared_ptr<const void>(), table);
  }
  if (!rules.default_single()) return nullptr;
  auto table = std::make_shared<rules::LogicalTable>();
  table->name = name;
  table->kind = rules::TableKind::kSingle;
  table->nodes.push_back({*rules.default_single(), std::string(name)});
  return table;
}

Result<TablePtr> resolve_table(const sql::Statement& statement, sql::NodeId table_name,
                               const rules::RuleSet& rules) {
  const sql::NodeId first = statement.child(table_name, 0);
  const sql::NodeId second = statement.child(table_name, 1);
  const sql::Span span = statement.node(table_name).span;
  if (second != sql::kNoNode) {
    const std::string schema = statement.name(first);
    const bool own = (!rules.schema().empty() && schema == rules.schema()) ||
                     (statement.dialect() == Dialect::kSqlite && same_name(schema, "main"));
    if (!own) {
      return refuse(ErrorCode::kUnsupportedStatement, span,
                    "schema " + schema + " is not the one the rules describe" +
                        (rules.schema().empty() ? "" : " (" + rules.schema() + ")"));
    }
  }
  const std::string name = statement.name(second != sql::kNoNode ? second : first);
  if (statement.dialect() == Dialect::kSqlite && rules.data_sources().size() > 1 &&
      rules.find_table(name) == nullptr && analyze::tells_of_one_file(name)) {
    return refuse(ErrorCode::kUnsupportedStatement, span,
                  name + " tells of one file, and the tables lie in several");
  }
  TablePtr table = table_named(name, rules);
  if (table == nullptr) {
    return refuse(ErrorCode::kUnknownTable, span,
                  "table " + name + " is not in the rules" + rules::suggest_table(name, rules));
  }
  return table;
}

void edit_table_name(const sql::Statement& statement, sql::NodeId table_name,
                     std::string_view physical, std::vector<rewrite::Edit>& edits) {
  const sql::NodeId first = statement.child(table_name, 0);
  const sql::NodeId second = statement.child(table_name, 1);
  const sql::NodeId last = second != sql::kNoNode ? second : first;
  const std::string name = statement.name(last);
  const sql::Span span = statement.node(table_name).span;
  if (name == physical) {
    // Only the schema goes, if there is one.
    if (second != sql::kNoNode) {
      edits.push_back({{span.begin, statement.node(last).span.begin}, "", {}});
    }
    return;
  }
  edits.push_back({span, rewrite::quote_identifier(physical, statement.dialect()), {}});
}

std::string node_label(const rules::LogicalTable& table, std::size_t node) {
  if (table.kind == rules::TableKind::kSharded) {
    return "shard " + std::to_string(node) + " of " + std::to_string(table.nodes.size());
  }
  return table.kind == rules::TableKind::kBroadcast
             ? "copy " + std::to_string(node) + " of " + std::to_string(table.nodes.size())
             : "the only place";
}

Result<void> check_parameter_count(const sql::Statement& statement, std::size_t given) {
  if (statement.parameter_count() == given) return {};
  return fail(ErrorCode::kParameterCount, count_mismatch(statement.parameter_count(), given));
}

std::string count_mismatch(std::size_t placeholders, std::size_t given) {
  const auto counted = [](std::size_t n, const char* what) {
    return (n == 0 ? "no" : std::to_string(n)) + " " + what + (n == 1 ? "" : "s");
  };
  return "the statement has " + counted(placeholders, "placeholder") + ", but " +
         counted(given, "value") + (given == 1 ? " was" : " were") + " given";
}

WriteShapePtr ready(std::shared_ptr<const sql::Statement> statement, Plan plan) {
  return std::make_shared<ReadyShape>(std::move(statement), std::move(plan));
}

}  // namespace pando::plan
