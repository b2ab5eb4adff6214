// Which values a column of a temporary table can hold as they are.

#include <algorithm>
#include <array>
#include <string>

#include "pando/names.h"
#include "router/analyze/functions.h"
#include "router/compute/cut.h"
#include "router/compute/reader.h"

namespace pando::compute {

using analyze::BlockId;
using analyze::FunctionClass;
using sql::kNoNode;
using sql::NodeId;
using sql::NodeKind;

bool Reader::travels(NodeId node, BlockId block) const {
  const NodeKind kind = statement_.kind(node);
  if (kind == NodeKind::kColumn) {
    const drivers::ColumnSchema* column = column_of(node, block);
    return column != nullptr && travels_plain(*column, dialect_);
  }
  if (kind == NodeKind::kSubquery) return false;
  if (kind == NodeKind::kFunction) {
    if (nests_json(node)) return false;  // A column has no mark that its text is JSON.
    switch (analyze::class_of(statement_, node)) {
      case analyze::FunctionClass::kCount:
        return true;
      case analyze::FunctionClass::kSum:
        return !has_hidden_digits(node, block);
      case analyze::FunctionClass::kAvg:
        return dialect_ == Dialect::kSqlite;
      case analyze::FunctionClass::kMin:
      case analyze::FunctionClass::kMax:
        if (constant_arguments(node)) return false;  // MAX(NULL) has no type that a column has.
        break;
      default:
        break;
    }
  }
  if (has_hidden_digits(node, block)) return false;
  if (dialect_ == Dialect::kMySql) {
    // As a column its collation would be neither so strong nor so weak as it is.
    if (kind == NodeKind::kCollate) return false;
    if (may_be_text(node) && !has_text_column(node, block)) return false;
  }
  for (const NodeId child : statement_.children(node)) {
    if (!travels(child, block)) return false;
  }
  return true;
}

bool Reader::may_be_text(NodeId node) const {
  // Sorted. What else is scalar may give a text.
  static constexpr auto kNumeric = std::to_array<std::string_view>({"abs",
                                                                    "ascii",
                                                                    "bit_count",
                                                                    "bit_length",
                                                                    "ceil",
                                                                    "ceiling",
                                                                    "char_length",
                                                                    "character_length",
                                                                    "crc32",
                                                                    "date",
                                                                    "datediff",
                                                                    "day",
                                                                    "dayofmonth",
                                                                    "dayofweek",
                                                                    "dayofyear",
                                                                    "exp",
                                                                    "find_in_set",
                                                                    "floor",
                                                                    "from_days",
                                                                    "hour",
                                                                    "instr",
                                                                    "last_day",
                                                                    "length",
                                                                    "ln",
                                                                    "locate",
                                                                    "log",
                                                                    "log10",
                                                                    "log2",
                                                                    "makedate",
                                                                    "maketime",
                                                                    "microsecond",
                                                                    "minute",
                                                                    "mod",
                                                                    "month",
                                                                    "octet_length",
                                                                    "ord",
                                                                    "pow",
                                                                    "power",
                                                                    "quarter",
                                                                    "round",
                                                                    "sec_to_time",
                                                                    "second",
                                                                    "sign",
                                                                    "sqrt",
                                                                    "strcmp",
                                                                    "time",
                                                                    "time_to_sec",
                                                                    "timestamp",
                                                                    "timestampdiff",
                                                                    "to_days",
                                                                    "to_seconds",
                                                                    "truncate",
                                                                    "unix_timestamp",
                                                                    "week",
                                                                    "weekday",
                                                                    "weekofyear",
                                                                    "year",
                                                                    "yearweek"});
  static_assert(std::is_sorted(kNumeric.begin(), kNumeric.end()));
  switch (statement_.kind(node)) {
    case NodeKind::kFunction: {
      if (is_aggregate(node)) return false;  // Its arguments tell.
      const NodeId name = statement_.find(node, NodeKind::kName);
      return name == kNoNode ||
             !std::binary_search(kNumeric.begin(), kNumeric.end(), to_lower(statement_.name(name)));
    }
    case NodeKind::kCase:
    case NodeKind::kConvert:
      return true;
    case NodeKind::kBinary:
      return statement_.node(node).op_as_operator() == sql::Operator::kConcat;
    case NodeKind::kCast: {
      const std::string type =
          to_lower(statement_.text(statement_.find(node, NodeKind::kTypeName)));
      return type.find("char") != std::string::npos || type.find("binary") != std::string::npos;
    }
    default:
      return false;
  }
}

bool Reader::has_text_column(NodeId node, BlockId block) const {
  if (statement_.kind(node) == NodeKind::kColumn) {
    const drivers::ColumnSchema* column = column_of(node, block);
    return column == nullptr || column->type == SqlType::kText || column->type == SqlType::kEnum ||
           column->type == SqlType::kSet;
  }
  for (const NodeId child : statement_.children(node)) {
    if (has_text_column(child, block)) return true;
  }
  return false;
}

bool Reader::has_hidden_digits(NodeId node, BlockId block) const {
  if (dialect_ == Dialect::kSqlite) return false;
  if (statement_.kind(node) == NodeKind::kBinary &&
      statement_.node(node).op_as_operator() == sql::Operator::kDivide) {
    return true;
  }
  if (statement_.kind(node) == NodeKind::kFunction) {
    static constexpr auto kRounded =
        std::to_array<std::string_view>({"avg", "pi", "std", "stddev", "stddev_pop", "stddev_samp",
                                         "var_pop", "var_samp", "variance"});
    const NodeId name = statement_.find(node, NodeKind::kName);
    if (name != kNoNode && std::find(kRounded.begin(), kRounded.end(),
                                     to_lower(statement_.name(name))) != kRounded.end()) {
      return true;
    }
  }
  // FLOAT(M,D) and DOUBLE(M,D) in an expression.
  if (statement_.kind(node) == NodeKind::kColumn) {
    const drivers::ColumnSchema* column = column_of(node, block);
    return column != nullptr &&
           (column->type == SqlType::kFloat || column->type == SqlType::kDouble) &&
           column->declared_type.find('(') != std::string::npos;
  }
  for (const NodeId child : statement_.children(node)) {
    if (has_hidden_digits(child, block)) return true;
  }
  return false;
}

bool Reader::constant_arguments(NodeId function) const {
  for (const NodeId child : statement_.children(function)) {
    if (statement_.kind(child) != NodeKind::kName && !constant(child)) return false;
  }
  return true;
}

bool Reader::constant(NodeId node) const {
  switch (statement_.kind(node)) {
    case NodeKind::kLiteral:
    case NodeKind::kParameter:
    case NodeKind::kTypeName:
    case NodeKind::kRaw:
      return true;
    case NodeKind::kFunction:
      if (analyze::class_of(statement_, node) != FunctionClass::kScalar ||
          analyze::differs_by_server(statement_, node) || analyze::reads_clock(statement_, node)) {
        return false;
      }
      break;
    case NodeKind::kUnary:
    case NodeKind::kBinary:
    case NodeKind::kCast:
    case NodeKind::kCase:
    case NodeKind::kWhen:
    case NodeKind::kElse:
      break;
    default:
      return false;
  }
  return constant_arguments(node);
}

bool Reader::computed(NodeId node) const {
  switch (statement_.kind(node)) {
    case NodeKind::kLiteral:
    case NodeKind::kBinary:
    case NodeKind::kFunction:
      break;
    default:
      return false;
  }
  for (NodeId id = 1; id < statement_.node_count(); ++id) {
    if (statement_.kind(id) != NodeKind::kCollate) continue;
    const sql::Span inner = statement_.node(id).span;
    const sql::Span outer = statement_.node(node).span;
    if (outer.begin <= inner.begin && inner.end <= outer.end) return false;
  }
  return true;
}

bool Reader::nests_json(NodeId function) const {
  const NodeId name = statement_.find(function, NodeKind::kName);
  return name != kNoNode && to_lower(statement_.name(name)).rfind("json", 0) == 0;
}

}  // namespace pando::compute
