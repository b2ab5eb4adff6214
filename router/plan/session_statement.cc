// Statements about the session: transactions, USE, and what is accepted without effect.

#include <algorithm>
#include <array>

#include "router/plan/session_plan.h"
#include "router/plan/write_common.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// --- Transactions --------------------------------------------------------------------------------

Result<Plan> begin(const Statement& statement) {
  const sql::Node& root = statement.node(statement.root());
  Plan plan = session_plan(SessionAction::kBegin);
  if (root.has(sql::kReadOnly)) plan.session_text = "READ ONLY";
  const NodeId raw = statement.find(statement.root(), NodeKind::kRaw);
  if (raw == sql::kNoNode) return plan;
  std::string words;
  for (const std::string& word : words_of(statement.text(raw))) {
    const std::string w = to_upper(word);
    if (w == "WORK" || w == "TRANSACTION") continue;
    if (!words.empty()) words += ' ';
    words += w;
  }
  if (words == "CONSISTENT SNAPSHOT" || words == "WITH CONSISTENT SNAPSHOT") {
    return refuse(ErrorCode::kSessionStatement, statement.node(raw).span,
                  "a consistent snapshot cannot be taken on several data sources at once");
  }
  const bool known = words.empty() || words == "READ ONLY" || words == "READ WRITE" ||
                     words == "DEFERRED" || words == "IMMEDIATE" || words == "EXCLUSIVE";
  if (!known) {
    return refuse(ErrorCode::kSessionStatement, statement.node(raw).span,
                  "transactions cannot be begun with " + words);
  }
  if (!words.empty() && words != "READ WRITE") plan.session_text = words;
  return plan;
}

Result<Plan> end_transaction(const Statement& statement, SessionAction action) {
  const sql::Node& root = statement.node(statement.root());
  if (root.has(sql::kChain) || root.has(sql::kOtherForm)) {
    return refuse(ErrorCode::kSessionStatement, root.span,
                  "CHAIN and RELEASE are not supported: begin or disconnect explicitly");
  }
  return session_plan(action);
}

// MySQL compares the names of savepoints without regard to case and accents; a character that is
// not ASCII is taken for any.
bool may_be_the_executors(std::string_view name) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < name.size() && at < kOwnSavepoints.size(); ++i, ++at) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte >= 0x80) {
      while (i + 1 < name.size() && (static_cast<unsigned char>(name[i + 1]) & 0xC0) == 0x80) ++i;
    } else if (!same_name(name.substr(i, 1), kOwnSavepoints.substr(at, 1))) {
      return false;
    }
  }
  return at == kOwnSavepoints.size();
}

Result<Plan> savepoint(const Statement& statement, SessionAction action) {
  const NodeId node = statement.find(statement.root(), NodeKind::kName);
  std::string name = statement.name(node);
  if (may_be_the_executors(name)) {
    return refuse(ErrorCode::kSessionStatement, statement.node(node).span,
                  "savepoints that begin with " + std::string(kOwnSavepoints) +
                      " are Pando's own; choose another name");
  }
  return session_plan(action, std::move(name));
}

Result<Plan> use(const Statement& statement, const rules::RuleSet& rules) {
  const NodeId name = statement.child(statement.root(), 0);
  if (!rules.schema().empty() && statement.name(name) == rules.schema()) {
    return session_plan(SessionAction::kUse);
  }
  return refuse(ErrorCode::kSessionStatement, statement.node(name).span,
                rules.schema().empty()
                    ? "the rules name no schema, so USE has nothing to choose"
                    : "schema " + statement.name(name) + " is not the one the rules describe (" +
                          rules.schema() + ")");
}

// --- What Pando recognises and does not route ----------------------------------------------------

Result<Plan> other(const Statement& statement, const rules::RuleSet& rules) {
  const std::vector<std::string> words = words_of(statement.text());
  const auto at = [&words](std::size_t i) { return i < words.size() ? to_upper(words[i]) : ""; };
  const sql::Span span = statement.node(statement.root()).span;
  const bool mysql = rules.dialect() == Dialect::kMySql;
  const bool tables = mysql && (at(1) == "TABLES" || at(1) == "TABLE");
  if (at(0) == "UNLOCK" && tables) return session_plan(SessionAction::kUnlockTables);
  if (at(0) == "LOCK" && tables) {
    Plan plan = session_plan(SessionAction::kLockTables);
    plan.notes.push_back("LOCK TABLES takes no lock through Pando");
    return plan;
  }
  const bool schema = at(1) == "SCHEMA" || at(1) == "DATABASE";
  if (at(0) == "CREATE" && schema) {
    std::size_t i = 2;
    if (at(2) == "IF" && at(3) == "NOT" && at(4) == "EXISTS") i = 5;
    if (i < words.size() && !rules.schema().empty() && words[i] == rules.schema()) {
      Plan plan = session_plan(mysql ? SessionAction::kCommitsOnly : SessionAction::kNothing);
      plan.notes.push_back("schema " + words[i] +
                           " is the one of the rules: its databases are made by whoever runs the "
                           "data sources");
      return plan;
    }
  }
  std::string what = at(0);
  if ((what == "CREATE" || what == "DROP" || what == "ALTER") && words.size() > 1) {
    // CREATE [OR REPLACE] [DEFINER = user] VIEW: the word that says what it is.
    static constexpr auto kObjects = std::to_array<std::string_view>(
        {"VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SCHEMA", "DATABASE", "USER", "ROLE",
         "SEQUENCE", "SERVER", "TABLESPACE", "PACKAGE", "VIRTUAL"});
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (std::find(kObjects.begin(), kObjects.end(), at(i)) == kObjects.end()) continue;
      what += ' ' + at(i);
      break;
    }
  }
  return refuse(ErrorCode::kUnsupportedStatement, span, what + " is not routed by Pando");
}

Result<Plan> session_statement(const Statement& statement, const PlanContext& context) {
  switch (statement.kind(statement.root())) {
    case NodeKind::kBegin:
      return begin(statement);
    case NodeKind::kCommit:
      return end_transaction(statement, SessionAction::kCommit);
    case NodeKind::kRollback:
      return end_transaction(statement, SessionAction::kRollback);
    case NodeKind::kSavepoint:
      return savepoint(statement, SessionAction::kSavepoint);
    case NodeKind::kRollbackTo:
      return savepoint(statement, SessionAction::kRollbackTo);
    case NodeKind::kReleaseSavepoint:
      return savepoint(statement, SessionAction::kReleaseSavepoint);
    case NodeKind::kSet:
      return plan_set(statement, context);
    case NodeKind::kUse:
      return use(statement, *context.rules);
    default:
      return other(statement, *context.rules);
  }
}

}  // namespace

Plan session_plan(SessionAction action, std::string text) {
  Plan plan;
  plan.returns_rows = false;
  plan.session = action;
  plan.session_text = std::move(text);
  plan.reason = "a statement about the session";
  return plan;
}

Result<WriteShapePtr> analyze_session(std::shared_ptr<const sql::Statement> statement,
                                      const PlanContext& context) {
  if (statement->parameter_count() > 0) {
    const std::uint32_t at = statement->parameters().front();
    return refuse(ErrorCode::kSessionStatement, {at, at + 1},
                  "statements about the session take no parameters");
  }
  PANDO_ASSIGN(Plan plan, session_statement(*statement, context));
  return ready(std::move(statement), std::move(plan));
}

}  // namespace pando::plan
