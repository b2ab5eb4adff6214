#include "router/plan/planner.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "router/plan/shape.h"
#include "router/plan/write_common.h"
#include "router/plan/write_planner.h"
#include "router/sql/node_sets.h"

namespace pando::plan {

using sql::NodeKind;

namespace {

// The catalogue's remedies for these name `compute`, which is for queries.
Error of_write(Error error, const sql::Statement& statement) {
  const NodeKind root = statement.kind(statement.root());
  const bool writes = root == NodeKind::kInsert || root == NodeKind::kUpdate ||
                      root == NodeKind::kDelete || sql::is_schema_change(root);
  if (!writes || error.remedy() != error.info().remedy) return error;
  if (error.code() == ErrorCode::kCrossDataSource) {
    return std::move(error).with_remedy(
        "Make the small table a broadcast table (`copy`), or read its rows first and write what "
        "they say.");
  }
  if (error.code() != ErrorCode::kNeedsCompute && error.code() != ErrorCode::kNotColocated) {
    return error;
  }
  return std::move(error).with_remedy(
      "A write takes place where its rows are: restrict every sharded table to one shard by its "
      "key, or read the rows first and write them by their keys.");
}

}  // namespace

Result<ShapePtr> analyze(std::shared_ptr<const sql::Statement> statement,
                         const PlanContext& context) {
  auto shape = std::make_shared<Shape>();
  shape->statement = std::move(statement);
  const sql::Statement& text = *shape->statement;
  if (sql::is_query(text.kind(text.root()))) {
    PANDO_TRY(analyze_query(*shape, context));
  } else {
    shape->pin_all = true;
    auto write = analyze_write(shape->statement, context);
    if (!write) return fail(of_write(std::move(write).error(), text));
    shape->what.emplace<WriteShapePtr>(*std::move(write));
  }
  return ShapePtr(std::move(shape));
}

Result<Plan> bind_text(const Shape& shape, const rewrite::BoundText& text,
                       std::span<const Value> parameters, const PlanContext& context) {
  const sql::Statement& statement = *shape.statement;
  if (const QueryShape* query = std::get_if<QueryShape>(&shape.what)) {
    if (parameters.size() != statement.parameter_count()) {
      return fail(ErrorCode::kParameterCount,
                  count_mismatch(statement.parameter_count(), parameters.size()));
    }
    return bind_query(*query, route::BindInput(statement, text, parameters), context);
  }
  auto plan = bind_write(*std::get<WriteShapePtr>(shape.what), parameters, context);
  if (!plan) return fail(of_write(std::move(plan).error(), statement));
  return plan;
}

Result<Plan> bind(const Shape& shape, std::span<const Value> parameters,
                  const PlanContext& context) {
  return bind_text(shape, rewrite::BoundText(shape.statement->text()), parameters, context);
}

namespace {

// What a made-up value may have caused: other values would do.
bool is_about_values(ErrorCode code) {
  return code == ErrorCode::kNoShardForKey || code == ErrorCode::kUnroutableKey ||
         code == ErrorCode::kParameterType;
}

// With 1, 2, ... for the placeholders: integers, or texts if these lead to fewer shards, as they do
// where the key is a text.
Result<Plan> bind_examples(const Shape& shape, const PlanContext& context) {
  const std::size_t count = shape.statement->parameter_count();
  std::vector<Value> integers;
  std::vector<OwnedValue> texts;
  std::vector<Value> text_views;
  for (std::size_t i = 1; i <= count; ++i) {
    integers.push_back(Value::of_int(static_cast<std::int64_t>(i)));
    texts.push_back(OwnedValue::of_text(std::to_string(i)));
  }
  for (const OwnedValue& text : texts) text_views.push_back(text.view());
  Result<Plan> made = plan::bind(shape, integers, context);
  if (!made || made->queries.size() > 1) {
    Result<Plan> other = plan::bind(shape, text_views, context);
    if (other && (!made || other->queries.size() < made->queries.size())) made = std::move(other);
  }
  if (made) {
    made->notes.push_back(count == 1
                              ? "no value is given for `?` (--param VALUE): 1 is taken; "
                                "another may lead to another shard, or to more of them"
                              : "no values are given for `?` (--param VALUE): 1, 2 ... are "
                                "taken; others may lead to other shards, or to more of them");
  } else if (is_about_values(made.error().code())) {
    return fail(Error(ErrorCode::kParameterCount,
                      "where the statement goes depends on the values of its placeholders")
                    .with_remedy("Give a value for each `?`: --param VALUE."));
  }
  return made;
}

}  // namespace

Plan explain(std::shared_ptr<const sql::Statement> statement, std::span<const Value> parameters,
             const PlanContext& context) {
  PlanContext explaining = context;
  explaining.explain = true;
  const auto make = [&]() -> Result<Plan> {
    PANDO_ASSIGN(const ShapePtr shape, analyze(std::move(statement), explaining));
    const bool none_given = parameters.empty() && shape->statement->parameter_count() > 0;
    return none_given ? bind_examples(*shape, explaining)
                      : plan::bind(*shape, parameters, explaining);
  };
  Result<Plan> made = make();
  if (made) return std::move(*made);
  Plan refused;
  refused.level = Level::kRefused;
  refused.reason = made.error().message();
  refused.refusal = std::move(made).error();
  return refused;
}

}  // namespace pando::plan
