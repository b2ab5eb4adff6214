// Constants of a statement: from a node to a symbolic operand, from an operand to a value.

#include <charconv>
#include <string>

#include "router/route/key_predicate.h"

namespace pando::route {

using sql::Literal;
using sql::Node;
using sql::NodeKind;
using sql::Operator;

std::optional<Operand> operand_of(const sql::Statement& statement, NodeId id) {
  const Node* node = &statement.node(id);
  Operand operand;
  while (node->kind == NodeKind::kUnary && (node->op_as_operator() == Operator::kMinus ||
                                            node->op_as_operator() == Operator::kPlus)) {
    if (node->op_as_operator() == Operator::kMinus) {
      if (operand.negative) return std::nullopt;
      operand.negative = true;
    }
    node = &statement.node(node->child);
    // Only numbers keep their meaning under a sign.
    if (node->kind == NodeKind::kLiteral) {
      const auto literal = static_cast<Literal>(node->op);
      if (literal != Literal::kInteger && literal != Literal::kDecimal) return std::nullopt;
    } else if (node->kind != NodeKind::kUnary) {
      return std::nullopt;
    }
  }
  if (node->kind == NodeKind::kParameter) {
    operand.kind = Operand::Kind::kParameter;
    operand.parameter = node->payload;
    return operand;
  }
  if (node->kind != NodeKind::kLiteral) return std::nullopt;
  operand.literal = static_cast<Literal>(node->op);
  if (operand.literal != Literal::kNull) operand.kind = Operand::Kind::kLiteral;
  operand.span = node->span;
  return operand;
}

namespace {

std::optional<Value> integer(std::string_view digits, bool negative) {
  std::uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (!negative) {
    return magnitude <= static_cast<std::uint64_t>(INT64_MAX)
               ? Value::of_int(static_cast<std::int64_t>(magnitude))
               : Value::of_uint(magnitude);
  }
  if (magnitude > std::uint64_t{1} << 63) return std::nullopt;
  return Value::of_int(static_cast<std::int64_t>(~magnitude + 1));
}

std::optional<Value> decimal(std::string_view text, bool negative) {
  const std::size_t point = text.find('.');
  if (point == 0 || point == std::string_view::npos) return std::nullopt;
  if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
  return integer(text.substr(0, point), negative);
}

// To SQLite a number with a point is a double, and so is an integer that 64 bits do not hold.
bool exact_in_sqlite(const Value& number, bool whole) {
  constexpr std::int64_t kMostExact = std::int64_t{1} << 53;
  if (number.kind() != ValueKind::kInt) return false;
  return whole || (number.as_int() < kMostExact && number.as_int() > -kMostExact);
}

char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    default:
      return c;
  }
}

// The value of '...' or "..." as the database reads it; nullopt for what is not one plain literal.
std::optional<Value> quoted(std::string_view text, const sql::Statement& statement,
                            std::string& scratch) {
  if (text.size() < 2) return std::nullopt;
  const char quote = text[0];
  if ((quote != '\'' && quote != '"') || text.back() != quote) return std::nullopt;
  const std::string_view inside = text.substr(1, text.size() - 2);
  const bool backslashes =
      statement.dialect() == Dialect::kMySql && !statement.no_backslash_escapes();
  bool plain = true;
  for (const char c : inside) plain &= c != quote && !(backslashes && c == '\\');
  if (plain) return Value::of_text(inside);
  scratch.clear();
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const char c = inside[i];
    if (c == quote) {
      // Doubled; otherwise several literals stand next to each other.
      if (i + 1 >= inside.size() || inside[i + 1] != quote) return std::nullopt;
      ++i;
      scratch += quote;
    } else if (c == '\\' && backslashes) {
      if (++i >= inside.size()) return std::nullopt;
      if (inside[i] == '%' || inside[i] == '_') scratch += '\\';
      scratch += unescaped(inside[i]);
    } else {
      scratch += c;
    }
  }
  return Value::of_text(scratch);
}

}  // namespace

std::optional<Value> operand_value(const Operand& operand, const BindInput& input,
                                   std::string& scratch) {
  switch (operand.kind) {
    case Operand::Kind::kNull:
      return Value::null();
    case Operand::Kind::kParameter:
      return input.parameters[operand.parameter];
    case Operand::Kind::kLiteral:
      break;
  }
  const std::string_view text = input.text.at(operand.span);
  switch (operand.literal) {
    case Literal::kInteger:
    case Literal::kDecimal: {
      const bool whole = operand.literal == Literal::kInteger;
      const auto number = whole ? integer(text, operand.negative) : decimal(text, operand.negative);
      if (input.statement.dialect() == Dialect::kSqlite && number &&
          !exact_in_sqlite(*number, whole)) {
        return std::nullopt;
      }
      return number;
    }
    case Literal::kNational:
      return quoted(text.substr(1), input.statement, scratch);
    case Literal::kString:
      return quoted(text, input.statement, scratch);
    case Literal::kTemporal: {
      const std::size_t begin = text.find('\'');
      const std::size_t end = text.rfind('\'');
      if (begin == std::string_view::npos || begin == end) return std::nullopt;
      return quoted(text.substr(begin, end - begin + 1), input.statement, scratch);
    }
    default:
      return std::nullopt;
  }
}

std::optional<Value> key_value(const Operand& operand, const rules::KeyColumn& column,
                               const BindInput& input, std::string& scratch) {
  if (operand.kind == Operand::Kind::kLiteral && operand.literal == Literal::kTemporal &&
      column.type != rules::KeyType::kDate && column.type != rules::KeyType::kDateTime) {
    return std::nullopt;
  }
  std::string decoded;
  const std::optional<Value> value = operand_value(operand, input, decoded);
  if (!value) return std::nullopt;
  if (decoded.empty()) return rules::canonical_key(column, *value, scratch);
  // The canonical form may be a part of the decoded string, which ends here.
  std::string folded;
  const std::optional<Value> canonical = rules::canonical_key(column, *value, folded);
  if (!canonical) return std::nullopt;
  if (canonical->kind() != ValueKind::kText && canonical->kind() != ValueKind::kBytes) {
    return canonical;
  }
  scratch = canonical->as_string();
  return canonical->kind() == ValueKind::kText ? Value::of_text(scratch) : Value::of_bytes(scratch);
}

}  // namespace pando::route
