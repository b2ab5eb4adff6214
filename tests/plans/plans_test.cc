// Runs the cases of tests/plans/cases: text in, plan or refusal out.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "drivers/table_schema.h"
#include "plan_file.h"
#include "plan_text.h"
#include "router/plan/planner.h"
#include "router/sql/parser.h"
#include "rules/config.h"

namespace pando::plan {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string trimmed(std::string text) {
  const auto space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
  while (!text.empty() && space(text.back())) text.pop_back();
  std::size_t begin = 0;
  while (begin < text.size() && space(text[begin])) ++begin;
  return text.substr(begin);
}

SqlType type_of(const std::string& name) {
  static const std::map<std::string, SqlType> kTypes = {
      {"int", SqlType::kInt32}, {"bigint", SqlType::kInt64}, {"decimal", SqlType::kDecimal},
      {"text", SqlType::kText}, {"date", SqlType::kDate},    {"datetime", SqlType::kDateTime},
      {"enum", SqlType::kEnum}, {"json", SqlType::kJson},    {"bytes", SqlType::kBytes},
      {"year", SqlType::kYear}, {"double", SqlType::kDouble}};
  const auto found = kTypes.find(name);
  EXPECT_NE(found, kTypes.end()) << "unknown type " << name;
  return found == kTypes.end() ? SqlType::kUnknown : found->second;
}

SchemaView::Tables parse_schema(const std::string& body) {
  SchemaView::Tables tables;
  std::istringstream in(body);
  std::string line;
  while (std::getline(in, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    auto table = std::make_shared<drivers::TableSchema>();
    table->table = trimmed(line.substr(0, colon));
    std::istringstream columns(line.substr(colon + 1));
    std::string column;
    while (std::getline(columns, column, ',')) {
      std::istringstream words(column);
      drivers::ColumnSchema schema;
      std::string type;
      words >> schema.name >> type;
      if (const std::size_t slash = type.find('/'); slash != std::string::npos) {
        schema.collation = type.substr(slash + 1);
        type = type.substr(0, slash);
      }
      schema.type = type_of(type);
      schema.declared_type = type;
      table->columns.push_back(schema);
    }
    tables[table->table] = table;
  }
  return tables;
}

// `?` lines: 7, -1, 1.5, 'text', NULL.
struct Parameters {
  std::vector<std::string> texts;
  std::vector<Value> values;
};

void parse_parameters(const std::string& line, Parameters& out) {
  std::istringstream in(line);
  std::string word;
  while (std::getline(in, word, ',')) out.texts.push_back(trimmed(word));
  for (const std::string& text : out.texts) {
    if (text == "NULL") {
      out.values.push_back(Value::null());
    } else if (text.size() >= 2 && text[0] == '\'') {
      out.values.push_back(Value::of_text(std::string_view(text).substr(1, text.size() - 2)));
    } else if (text.find('.') != std::string::npos) {
      out.values.push_back(Value::of_double(std::stod(text)));
    } else {
      out.values.push_back(Value::of_int(std::stoll(text)));
    }
  }
}

class PlanFile : public testing::TestWithParam<std::string> {};

std::string run_case(const PlanSection& section, const rules::RuleSet& rules,
                     const SchemaView* schema) {
  std::string statement_text;
  Parameters parameters;
  std::istringstream in(section.body);
  std::string line;
  while (std::getline(in, line)) {
    if (line.rfind("? ", 0) == 0) {
      parse_parameters(line.substr(2), parameters);
    } else {
      statement_text += line + '\n';
    }
  }
  sql::ParseOptions options;
  options.dialect = rules.dialect();
  options.mariadb = rules.mariadb();
  options.server_version = rules.server_version();
  auto parsed = sql::parse(trimmed(statement_text), options);
  if (!parsed) return refusal_text(parsed.error(), trimmed(statement_text));
  const auto statement = std::make_shared<const sql::Statement>(std::move(*parsed));
  PlanContext context;
  context.rules = &rules;
  context.schema = schema;
  const auto shape = analyze(statement, context);
  if (!shape) return refusal_text(shape.error(), statement->text());
  const auto plan = pando::plan::bind(**shape, parameters.values, context);
  if (!plan) return refusal_text(plan.error(), statement->text());
  for (const PhysicalQuery& query : plan->queries) {
    const auto again = sql::parse(query.sql, options);
    if (!again) {
      ADD_FAILURE() << section.name << ": " << query.sql << "\n" << again.error().message();
      continue;
    }
    EXPECT_EQ(again->parameters(), query.parameter_offsets) << section.name << ": " << query.sql;
  }
  // explain must come to the same plan.
  const Plan explained = explain(statement, parameters.values, context);
  EXPECT_EQ(plan_text(explained, rules), plan_text(*plan, rules)) << section.name;
  return plan_text(*plan, rules);
}

TEST_P(PlanFile, HoldsWhatItSays) {
  const std::filesystem::path path =
      std::filesystem::path(PANDO_SOURCE_DIR) / "tests/plans/cases" / GetParam();
  std::vector<PlanSection> sections = parse_plan_file(read_file(path));
  const bool update = std::getenv("PANDO_UPDATE_PLANS") != nullptr;
  rules::RuleSetPtr rules;
  std::optional<SchemaView> schema;
  int cases = 0;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    PlanSection& section = sections[i];
    if (section.kind == "rules") {
      auto parsed = rules::parse_config(section.body, {});
      ASSERT_TRUE(parsed) << parsed.error().message();
      rules = *parsed;
      schema.reset();
    } else if (section.kind == "schema") {
      schema.emplace(parse_schema(section.body));
    } else if (section.kind == "case") {
      ASSERT_NE(rules, nullptr);
      const std::string actual = run_case(section, *rules, schema ? &*schema : nullptr);
      ++cases;
      const bool has_plan = i + 1 < sections.size() && sections[i + 1].kind == "plan";
      if (update) {
        if (!has_plan) {
          sections.insert(sections.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                          PlanSection{"", "plan", "", ""});
        }
        sections[i + 1].body = actual;
      } else {
        ASSERT_TRUE(has_plan) << sections[i].name << " has no plan";
        EXPECT_EQ(sections[i + 1].body, actual) << sections[i].name << "\n" << sections[i].body;
      }
    }
  }
  EXPECT_GT(cases, 0);
  if (update) std::ofstream(path, std::ios::binary) << print_plan_file(sections);
}

std::vector<std::string> plan_files() {
  std::vector<std::string> files;
  const auto folder = std::filesystem::path(PANDO_SOURCE_DIR) / "tests/plans/cases";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Cases, PlanFile, testing::ValuesIn(plan_files()),
                         [](const testing::TestParamInfo<std::string>& file) {
                           std::string name = file.param.substr(0, file.param.find('.'));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace pando::plan
