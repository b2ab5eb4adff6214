#include "router/core.h"

#include <algorithm>
#include <utility>

#include "router/analyze/unknown_columns.h"
#include "router/data_sources.h"
#include "router/own_answer.h"
#include "router/plan/explain_render.h"
#include "router/session.h"
#include "router/sql/node_sets.h"
#include "router/sql/parser.h"
#include "rules/suggest.h"

namespace pando::router {
namespace {

sql::ParseOptions parse_options_of(const rules::RuleSet& rules) {
  sql::ParseOptions options;
  options.dialect = rules.dialect();
  options.mariadb = rules.mariadb();
  options.server_version = rules.server_version();
  options.max_bytes = rules.limits().statement_bytes;
  options.max_depth = rules.limits().depth;
  options.max_list_items = rules.limits().list_items;
  return options;
}

// A scatter over many tables of one data source may use several of its connections, but never so
// many that a few statements empty the pool.
std::size_t connections_per_statement(const rules::PoolRule& pool) {
  return std::clamp<std::size_t>(pool.size / 2, 1, 8);
}

}  // namespace

Core::Core(rules::RuleSetPtr rules, const std::vector<drivers::Driver*>& drivers)
    : rules_(std::move(rules)),
      parse_options_(parse_options_of(*rules_)),
      pool_(sources_with_compute(*rules_, drivers), {.size = rules_->pool().size,
                                                     .wait = rules_->pool().wait,
                                                     .idle_check = rules_->pool().idle_check}),
      pooled_(pool_, connections_per_statement(rules_->pool())),
      schemas_(*rules_, pool_),
      ids_(*rules_, pool_),
      plans_(rules_->limits().plan_cache, parse_options_) {}

plan::PlanContext Core::context(const plan::SchemaView& schema) {
  return {.rules = rules_.get(),
          .schema = &schema,
          .next_id = [this](const std::string& generator) { return ids_.next(generator); },
          .pass_id = [this](const std::string& generator,
                            std::int64_t key) { return ids_.pass(generator, key); }};
}

execute::SchemaCache& Core::schemas_of(execute::Connections& connections) {
  execute::SchemaCache* own = connections.own_schemas();
  return own ? *own : schemas_;
}

Result<bool> Core::read_schemas(const sql::Statement& statement, execute::Connections& connections,
                                bool lenient, std::vector<Error>* left_out) {
  execute::SchemaCache& schemas = schemas_of(connections);
  bool changed = false;
  for (std::size_t i = 1; i < statement.node_count(); ++i) {
    const auto id = static_cast<sql::NodeId>(i);
    if (statement.kind(id) != sql::NodeKind::kTableName) continue;
    sql::NodeId name = statement.node(id).child;
    while (statement.node(name).next != sql::kNoNode) name = statement.node(name).next;
    auto loaded = schemas.load(statement.name(name), connections);
    if (loaded && *loaded) {
      changed = true;
      if (&schemas == &schemas_) plans_.clear();
      loaded = schemas.load(statement.name(name), connections);
    }
    if (!loaded && left_out != nullptr && rules_->find_table(statement.name(name)) != nullptr) {
      left_out->push_back(loaded.error());
    }
    // A table that does not exist is the database's to complain about.
    if (loaded || lenient || loaded.error().code() == ErrorCode::kUnknownTable) continue;
    return loaded;
  }
  return changed;
}

Result<std::shared_ptr<const plan::Plan>> Core::plan(std::string_view sql,
                                                     std::span<const Value> parameters,
                                                     const sql::ParseOptions& options,
                                                     execute::Connections& connections) {
  // The cache keeps what the rules' own options and the committed schemas lead to; a session with
  // another sql_mode, or a transaction with schemas of its own, goes past.
  const bool cached = options == parse_options_ && connections.own_schemas() == nullptr;
  const std::int64_t period = schemas_.period();
  if (cached) {
    if (const auto hit = plans_.find(sql)) {
      bool changed = false;
      if (hit->begins(period)) {
        PANDO_ASSIGN(
            changed,
            read_schemas(hit->statement(), connections,
                         sql::is_schema_change(hit->statement().kind(hit->statement().root()))));
      }
      if (!changed) {
        if (auto point = hit->bind_point(parameters)) return point;
        auto plan = hit->bind(parameters, context(*schemas_.snapshot()));
        if (plan) return std::make_shared<const plan::Plan>(*std::move(plan));
        // A schema that was forgotten meanwhile is read again below.
        if (plan.error().code() != ErrorCode::kSchemaNeeded) return fail(std::move(plan).error());
      }
    }
  }
  plan::ShapePtr shape;
  std::shared_ptr<const plan::SchemaView> schema;
  PANDO_ASSIGN(plan::Plan plan, plan_anew(sql, parameters, options, connections, &shape, &schema));
  // Not if a schema change came in between: the shape may be of yesterday. One that comes after the
  // second look clears the cache itself.
  // Pieces hold the text's own literals, so such a shape serves no other text.
  const bool reusable = plan.level != plan::Level::kCompute ||
                        sql.find_first_of("0123456789'\"") == std::string_view::npos;
  if (cached && reusable && schemas_.snapshot() == schema) {
    plans_.insert(sql, shape, period);
    if (schemas_.snapshot() != schema) plans_.clear();
  }
  return std::make_shared<const plan::Plan>(std::move(plan));
}

Result<plan::Plan> Core::plan_anew(std::string_view sql, std::span<const Value> parameters,
                                   const sql::ParseOptions& options,
                                   execute::Connections& connections, plan::ShapePtr* shape,
                                   std::shared_ptr<const plan::SchemaView>* schema, bool may_cut) {
  PANDO_ASSIGN(sql::Statement parsed, sql::parse(std::string(sql), options));
  const auto statement = std::make_shared<const sql::Statement>(std::move(parsed));
  PANDO_TRY(read_schemas(*statement, connections,
                         sql::is_schema_change(statement->kind(statement->root()))));
  std::string asked;
  while (true) {
    *schema = schemas_of(connections).snapshot();
    plan::PlanContext planning = context(**schema);
    planning.may_cut = may_cut;
    auto plan = [&]() -> Result<plan::Plan> {
      PANDO_ASSIGN(*shape, plan::analyze(statement, planning));
      return plan::bind(**shape, parameters, planning);
    }();
    if (plan) return plan;
    // The message is the table's name. One that the text does not name (SQLite's DROP INDEX) is
    // read now; asked for twice, it is not to be had.
    Error error = std::move(plan).error();
    if (error.code() != ErrorCode::kSchemaNeeded || error.message() == asked) {
      return fail(std::move(error));
    }
    asked = error.message();
    PANDO_TRY(schemas_of(connections).load(asked, connections));
  }
}

Result<Reply> Core::execute(const std::shared_ptr<const plan::Plan>& plan,
                            std::span<const Value> parameters, execute::Connections& connections,
                            execute::CancelWatch cancel) {
  const bool schema_change = plan->write == plan::WriteKind::kDdl;
  if (schema_change) {
    for (const plan::PhysicalQuery& query : plan->queries) {
      PANDO_TRY(pool_.make_database(query.data_source));
    }
  }
  const auto notes = static_cast<std::uint32_t>(plan->notes.size());
  const execute::ExecuteOptions options{.dialect = rules_->dialect(),
                                        .merge_bytes = rules_->limits().merge_bytes,
                                        .cancel = cancel,
                                        .read_timeout = rules_->pool().read_timeout,
                                        .owner = shared_from_this()};
  if (plan->into) return fail(ErrorCode::kInternal, "rows are written by a session");
  auto reply = plan->level == plan::Level::kCompute
                   ? run_pieces(plan, parameters, connections, options)
                   : execute::execute(plan, parameters, connections, options);
  // Also after a failure: a part of the shards may have changed, or the schema was stale.
  const bool stale = !reply && (reply.error().code() == ErrorCode::kUnknownTable ||
                                reply.error().code() == ErrorCode::kUnknownColumn);
  if (execute::SchemaCache* own = connections.own_schemas()) {
    if (schema_change || stale) own->forget();
  } else if (schema_change || (stale && may_forget_again())) {
    forget_schemas();
  }
  if (reply) {
    reply->write.warnings += notes;
  } else {
    suggest_table(reply.error());
  }
  return reply;
}

Result<Reply> Core::answer(const plan::Plan& plan, execute::Connections& connections,
                           execute::CancelWatch cancel) {
  const auto ask = other_tables_plan(plan, *rules_);
  if (!ask) return own_answer(plan, *rules_);
  PANDO_ASSIGN(Reply reply, execute(ask, {}, connections, cancel));
  if (!reply.rows) return fail(ErrorCode::kInternal, "SHOW FULL TABLES returned no rows");
  PANDO_ASSIGN(const auto others, other_tables(*reply.rows, *rules_));
  return own_answer(plan, *rules_, others);
}

// A table that is not in the rules was looked for where `defaults.single` says: its name may be a
// slip of one that is.
void Core::suggest_table(Error& error) const {
  const auto single = rules_->default_single();
  if (error.code() != ErrorCode::kUnknownTable || !single) return;
  if (error.data_source() != rules_->data_sources()[*single].name) return;
  const std::string& message = error.message();
  const std::size_t end = message.rfind('`');
  const std::size_t begin =
      end == std::string::npos || end == 0 ? end : message.rfind('`', end - 1);
  if (begin == std::string::npos || begin == end) return;
  std::string_view name = std::string_view(message).substr(begin + 1, end - begin - 1);
  if (const std::size_t dot = name.find('.'); dot != name.npos) name.remove_prefix(dot + 1);
  for (const rules::LogicalTable& table : rules_->tables()) {
    for (const rules::Node& node : table.nodes) {
      if (node.data_source == *single && node.table == name) return;
    }
  }
  const std::string suggestion = rules::suggest_table(name, *rules_);
  if (!suggestion.empty()) error = std::move(error).with_message(message + suggestion);
}

Result<Reply> Core::run_pieces(const std::shared_ptr<const plan::Plan>& plan,
                               std::span<const Value> parameters, execute::Connections& connections,
                               const execute::ExecuteOptions& options,
                               std::vector<compute::PieceCost>* costs) {
  compute::RunOptions run;
  run.costs = costs;
  run.execute = options;
  run.rules = rules_.get();
  run.plan_piece = [this, &plan, &connections](const std::string& sql,
                                               std::span<const Value> values) {
    plan::ShapePtr shape;
    std::shared_ptr<const plan::SchemaView> schema;
    return plan_anew(sql, values, sql::for_own_text(plan->parse_options), connections, &shape,
                     &schema, false);
  };
  return compute::run(plan, parameters, connections, run);
}

// A table that somebody else changed shows in such an error; so does a client's own mistake, which
// it may repeat a thousand times a second. All must not plan anew each time.
bool Core::may_forget_again() {
  constexpr std::chrono::seconds kPause{1};
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  auto last = forgot_.load(std::memory_order_relaxed);
  return now - last >= kPause && forgot_.compare_exchange_strong(last, now);
}

void Core::forget_schemas() {
  schemas_.forget();
  plans_.clear();
}

Result<Reply> Core::run(std::string_view sql, std::span<const Value> parameters,
                        execute::CancelToken* cancel) {
  const execute::CancelWatch watch(cancel);  // Planning may wait for a data source.
  PANDO_ASSIGN(auto plan, this->plan(sql, parameters, parse_options_, pooled_));
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before it was sent");
  auto reply = run_plan(plan, parameters, watch);
  if (reply) reply->plan = std::move(plan);
  return reply;
}

Result<Reply> Core::run_plan(const std::shared_ptr<const plan::Plan>& plan,
                             std::span<const Value> parameters, const execute::CancelWatch& watch) {
  if (plan->session != plan::SessionAction::kNone) {
    if (has_own_answer(plan->session)) return answer(*plan, pooled_, watch);
    return fail(ErrorCode::kSessionStatement,
                "a statement about a session needs one: use session() or transact()");
  }
  if (plan->into) {  // A transaction around several statements.
    return std::make_shared<SessionState>(shared_from_this(), watch.token())
        ->run_plan(plan, parameters, watch);
  }
  return execute(plan, parameters, pooled_, watch);
}

Explanation Core::explain(std::string_view sql, std::span<const Value> parameters) {
  const auto render = [&](const plan::Plan& plan) {
    Explanation explanation;
    explanation.refusal_ = plan.refusal;
    explanation.tree_ = plan::render_tree(plan, *rules_, sql);
    explanation.json_ = plan::render_json(plan, *rules_);
    return explanation;
  };
  const auto refuse = [&](Error error) {
    plan::Plan refused;
    refused.level = plan::Level::kRefused;
    refused.refusal = std::move(error);
    return render(refused);
  };
  auto parsed = sql::parse(std::string(sql), parse_options_);
  if (!parsed) return refuse(std::move(parsed).error());
  const auto statement = std::make_shared<const sql::Statement>(*std::move(parsed));
  // A data source that cannot be reached does not stop an explanation: it is made without schema.
  std::vector<Error> unread;
  if (auto read = read_schemas(*statement, pooled_, true, &unread); !read) {
    return refuse(std::move(read).error());
  }
  const auto schema = schemas_.snapshot();
  plan::PlanContext planning;
  planning.rules = rules_.get();
  planning.explain = true;
  planning.schema = schema->tables().empty() ? nullptr : schema.get();
  plan::Plan plan = plan::explain(statement, parameters, planning);
  if (!plan.generated.empty() && !plan.refusal) {
    plan.notes.push_back("the key 0 stands for one that is generated when the statement runs");
  }
  if (!plan.refusal && analyze::needs_its_tables(*statement)) {
    for (const Error& error : unread) {
      std::string note = error.message() + "; names of columns are not checked";
      const bool told = std::find(plan.notes.begin(), plan.notes.end(), note) != plan.notes.end();
      if (!told) plan.notes.push_back(std::move(note));
    }
    for (const std::string& column : analyze::unknown_columns(*statement, planning)) {
      plan.notes.push_back(analyze::unknown_column_text(column));
    }
  }
  return render(plan);
}

Result<Measured> Core::measure(std::string_view sql, std::span<const Value> parameters,
                               execute::CancelToken* cancel) {
  const auto refuse = [](std::string message) {
    return fail(Error(ErrorCode::kUnsupportedStatement, std::move(message))
                    .with_remedy("Explain it without running it."));
  };
  const execute::CancelWatch watch(cancel);  // Planning may wait for a data source.
  // Looked at before planning, which draws keys for what is inserted.
  PANDO_ASSIGN(const sql::Statement parsed, sql::parse(std::string(sql), parse_options_));
  if (!sql::is_query(parsed.kind(parsed.root())))
    return refuse("only queries are run to be measured");
  Measured result;
  PANDO_ASSIGN(result.plan, plan(sql, parameters, parse_options_, pooled_));
  if (watch.cancelled()) return fail(ErrorCode::kCancelled, "cancelled before it was sent");
  const plan::Plan& plan = *result.plan;
  if (plan.session != plan::SessionAction::kNone || plan.write != plan::WriteKind::kNone) {
    return refuse("only queries are run to be measured");
  }
  if (plan.needs_writer) return refuse("a query that takes locks is not run to be measured");
  const auto reads = std::make_shared<execute::ReadCosts>();
  const execute::ExecuteOptions options{.dialect = rules_->dialect(),
                                        .merge_bytes = rules_->limits().merge_bytes,
                                        .cancel = watch,
                                        .read_timeout = rules_->pool().read_timeout,
                                        .owner = shared_from_this(),
                                        .costs = reads};
  const auto begin = std::chrono::steady_clock::now();
  const bool pieces = plan.level == plan::Level::kCompute;
  execute::ExecuteOptions unmeasured = options;
  unmeasured.costs = nullptr;
  PANDO_ASSIGN(const Reply reply,
               pieces ? run_pieces(result.plan, parameters, pooled_, unmeasured, &result.pieces)
                      : execute::execute(result.plan, parameters, pooled_, options));
  while (reply.rows) {
    PANDO_ASSIGN(const bool more, reply.rows->next());
    if (!more) break;
    ++result.rows;
  }
  result.time = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  result.reads = *reads;
  return result;
}

}  // namespace pando::router
