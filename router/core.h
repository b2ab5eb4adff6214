// Core: what all handles of one open database share. The facade's classes are thin over it.
//
// run() takes a statement through its whole life: plan cache or parse and analyze, bind, execute.
//
// Threads: all members may be called from any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/pool.h"
#include "pando/database.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/compute/run.h"
#include "router/execute/connections.h"
#include "router/execute/executor.h"
#include "router/execute/schema_cache.h"
#include "router/id_source.h"
#include "router/plan/plan.h"
#include "router/plan/plan_cache.h"
#include "router/plan/planner.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"

namespace pando::router {

// What running a query took, for `explain --analyze`.
struct Measured {
  std::shared_ptr<const plan::Plan> plan;
  std::vector<compute::PieceCost> pieces;  // Level kCompute, in the order in which they ran.
  execute::ReadCosts reads;                // Other levels.
  std::uint64_t rows = 0;                  // Of the answer.
  std::chrono::microseconds time{0};       // Planning left out.
};

class Core : public std::enable_shared_from_this<Core> {
 public:
  // Connects to nothing. `drivers` replaces the drivers of the data sources, in tests.
  explicit Core(rules::RuleSetPtr rules, const std::vector<drivers::Driver*>& drivers = {});

  const rules::RuleSet& rules() const { return *rules_; }
  drivers::Pool& pool() { return pool_; }
  execute::SchemaCache& schemas() { return schemas_; }
  execute::Connections& pooled() { return pooled_; }
  // As the rules say; a session may differ by its sql_mode.
  const sql::ParseOptions& parse_options() const { return parse_options_; }

  // From text to plan. The schemas of the statement's tables are read first, if they are not known
  // in this period (see SchemaCache), by a connection that `connections` holds if there is one.
  // Errors: of parsing, refusals, and of data sources if a schema must be read.
  Result<std::shared_ptr<const plan::Plan>> plan(std::string_view sql,
                                                 std::span<const Value> parameters,
                                                 const sql::ParseOptions& options,
                                                 execute::Connections& connections);
  plan::PlanCache& plans() { return plans_; }

  // Executes a plan that is not about the session. Keeps the schema cache true after schema
  // changes.
  Result<Reply> execute(const std::shared_ptr<const plan::Plan>& plan,
                        std::span<const Value> parameters, execute::Connections& connections,
                        execute::CancelWatch cancel);

  // The answer to a plan of has_own_answer(). It may ask a data source (SHOW TABLES).
  Result<Reply> answer(const plan::Plan& plan, execute::Connections& connections,
                       execute::CancelWatch cancel);

  // Level kCompute.
  Result<Reply> run_pieces(const std::shared_ptr<const plan::Plan>& plan,
                           std::span<const Value> parameters, execute::Connections& connections,
                           const execute::ExecuteOptions& options,
                           std::vector<compute::PieceCost>* costs = nullptr);

  // After a schema change.
  void forget_schemas();

  // One statement with autocommit.
  Result<Reply> run(std::string_view sql, std::span<const Value> parameters,
                    execute::CancelToken* cancel = nullptr);

  Explanation explain(std::string_view sql, std::span<const Value> parameters);

  // Runs a query with autocommit, throws its rows away and says what it took.
  // Errors: kUnsupportedStatement for what is not a query or takes locks; otherwise as run().
  Result<Measured> measure(std::string_view sql, std::span<const Value> parameters,
                           execute::CancelToken* cancel = nullptr);

 private:
  // Reads the schema of every table that the statement names. Schemas that cannot be read are left
  // out if `lenient`; `left_out` gets why, of tables of the rules.
  // True: one of them was read again and is not what it was, so no earlier plan is kept.
  Result<bool> read_schemas(const sql::Statement& statement, execute::Connections& connections,
                            bool lenient, std::vector<Error>* left_out = nullptr);
  // Past the cache. Also gives the shape, and the schema that it was made with.
  Result<plan::Plan> plan_anew(std::string_view sql, std::span<const Value> parameters,
                               const sql::ParseOptions& options, execute::Connections& connections,
                               plan::ShapePtr* shape,
                               std::shared_ptr<const plan::SchemaView>* schema,
                               bool may_cut = true);
  plan::PlanContext context(const plan::SchemaView& schema);
  // Those that all share, unless a transaction has its own.
  execute::SchemaCache& schemas_of(execute::Connections& connections);
  Result<Reply> run_plan(const std::shared_ptr<const plan::Plan>& plan,
                         std::span<const Value> parameters, const execute::CancelWatch& watch);

  bool may_forget_again();
  void suggest_table(Error& error) const;

  rules::RuleSetPtr rules_;
  sql::ParseOptions parse_options_;
  // When an error last made the schemas forgotten.
  std::atomic<std::chrono::steady_clock::duration> forgot_{std::chrono::seconds{-1}};
  drivers::Pool pool_;
  execute::PooledConnections pooled_;
  execute::SchemaCache schemas_;
  IdSource ids_;
  plan::PlanCache plans_;
};

}  // namespace pando::router
