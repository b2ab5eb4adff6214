// From a KeyProgram and values to shards.

#include <algorithm>
#include <array>
#include <forward_list>
#include <string>
#include <utility>
#include <vector>

#include "router/route/key_predicate.h"

namespace pando::route {

using rules::KeyColumn;
using rules::KeyType;
using rules::ValueSet;

class KeyEvaluator {
 public:
  KeyEvaluator(const KeyProgram& program, const analyze::Scopes& scopes, const BindInput& input)
      : program_(program), scopes_(scopes), input_(input) {}

  Result<void> evaluate(std::span<Restriction> out) {
    if (!points(out)) sets(out);
    if (program_.hints_.given()) PANDO_TRY(obey_hints(out));
    return {};
  }

 private:
  using Op = KeyProgram::Op;

  const rules::LogicalTable& table(std::size_t i) const {
    return *scopes_.occurrence(program_.sharded_[i]).table;
  }

  // The common case, without sets: every key column of every occurrence equals a constant, directly
  // or through other columns. Further conditions could only narrow that to nothing. False: not so.
  bool points(std::span<Restriction> out) {
    constexpr std::size_t kMost = 8;
    const std::size_t count = program_.slots_.size();
    if (count > kMost) return false;
    std::array<Value, kMost> values;
    std::array<bool, kMost> known{};
    std::array<std::string, kMost> scratch;
    for (std::size_t i = 0; i < count; ++i) {
      const KeyProgram::Slot& slot = program_.slots_[i];
      for (std::uint32_t c = slot.condition; c != kNoIndex; c = program_.conditions_[c].next) {
        const KeyProgram::Predicate& predicate =
            program_.predicates_[program_.conditions_[c].predicate];
        if (predicate.op != Op::kEqual) continue;
        const auto value =
            key_value(program_.operands_[predicate.operand], *slot.column, input_, scratch[i]);
        if (!value || value->is_null()) return false;
        values[i] = *value;
        known[i] = true;
        break;
      }
    }
    for (std::size_t round = 0; round < count; ++round) {
      bool changed = false;
      for (const KeyProgram::Edge& edge : program_.edges_) {
        if (!known[edge.from] || known[edge.to]) continue;
        values[edge.to] = values[edge.from];
        known[edge.to] = changed = true;
      }
      if (!changed) break;
    }
    for (std::size_t i = 0; i < program_.sharded_.size(); ++i) {
      const rules::LogicalTable& sharded = table(i);
      const std::uint32_t first = program_.first_slot_[i];
      const std::size_t keys = sharded.key_columns.size();
      for (std::size_t k = 0; k < keys; ++k) {
        if (!known[first + k]) return false;
      }
      const auto shard = sharded.sharding->locate({values.data() + first, keys});
      // After any other error rows with this key could be anywhere.
      if (!shard && shard.error().code() != ErrorCode::kNoShardForKey) return false;
      out[i].kind = shard ? Restriction::Kind::kOne : Restriction::Kind::kNone;
      out[i].one = shard ? *shard : 0;
    }
    return true;
  }

  void sets(std::span<Restriction> out) {
    std::vector<ValueSet> values(program_.slots_.size(), ValueSet::all());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const KeyProgram::Slot& slot = program_.slots_[i];
      for (std::uint32_t c = slot.condition; c != kNoIndex; c = program_.conditions_[c].next) {
        values[i] =
            ValueSet::intersect(values[i], set_of(program_.conditions_[c].predicate, *slot.column));
      }
    }
    // A chain of equalities is no longer than there are columns.
    const std::size_t rounds = std::min<std::size_t>(values.size(), 16);
    for (std::size_t round = 0; round < rounds && !program_.edges_.empty(); ++round) {
      for (const KeyProgram::Edge& edge : program_.edges_) {
        if (values[edge.from].is_all()) continue;
        values[edge.to] = ValueSet::intersect(
            values[edge.to], ValueSet::intersect(values[edge.from], ValueSet::all_but_null()));
      }
    }
    for (std::size_t i = 0; i < program_.sharded_.size(); ++i) {
      const rules::LogicalTable& sharded = table(i);
      const std::span<const ValueSet> keys(values.data() + program_.first_slot_[i],
                                           sharded.key_columns.size());
      const bool none =
          std::any_of(keys.begin(), keys.end(), [](const ValueSet& s) { return s.is_none(); });
      keep(none ? rules::ShardSet() : sharded.sharding->shards_of(keys), out[i]);
    }
  }

  static void keep(rules::ShardSet shards, Restriction& out) {
    if (shards.empty()) {
      out.kind = Restriction::Kind::kNone;
    } else if (shards.size() == 1) {
      out.kind = Restriction::Kind::kOne;
      out.one = shards.front();
    } else {
      out.kind = Restriction::Kind::kSet;
      out.set = std::move(shards);
    }
  }

  // The member's canonical value: nullopt if it says nothing.
  std::optional<Value> value_of(const Operand& operand, const KeyColumn& column) {
    texts_.emplace_front();
    return key_value(operand, column, input_, texts_.front());
  }

  // Sets of like sizes are united with each other, so that a long chain of ORs does not take the
  // square of its length.
  ValueSet union_of(std::uint32_t first, const KeyColumn& column) {
    std::vector<ValueSet> parts;
    const auto unite_last_two = [&] {
      const ValueSet last = std::move(parts.back());
      parts.pop_back();
      parts.back() = ValueSet::unite(std::move(parts.back()), last);
    };
    std::size_t count = 0;
    for (std::uint32_t i = first; i != kNoIndex; i = program_.predicates_[i].next) {
      parts.push_back(set_of(i, column));
      for (std::size_t n = ++count; n % 2 == 0; n /= 2) unite_last_two();
    }
    if (parts.empty()) return ValueSet::none();
    while (parts.size() > 1) unite_last_two();
    return std::move(parts.front());
  }

  ValueSet set_of(std::uint32_t index, const KeyColumn& column) {
    const KeyProgram::Predicate& predicate = program_.predicates_[index];
    switch (predicate.op) {
      case Op::kAnd: {
        ValueSet set = ValueSet::all();
        for (std::uint32_t i = predicate.first; i != kNoIndex; i = program_.predicates_[i].next) {
          set = ValueSet::intersect(set, set_of(i, column));
        }
        return set;
      }
      case Op::kOr:
        return union_of(predicate.first, column);
      case Op::kIsNull:
        return ValueSet::null();
      case Op::kNotNull:
        return ValueSet::all_but_null();
      case Op::kIn:
        return list_of(predicate, column);
      case Op::kEqual:
      case Op::kNullSafeEqual: {
        const bool null_safe = predicate.op == Op::kNullSafeEqual;
        const auto value = value_of(program_.operands_[predicate.operand], column);
        if (!value) return null_safe ? ValueSet::all() : ValueSet::all_but_null();
        if (value->is_null()) return null_safe ? ValueSet::null() : ValueSet::none();
        return ValueSet::point(*value);
      }
      default:
        return range_of(predicate, column);
    }
  }

  ValueSet list_of(const KeyProgram::Predicate& predicate, const KeyColumn& column) {
    std::vector<Value> points;
    points.reserve(predicate.count);
    for (std::uint32_t i = 0; i < predicate.count; ++i) {
      const auto value = value_of(program_.operands_[predicate.operand + i], column);
      if (!value) return ValueSet::all_but_null();
      if (!value->is_null()) points.push_back(*value);
    }
    if (points.empty()) return ValueSet::none();
    return ValueSet::points(std::move(points));
  }

  ValueSet range_of(const KeyProgram::Predicate& predicate, const KeyColumn& column) {
    const Operand& first = program_.operands_[predicate.operand];
    const auto low = value_of(first, column);
    const auto high = predicate.op == Op::kBetween
                          ? value_of(program_.operands_[predicate.operand + 1], column)
                          : low;
    if ((low && low->is_null()) || (high && high->is_null())) return ValueSet::none();
    // The order of a text column is its collation's, not that of the canonical bytes.
    if (!low || !high || column.type == KeyType::kText) return ValueSet::all_but_null();
    ValueSet::Range range;
    switch (predicate.op) {
      case Op::kBetween:
        if (rules::compare_keys(*low, *high) > 0) return ValueSet::none();
        range.low = *low;
        range.high = *high;
        break;
      case Op::kLess:
      case Op::kLessEqual:
        range.high = predicate.op == Op::kLess ? below(*high, first, column) : *high;
        break;
      default:
        range.low = predicate.op == Op::kGreater ? above(*low, column) : *low;
    }
    return ValueSet::range(range);
  }

  // The greatest key that is less than `bound`, or a greater one: a closed range is a superset.
  Value below(const Value& bound, const Operand& operand, const KeyColumn& column) const {
    const bool moves = column.type == KeyType::kInteger ||
                       (input_.statement.dialect() == Dialect::kMySql ? times_are_in_order(column)
                                                                      : is_plain_date(operand));
    if (!moves || bound.kind() != ValueKind::kInt || bound.as_int() == INT64_MIN) return bound;
    return Value::of_int(bound.as_int() - 1);
  }

  // The least key that is greater than `bound`, or a lesser one.
  Value above(const Value& bound, const KeyColumn& column) const {
    constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
    const bool moves =
        column.type == KeyType::kInteger ||
        (input_.statement.dialect() == Dialect::kMySql && times_are_in_order(column));
    const std::int64_t step = column.type == KeyType::kDate ? kMicrosPerDay : 1;
    if (!moves || bound.kind() != ValueKind::kInt || bound.as_int() > INT64_MAX - step) {
      return bound;
    }
    return Value::of_int(bound.as_int() + step);
  }

  // MySQL: the order of times is that of their text. The key may be a TIMESTAMP, and where clocks
  // go back, the first hour of a day may come twice: the first 00:30 is before the second 00:00.
  bool times_are_in_order(const KeyColumn& column) const {
    if (column.type == KeyType::kDate) return true;
    const std::string& zone = scopes_.rules().time_zone();
    return zone == "UTC" || zone.front() == '+' || zone.front() == '-';
  }

  // SQLite compares times as text: '2025-03-01' < '2025-03-01 00:00:00', though they are one key.
  // But nothing of a day is less than its date alone.
  bool is_plain_date(const Operand& operand) const {
    std::string scratch;
    const std::optional<Value> value = operand_value(operand, input_, scratch);
    return value && value->kind() == ValueKind::kText && value->as_string().size() == 10;
  }

  Result<void> obey_hints(std::span<Restriction> out) const {
    const Hints& hints = program_.hints_;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const rules::LogicalTable& sharded = table(i);
      if (hints.shard && *hints.shard >= sharded.nodes.size()) {
        const sql::Span span = input_.statement.hints().front();
        return fail(Error(ErrorCode::kBadHint,
                          "the hint names shard " + std::to_string(*hints.shard) + ", but " +
                              sharded.name + " has only " + std::to_string(sharded.nodes.size()))
                        .with_span(span.begin, span.end));
      }
      std::vector<rules::ShardIndex> kept;
      for (rules::ShardIndex shard = 0; shard < sharded.nodes.size(); ++shard) {
        if (hints.shard && *hints.shard != shard) continue;
        if (hints.data_source && sharded.nodes[shard].data_source != *hints.data_source) continue;
        if (out[i].kind != Restriction::Kind::kNone && out[i].allows(shard)) kept.push_back(shard);
      }
      // Where no row can pass, any shard would do, but not one that the hint excludes.
      if (kept.empty()) {
        const sql::Span span = input_.statement.hints().front();
        return fail(Error(ErrorCode::kBadHint, "the hint leaves no shard of " + sharded.name +
                                                   " that the statement's conditions allow")
                        .with_span(span.begin, span.end));
      }
      keep(rules::ShardSet(std::move(kept)), out[i]);
    }
    return {};
  }

  const KeyProgram& program_;
  const analyze::Scopes& scopes_;
  const BindInput& input_;
  std::forward_list<std::string> texts_;  // Bytes that values in sets view.
};

Result<void> KeyProgram::evaluate(const analyze::Scopes& scopes, const BindInput& input,
                                  std::span<Restriction> out) const {
  if (sharded_.empty()) return {};
  return KeyEvaluator(*this, scopes, input).evaluate(out);
}

std::optional<rules::ShardIndex> KeyProgram::evaluate_point(const BindInput& input) const {
  const Operand& operand =
      operands_[predicates_[conditions_[slots_[0].condition].predicate].operand];
  std::string scratch;
  const std::optional<Value> value = key_value(operand, *slots_[0].column, input, scratch);
  if (!value || value->is_null()) return std::nullopt;
  const auto shard = point_table_->sharding->locate({&*value, 1});
  if (!shard) return std::nullopt;
  return *shard;
}

std::string KeyProgram::describe(const analyze::Scopes& scopes, OccurrenceId occurrence,
                                 const BindInput& input) const {
  const rules::LogicalTable& table = *scopes.occurrence(occurrence).table;
  std::string text;
  // A condition over several columns of a key stands at each of them.
  std::vector<std::string> told;
  const auto add = [&text, &told](const std::string& part) {
    if (std::find(told.begin(), told.end(), part) != told.end()) return;
    told.push_back(part);
    if (!text.empty()) text += " and ";
    text += part;
  };
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (slot.occurrence != occurrence || slot.name != sql::kNoNode) continue;
    bool any = false;
    for (std::uint32_t c = slot.condition; c != kNoIndex; c = conditions_[c].next) {
      add(std::string(input.text.at(input.statement.node(conditions_[c].node).span)));
      any = true;
    }
    for (const Edge& edge : edges_) {
      if (edge.to != i) continue;
      const Slot& from = slots_[edge.from];
      const std::string column =
          from.name == sql::kNoNode ? from.column->name : input.statement.name(from.name);
      add(table.name + "." + slot.column->name + " = " + scopes.label(from.occurrence) + "." +
          column);
      any = true;
    }
    if (!any) add("no condition on " + table.name + "." + slot.column->name);
  }
  if (hints_.given()) add("a pando hint");
  return text;
}

}  // namespace pando::route
