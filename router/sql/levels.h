// How tightly the operators of each dialect bind: higher binds tighter.
//
// Sources: the operator precedence tables of the MySQL 8.0 and MariaDB 10.11 manuals and of
// sqlite.org/lang_expr.html.

#pragma once

namespace pando::sql {

// NOT is a prefix between kAnd and kComparison; unary - + ~ ! BINARY take operands of kUnary.
namespace mysql_level {
inline constexpr int kOr = 1;
inline constexpr int kXor = 2;
inline constexpr int kAnd = 3;
inline constexpr int kNot = 4;
inline constexpr int kComparison = 5;  // Also IS.
inline constexpr int kBetween = 6;
inline constexpr int kLike = 7;  // LIKE, REGEXP, IN, MEMBER OF, SOUNDS LIKE.
inline constexpr int kBitOr = 8;
inline constexpr int kBitAnd = 9;
inline constexpr int kShift = 10;
inline constexpr int kSum = 11;
inline constexpr int kProduct = 12;
inline constexpr int kBitXor = 13;
inline constexpr int kConcat = 14;
inline constexpr int kCollate = 15;
inline constexpr int kUnary = kCollate;
inline constexpr int kOperand = 16;  // No infix operator at all.
}  // namespace mysql_level

// - + ~ bind tighter than COLLATE; NOT may stand in front of any operand.
namespace sqlite_level {
inline constexpr int kOr = 1;
inline constexpr int kAnd = 2;
inline constexpr int kNot = 3;
inline constexpr int kEquality = 4;  // = <> IS IN LIKE GLOB MATCH REGEXP BETWEEN ISNULL NOTNULL.
inline constexpr int kComparison = 5;
inline constexpr int kBits = 6;
inline constexpr int kSum = 7;
inline constexpr int kProduct = 8;
inline constexpr int kConcat = 9;
inline constexpr int kCollate = 10;
inline constexpr int kOperand = 11;
inline constexpr int kUnary = kOperand;
}  // namespace sqlite_level

}  // namespace pando::sql
