// SET: which variables a session carries over to all of its connections.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/analyze/variables.h"
#include "router/plan/session_plan.h"
#include "router/plan/sql_mode.h"
#include "router/plan/write_common.h"

namespace pando::plan {
namespace {

using analyze::variable_name;
using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

// An item of a SET that is carried over.
struct Kept {
  NodeId item = sql::kNoNode;
  std::string instead;  // What is sent; "": the item's own text.
  SettingValue value = SettingValue::kConstant;
};

constexpr const char* kNames = "NAMES utf8mb4";
// As SET CHARACTER SET does, but for utf8mb4 only: the error names the fact. (@@collation_database
// is not what it was once a connection has been reset.)
constexpr const char* kDatabaseCollation =
    "collation_connection = (SELECT IF(default_character_set_name = 'utf8mb4', "
    "default_collation_name, 'that of a database which is not utf8mb4') FROM "
    "information_schema.schemata WHERE schema_name = DATABASE())";

// Variables of the connection's character set: fixed at utf8mb4, and so are their saved values.
constexpr auto kCharacterSets = std::to_array<std::string_view>(
    {"character_set_client", "character_set_connection", "character_set_results"});

class SetPlanner {
 public:
  SetPlanner(const Statement& statement, const PlanContext& context)
      : statement_(statement), rules_(*context.rules) {}

  Result<Plan> plan() {
    std::size_t items = 0;
    for (const NodeId item : statement_.children(statement_.root())) {
      ++items;
      PANDO_TRY(add(item));
    }
    if (autocommit_) {
      if (items > 1) {
        return refuse(ErrorCode::kSessionStatement, statement_.node(statement_.root()).span,
                      "autocommit is set together with other variables; set it by itself");
      }
      return session_plan(*autocommit_ ? SessionAction::kAutocommitOn
                                       : SessionAction::kAutocommitOff);
    }
    Plan plan = session_plan(kept_.empty() ? SessionAction::kNothing : SessionAction::kSet);
    plan.notes = std::move(notes_);
    if (kept_.empty()) return plan;
    if (sql_mode_changed_ && !sql_mode_ && items > 1) {
      return refuse(ErrorCode::kSessionStatement, statement_.node(statement_.root()).span,
                    "sql_mode is set to what only the server can tell, together with other "
                    "variables; set it by itself");
    }
    plan.sql_mode_changed = sql_mode_changed_;
    plan.sql_mode = std::move(sql_mode_);
    plan.setting = SettingValue::kInitial;
    bool whole = kept_.size() == items;
    for (const Kept& kept : kept_) {
      plan.setting = std::min(plan.setting, kept.value);
      whole = whole && kept.instead.empty();
    }
    if (whole) {
      plan.session_text = statement_.text();
      return plan;
    }
    plan.session_text = "SET ";
    for (const Kept& kept : kept_) {
      if (&kept != &kept_.front()) plan.session_text += ", ";
      plan.session_text +=
          kept.instead.empty() ? statement_.text(kept.item) : std::string_view(kept.instead);
    }
    return plan;
  }

 private:
  tl::unexpected<Error> no(NodeId node, std::string message) const {
    return refuse(ErrorCode::kSessionStatement, statement_.node(node).span, std::move(message));
  }

  Result<void> add(NodeId item) {
    switch (static_cast<sql::SetScope>(statement_.node(item).op)) {
      case sql::SetScope::kUserVariable:
        return add_user_variable(item);
      case sql::SetScope::kSession:
        return add_variable(item);
      case sql::SetScope::kNames:
      case sql::SetScope::kCharacterSet:
        return add_names(item);
      case sql::SetScope::kSessionTransaction:
        keep(item);
        return {};
      case sql::SetScope::kTransaction:
        return no(item,
                  "SET TRANSACTION is for the next transaction only; use SET SESSION TRANSACTION");
      case sql::SetScope::kGlobal:
        return no(item, "a global variable is set on the servers themselves");
      case sql::SetScope::kOther:
        break;
    }
    return no(item, "this SET is not carried over to the data sources");
  }

  void keep(NodeId item, SettingValue value = SettingValue::kConstant, std::string instead = {}) {
    kept_.push_back({item, std::move(instead), value});
  }
  void keep_value(NodeId item, NodeId value) {
    keep(item, reads_variable(value) ? SettingValue::kVaries : SettingValue::kConstant);
  }

  bool reads_variable(NodeId node) const {
    const NodeKind kind = statement_.kind(node);
    if (kind == NodeKind::kUserVariable || kind == NodeKind::kSystemVariable) return true;
    for (const NodeId child : statement_.children(node)) {
      if (reads_variable(child)) return true;
    }
    return false;
  }

  // Only what means the same on every connection, whenever it is run there.
  Result<void> check_value(NodeId node) const {
    switch (statement_.kind(node)) {
      case NodeKind::kSystemVariable:
        if (analyze::class_of_variable(statement_, node) == analyze::VariableClass::kSetting) {
          return {};
        }
        break;
      case NodeKind::kLiteral:
      case NodeKind::kUserVariable:
      case NodeKind::kDefault:
      case NodeKind::kName:
      case NodeKind::kRaw:
        return {};
      case NodeKind::kColumn:  // A bare word such as ON.
        if (statement_.child(statement_.child(node, 0), 0) == sql::kNoNode &&
            statement_.child(node, 1) == sql::kNoNode) {
          return {};
        }
        break;
      case NodeKind::kUnary:
      case NodeKind::kBinary:
        if (statement_.node(node).op_as_operator() == sql::Operator::kAssign) break;
        for (const NodeId child : statement_.children(node)) PANDO_TRY(check_value(child));
        return {};
      default:
        break;
    }
    return no(node,
              "SET takes literals and variables only: other values could differ between "
              "data sources");
  }

  NodeId value_of(NodeId item) const { return statement_.child(item, 1); }

  Result<void> add_user_variable(NodeId item) {
    const NodeId target = statement_.child(item, 0);
    const NodeId value = value_of(item);
    if (value == sql::kNoNode) return no(item, "this SET is not carried over");
    PANDO_TRY(check_value(value));
    // Restoring these is skipped below, so nothing else may be in them.
    const std::string name = variable_name(statement_.text(target));
    if (name == "old_time_zone" && (statement_.kind(value) != NodeKind::kSystemVariable ||
                                    variable_name(statement_.text(value)) != "time_zone")) {
      return no(item, "@OLD_TIME_ZONE may only hold @@TIME_ZONE");
    }
    keep_value(item, value);
    return {};
  }

  Result<void> add_names(NodeId item) {
    const std::vector<std::string> words = words_of(statement_.text(item));
    std::vector<std::string> rest;
    for (const std::string& word : words) {
      const std::string w = to_lower(word);
      if (rest.empty() && (w == "set" || w == "names" || w == "character" || w == "charset" ||
                           w == "char" || w == "=")) {
        continue;
      }
      rest.push_back(w);
    }
    const bool known = !rest.empty() && (rest[0] == "utf8mb4" || rest[0] == "utf8" ||
                                         rest[0] == "utf8mb3" || rest[0] == "default");
    if (!known) {
      return no(item, "connections speak utf8mb4; another character set cannot be chosen");
    }
    if (rest.size() == 1) {
      if (static_cast<sql::SetScope>(statement_.node(item).op) == sql::SetScope::kCharacterSet) {
        keep(item, SettingValue::kConstant, kDatabaseCollation);
      } else {
        keep(item, SettingValue::kInitial, rest[0] == "utf8mb4" ? "" : kNames);
      }
      return {};
    }
    if (rest[0] == "utf8mb4" && rest.size() == 3 && rest[1] == "collate" &&
        starts_with(rest[2], "utf8mb4_")) {
      keep(item);
      return {};
    }
    return no(item, "this collation is not one of utf8mb4");
  }

  Result<void> add_variable(NodeId item) {
    const std::string name = variable_name(statement_.text(statement_.child(item, 0)));
    const NodeId value = value_of(item);
    if (value == sql::kNoNode) return no(item, "this SET is not carried over");
    PANDO_TRY(check_value(value));
    if (name == "autocommit") return set_autocommit(item, value);
    if (name == "time_zone") return set_time_zone(item, value);
    if (std::find(kCharacterSets.begin(), kCharacterSets.end(), name) != kCharacterSets.end()) {
      PANDO_TRY(check_character_set(item, value));
      // With it goes the collation.
      if (name == "character_set_connection") keep(item, SettingValue::kInitial, kNames);
      return {};
    }
    if (name == "collation_connection") return set_collation(item, value);
    if (name == "sql_mode") return set_sql_mode(item, value);
    if (is_for_next_transaction(item, name)) {
      return no(item,
                "SET @@" + name + " is for the next transaction only; use SET SESSION " + name);
    }
    if (!analyze::is_carried(name)) {
      return no(item, "the variable " + name + " is not one that Pando carries over");
    }
    keep_value(item, value);
    return {};
  }

  // Of these, the form without a scope is not the session's.
  bool is_for_next_transaction(NodeId item, std::string_view name) const {
    if (name != "transaction_isolation" && name != "tx_isolation" &&
        name != "transaction_read_only" && name != "tx_read_only") {
      return false;
    }
    const NodeId target = statement_.child(item, 0);
    return statement_.kind(target) == NodeKind::kSystemVariable &&
           statement_.text(target).find('.') == std::string_view::npos;
  }

  // A literal's or bare word's text without quotes, lower case; nullopt for variables.
  std::optional<std::string> word_value(NodeId value) const {
    switch (statement_.kind(value)) {
      case NodeKind::kLiteral:
        if (static_cast<sql::Literal>(statement_.node(value).op) == sql::Literal::kString) {
          return to_lower(statement_.string(value));
        }
        return to_lower(statement_.text(value));
      case NodeKind::kColumn:
        return to_lower(statement_.name(statement_.child(value, 0)));
      case NodeKind::kName:
        return to_lower(statement_.name(value));
      case NodeKind::kDefault:
      case NodeKind::kRaw:
        return to_lower(statement_.text(value));
      default:
        return std::nullopt;
    }
  }

  Result<void> set_autocommit(NodeId item, NodeId value) {
    const std::optional<std::string> word = word_value(value);
    if (word == "1" || word == "on" || word == "true" || word == "default") {
      autocommit_ = true;
    } else if (word == "0" || word == "off" || word == "false") {
      autocommit_ = false;
    } else {
      return no(item, "autocommit takes 0 or 1 as a literal");
    }
    return {};
  }

  Result<void> set_time_zone(NodeId item, NodeId value) {
    if (statement_.kind(value) == NodeKind::kUserVariable &&
        variable_name(statement_.text(value)) == "old_time_zone") {
      return {};  // It never was another one.
    }
    if (word_value(value) == to_lower(rules_.time_zone())) return {};
    return no(item, "all connections use the time zone of the rules, " + rules_.time_zone());
  }

  Result<void> check_character_set(NodeId item, NodeId value) const {
    if (statement_.kind(value) == NodeKind::kUserVariable) {
      const std::string name = variable_name(statement_.text(value));
      // What dumps call the saved values.
      if (starts_with(name, "old_character_set_") || starts_with(name, "saved_cs_") ||
          starts_with(name, "saved_character_set")) {
        return {};
      }
    }
    const std::optional<std::string> word = word_value(value);
    if (word == "utf8mb4" || word == "utf8" || word == "utf8mb3") return {};
    return no(item, "connections speak utf8mb4; another character set cannot be chosen");
  }

  Result<void> set_collation(NodeId item, NodeId value) {
    if (statement_.kind(value) == NodeKind::kUserVariable) {
      const std::string name = variable_name(statement_.text(value));
      if (starts_with(name, "old_collation_") || starts_with(name, "saved_col_")) {
        keep_value(item, value);
        return {};
      }
    }
    const std::optional<std::string> word = word_value(value);
    if (word && starts_with(*word, "utf8mb4_")) {
      keep(item);
      return {};
    }
    return no(item, "the connection's collation must be one of utf8mb4");
  }

  Result<void> set_sql_mode(NodeId item, NodeId value) {
    keep_value(item, value);
    sql_mode_changed_ = true;
    sql_mode_.reset();
    if (statement_.kind(value) == NodeKind::kLiteral &&
        static_cast<sql::Literal>(statement_.node(value).op) == sql::Literal::kString) {
      std::string modes = to_upper(statement_.string(value));
      if (const auto refused = refused_sql_mode(modes)) {
        return no(item, refusal_of_sql_mode(*refused));
      }
      // Other characters (trailing blanks) may be read otherwise by the server: it is asked.
      const bool plain = std::all_of(modes.begin(), modes.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || c == '_' || c == ',';
      });
      if (plain) sql_mode_ = std::move(modes);
    }
    return {};
  }

  const Statement& statement_;
  const rules::RuleSet& rules_;
  std::vector<Kept> kept_;
  std::vector<std::string> notes_;
  std::optional<bool> autocommit_;
  bool sql_mode_changed_ = false;
  std::optional<std::string> sql_mode_;
};

}  // namespace

Result<Plan> plan_set(const Statement& statement, const PlanContext& context) {
  return SetPlanner(statement, context).plan();
}

}  // namespace pando::plan
