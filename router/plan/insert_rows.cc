// INSERT ... VALUES, SET and DEFAULT VALUES: each row goes to the shard of its key.

#include <algorithm>
#include <limits>
#include <map>

#include "router/plan/insert_shape.h"
#include "router/plan/key_check.h"
#include "router/route/key_predicate.h"
#include "router/sql/lexer.h"
#include "rules/suggest.h"

namespace pando::plan {
namespace {

using sql::NodeId;
using sql::NodeKind;
using sql::Statement;

constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

struct FillColumn {
  const rules::Fill* fill = nullptr;
  std::size_t position = kAbsent;
  bool segment = false;  // Its generator counts.
};

// Rows of values, as nodes.
struct Rows {
  std::size_t width = 0;
  std::vector<sql::Span> spans;
  std::vector<NodeId> values;  // spans.size() * width
  NodeId value(std::size_t row, std::size_t position) const {
    return values[row * width + position];
  }
};

// One bind: values become shards, generated keys and edits.
class RowBinder {
 public:
  RowBinder(const InsertTarget& target, const Rows& rows, const std::vector<FillColumn>& fills,
            std::span<const Value> parameters, const PlanContext& context)
      : target_(target),
        statement_(target.sql()),
        rows_(rows),
        fills_(fills),
        context_(context),
        input_(statement_, parameters),
        schema_(context.schema != nullptr ? context.schema->find(target.table->name) : nullptr),
        numbered_(target.own_numbers(schema_)),
        plan_(target.plan()) {}

  Result<Plan> bind() {
    add_columns();
    PANDO_TRY(check_own_numbers());
    PANDO_TRY(pass_given_keys());
    for (std::size_t row = 0; row < rows_.spans.size(); ++row) {
      PANDO_TRY(fill(row));
      PANDO_TRY(place(row));
    }
    plan_.makes_key = makes_key();
    PANDO_TRY(write());
    return std::move(plan_);
  }

 private:
  struct NodeRows {
    std::vector<std::size_t> rows;
    std::vector<rewrite::Edit> edits;
  };
  struct Filled {
    std::string_view column;
    std::size_t generated;
  };

  bool is_set_form() const { return statement_.kind(target_.source) == NodeKind::kSetList; }

  bool is_sharded() const { return target_.table->kind == rules::TableKind::kSharded; }

  std::string quoted(const std::string& column) const {
    return rewrite::quote_identifier(column, statement_.dialect());
  }

  // Fill columns that the statement does not name join its column list.
  void add_columns() {
    if (is_set_form() || target_.column_list == sql::kNoNode) return;
    bool first = target_.columns.empty();
    const std::uint32_t at = statement_.node(target_.column_list).span.end - 1;
    for (const FillColumn& column : fills_) {
      if (column.position != kAbsent) continue;
      head_.push_back({{at, at}, (first ? "" : ", ") + quoted(column.fill->column), {}});
      first = false;
    }
  }

  Result<std::size_t> generate(const rules::Fill& fill) {
    OwnedValue value = OwnedValue::of_int(0);  // Explained, not executed.
    if (context_.next_id) {
      PANDO_ASSIGN(value, context_.next_id(fill.generator));
      if (!plan_.generated_key && value.kind == ValueKind::kInt) plan_.generated_key = value.number;
    }
    plan_.generated.push_back(std::move(value));
    return plan_.generated.size() - 1;
  }

  // How the value is written: as a parameter if the statement has some, so that its text stays the
  // same and can stay prepared; else as a literal.
  rewrite::Edit edit_for(std::size_t generated, sql::Span span, const std::string& before) const {
    if (statement_.parameter_count() > 0 && before.empty()) {
      return {span, "?", static_cast<std::uint32_t>(generated)};
    }
    return {span, before + literal(generated), {}};
  }

  std::string literal(std::size_t generated) const {
    const OwnedValue& value = plan_.generated[generated];
    return value.kind == ValueKind::kInt ? std::to_string(value.number)
                                         : rewrite::string_literal(value.text);
  }

  bool is_null(NodeId value) const {
    switch (statement_.kind(value)) {
      case NodeKind::kDefault:
        return true;
      case NodeKind::kLiteral:
        return static_cast<sql::Literal>(statement_.node(value).op) == sql::Literal::kNull;
      case NodeKind::kParameter:
        return input_.parameters[statement_.node(value).payload].is_null();
      default:
        return false;
    }
  }

  Result<void> fill(std::size_t row) {
    filled_.clear();
    row_edits_.clear();
    bool first = target_.columns.empty();
    for (const FillColumn& column : fills_) {
      const bool absent = column.position == kAbsent;
      if (!absent && !is_null(rows_.value(row, column.position))) continue;
      PANDO_ASSIGN(const std::size_t generated, generate(*column.fill));
      filled_.push_back({column.fill->column, generated});
      if (!absent) {
        const sql::Span span = statement_.node(rows_.value(row, column.position)).span;
        row_edits_.push_back(edit_for(generated, span, ""));
        continue;
      }
      std::string before = first ? "" : ", ";
      first = false;
      std::uint32_t at = rows_.spans[row].end - 1;  // Before the row's parenthesis.
      if (is_set_form()) {
        at = statement_.node(target_.source).span.end;
        before += quoted(column.fill->column) + " = ";
      }
      if (statement_.parameter_count() > 0 && !before.empty()) {
        row_edits_.push_back({{at, at}, before, {}});
        before.clear();
      }
      row_edits_.push_back(edit_for(generated, {at, at}, before));
    }
    return {};
  }

  std::optional<std::size_t> generated_for(std::string_view column) const {
    for (const Filled& filled : filled_) {
      if (same_name(filled.column, column)) return filled.generated;
    }
    return std::nullopt;
  }

  tl::unexpected<Error> unroutable(NodeId value, const rules::KeyColumn& key,
                                   const std::string& why) const {
    return refuse(
        ErrorCode::kUnroutableKey, statement_.node(value).span,
        "the value of the sharding key " + target_.table->name + "." + key.name + " " + why);
  }

  // SQLite's names for a row's number, which stand in no schema.
  bool is_row_number(std::string_view name) const {
    return statement_.dialect() == Dialect::kSqlite &&
           (same_name(name, "rowid") || same_name(name, "_rowid_") || same_name(name, "oid"));
  }

  // A key that is missing may be there under a wrong name.
  Result<void> check_names() const {
    if (schema_ == nullptr || target_.column_list == sql::kNoNode) return {};
    std::vector<std::string_view> known;
    for (const drivers::ColumnSchema& column : schema_->columns) known.push_back(column.name);
    for (const std::string& name : target_.columns) {
      if (schema_->find(name) != nullptr || is_row_number(name)) continue;
      const std::string_view nearest = rules::nearest_word(name, known);
      return refuse(ErrorCode::kUnknownColumn, statement_.node(target_.column_list).span,
                    "table " + target_.table->name + " has no column " + name +
                        (nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?"));
    }
    return {};
  }

  // A time that would be a key but for its fraction of a second.
  bool has_longer_fraction(const route::Operand& operand, const rules::KeyColumn& key) const {
    if (key.type != rules::KeyType::kDateTime) return false;
    rules::KeyColumn longest = key;
    longest.fraction_digits = 6;
    std::string scratch;
    return route::key_value(operand, longest, input_, scratch).has_value();
  }

  // The canonical value of the row's key column; `scratch` may hold its bytes.
  Result<Value> key_value(std::size_t row, const rules::KeyColumn& key, std::string& scratch) {
    const drivers::ColumnSchema* column = schema_ != nullptr ? schema_->find(key.name) : nullptr;
    if (const auto generated = generated_for(key.name)) {
      const Value value = plan_.generated[*generated].view();
      const std::optional<Value> canonical = rules::canonical_key(key, value, scratch);
      const bool kept =
          canonical && (column == nullptr ||
                        stored_unchanged(key, *column, value, *canonical, statement_.dialect()));
      if (kept) return *canonical;
      return refuse(ErrorCode::kUnroutableKey, statement_.node(target_.table_name).span,
                    "generated keys do not fit the column " + target_.table->name + "." + key.name);
    }
    const std::optional<std::size_t> position = target_.position(key.name);
    if (!position) {
      PANDO_TRY(check_names());
      return refuse(ErrorCode::kMissingShardingKey, statement_.node(target_.table_name).span,
                    "the sharding key " + target_.table->name + "." + key.name + " is not given");
    }
    const NodeId node = rows_.value(row, *position);
    if (statement_.kind(node) == NodeKind::kDefault) {
      return unroutable(node, key, "is a default");
    }
    const std::optional<route::Operand> operand = route::operand_of(statement_, node);
    if (!operand) return unroutable(node, key, "is an expression");
    const std::optional<Value> canonical = route::key_value(*operand, key, input_, scratch);
    if (!canonical && has_longer_fraction(*operand, key)) {
      return fail(
          unroutable(node, key, "has more digits of a second than its type in the rules")
              .value()
              .with_remedy("Declare type = \"datetime(6)\", for a column DATETIME(6), or cut "
                           "the fraction off."));
    }
    if (!canonical) return unroutable(node, key, "is not one of the key's type");
    if (canonical->is_null()) {
      if (column != nullptr && !column->nullable) {
        return unroutable(node, key, "is NULL, which the column does not take");
      }
      return *canonical;
    }
    if (column != nullptr) {
      std::string raw;
      const std::optional<Value> value = route::operand_value(*operand, input_, raw);
      if (!value || !stored_unchanged(key, *column, *value, *canonical, statement_.dialect())) {
        return unroutable(node, key,
                          "does not fit the column's type " + column->declared_type +
                              " and would be stored as another one");
      }
      // A strict server refuses a time that the clocks leave out; with IGNORE it stores the next.
      const std::string& zone = context_.rules->time_zone();
      const bool steady = zone == "UTC" || zone.front() == '+' || zone.front() == '-';
      if (column->type == SqlType::kTimestamp && !steady &&
          statement_.node(statement_.root()).has(sql::kIgnore)) {
        return unroutable(node, key, "may be a time that the clocks of " + zone + " leave out");
      }
    }
    return *canonical;
  }

  // A column that numbers itself would do so on each node alone.
  Result<void> check_own_numbers() {
    if (numbered_ == nullptr) return {};
    const std::optional<std::size_t> position = target_.position(numbered_->name);
    if (!position || (rows_.width == 0 && !rows_.spans.empty())) {
      return missing_number(statement_.node(target_.table_name).span);
    }
    number_position_ = *position;
    return {};
  }

  tl::unexpected<Error> missing_number(sql::Span span) const {
    return refuse(ErrorCode::kMissingGeneratedKey, span,
                  "column " + target_.table->name + "." + numbered_->name +
                      " numbers itself, and its value is not given");
  }

  Result<void> check_number(std::size_t row) {
    if (numbered_ == nullptr) return {};
    const NodeId node = rows_.value(row, number_position_);
    if (!is_number(node, *numbered_)) return missing_number(statement_.node(node).span);
    return {};
  }

  // The integer that a column of that name gets; nullopt if that cannot be told.
  std::optional<Value> integer(NodeId node, const std::string& column) const {
    const rules::KeyColumn as_key{column, rules::KeyType::kInteger, false};
    std::string scratch;  // For the bytes of other types only.
    const std::optional<route::Operand> operand = route::operand_of(statement_, node);
    return operand ? route::key_value(*operand, as_key, input_, scratch) : std::nullopt;
  }

  // Keys that the rows bring for columns that Pando fills: it must not give them to others, and no
  // shard may make one of its own instead.
  Result<void> pass_given_keys() {
    for (const FillColumn& column : fills_) {
      if (column.position == kAbsent) continue;
      const std::string& name = column.fill->column;
      const drivers::ColumnSchema* stored = schema_ != nullptr ? schema_->find(name) : nullptr;
      const bool numbers_itself = stored != nullptr && stored->auto_increment;
      if (!column.segment && !numbers_itself) continue;
      std::int64_t greatest = 0;
      for (std::size_t row = 0; row < rows_.spans.size(); ++row) {
        const NodeId node = rows_.value(row, column.position);
        if (is_null(node)) continue;
        const std::optional<Value> key = integer(node, name);
        if (!key || (numbers_itself && !is_number(node, *stored))) {
          return refuse(ErrorCode::kMissingGeneratedKey, statement_.node(node).span,
                        "the value of " + target_.table->name + "." + name +
                            ", which the generator " + column.fill->generator +
                            " fills, is not a plain number");
        }
        if (key->kind() == ValueKind::kInt) greatest = std::max(greatest, key->as_int());
      }
      if (greatest > 0 && context_.pass_id) {
        PANDO_TRY(context_.pass_id(column.fill->generator, greatest));
      }
    }
    return {};
  }

  // Whether this is surely a number that the column takes instead of making one.
  bool is_number(NodeId node, const drivers::ColumnSchema& column) const {
    const std::optional<Value> value = integer(node, column.name);
    if (!value || value->is_null()) return false;
    // Zero counts as "none given" in MySQL, unless sql_mode says otherwise.
    const bool zero = value->kind() == ValueKind::kInt && value->as_int() == 0;
    return !zero || statement_.dialect() != Dialect::kMySql;
  }

  // See Plan::makes_key. LAST_INSERT_ID(expr) makes one out of anything.
  bool makes_key() const {
    if (target_.gives_key.size() != 0 || schema_ == nullptr) return true;
    const drivers::ColumnSchema* column = target_.numbered(schema_);
    if (column == nullptr || target_.spread) return false;  // It was given; see check_number().
    const std::optional<std::size_t> position = target_.position(column->name);
    if (!position || rows_.width == 0) return true;
    for (std::size_t row = 0; row < rows_.spans.size(); ++row) {
      if (!is_number(rows_.value(row, *position), *column)) return true;
    }
    return false;
  }

  // Finds the row's node, and hands it its edits.
  Result<void> place(std::size_t row) {
    PANDO_TRY(check_number(row));
    if (!is_sharded()) {
      common_.insert(common_.end(), row_edits_.begin(), row_edits_.end());
      return {};
    }
    const std::vector<rules::KeyColumn>& keys = target_.table->key_columns;
    scratch_.resize(keys.size());
    key_.clear();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      PANDO_ASSIGN(const Value value, key_value(row, keys[i], scratch_[i]));
      key_.push_back(value);
    }
    Result<rules::ShardIndex> shard = target_.table->sharding->locate(key_);
    if (!shard) {
      const std::optional<std::size_t> position = target_.position(keys.front().name);
      const sql::Span span = position ? statement_.node(rows_.value(row, *position)).span
                                      : statement_.node(target_.table_name).span;
      return fail(std::move(shard).error().with_span(span.begin, span.end));
    }
    NodeRows& node = nodes_[*shard];
    node.rows.push_back(row);
    node.edits.insert(node.edits.end(), row_edits_.begin(), row_edits_.end());
    return {};
  }

  // Nothing but a comma and plain comments may stand between rows that are parted.
  Result<void> check_gaps() const {
    for (std::size_t i = 1; i < rows_.spans.size(); ++i) {
      const sql::Span gap = {rows_.spans[i - 1].end, rows_.spans[i].begin};
      if (sql::read_list_gap(statement_.text(), gap, statement_.options()).plain) continue;
      return refuse(ErrorCode::kUnsupportedStatement, gap,
                    "rows in a versioned comment cannot be sent to different shards");
    }
    return {};
  }

  Result<void> write() {
    if (!is_sharded()) {
      for (std::size_t i = 0; i < target_.table->nodes.size(); ++i) {
        PANDO_TRY(write_whole(i, common_));
      }
      plan_.reason = target_.table->kind == rules::TableKind::kBroadcast
                         ? "broadcast table " + target_.table->name + ": every copy is written"
                         : "table " + target_.table->name + " is in one place";
    } else {
      for (auto& [shard, node] : nodes_) {
        if (node.rows.size() == rows_.spans.size()) {
          PANDO_TRY(write_whole(shard, node.edits));
        } else {
          if (plan_.queries.empty()) PANDO_TRY(check_gaps());
          PANDO_TRY(write_some(shard, node));
        }
        plan_.queries.back().shard = shard;
        if (context_.explain) {
          plan_.queries.back().reason = std::to_string(node.rows.size()) + " of " +
                                        std::to_string(rows_.spans.size()) + " rows go to " +
                                        node_label(*target_.table, shard) + " by " +
                                        target_.table->sharding->describe();
        }
      }
      plan_.reason = nodes_.size() == 1
                         ? "all rows go to one shard"
                         : "the rows go to " + std::to_string(nodes_.size()) + " shards";
    }
    return target_.finish(plan_);
  }

  Result<std::vector<rewrite::Edit>> all_edits(std::size_t node,
                                               const std::vector<rewrite::Edit>& rows) const {
    PANDO_ASSIGN(std::vector<rewrite::Edit> edits, target_.node_edits(node, context_));
    edits.insert(edits.end(), head_.begin(), head_.end());
    edits.insert(edits.end(), rows.begin(), rows.end());
    rewrite::sort_edits(edits);
    return edits;
  }

  void add(rewrite::TextAssembly&& text, std::size_t node) {
    PhysicalQuery query = std::move(text).take();
    query.data_source = target_.table->nodes[node].data_source;
    if (context_.explain)
      query.reason = target_.table->name + ", " + node_label(*target_.table, node);
    plan_.queries.push_back(std::move(query));
  }

  Result<void> write_whole(std::size_t node, const std::vector<rewrite::Edit>& rows) {
    PANDO_ASSIGN(const std::vector<rewrite::Edit> edits, all_edits(node, rows));
    rewrite::TextAssembly text(statement_, edits);
    text.copy({0, static_cast<std::uint32_t>(statement_.text().size())});
    add(std::move(text), node);
    return {};
  }

  Result<void> write_some(std::size_t node, const NodeRows& some) {
    PANDO_ASSIGN(const std::vector<rewrite::Edit> edits, all_edits(node, some.edits));
    rewrite::TextAssembly text(statement_, edits);
    text.copy({0, rows_.spans.front().begin});
    bool first = true;
    for (const std::size_t row : some.rows) {
      if (!first) text.append(", ");
      first = false;
      text.copy(rows_.spans[row]);
    }
    text.copy({rows_.spans.back().end, static_cast<std::uint32_t>(statement_.text().size())});
    add(std::move(text), node);
    return {};
  }

  const InsertTarget& target_;
  const Statement& statement_;
  const Rows& rows_;
  const std::vector<FillColumn>& fills_;
  const PlanContext& context_;
  const route::BindInput input_;
  const drivers::TableSchema* schema_;
  const drivers::ColumnSchema* numbered_;
  std::size_t number_position_ = 0;
  Plan plan_;

  std::vector<rewrite::Edit> head_;    // The column list.
  std::vector<rewrite::Edit> common_;  // All rows, if they stay together.
  std::map<rules::ShardIndex, NodeRows> nodes_;
  // The row at hand.
  std::vector<Filled> filled_;
  std::vector<rewrite::Edit> row_edits_;
  std::vector<Value> key_;
  std::vector<std::string> scratch_;
};

class RowInsertShape final : public WriteShape {
 public:
  RowInsertShape(InsertTarget target, Rows rows, std::vector<FillColumn> fills)
      : target_(std::move(target)), rows_(std::move(rows)), fills_(std::move(fills)) {}

  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const override {
    PANDO_TRY(check_parameter_count(target_.sql(), parameters.size()));
    return RowBinder(target_, rows_, fills_, parameters, context).bind();
  }

 private:
  InsertTarget target_;
  Rows rows_;
  std::vector<FillColumn> fills_;
};

Result<Rows> read_rows(const InsertTarget& target) {
  const Statement& statement = target.sql();
  Rows rows;
  rows.width = target.columns.size();
  if (statement.kind(target.source) == NodeKind::kDefaultValues) {
    rows.width = 0;
    rows.spans.push_back(statement.node(target.source).span);
    return rows;
  }
  if (statement.kind(target.source) == NodeKind::kSetList) {
    rows.spans.push_back(statement.node(target.source).span);
    for (const NodeId assign : statement.children(target.source)) {
      rows.values.push_back(statement.child(assign, 1));
    }
    return rows;
  }
  const bool no_values_allowed = target.column_list == sql::kNoNode;
  for (const NodeId row : statement.children(target.source)) {
    const sql::Span span = statement.node(row).span;
    std::size_t count = 0;
    for (const NodeId value : statement.children(row)) {
      if (target.columns_known) rows.values.push_back(value);
      ++count;
    }
    rows.spans.push_back(span);
    if (!target.columns_known || count == rows.width) continue;
    if (count == 0 && no_values_allowed) {
      return refuse(target.table->kind == rules::TableKind::kSharded
                        ? ErrorCode::kMissingShardingKey
                        : ErrorCode::kMissingGeneratedKey,
                    span, "a row of defaults only cannot be completed; write its columns out");
    }
    return refuse(ErrorCode::kSyntax, span,
                  "the row has " + std::to_string(count) + (count == 1 ? " value" : " values") +
                      " for " + std::to_string(rows.width) +
                      (rows.width == 1 ? " column" : " columns"));
  }
  if (!target.columns_known) rows.width = 0;
  return rows;
}

}  // namespace

Result<WriteShapePtr> analyze_insert_rows(InsertTarget target, const PlanContext& context) {
  const Statement& statement = target.sql();
  const bool defaults_only = statement.kind(target.source) == NodeKind::kDefaultValues;
  const rules::LogicalTable& table = *target.table;
  const sql::Span span = statement.node(target.source).span;
  if (defaults_only && !table.fill.empty()) {
    return refuse(ErrorCode::kMissingGeneratedKey, span,
                  "DEFAULT VALUES leaves no place for the keys that Pando fills in");
  }
  if (defaults_only && table.kind == rules::TableKind::kSharded) {
    return refuse(ErrorCode::kMissingShardingKey, span, "DEFAULT VALUES gives no sharding key");
  }
  PANDO_ASSIGN(Rows rows, read_rows(target));
  std::vector<FillColumn> fills;
  for (const rules::Fill& fill : table.fill) {
    const auto generator = context.rules->id_generators().find(fill.generator);
    const bool segment = generator != context.rules->id_generators().end() &&
                         generator->second.kind == rules::IdGeneratorRule::Kind::kSegment;
    fills.push_back({&fill, target.position(fill.column).value_or(kAbsent), segment});
  }
  return std::make_shared<RowInsertShape>(std::move(target), std::move(rows), std::move(fills));
}

}  // namespace pando::plan
