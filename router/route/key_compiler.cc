// From conditions to a KeyProgram: which conjuncts speak of which key, and where they apply.

#include <array>
#include <unordered_map>

#include "drivers/table_schema.h"
#include "router/route/key_predicate.h"

namespace pando::route {

using analyze::Block;
using analyze::Join;
using analyze::Occurrence;
using analyze::Origin;
using sql::kNoNode;
using sql::Node;
using sql::NodeKind;
using sql::Operator;

namespace {

constexpr std::size_t kUsesToSearch = 32;

// What an integer column that is no key passes on.
const rules::KeyColumn& integer_column() {
  static const rules::KeyColumn column;
  return column;
}

bool same_canonical_form(const rules::KeyColumn& a, const rules::KeyColumn& b) {
  return a.type == b.type && a.fold_ascii_case == b.fold_ascii_case &&
         a.highest_byte == b.highest_byte;
}

}  // namespace

class KeyCompiler {
 public:
  KeyCompiler(const analyze::Scopes& scopes, const plan::SchemaView* schema, const Hints& hints,
              KeyProgram& program)
      : scopes_(scopes), statement_(scopes.statement()), schema_(schema), program_(program) {
    program_.hints_ = hints;
  }

  void compile() {
    for (OccurrenceId id = 0; id < scopes_.occurrences().size(); ++id) {
      const Occurrence& occurrence = scopes_.occurrence(id);
      renames_ |= occurrence.kind != analyze::SourceKind::kTable;
      if (!occurrence.sharded()) continue;
      program_.sharded_.push_back(id);
      program_.first_slot_.push_back(static_cast<std::uint32_t>(program_.slots_.size()));
      for (const rules::KeyColumn& column : occurrence.table->key_columns) {
        program_.slots_.push_back({id, kNoNode, &column, kNoIndex});
      }
    }
    if (program_.sharded_.empty()) return;
    // Equalities first: they say which columns besides the keys are worth knowing.
    if (scopes_.occurrences().size() > 1) {
      each_condition([this](NodeId node, BlockId block, std::uint32_t join) {
        find_equalities(node, block, join);
      });
      for (std::uint32_t j = 0; j < scopes_.joins().size(); ++j) find_using(j);
      link();
    }
    each_condition([this](NodeId node, BlockId block, std::uint32_t join) {
      add_conditions(node, block, join);
    });
    find_point();
  }

 private:
  using Op = KeyProgram::Op;

  // What a column in an expression refers to.
  struct Use {
    NodeId column = kNoNode;
    std::uint32_t slot = kNoIndex;
    OccurrenceId from = kNoIndex;  // The entry of the FROM clause by whose name it is called.
    bool nullable = false;         // A derived table on the way may make it NULL.
    bool pushable = false;
  };

  template <typename F>
  void each_condition(F&& f) {
    for (BlockId id = 0; id < scopes_.blocks().size(); ++id) {
      const Block& block = scopes_.block(id);
      for (std::uint32_t j = block.first_join; j < block.last_join; ++j) {
        const NodeId on = statement_.find(scopes_.joins()[j].node, NodeKind::kOn);
        if (on != kNoNode) each_conjunct(statement_.node(on).child, id, j, f);
      }
      if (block.first == block.last) continue;
      const NodeId where = statement_.find(block.node, NodeKind::kWhere);
      if (where != kNoNode) each_conjunct(statement_.node(where).child, id, kNoIndex, f);
    }
  }
  template <typename F>
  void each_conjunct(NodeId node, BlockId block, std::uint32_t join, F& f) {
    const Node& expression = statement_.node(node);
    if (expression.kind == NodeKind::kBinary && expression.op_as_operator() == Operator::kAnd) {
      for (const NodeId child : statement_.children(node)) each_conjunct(child, block, join, f);
      return;
    }
    f(node, block, join);
  }

  // --- Equalities of columns

  void find_equalities(NodeId node, BlockId block, std::uint32_t join) {
    const Node& expression = statement_.node(node);
    if (expression.kind != NodeKind::kBinary || expression.op_as_operator() != Operator::kEqual) {
      return;
    }
    add_equality(statement_.child(node, 0), statement_.child(node, 1), block, join);
  }

  void add_equality(NodeId left, NodeId right, BlockId block, std::uint32_t join) {
    if (statement_.kind(left) == NodeKind::kRow && statement_.kind(right) == NodeKind::kRow) {
      NodeId a = statement_.node(left).child;
      NodeId b = statement_.node(right).child;
      for (; a != kNoNode && b != kNoNode;
           a = statement_.node(a).next, b = statement_.node(b).next) {
        add_equality(a, b, block, join);
      }
      return;
    }
    if (statement_.kind(left) != NodeKind::kColumn || statement_.kind(right) != NodeKind::kColumn) {
      return;
    }
    const analyze::Resolution a = scopes_.resolve(left, block, schema_);
    const analyze::Resolution b = scopes_.resolve(right, block, schema_);
    if (!a.found() || !b.found()) return;
    push_equality({block, join, a.occurrence, b.occurrence, scopes_.column_name(left),
                   scopes_.column_name(right), false, false});
  }

  void push_equality(Equality equality) {
    if (equality.a == equality.b) return;
    equality.applies_to_a = scopes_.applies(equality.a, equality.block, equality.join, true);
    equality.applies_to_b = scopes_.applies(equality.b, equality.block, equality.join, true);
    program_.equalities_.push_back(equality);
  }

  void find_using(std::uint32_t index) {
    const Join& join = scopes_.joins()[index];
    const NodeId list = statement_.find(join.node, NodeKind::kUsing);
    if (list == kNoNode) return;
    for (const NodeId name : statement_.children(list)) {
      const OccurrenceId left = owner(name, join.first, join.middle, index);
      const OccurrenceId right = owner(name, join.middle, join.last, index);
      if (left == kNoIndex || right == kNoIndex) continue;
      push_equality({scopes_.occurrence(left).block, index, left, right, name, name, false, false});
    }
  }

  // The one among occurrences [first, last) whose column a USING means. Of several that were joined
  // by USING before, the first one stands for all if only inner and left joins lie between.
  OccurrenceId owner(NodeId name, OccurrenceId first, OccurrenceId last, std::uint32_t below) {
    const analyze::Resolution one = scopes_.resolve_name(name, first, last, schema_);
    if (one.found()) return one.occurrence;
    for (std::uint32_t j = 0; j < below; ++j) {
      const Join& join = scopes_.joins()[j];
      if (join.first < first || join.last > last) continue;
      if (join.kind == sql::JoinKind::kRight || join.kind == sql::JoinKind::kFull) return kNoIndex;
    }
    for (OccurrenceId id = first; id < last; ++id) {
      if (scopes_.resolve_name(name, id, id + 1, schema_).found()) return id;
    }
    return kNoIndex;
  }

  void link() {
    for (const Equality& equality : program_.equalities_) {
      const Origin a = scopes_.origin(equality.a, equality.a_name, schema_);
      const Origin b = scopes_.origin(equality.b, equality.b_name, schema_);
      if (!a.found() || !b.found()) continue;
      const std::uint32_t a_slot = find_or_add(a);
      const std::uint32_t b_slot = find_or_add(b);
      if (a_slot == kNoIndex || b_slot == kNoIndex || a_slot == b_slot) continue;
      if (!same_canonical_form(*program_.slots_[a_slot].column, *program_.slots_[b_slot].column)) {
        continue;
      }
      if (equality.applies_to_a && a.pushable) program_.edges_.push_back({b_slot, a_slot});
      if (equality.applies_to_b && b.pushable) program_.edges_.push_back({a_slot, b_slot});
    }
  }

  std::uint32_t find_slot(OccurrenceId occurrence, NodeId name) const {
    const std::optional<std::uint32_t> key = scopes_.key_index(occurrence, name);
    for (std::uint32_t i = 0; i < program_.slots_.size(); ++i) {
      const KeyProgram::Slot& slot = program_.slots_[i];
      if (slot.occurrence != occurrence) continue;
      if (key) return i + *key;
      if (slot.name != kNoNode && analyze::same_name(statement_, slot.name, name)) return i;
    }
    return kNoIndex;
  }

  // A column that is no key passes its values on only if it is known to be an integer: what other
  // types make of a constant (a YEAR of 99, an ENUM of '7') is not what the key's type makes of it.
  std::uint32_t find_or_add(const Origin& origin) {
    const std::uint32_t known = find_slot(origin.occurrence, origin.name);
    if (known != kNoIndex) return known;
    const Occurrence& occurrence = scopes_.occurrence(origin.occurrence);
    if (schema_ == nullptr || occurrence.table == nullptr) return kNoIndex;
    const drivers::TableSchema* table = schema_->find(occurrence.table->name);
    if (table == nullptr) return kNoIndex;
    const drivers::ColumnSchema* column = table->find(statement_.name(origin.name));
    if (column == nullptr || !drivers::is_integer(column->type)) return kNoIndex;
    program_.slots_.push_back({origin.occurrence, origin.name, &integer_column(), kNoIndex});
    return static_cast<std::uint32_t>(program_.slots_.size() - 1);
  }

  // --- Conditions on one column

  Use use_of(NodeId column, BlockId block) {
    if (uses_.size() <= kUsesToSearch) {
      for (const Use& known : uses_) {
        if (known.column == column) return known;
      }
    } else if (const auto known = use_places_.find(column); known != use_places_.end()) {
      return uses_[known->second];
    }
    Use use;
    use.column = column;
    if (could_matter(scopes_.column_name(column))) {
      const analyze::Resolution resolved = scopes_.resolve(column, block, schema_);
      if (resolved.found() && !resolved.outer) {
        const Origin origin =
            scopes_.origin(resolved.occurrence, scopes_.column_name(column), schema_);
        use.from = resolved.occurrence;
        use.nullable = origin.nullable;
        use.pushable = origin.pushable;
        if (origin.found()) use.slot = find_slot(origin.occurrence, origin.name);
      }
    }
    uses_.push_back(use);
    if (uses_.size() > kUsesToSearch) {
      // From here on a list of conditions as long as a statement may be must not take its square.
      while (use_places_.size() < uses_.size()) {
        use_places_.emplace(uses_[use_places_.size()].column, use_places_.size());
      }
    }
    return use;
  }

  bool could_matter(NodeId name) const {
    if (renames_) return true;
    for (const KeyProgram::Slot& slot : program_.slots_) {
      if (slot.name == kNoNode ? statement_.name_equals(name, slot.column->name)
                               : analyze::same_name(statement_, name, slot.name)) {
        return true;
      }
    }
    return false;
  }

  void add_conditions(NodeId node, BlockId block, std::uint32_t join) {
    plan::SmallVector<Use, 4> targets;
    find_targets(node, block, targets);
    for (const Use& target : targets) {
      if (!target.pushable) continue;
      const std::uint32_t predicate = compile(node, block, target.slot);
      if (predicate == kNoIndex) continue;
      const bool rejects_null = rejects(predicate);
      if (target.nullable && !rejects_null) continue;
      if (!scopes_.applies(target.from, block, join, rejects_null)) continue;
      KeyProgram::Slot& slot = program_.slots_[target.slot];
      program_.conditions_.push_back({predicate, slot.condition, node});
      slot.condition = static_cast<std::uint32_t>(program_.conditions_.size() - 1);
    }
  }

  void find_targets(NodeId node, BlockId block, plan::SmallVector<Use, 4>& targets) {
    const Node& expression = statement_.node(node);
    switch (expression.kind) {
      case NodeKind::kColumn: {
        const Use use = use_of(node, block);
        if (use.slot == kNoIndex) return;
        for (const Use& known : targets) {
          if (known.slot == use.slot) return;
        }
        targets.push_back(use);
        return;
      }
      case NodeKind::kBinary:
      case NodeKind::kRow:
        for (const NodeId child : statement_.children(node)) find_targets(child, block, targets);
        return;
      case NodeKind::kIn:
      case NodeKind::kBetween:
      case NodeKind::kIs:
        return find_targets(expression.child, block, targets);
      default:
        return;
    }
  }

  bool is_slot(NodeId node, BlockId block, std::uint32_t slot) {
    return statement_.kind(node) == NodeKind::kColumn && use_of(node, block).slot == slot;
  }

  std::uint32_t push(KeyProgram::Predicate predicate) {
    program_.predicates_.push_back(predicate);
    return static_cast<std::uint32_t>(program_.predicates_.size() - 1);
  }
  std::uint32_t push_operand(const Operand& operand) {
    program_.operands_.push_back(operand);
    return static_cast<std::uint32_t>(program_.operands_.size() - 1);
  }
  std::uint32_t push_one(Op op, const Operand& operand) {
    return push({op, push_operand(operand), 1, kNoIndex, kNoIndex});
  }
  std::uint32_t push_not_null() { return push({Op::kNotNull, 0, 0, kNoIndex, kNoIndex}); }

  // kNoIndex: says nothing of the slot.
  std::uint32_t compile(NodeId node, BlockId block, std::uint32_t slot) {
    const Node& expression = statement_.node(node);
    switch (expression.kind) {
      case NodeKind::kBinary:
        return compile_binary(node, block, slot);
      case NodeKind::kIn:
        return compile_in(node, block, slot);
      case NodeKind::kBetween: {
        if (!is_slot(expression.child, block, slot)) return kNoIndex;
        const auto low = operand_of(statement_, statement_.child(node, 1));
        const auto high = operand_of(statement_, statement_.child(node, 2));
        if (expression.has(sql::kNot) || !low || !high) return push_not_null();
        const std::uint32_t first = push_operand(*low);
        push_operand(*high);
        return push({Op::kBetween, first, 2, kNoIndex, kNoIndex});
      }
      case NodeKind::kIs: {
        if (!is_slot(expression.child, block, slot)) return kNoIndex;
        const auto what = static_cast<sql::IsWhat>(expression.op);
        const bool negated = expression.has(sql::kNot);
        if (what == sql::IsWhat::kNull) {
          return negated ? push_not_null() : push({Op::kIsNull, 0, 0, kNoIndex, kNoIndex});
        }
        const bool equals = (what == sql::IsWhat::kValue && !negated) ||
                            (what == sql::IsWhat::kDistinctFrom && negated);
        if (!equals) return kNoIndex;
        const auto operand = operand_of(statement_, statement_.child(node, 1));
        return operand ? push_one(Op::kNullSafeEqual, *operand) : kNoIndex;
      }
      default:
        return kNoIndex;
    }
  }

  std::uint32_t compile_binary(NodeId node, BlockId block, std::uint32_t slot) {
    const Operator op = statement_.node(node).op_as_operator();
    if (op == Operator::kAnd || op == Operator::kOr) {
      return compile_logical(op == Operator::kAnd ? Op::kAnd : Op::kOr, node, block, slot);
    }
    const NodeId left = statement_.child(node, 0);
    const NodeId right = statement_.child(node, 1);
    if (statement_.kind(left) == NodeKind::kRow && statement_.kind(right) == NodeKind::kRow) {
      return op == Operator::kEqual ? compile_row(left, right, block, slot) : kNoIndex;
    }
    if (is_slot(left, block, slot)) return compare(op, right);
    if (is_slot(right, block, slot)) return compare(mirrored(op), left);
    return kNoIndex;
  }

  std::uint32_t compile_logical(Op op, NodeId node, BlockId block, std::uint32_t slot) {
    std::uint32_t first = kNoIndex;
    for (const NodeId member : statement_.children(node)) {
      const std::uint32_t predicate = compile(member, block, slot);
      if (predicate == kNoIndex) {
        if (op == Op::kOr) return kNoIndex;
        continue;
      }
      program_.predicates_[predicate].next = first;
      first = predicate;
    }
    if (first == kNoIndex) return kNoIndex;
    if (program_.predicates_[first].next == kNoIndex) return first;
    return push({op, 0, 0, first, kNoIndex});
  }

  static Operator mirrored(Operator op) {
    switch (op) {
      case Operator::kLess:
        return Operator::kGreater;
      case Operator::kLessEqual:
        return Operator::kGreaterEqual;
      case Operator::kGreater:
        return Operator::kLess;
      case Operator::kGreaterEqual:
        return Operator::kLessEqual;
      default:
        return op;
    }
  }

  std::uint32_t compare(Operator op, NodeId constant) {
    const auto operand = operand_of(statement_, constant);
    switch (op) {
      case Operator::kEqual:
        return operand ? push_one(Op::kEqual, *operand) : push_not_null();
      case Operator::kNullSafeEqual:
        return operand ? push_one(Op::kNullSafeEqual, *operand) : kNoIndex;
      case Operator::kNotEqual:
        return push_not_null();
      case Operator::kLess:
        return operand ? push_one(Op::kLess, *operand) : push_not_null();
      case Operator::kLessEqual:
        return operand ? push_one(Op::kLessEqual, *operand) : push_not_null();
      case Operator::kGreater:
        return operand ? push_one(Op::kGreater, *operand) : push_not_null();
      case Operator::kGreaterEqual:
        return operand ? push_one(Op::kGreaterEqual, *operand) : push_not_null();
      default:
        return kNoIndex;
    }
  }

  // (a, b) = (1, 2): the member of the slot.
  std::uint32_t compile_row(NodeId left, NodeId right, BlockId block, std::uint32_t slot) {
    NodeId a = statement_.node(left).child;
    NodeId b = statement_.node(right).child;
    for (; a != kNoNode && b != kNoNode; a = statement_.node(a).next, b = statement_.node(b).next) {
      if (is_slot(a, block, slot)) return compare(Operator::kEqual, b);
      if (is_slot(b, block, slot)) return compare(Operator::kEqual, a);
    }
    return kNoIndex;
  }

  std::uint32_t compile_in(NodeId node, BlockId block, std::uint32_t slot) {
    const bool negated = statement_.node(node).has(sql::kNot);
    const NodeId subject = statement_.child(node, 0);
    const NodeId list = statement_.child(node, 1);
    const bool constants = statement_.kind(list) == NodeKind::kRow;
    if (is_slot(subject, block, slot)) {
      // NOT IN (nothing) holds for NULL too.
      if (negated)
        return constants && statement_.node(list).child != kNoNode ? push_not_null() : kNoIndex;
      return constants ? compile_list(list, 0, false) : push_not_null();
    }
    if (negated || !constants || statement_.kind(subject) != NodeKind::kRow) return kNoIndex;
    std::size_t position = 0;
    for (const NodeId member : statement_.children(subject)) {
      if (is_slot(member, block, slot)) return compile_list(list, position, true);
      ++position;
    }
    return kNoIndex;
  }

  // The constants of a list, or those at `position` of the rows of a list.
  std::uint32_t compile_list(NodeId list, std::size_t position, bool rows) {
    KeyProgram::Predicate in{Op::kIn, static_cast<std::uint32_t>(program_.operands_.size()), 0,
                             kNoIndex, kNoIndex};
    for (const NodeId item : statement_.children(list)) {
      NodeId value = item;
      if (rows) {
        if (statement_.kind(item) != NodeKind::kRow) return push_not_null();
        value = statement_.child(item, position);
        if (value == kNoNode) return push_not_null();
      }
      const auto operand = operand_of(statement_, value);
      if (!operand) return push_not_null();
      push_operand(*operand);
      ++in.count;
    }
    return push(in);
  }

  // The predicate is never true where the key is NULL.
  bool rejects(std::uint32_t index) const {
    const KeyProgram::Predicate& predicate = program_.predicates_[index];
    switch (predicate.op) {
      case Op::kAnd:
        for (std::uint32_t i = predicate.first; i != kNoIndex; i = program_.predicates_[i].next) {
          if (rejects(i)) return true;
        }
        return false;
      case Op::kOr:
        for (std::uint32_t i = predicate.first; i != kNoIndex; i = program_.predicates_[i].next) {
          if (!rejects(i)) return false;
        }
        return true;
      case Op::kNullSafeEqual:
      case Op::kIsNull:
        return false;
      default:
        return true;
    }
  }

  void find_point() {
    if (program_.sharded_.size() != 1 || program_.slots_.size() != 1) return;
    if (!program_.edges_.empty() || program_.hints_.given()) return;
    const std::uint32_t first = program_.slots_[0].condition;
    if (first == kNoIndex || program_.conditions_[first].next != kNoIndex) return;
    program_.point_ = program_.predicates_[program_.conditions_[first].predicate].op == Op::kEqual;
    program_.point_table_ = scopes_.occurrence(program_.sharded_[0]).table;
  }

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const plan::SchemaView* schema_;
  bool renames_ = false;  // Derived tables or CTEs may call a key by another name.
  KeyProgram& program_;
  plan::SmallVector<Use, 8> uses_;
  std::unordered_map<NodeId, std::size_t> use_places_;  // Filled if there are many.
};

void KeyProgram::compile(const analyze::Scopes& scopes, const plan::SchemaView* schema,
                         const Hints& hints) {
  KeyCompiler(scopes, schema, hints, *this).compile();
}

}  // namespace pando::route
