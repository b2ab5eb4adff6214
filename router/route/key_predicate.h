// Key predicates: what the conditions of a statement say of the sharding keys of each occurrence.
//
// compile() looks at the text only and keeps operands symbolic (a parameter, a literal's place);
// evaluate() reads the values and gives the shards. Always a superset: what is not understood
// restricts nothing.
//
// A condition restricts an occurrence only if it "applies" to it: rows of the occurrence that
// violate it cannot affect the result of the block. That holds for conjuncts of WHERE, of the ON of
// inner joins, and of the ON of an outer join for its null-supplying side; if an outer join lies
// between the occurrence and the condition's place, the condition must also reject NULL.
//
// Cost: compile() is linear in the conditions; evaluate() of `key = constant` allocates nothing.
// Threads: a KeyProgram is immutable once compiled. Lifetime: views the statement and the rules.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "pando/value.h"
#include "router/analyze/scope.h"
#include "router/plan/schema.h"
#include "router/plan/small_vector.h"
#include "router/rewrite/text_edits.h"
#include "rules/shard_set.h"
#include "rules/value_set.h"

namespace pando::route {

using analyze::BlockId;
using analyze::kNoIndex;
using analyze::OccurrenceId;
using sql::NodeId;

// What a shape is bound with.
struct BindInput {
  const sql::Statement& statement;
  rewrite::BoundText text;
  std::span<const Value> parameters;

  BindInput(const sql::Statement& s, rewrite::BoundText t, std::span<const Value> p)
      : statement(s), text(t), parameters(p) {}
  BindInput(const sql::Statement& s, std::span<const Value> p)
      : statement(s), text(s.text()), parameters(p) {}
};

// A constant of the statement: NULL, a parameter, or a literal with an optional sign.
struct Operand {
  enum class Kind : std::uint8_t { kNull, kParameter, kLiteral } kind = Kind::kNull;
  sql::Literal literal = sql::Literal::kNull;
  bool negative = false;
  std::uint32_t parameter = 0;
  sql::Span span;  // kLiteral: without the sign.
};

// nullopt if the node is no constant.
std::optional<Operand> operand_of(const sql::Statement& statement, NodeId node);

// The operand's value; nullopt for literals whose value Pando does not work out (0x41, _utf8'x',
// 1e3, 1.5). `scratch` holds the bytes of a decoded string and must outlive the result.
std::optional<Value> operand_value(const Operand& operand, const BindInput& input,
                                   std::string& scratch);

// The same in canonical form; nullopt also if rules::canonical_key gives none.
std::optional<Value> key_value(const Operand& operand, const rules::KeyColumn& column,
                               const BindInput& input, std::string& scratch);

// `a = b` between columns of two FROM occurrences, as a conjunct. One of them may stand in a block
// around the one of the conjunct. USING gives these too.
struct Equality {
  BlockId block = kNoIndex;       // Where the conjunct stands.
  std::uint32_t join = kNoIndex;  // Its join, if it stands in ON or USING; index into joins().
  OccurrenceId a = kNoIndex;
  OccurrenceId b = kNoIndex;
  NodeId a_name = sql::kNoNode;
  NodeId b_name = sql::kNoNode;
  bool applies_to_a = false;
  bool applies_to_b = false;
};

// The hints of a statement: `shard=3`, `shard=shop1`, `data_source=shop1`.
struct Hints {
  std::optional<rules::ShardIndex> shard;
  std::optional<rules::DataSourceIndex> data_source;
  bool given() const { return shard.has_value() || data_source.has_value(); }
};
// Errors: kBadHint.
Result<Hints> parse_hints(const sql::Statement& statement, const rules::RuleSet& rules);

// The shards that one sharded occurrence is restricted to. Mostly just one: then without a set.
struct Restriction {
  enum class Kind : std::uint8_t { kOne, kSet, kNone } kind = Kind::kNone;
  rules::ShardIndex one = 0;
  rules::ShardSet set;  // kSet: at least two.

  // kNone: no row can pass, so any shard will do.
  bool allows(rules::ShardIndex shard) const {
    return kind == Kind::kNone || (kind == Kind::kOne ? one == shard : set.contains(shard));
  }
};

class KeyProgram {
 public:
  // Never fails: what is not understood restricts nothing. `schema` may be null.
  // Requires: empty so far.
  void compile(const analyze::Scopes& scopes, const plan::SchemaView* schema, const Hints& hints);

  // The sharded occurrences, in order; evaluate() gives one Restriction for each.
  std::span<const OccurrenceId> sharded() const { return {sharded_.data(), sharded_.size()}; }
  // Requires: out.size() == sharded().size(), and the parameters' count is right.
  // Errors: kBadHint if the hint names a shard that a table has not.
  Result<void> evaluate(const analyze::Scopes& scopes, const BindInput& input,
                        std::span<Restriction> out) const;

  // One sharded occurrence, one key column, and `key = constant` is all that decides. Then
  // evaluate_point() gives evaluate()'s result for it; nullopt if that must be asked after all.
  bool is_point() const { return point_; }
  std::optional<rules::ShardIndex> evaluate_point(const BindInput& input) const;

  // Column equalities, for colocation.
  std::span<const Equality> equalities() const { return {equalities_.data(), equalities_.size()}; }

  // "orders.user_id = 7" or "no condition on orders.user_id": for explain. As the user wrote it, so
  // parameters print as `?`.
  std::string describe(const analyze::Scopes& scopes, OccurrenceId occurrence,
                       const BindInput& input) const;

 private:
  friend class KeyCompiler;
  friend class KeyEvaluator;

  enum class Op : std::uint8_t {
    kAnd,  // Members: first, then next.
    kOr,
    kEqual,  // One operand.
    kNullSafeEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kBetween,  // Two operands.
    kIn,       // `count` operands.
    kIsNull,
    kNotNull,  // k <> 5, k NOT IN (...), IS NOT NULL ...: true for no NULL.
  };
  struct Predicate {
    Op op = Op::kAnd;
    std::uint32_t operand = 0;  // Into operands_.
    std::uint32_t count = 0;
    std::uint32_t first = kNoIndex;
    std::uint32_t next = kNoIndex;
  };
  // A column that conditions speak of: a sharding key column, or one that passes values to one.
  struct Slot {
    OccurrenceId occurrence = kNoIndex;
    NodeId name = sql::kNoNode;  // kNoNode for keys.
    const rules::KeyColumn* column = nullptr;
    std::uint32_t condition = kNoIndex;  // First of its list.
  };
  struct Condition {
    std::uint32_t predicate = 0;
    std::uint32_t next = kNoIndex;
    NodeId node = sql::kNoNode;
  };
  struct Edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };

  plan::SmallVector<OccurrenceId, 4> sharded_;
  plan::SmallVector<std::uint32_t, 4> first_slot_;  // Of each sharded occurrence.
  plan::SmallVector<Slot, 4> slots_;
  plan::SmallVector<Condition, 3> conditions_;
  plan::SmallVector<Predicate, 3> predicates_;
  plan::SmallVector<Operand, 3> operands_;
  plan::SmallVector<Edge, 2> edges_;
  plan::SmallVector<Equality, 2> equalities_;
  Hints hints_;
  const rules::LogicalTable* point_table_ = nullptr;
  bool point_ = false;
};

}  // namespace pando::route
