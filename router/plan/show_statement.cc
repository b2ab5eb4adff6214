// Statements that ask what there is: SHOW, DESCRIBE, EXPLAIN, PRAGMA.

#include <algorithm>
#include <array>

#include "router/plan/write_common.h"
#include "router/sql/parser.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// The SHOW statements whose answer is the same on every data source.
constexpr auto kShownAnywhere = std::to_array<std::string_view>(
    {"CHARACTER", "CHARSET", "COLLATION", "ENGINES", "PLUGINS", "PRIVILEGES", "VARIABLES"});

constexpr auto kTablePragmas = std::to_array<std::string_view>(
    {"table_info", "table_xinfo", "index_list", "foreign_key_list"});

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Plan read_plan(rules::DataSourceIndex source, PhysicalQuery query, std::string reason) {
  Plan plan;
  query.data_source = source;
  query.reason = reason;
  plan.reason = std::move(reason);
  plan.queries.push_back(std::move(query));
  return plan;
}

Plan verbatim(const Statement& statement, std::string reason) {
  rewrite::TextAssembly text(statement, {});
  text.copy({0, static_cast<std::uint32_t>(statement.text().size())});
  return read_plan(0, std::move(text).take(), std::move(reason));
}

Result<Plan> of_table(const Statement& statement, NodeId table_ref, const rules::RuleSet& rules) {
  const NodeId name = statement.find(table_ref, NodeKind::kTableName);
  PANDO_ASSIGN(const TablePtr table, resolve_table(statement, name, rules));
  const rules::Node& node = table->nodes.front();
  std::vector<rewrite::Edit> edits;
  edit_table_name(statement, name, node.table, edits);
  rewrite::TextAssembly text(statement, edits);
  text.copy({0, static_cast<std::uint32_t>(statement.text().size())});
  return read_plan(node.data_source, std::move(text).take(),
                   "all nodes of " + table->name + " are alike: the first one answers");
}

Result<Plan> show_tables(const Statement& statement, const rules::RuleSet& rules) {
  const sql::Span span = statement.node(statement.root()).span;
  const std::vector<std::string> words = words_of(statement.text());
  Plan plan;
  plan.session = SessionAction::kShowTables;
  plan.session_text = "%";
  plan.reason = "answered from the rules";
  std::size_t i = 1;
  for (; i < words.size() && !same_name(words[i], "TABLES"); ++i) {
    if (same_name(words[i], "FULL")) plan.session = SessionAction::kShowFullTables;
  }
  ++i;
  if (i + 1 < words.size() && (same_name(words[i], "FROM") || same_name(words[i], "IN"))) {
    if (rules.schema().empty() || words[i + 1] != rules.schema()) {
      return refuse(ErrorCode::kUnsupportedStatement, span,
                    "schema " + words[i + 1] + " is not the one the rules describe");
    }
    i += 2;
  }
  if (i + 2 == words.size() && same_name(words[i], "LIKE")) {
    plan.session_text = words[i + 1];
    i += 2;
  }
  if (i < words.size()) {
    return refuse(
        ErrorCode::kUnsupportedStatement, span,
        "SHOW TABLES is answered from the rules, with LIKE but without " + to_upper(words[i]));
  }
  return plan;
}

Result<Plan> show(const Statement& statement, const rules::RuleSet& rules) {
  const NodeId root = statement.root();
  const sql::Span span = statement.node(root).span;
  const NodeId table = statement.find(root, NodeKind::kTableRef);
  const auto kind = static_cast<sql::ShowKind>(statement.node(root).op);
  switch (kind) {
    case sql::ShowKind::kTables:
      return show_tables(statement, rules);
    case sql::ShowKind::kColumns:
    case sql::ShowKind::kIndexes:
    case sql::ShowKind::kCreateTable: {
      if (table == sql::kNoNode) break;
      const sql::Span rest = {statement.node(table).span.end,
                              static_cast<std::uint32_t>(statement.text().size())};
      const std::vector<std::string> words = words_of(statement.text(rest));
      if (!words.empty() && (same_name(words[0], "FROM") || same_name(words[0], "IN"))) {
        return refuse(ErrorCode::kUnsupportedStatement, rest,
                      "write the schema before the table's name, as schema.table");
      }
      PANDO_ASSIGN(Plan plan, of_table(statement, table, rules));
      if (kind == sql::ShowKind::kCreateTable) {
        plan.notes.push_back("the answer shows one physical table under its own name");
      } else if (kind == sql::ShowKind::kIndexes) {
        plan.notes.push_back(
            "the answer shows one physical table under its own name, and its Cardinality alone");
      }
      return plan;
    }
    case sql::ShowKind::kDatabases:
      return refuse(ErrorCode::kUnsupportedStatement, span,
                    "SHOW DATABASES would list one data source's own databases");
    case sql::ShowKind::kWarnings:
      return fail(Error(ErrorCode::kSessionStatement,
                        "the number of warnings comes with a statement's result, not from SHOW")
                      .with_span(span.begin, span.end)
                      .with_remedy("`pando query --format json` and Executed::warnings() give the "
                                   "number; for the texts, run the statement and SHOW WARNINGS on "
                                   "the data source that `pando explain` names."));
    case sql::ShowKind::kVariables:
      return verbatim(statement, "asked of the first data source");
    case sql::ShowKind::kOther:
      break;
  }
  std::string what = "SHOW";
  for (const std::string& word : words_of(statement.text())) {
    const std::string w = to_upper(word);
    if (w == "SHOW" || w == "SESSION" || w == "LOCAL" || w == "GLOBAL") continue;
    if (contains(kShownAnywhere, w)) {
      return verbatim(statement, "asked of the first data source");
    }
    what += ' ' + w;
    break;
  }
  return refuse(ErrorCode::kUnsupportedStatement, span,
                what + " speaks of one server and is not routed by Pando");
}

Result<Plan> pragma(const Statement& statement, const rules::RuleSet& rules) {
  const sql::Span span = statement.node(statement.root()).span;
  std::vector<std::string> words = words_of(statement.text());
  if (words.size() > 3 && words[2] == "." && same_name(words[1], "main")) {
    words.erase(words.begin() + 1, words.begin() + 3);
  }
  const std::string name = words.size() > 1 ? to_lower(words[1]) : "";
  if (contains(kTablePragmas, name) && words.size() >= 4 && (words[2] == "(" || words[2] == "=")) {
    const TablePtr table = table_named(words[3], rules);
    if (table == nullptr) {
      return refuse(ErrorCode::kUnknownTable, span, "table " + words[3] + " is not in the rules");
    }
    const rules::Node& node = table->nodes.front();
    PhysicalQuery query;
    query.sql =
        "PRAGMA " + name + "(" + rewrite::quote_identifier(node.table, Dialect::kSqlite) + ")";
    return read_plan(node.data_source, std::move(query),
                     "all nodes of " + table->name + " are alike: the first one answers");
  }
  if (name == "foreign_keys") {
    if (words.size() == 2) return verbatim(statement, "asked of the first data source");
    Plan plan;
    plan.returns_rows = false;
    plan.session = SessionAction::kSet;
    plan.session_text = statement.text();
    plan.setting = SettingValue::kConstant;
    plan.reason = "carried over to every connection of the session";
    return plan;
  }
  return refuse(ErrorCode::kUnsupportedStatement, span,
                "PRAGMA " + name + " speaks of one database file and is not routed by Pando");
}

// An error of the explained statement, with its place in the whole one.
Error moved(Error error, std::uint32_t by) {
  const ErrorSpan span = error.span();
  if (span.end <= span.begin) return error;
  return std::move(error).with_span(span.begin + by, span.end + by);
}

// EXPLAIN of a statement that goes to one place whole goes there too.
class ExplainShape final : public WriteShape {
 public:
  ExplainShape(std::shared_ptr<const Statement> statement, ShapePtr inner)
      : statement_(std::move(statement)), inner_(std::move(inner)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const override {
    const sql::Span span = statement_->node(statement_->root()).span;
    PlanContext inner = context;
    inner.next_id = nullptr;  // Nothing is written, so no key is used up.
    const NodeId child = statement_->child(statement_->root(), 0);
    const std::uint32_t begin = statement_->node(child).span.begin;
    Result<Plan> bound = plan::bind(*inner_, parameters, inner);
    if (!bound) return fail(moved(std::move(bound).error(), begin));
    Plan plan = std::move(*bound);
    if (plan.queries.size() != 1 || plan.session != SessionAction::kNone) {
      return fail(
          Error(ErrorCode::kUnsupportedStatement, "EXPLAIN of a statement that reaches " +
                                                      std::to_string(plan.queries.size()) +
                                                      " places")
              .with_span(span.begin, span.end)
              .with_remedy("`pando explain` shows what runs where; EXPLAIN that on the data "
                           "source."));
    }
    const std::string head(statement_->text({0, begin}));
    PhysicalQuery& query = plan.queries.front();
    query.sql = head + query.sql;
    for (std::uint32_t& offset : query.parameter_offsets) {
      offset += static_cast<std::uint32_t>(head.size());
    }
    plan.merge = {};
    plan.write = WriteKind::kNone;
    plan.returns_rows = true;
    plan.needs_writer = false;
    plan.fix_timestamp = false;
    plan.generated_key.reset();
    return plan;
  }

 private:
  std::shared_ptr<const Statement> statement_;
  ShapePtr inner_;
};

Result<WriteShapePtr> explain_statement(std::shared_ptr<const Statement> statement,
                                        const PlanContext& context) {
  NodeId child = statement->child(statement->root(), 0);
  while (child != sql::kNoNode && statement->kind(child) == NodeKind::kRaw) {
    child = statement->node(child).next;
  }
  const sql::Span span = statement->node(statement->root()).span;
  if (child == sql::kNoNode || child != statement->child(statement->root(), 0)) {
    return refuse(ErrorCode::kUnsupportedStatement, span, "this EXPLAIN is not routed by Pando");
  }
  for (const std::string& word :
       words_of(statement->text({0, statement->node(child).span.begin}))) {
    if (same_name(word, "ANALYZE")) {
      return refuse(ErrorCode::kUnsupportedStatement, span,
                    "EXPLAIN ANALYZE runs the statement and is not routed by Pando");
    }
  }
  const std::uint32_t begin = statement->node(child).span.begin;
  Result<sql::Statement> parsed =
      sql::parse(std::string(statement->text(child)), statement->options());
  if (!parsed) return fail(moved(std::move(parsed).error(), begin));
  Result<ShapePtr> inner = analyze(std::make_shared<const Statement>(std::move(*parsed)), context);
  if (!inner) return fail(moved(std::move(inner).error(), begin));
  return std::make_shared<ExplainShape>(std::move(statement), std::move(*inner));
}

}  // namespace

Result<WriteShapePtr> analyze_show(std::shared_ptr<const sql::Statement> statement,
                                   const PlanContext& context) {
  const NodeId root = statement->root();
  Result<Plan> plan = Plan();
  switch (statement->kind(root)) {
    case NodeKind::kExplain:
      return explain_statement(std::move(statement), context);
    case NodeKind::kDescribe:
      plan = of_table(*statement, statement->find(root, NodeKind::kTableRef), *context.rules);
      break;
    case NodeKind::kPragma:
      plan = pragma(*statement, *context.rules);
      break;
    default:
      plan = show(*statement, *context.rules);
      break;
  }
  if (!plan) return fail(std::move(plan).error());
  return ready(std::move(statement), std::move(*plan));
}

}  // namespace pando::plan
