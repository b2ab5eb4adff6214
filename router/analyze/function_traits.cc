// What a function depends on besides its arguments: the clock, the server, the connection.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "pando/names.h"
#include "router/analyze/functions.h"

namespace pando::analyze {
namespace {

// Sorted.
constexpr auto kPerServer = std::to_array<std::string_view>(
    {"connection_id", "current_role", "current_user", "database", "schema", "session_user",
     "sqlite_source_id", "sqlite_version", "sys_guid", "sysdate", "system_user", "user",
     "uuid_short", "version"});
static_assert(std::is_sorted(kPerServer.begin(), kPerServer.end()));

constexpr auto kSqliteDates = std::to_array<std::string_view>(
    {"date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch"});

std::string lower_name(const sql::Statement& statement, sql::NodeId function) {
  const sql::NodeId name = statement.find(function, sql::NodeKind::kName);
  return name == sql::kNoNode ? std::string() : to_lower(statement.name(name));
}

}  // namespace

bool reads_clock(const sql::Statement& statement, sql::NodeId function) {
  using sql::NodeKind;
  const bool sqlite = statement.dialect() == Dialect::kSqlite;
  if (class_of(statement, function) == FunctionClass::kTime) return true;
  const std::string name = lower_name(statement, function);
  if (!sqlite || !std::binary_search(kSqliteDates.begin(), kSqliteDates.end(), name)) return false;
  std::size_t arguments = 0;
  for (const sql::NodeId child : statement.children(function)) {
    if (statement.kind(child) == NodeKind::kName) continue;
    ++arguments;
    if (statement.kind(child) == NodeKind::kParameter) return true;
    if (statement.kind(child) != NodeKind::kLiteral) continue;
    if (to_lower(statement.text(child)).find("now") != std::string::npos) return true;
  }
  return arguments == (name == "strftime" ? 1u : 0u);
}

bool differs_by_server(const sql::Statement& statement, sql::NodeId function) {
  return std::binary_search(kPerServer.begin(), kPerServer.end(), lower_name(statement, function));
}

bool names_database(const sql::Statement& statement, sql::NodeId function) {
  if (statement.dialect() == Dialect::kSqlite) return false;
  const sql::NodeId name = statement.find(function, sql::NodeKind::kName);
  return name != sql::kNoNode && statement.node(name).next == sql::kNoNode &&
         (statement.name_equals(name, "database") || statement.name_equals(name, "schema"));
}

std::string why_of_connection(std::string_view function) {
  const std::string name = to_lower(function);
  if (name.find("lock") != std::string::npos) {
    return "the lock of " + name + "() belongs to one connection, and statements go over several";
  }
  if (name.find("val") != std::string::npos) {
    return name + " asks a sequence, of which each data source has its own";
  }
  return name + "() answers for the last statement of one connection, which Pando does not keep";
}

std::string_view remedy_of_connection(std::string_view function) {
  const std::string name = to_lower(function);
  if (name.find("lock") != std::string::npos) {
    return "Lock a row: SELECT ... FOR UPDATE within a transaction.";
  }
  if (name.find("val") != std::string::npos) {
    return "Let a generator of [ids] fill the column; see `fill` in docs/configuration.md.";
  }
  return kConnectionRemedy;
}

bool hides_digits(const sql::Statement& statement, sql::NodeId expression) {
  using sql::NodeKind;
  using sql::Operator;
  const sql::Node& node = statement.node(expression);
  switch (statement.kind(expression)) {
    case NodeKind::kBinary:
      return node.op_as_operator() == Operator::kDivide;
    case NodeKind::kUnary:
      return node.op_as_operator() == Operator::kBinaryCast;
    case NodeKind::kCast: {
      const std::string type =
          to_lower(statement.text(statement.find(expression, NodeKind::kTypeName)));
      return type.find("char") != std::string::npos || type.find("binary") != std::string::npos;
    }
    case NodeKind::kFunction: {
      const std::string name = lower_name(statement, expression);
      return name == "avg" || name == "char" || name == "unhex";
    }
    default:
      return false;
  }
}

bool tells_of_one_file(std::string_view name) {
  const std::string lower = to_lower(name);
  return lower.rfind("sqlite_", 0) == 0 || lower.rfind("pragma_", 0) == 0 || lower == "dbstat";
}

bool is_pure_source(std::string_view name) {
  const std::string lower = to_lower(name);
  return lower == "json_each" || lower == "json_tree" || lower == "generate_series" ||
         lower == "json_table";
}

}  // namespace pando::analyze
