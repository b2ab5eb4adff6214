// Statement: one parsed SQL statement. It owns its text and one compact tree of kinds and spans.
//
// A node is 24 bytes: a kind, two small fields whose meaning depends on the kind, the bytes of the
// text it covers, its first child and its next sibling. There is no allocation per node, no class
// per grammar rule and no printing of the tree as SQL: whoever changes a statement edits spans of
// the user's own text.
//
// What cannot affect routing or merging stays an unparsed span (kRaw). What could change a result
// (subquery, window, set operation, versioned comment) always has a node, or parsing fails.
//
// Parentheses around an expression or a join leave no node. The span of an operator, row, subquery,
// join ... covers the parentheses around it, so that its text may be used as an operand; what needs
// none for that (column, literal, parameter, variable, function, table reference) keeps its own
// bytes, and the items, clauses and operators around it cover its parentheses: an item may begin
// before its expression. A kAnd within a kAnd stood in parentheses. FROM DUAL is a kFrom without
// members. Optional children are found by kind (find); the order in which children stand is the
// order of the text unless a kind's comment says otherwise.
//
// Threads: immutable once parsed, so freely shared.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pando/dialect.h"
#include "router/sql/plain_array.h"

namespace pando::sql {

// Bytes [begin, end) of the statement's text.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  constexpr std::uint32_t size() const { return end - begin; }
  friend constexpr bool operator==(Span, Span) = default;
};

// "op" and "flags" below are Node::op and Node::flags. [x] is an optional child, x... any number.
enum class NodeKind : std::uint8_t {
  kNone,  // Node 0: "no node".

  // --- Leaves
  kRaw,             // Text that cannot affect routing or merging.
  kName,            // An identifier, quoted or not; Statement::name() gives it without quotes.
  kLiteral,         // op: Literal.
  kParameter,       // `?`. payload: 0-based index among the statement's parameters.
  kDefault,         // DEFAULT as a value in INSERT or UPDATE; DEFAULT(col) is a kFunction.
  kUserVariable,    // @name
  kSystemVariable,  // @@name, @@session.name ...
  kStar,            // `*` or `t.*` or `s.t.*`: kName...

  // --- Expressions
  kColumn,  // kName... (1 to 3: [[schema.]table.]column)
  kUnary,   // op: Operator. One operand.
  kBinary,  // op: Operator. Two operands; AND and OR have two or more: `a AND b AND c` is one node,
            // so that a long chain is not deep. Comparisons, arithmetic, ->, || ...
  kBetween,  // flags: kNot. Operand, low, high.
  kIn,       // flags: kNot. Operand, then kRow (the list) or kSubquery (or kTableRef in SQLite).
  kLike,     // op: LikeKind. flags: kNot. Operand, pattern, [escape].
  kIs,      // op: IsWhat. flags: kNot. Operand; for kValue (SQLite) and kDistinctFrom a second one.
  kExists,  // kSubquery. (NOT EXISTS is kUnary NOT over it.)
  kQuantified,  // op: comparison Operator, flags: kAll or none for ANY/SOME. Operand, kSubquery.
  kRow,         // (a, b, ...) with two or more members, ROW(...), the list of IN, a VALUES row.
  kSubquery,    // A query in parentheses as an expression. One query node. span: with parentheses.
  kFunction,  // flags: kDistinct, kCountStar for f(*). kName (the function; schema.f is refused by
              // leaving both names as one kName span), then arguments; then [kOrderBy] [kSeparator]
              // [kLimit] [kFilter] [kWindow or kWindowRef]. Units, charsets, trim words and the
              // like: kRaw or kTypeName.
  kCase,      // [kCaseOperand] kWhen... [kElse]
  kCaseOperand,
  kWhen,  // Condition, result.
  kElse,
  kCast,       // CAST, CONVERT(x, type), BINARY x is kUnary. Operand, kTypeName.
  kConvert,    // CONVERT(x USING charset). Operand, kName.
  kCollate,    // Operand, kName.
  kInterval,   // INTERVAL expr unit. Operand, kRaw.
  kMatch,      // MATCH (cols) AGAINST (expr ...). kColumn..., expr, [kRaw].
  kTypeName,   // A data type with its length and attributes, as text.
  kSeparator,  // SEPARATOR literal.
  kFilter,     // FILTER (WHERE expr).
  kWindow,  // OVER ( ... ) or WINDOW w AS ( ... ): [kName base] [kPartitionBy] [kOrderBy] [kFrame].
  kWindowRef,    // OVER name: kName.
  kPartitionBy,  // Expressions.
  kFrame,        // Raw text, but its bounds are children if they are expressions.
  kAssignUser,   // @x := expr. kUserVariable, expr.

  // --- Queries
  kSelect,  // flags: kDistinct, kCalcFoundRows, kStraightJoin. [kWith] kSelectList [kInto] [kFrom]
            // [kWhere] [kGroupBy] [kHaving] [kWindowClause] [kOrderBy] [kLimit] [kLocking] [kInto]
  kSetOperation,  // op: SetOp. flags: kAll. [kWith] left query, right query, [kOrderBy] [kLimit]
                  // [kLocking] [kInto]. Left-associative; INTERSECT binds tighter in MySQL.
  kQueryParens,   // A query in parentheses that stands as a query of its own, or as an operand of a
                  // set operation. [kWith] query [kOrderBy] [kLimit] [kLocking] [kInto].
  kValuesQuery,   // VALUES (..), (..) or VALUES ROW(..), ...: kRow... [kOrderBy] [kLimit].
  kTableQuery,    // TABLE t (MySQL 8): kTableRef [kOrderBy] [kLimit].
  kWith,          // flags: kRecursive. kCte...
  kCte,           // kName [kColumnList] query.
  kSelectList,    // kSelectItem...
  kSelectItem,    // Expression or kStar, [kAlias]. span: without the comma.
  kAlias,         // kName or a string kLiteral. span: with AS.
  kFrom,          // Table references; several mean a comma (cross) join, evaluated left to right.
  kTableRef,      // kTableName [kAlias] [kPartition] [kIndexHint]... (also AS OF etc. as kRaw)
  kTableName,     // kName... (1 or 2: [schema.]table). span: just the name.
  kDerived,       // flags: kLateral. Query, [kAlias] [kColumnList].
  kTableFunction,  // JSON_TABLE(..), table-valued functions. kName, arguments, [kAlias].
  kJoin,           // op: JoinKind. flags: kNatural. Left, right, [kOn] [kUsing].
  kOn,
  kUsing,      // kName...
  kPartition,  // PARTITION (p0, p1): kName...
  kIndexHint,  // USE/FORCE/IGNORE INDEX, INDEXED BY ...: raw.
  kWhere,
  kGroupBy,  // flags: kRollup. kOrderItem...
  kHaving,
  kWindowClause,  // kNamedWindow...
  kNamedWindow,   // kName, kWindow.
  kOrderBy,       // kOrderItem...
  kOrderItem,     // flags: kDescending, kNullsFirst, kNullsLast. Expression. span: whole item.
  kLimit,         // Count first, then [offset], whichever way it was written. span: whole clause.
                  // flags: kOther for what is more than that (FETCH ... WITH TIES, ROWS EXAMINED).
  kLocking,       // FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE: raw.
  kInto,          // INTO OUTFILE / DUMPFILE / @var: raw.
  kColumnList,    // (a, b): kName... (kColumn... in INSERT's list)

  // --- Writes
  kInsert,         // op: InsertOp. flags: kIgnore. kTableRef [kColumnList] then one of kValuesList,
                   // kSetList, kDefaultValues, or a query; [kRowAlias] [kOnDuplicate] [kUpsert]...
                   // [kReturning]. [kWith] first, in SQLite.
  kValuesList,     // kRow...
  kDefaultValues,  // SQLite: DEFAULT VALUES.
  kRowAlias,       // AS new(a, b): kName [kColumnList].
  kOnDuplicate,    // ON DUPLICATE KEY UPDATE: kAssign...
  kUpsert,  // SQLite: ON CONFLICT [kConflictTarget] then kSetList [kWhere]; flags: kIgnore if
            // NOTHING.
  kConflictTarget,  // Raw or expressions, [kWhere].
  kUpdate,  // flags: kIgnore. op: InsertOp for SQLite's UPDATE OR ... [kWith] kFrom (the tables)
            // kSetList [kUpdateFrom] [kWhere] [kOrderBy] [kLimit] [kReturning]
  kUpdateFrom,     // SQLite: UPDATE ... FROM: table references.
  kSetList,        // kAssign...
  kAssign,         // kColumn (or kColumnList in SQLite), expression or kDefault.
  kDelete,         // flags: kIgnore. [kWith] [kDeleteTargets] kFrom [kWhere] [kOrderBy] [kLimit]
                   // [kReturning]
  kDeleteTargets,  // Multi-table DELETE: kTableName... (t or t.*).
  kReturning,      // kSelectItem...

  // --- Schema changes. flags: kIfExists, kIfNotExists, kTemporary, kUnique where they apply.
  kCreateTable,    // kTableRef, then kTableElements [kTableOptions] [query], or LIKE: kTableLike.
                   // flags: kOrReplace.
  kTableElements,  // kColumnDefinition, kConstraint ...
  kColumnDefinition,  // kName [kTypeName] then kConstraint (inline) and kRaw ...
  kConstraint,  // op: ConstraintKind. flags: kInline if in a column definition. [kConstraintName]
                // [kIndexName] [kColumnList or kKeyParts] [kReferences] [expression of CHECK]
                // [kRaw]
  kConstraintName,       // CONSTRAINT name: kName.
  kIndexName,            // kName.
  kKeyParts,             // Index parts: kOrderItem... or kRaw.
  kReferences,           // kTableName [kColumnList] [kRaw].
  kTableOptions,         // kAutoIncrementOption, kUnionOption and kRaw, one for each option.
  kAutoIncrementOption,  // AUTO_INCREMENT = n: kLiteral.
  kUnionOption,          // UNION = (a, b): kTableRef...
  kTableLike,            // kTableRef.
  kAlterTable,           // kTableRef kAlterAction...
  kAlterAction,  // op: AlterKind. kColumnDefinition, kConstraint, kIndexName, kConstraintName,
                 // kName, kTableName (RENAME TO) or kRaw as it needs.
  kDropTable,    // kTableRef...
  kTruncate,     // kTableRef
  kRenameTable,  // kRenamePair...
  kRenamePair,   // kTableRef kTableRef
  kCreateIndex,  // [kIndexName] kTableRef kKeyParts [kWhere] [kRaw]
  kDropIndex,    // kIndexName [kTableRef] (SQLite has no table)

  // --- The session
  kBegin,             // BEGIN, START TRANSACTION. flags: kReadOnly. [kRaw]
  kCommit,            // flags: kChain
  kRollback,          // flags: kChain
  kSavepoint,         // kName
  kRollbackTo,        // kName
  kReleaseSavepoint,  // kName
  kSet,               // kSetItem...
  kSetItem,   // op: SetScope. kName or kUserVariable or kSystemVariable; then expressions. NAMES,
              // CHARACTER SET and TRANSACTION keep their words as kRaw.
  kUse,       // kName
  kShow,      // op: ShowKind. [kTableRef] kRaw
  kDescribe,  // kTableRef [kRaw]
  kExplain,   // A statement of its own, or nothing if it is FOR CONNECTION.
  kPragma,    // SQLite: raw.
  kOther,     // A statement that Pando recognises and does not route; its first kName is the first
           // keyword (CREATE VIEW, CALL, LOCK TABLES, GRANT ...). Raw. Embedded text is balanced.
};

enum class Literal : std::uint8_t {
  kInteger,     // Digits only.
  kDecimal,     // With a point.
  kFloat,       // With an exponent.
  kString,      // '...' (or "..."); adjacent literals are one node. Statement::string() decodes it.
  kNational,    // N'...'
  kIntroduced,  // _utf8mb4'...', _binary x'..'
  kHex,         // 0x.., x'..'
  kBit,         // 0b.., b'..'
  kTemporal,    // DATE'..', TIME'..', TIMESTAMP'..', {d '..'}
  kTrue,
  kFalse,
  kNull,
};

enum class Operator : std::uint8_t {
  kNone,
  // Unary
  kNot,  // NOT x, !x
  kMinus,
  kPlus,
  kBitNot,
  kBinaryCast,  // BINARY x
  kPrior,
  // Logical
  kAnd,
  kOr,
  kXor,
  // Comparison
  kEqual,
  kNullSafeEqual,  // <=>
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  // Arithmetic, bits, strings, JSON
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kIntegerDivide,
  kModulo,
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,
  kConcat,       // || in SQLite, or with PIPES_AS_CONCAT.
  kJsonGet,      // ->
  kJsonGetText,  // ->>
  kMemberOf,
  kAssign,  // := outside of user variables; never valid in what Pando routes.
};

enum class LikeKind : std::uint8_t { kLike, kRegexp, kGlob, kMatch, kSoundsLike };
enum class IsWhat : std::uint8_t { kNull, kTrue, kFalse, kUnknown, kValue, kDistinctFrom, kJson };
enum class SetOp : std::uint8_t { kUnion, kIntersect, kExcept };
enum class JoinKind : std::uint8_t { kInner, kCross, kStraight, kLeft, kRight, kFull };
enum class InsertOp : std::uint8_t {
  kInsert,
  kReplace,   // REPLACE, INSERT OR REPLACE
  kOrIgnore,  // SQLite: INSERT OR IGNORE, UPDATE OR IGNORE (flags: kIgnore is set too)
  kOrAbort,
  kOrFail,
  kOrRollback,
};
enum class ConstraintKind : std::uint8_t {
  kPrimaryKey,
  kUnique,
  kIndex,  // INDEX, KEY, FULLTEXT, SPATIAL
  kForeignKey,
  kReferences,  // Inline REFERENCES of a column.
  kCheck,
  kNotNull,
  kNull,
  kDefault,        // Expression is a child.
  kAutoIncrement,  // AUTO_INCREMENT, AUTOINCREMENT
  kCollate,
  kGenerated,
  kOther,
};
enum class AlterKind : std::uint8_t {
  kAddColumn,
  kAddConstraint,  // Also ADD INDEX / PRIMARY KEY / UNIQUE / FOREIGN KEY / CHECK.
  kChangeColumn,   // CHANGE old new-definition: kName, kColumnDefinition.
  kModifyColumn,
  kAlterColumn,
  kRenameColumn,    // kName kName
  kDropColumn,      // kName
  kDropIndex,       // kIndexName
  kDropConstraint,  // kConstraintName (CONSTRAINT, CHECK)
  kDropForeignKey,  // kConstraintName
  kDropPrimaryKey,
  kRenameIndex,  // kIndexName kIndexName
  kRenameTable,  // kTableName
  kPartitioning,
  kOption,  // ENGINE=.., AUTO_INCREMENT=.., ALGORITHM=.., LOCK=.., ORDER BY ...
};
enum class SetScope : std::uint8_t {
  kUserVariable,
  kSession,  // SET x = .., SET SESSION x = .., SET @@x = ..
  kGlobal,   // GLOBAL, PERSIST, PERSIST_ONLY
  kNames,
  kCharacterSet,
  kTransaction,  // SET TRANSACTION ...
  kSessionTransaction,
  kOther,  // SET PASSWORD, SET ROLE, ...
};
enum class ShowKind : std::uint8_t {
  kOther,
  kTables,
  kColumns,  // SHOW [FULL] COLUMNS|FIELDS FROM t
  kIndexes,
  kCreateTable,
  kWarnings,
  kVariables,
  kDatabases,
};

enum NodeFlag : std::uint16_t {
  kNot = 1 << 0,
  kDistinct = 1 << 1,
  kAll = 1 << 2,  // UNION ALL; quantifier ALL
  kCountStar = 1 << 3,
  kIgnore = 1 << 4,
  kRecursive = 1 << 5,
  kLateral = 1 << 6,
  kNatural = 1 << 7,
  kRollup = 1 << 8,
  kDescending = 1 << 9,
  kNullsFirst = 1 << 10,
  kNullsLast = 1 << 11,
  kCalcFoundRows = 1 << 12,
  kOtherForm = 1 << 13,
  kRowsExamined = 1 << 14,  // LIMIT ROWS EXAMINED: an answer that may lack rows.
  // Schema changes and session statements reuse the low bits.
  kIfExists = 1 << 0,
  kIfNotExists = 1 << 1,
  kTemporary = 1 << 2,
  kUnique = 1 << 3,
  kOrReplace = 1 << 5,
  kInline = 1 << 6,
  kReadOnly = 1 << 7,
  kChain = 1 << 8,
};

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0;

struct Node {
  NodeKind kind = NodeKind::kNone;
  std::uint8_t op = 0;
  std::uint16_t flags = 0;
  std::uint32_t payload = 0;  // kParameter: its index. Otherwise the parser's own use.
  Span span;
  NodeId child = kNoNode;
  NodeId next = kNoNode;

  bool has(NodeFlag flag) const { return (flags & flag) != 0; }
  Operator op_as_operator() const { return static_cast<Operator>(op); }
};

// What lexing and parsing depend on besides the text.
struct ParseOptions {
  Dialect dialect = Dialect::kMySql;
  // MySQL: which versioned comments are code, `/*!50705 ... */` and `/*M!100100 ... */`.
  bool mariadb = true;
  std::uint32_t server_version = 101100;
  // sql_mode, as the session has it.
  bool ansi_quotes = false;
  bool pipes_as_concat = false;
  bool no_backslash_escapes = false;
  bool high_not_precedence = false;
  bool ignore_space = false;
  // Limits; see `limits` in docs/configuration.md.
  std::uint32_t max_bytes = 64u << 20;
  std::uint32_t max_depth = 400;
  std::uint32_t max_list_items = 1u << 20;  // Members of one list: VALUES rows, IN, select items.

  friend bool operator==(const ParseOptions&, const ParseOptions&) = default;
};

// The members of a node's child list, for range-for.
class Children;

class Statement {
 public:
  Statement() = default;

  // The text exactly as given, without a terminating semicolon and the white space around it.
  std::string_view text() const { return text_; }
  std::string_view text(Span span) const {
    return std::string_view(text_).substr(span.begin, span.size());
  }
  std::string_view text(NodeId id) const { return text(node(id).span); }

  // The statement's own node: kSelect, kSetOperation, kInsert, ...
  NodeId root() const { return root_; }
  const Node& node(NodeId id) const { return nodes_[id]; }
  NodeKind kind(NodeId id) const { return nodes_[id].kind; }
  std::size_t node_count() const { return nodes_.size(); }

  Children children(NodeId id) const;
  // The i-th child (0-based), or kNoNode.
  NodeId child(NodeId id, std::size_t i) const;
  // The first child of that kind, or kNoNode.
  NodeId find(NodeId id, NodeKind kind) const;
  // The node or one below it is of that kind.
  bool mentions(NodeId id, NodeKind kind) const;

  // Requires: kName (or a string kLiteral used as an alias). Without quotes, doubled quotes undone.
  std::string name(NodeId id) const;
  // ASCII case-insensitive, and without an allocation for names that need no decoding.
  bool name_equals(NodeId id, std::string_view name) const;

  // Requires: kLiteral of kString or kNational. The string's value, escapes undone.
  std::string string(NodeId id) const;

  std::uint32_t parameter_count() const { return parameter_count_; }
  // Byte offset of each `?`, in order.
  const std::vector<std::uint32_t>& parameters() const { return parameters_; }

  // The text inside of each `/*+ pando: ... */`, without the "pando:".
  const std::vector<Span>& hints() const { return hints_; }
  // True if the text holds a versioned comment, whether or not it was read as code.
  bool has_versioned_comment() const { return has_versioned_comment_; }

  // What it was parsed with: a part of it that is parsed by itself must be read the same way.
  const ParseOptions& options() const { return options_; }
  Dialect dialect() const { return options_.dialect; }
  // Whether a backslash in a string is just a backslash.
  bool no_backslash_escapes() const { return options_.no_backslash_escapes; }

  // The tree as an s-expression, for tests: (select (select_list (select_item (column id))) ...).
  std::string dump() const;

 private:
  friend class Parser;

  std::string text_;
  PlainArray<Node> nodes_;  // nodes_[0] is the "no node".
  std::vector<std::uint32_t> parameters_;
  std::vector<Span> hints_;
  NodeId root_ = kNoNode;
  std::uint32_t parameter_count_ = 0;
  ParseOptions options_;
  bool has_versioned_comment_ = false;
};

class Children {
 public:
  class Iterator {
   public:
    Iterator(const Statement* statement, NodeId id) : statement_(statement), id_(id) {}
    NodeId operator*() const { return id_; }
    Iterator& operator++() {
      id_ = statement_->node(id_).next;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.id_ == b.id_; }

   private:
    const Statement* statement_;
    NodeId id_;
  };
  Children(const Statement* statement, NodeId first) : statement_(statement), first_(first) {}
  Iterator begin() const { return {statement_, first_}; }
  Iterator end() const { return {statement_, kNoNode}; }

 private:
  const Statement* statement_;
  NodeId first_;
};

inline Children Statement::children(NodeId id) const { return {this, nodes_[id].child}; }

inline NodeId Statement::child(NodeId id, std::size_t i) const {
  NodeId c = nodes_[id].child;
  while (c != kNoNode && i-- > 0) c = nodes_[c].next;
  return c;
}

inline bool Statement::mentions(NodeId id, NodeKind kind) const {
  if (nodes_[id].kind == kind) return true;
  for (const NodeId child : children(id)) {
    if (mentions(child, kind)) return true;
  }
  return false;
}

inline NodeId Statement::find(NodeId id, NodeKind kind) const {
  NodeId c = nodes_[id].child;
  while (c != kNoNode && nodes_[c].kind != kind) c = nodes_[c].next;
  return c;
}

}  // namespace pando::sql
