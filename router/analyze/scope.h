// Scopes: which names a statement can see where. Blocks, table occurrences, and what a column name
// means.
//
// A block is one query node (SELECT, set operation, parentheses ...) or the UPDATE, DELETE or
// INSERT itself. An occurrence is one entry of a FROM clause: conditions belong to occurrences,
// never to tables. The occurrences of a block stand next to each other, in the order of the text;
// so do its joins, an inner join before the one around it.
//
// Cost: one walk over the tree; nothing is resolved before it is asked for. Threads: immutable once
// built. Lifetime: views the statement and the rules.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pando/result.h"
#include "router/plan/planner.h"
#include "router/plan/small_vector.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"

namespace pando::analyze {

using sql::NodeId;
using BlockId = std::uint32_t;
using OccurrenceId = std::uint32_t;
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

enum class SourceKind : std::uint8_t { kTable, kDerived, kCte, kFunction };

struct Occurrence {
  SourceKind kind = SourceKind::kTable;
  bool nullable = false;  // On the null-supplying side of an outer join of its own block.
  BlockId block = kNoIndex;
  NodeId node = sql::kNoNode;   // kTableRef, kDerived or kTableFunction.
  NodeId path = sql::kNoNode;   // kTable, kCte: the kTableName.
  NodeId name = sql::kNoNode;   // kTable, kCte: the kName of the table itself, without the schema.
  NodeId alias = sql::kNoNode;  // The name in its kAlias.
  // kTable: nullptr if the rules do not list it and it lives in RuleSet::default_single().
  const rules::LogicalTable* table = nullptr;
  BlockId body = kNoIndex;       // kDerived, kCte: the block that it stands for.
  std::uint32_t cte = kNoIndex;  // kCte.

  bool sharded() const { return table != nullptr && table->kind == rules::TableKind::kSharded; }
  bool broadcast() const { return table != nullptr && table->kind == rules::TableKind::kBroadcast; }
  // Lives in one data source as a whole.
  bool single() const {
    return kind == SourceKind::kTable &&
           (table == nullptr || table->kind == rules::TableKind::kSingle);
  }
};

// Left side: occurrences [first, middle) of the block; right side: [middle, last).
struct Join {
  NodeId node = sql::kNoNode;
  sql::JoinKind kind = sql::JoinKind::kInner;
  bool natural = false;
  OccurrenceId first = 0;
  OccurrenceId middle = 0;
  OccurrenceId last = 0;
};

struct Cte {
  NodeId node = sql::kNoNode;
  NodeId name = sql::kNoNode;
  BlockId owner = kNoIndex;
  BlockId body = kNoIndex;
  std::uint32_t references = 0;
  bool recursive = false;
};

enum class Role : std::uint8_t { kTop, kOperand, kDerived, kCte, kSubquery };

// Where in its parent block a subquery stands.
enum class Place : std::uint8_t {
  kSelectList,
  kFrom,
  kWhere,
  kOn,
  kGroupBy,
  kHaving,
  kOrderBy,
  kOther
};

enum BlockFlag : std::uint16_t {
  kHasAggregate = 1 << 0,  // An aggregate function of its own, not a window function.
  kHasWindow = 1 << 1,
  kHasUnknownFunction = 1 << 2,  // A name that is no built-in: it could be the user's aggregate.
  kHasRandom = 1 << 3,           // RAND(), UUID() ...: a different value for each call.
  kHasSeededRandom = 1 << 4,     // RAND(5): a sequence over the rows.
  kHasSideEffect = 1 << 5,       // GET_LOCK(), SLEEP() ...: once per call, not once per shard.
  kHasTime = 1 << 6,             // NOW() and the like.
};

struct Block {
  NodeId node = sql::kNoNode;
  Role role = Role::kTop;
  Place place = Place::kOther;  // Role::kSubquery.
  // Role::kSubquery: only whether it is true matters, not what else it is: it is reached from
  // WHERE, HAVING or the ON of any join, outer ones too, through AND and OR, and perhaps is the
  // list of IN.
  bool filters = false;
  std::uint16_t flags = 0;           // BlockFlag, of the block's own expressions.
  BlockId parent = kNoIndex;         // Whose names its expressions may use besides its own.
  NodeId site = sql::kNoNode;        // The kSubquery, kDerived or kCte it is in.
  NodeId operand_of = sql::kNoNode;  // The kIn, kExists, kQuantified or kBinary right above `site`.
  BlockId left = kNoIndex;   // Set operation, parentheses, INSERT ... SELECT: the query inside.
  BlockId right = kNoIndex;  // Set operation.
  OccurrenceId first = 0;    // Its FROM: occurrences [first, last).
  OccurrenceId last = 0;
  std::uint32_t first_join = 0;
  std::uint32_t last_join = 0;
};

// What a column name means.
struct Resolution {
  OccurrenceId occurrence = kNoIndex;  // kNoIndex: unknown. It may be any column of any table.
  bool outer = false;                  // It belongs to a block around the one that was asked.
  bool found() const { return occurrence != kNoIndex; }
};

// A column of a real table, reached by name through derived tables and CTEs.
struct Origin {
  OccurrenceId occurrence = kNoIndex;  // Of SourceKind::kTable if found.
  NodeId name = sql::kNoNode;          // Its name there.
  bool nullable = false;               // A derived table on the way may turn it into NULL.
  bool pushable = true;  // A condition on it may be applied before the derived tables on the way.
  // Not found: the expression of a derived table's block that the way ends at, if any.
  NodeId expression = sql::kNoNode;
  BlockId expression_block = kNoIndex;
  bool found() const { return occurrence != kNoIndex; }
};

class Scopes {
 public:
  // Takes any statement with tables in a FROM: queries, UPDATE, DELETE, INSERT (its target is the
  // first occurrence of block 0; an INSERT's query is block 0's `left`).
  //
  // Errors: kUnknownTable; kUnsupportedStatement (another schema); kSessionStatement (:=, INTO, and
  // functions that answer for the connection).
  // Requires: empty so far. It is filled in place because it is too big to be moved about for each
  // statement.
  Result<void> build(const sql::Statement& statement, const plan::PlanContext& context);

  const sql::Statement& statement() const { return *statement_; }
  const rules::RuleSet& rules() const { return *rules_; }
  const auto& blocks() const { return blocks_; }
  const auto& occurrences() const { return occurrences_; }
  const auto& joins() const { return joins_; }
  const auto& ctes() const { return ctes_; }
  const Block& block(BlockId id) const { return blocks_[id]; }
  const Occurrence& occurrence(OccurrenceId id) const { return occurrences_[id]; }
  BlockId block_of(NodeId query) const;  // kNoIndex if the node is no block.
  // `inner` is `outer` or lies inside of it.
  bool within(BlockId inner, BlockId outer) const;

  // What the kColumn means in an expression of `block`, whose select aliases are not looked at.
  // Without regard to `schema` where it is null. A name that cannot be told is "not found".
  Resolution resolve(NodeId column, BlockId block, const plan::SchemaView* schema) const;
  // The same for a bare name, as in USING.
  Resolution resolve_name(NodeId name, OccurrenceId first, OccurrenceId last,
                          const plan::SchemaView* schema) const;
  // Some entry of the block's FROM has, or may have, a column of that name. Then a name that
  // resolve() does not find is ambiguous; else it can only be an alias.
  bool may_have_column(BlockId block, NodeId name, const plan::SchemaView* schema) const;
  // The kColumn may be a column of some table that an expression of `block` can see. False is
  // certain: the database can take such a name for an alias at most.
  bool may_exist(NodeId column, BlockId block, const plan::SchemaView* schema) const;
  // Follows the column `name` of an occurrence down to the table it comes from.
  Origin origin(OccurrenceId occurrence, NodeId name, const plan::SchemaView* schema) const;
  Origin origin_of(NodeId column, BlockId block, const plan::SchemaView* schema) const;

  // May rows of the occurrence that violate a condition be left out, because they cannot affect the
  // block's result? The condition is a conjunct of the block's WHERE (join: kNoIndex) or of the ON
  // of joins()[join]. `rejects_null`: it lets no row pass that an outer join made of NULLs.
  bool applies(OccurrenceId id, BlockId block, std::uint32_t join, bool rejects_null) const;

  // The index of `name` among the sharding key columns of the occurrence's table; nullopt: none.
  std::optional<std::uint32_t> key_index(OccurrenceId occurrence, NodeId name) const;

  // The FROM occurrence's name as conditions use it: its alias, or its table's name. May be
  // kNoNode.
  NodeId visible_name(OccurrenceId id) const;
  // "orders" or "orders o": for messages.
  std::string label(OccurrenceId id) const;

  // The last name of a kColumn.
  NodeId column_name(NodeId column) const;

  // SQLite: the kColumn is called rowid, _rowid_ or oid, and no column is declared by that name.
  bool is_row_number(NodeId column) const;

 private:
  friend class ScopeBuilder;

  // Occurrences [first, last) of a FROM.
  struct Range {
    OccurrenceId first;
    OccurrenceId last;
  };
  // What an expression of `block` can see of the FROM of `at`, which is it or around it.
  Range visible(BlockId at, BlockId block) const;
  std::optional<bool> has_column(OccurrenceId id, NodeId name,
                                 const plan::SchemaView* schema) const;
  std::optional<bool> body_has_column(BlockId body, NodeId name,
                                      const plan::SchemaView* schema) const;

  const sql::Statement* statement_ = nullptr;
  const rules::RuleSet* rules_ = nullptr;
  plan::SmallVector<Block, 2> blocks_;
  plan::SmallVector<Occurrence, 3> occurrences_;
  plan::SmallVector<Join, 2> joins_;
  plan::SmallVector<Cte, 1> ctes_;
  std::vector<NodeId> row_numbers_;
};

// SQLite: rowid, _rowid_ or oid, whether or not a column is declared by that name.
bool names_row_number(const sql::Statement& statement, NodeId name);

// Two name nodes (or a node and a name), unquoted and without regard to ASCII case.
bool same_name(const sql::Statement& statement, NodeId a, NodeId b);

}  // namespace pando::analyze
