// Runs a plan of the compute level: fills the pieces' tables on one connection of the compute data
// source, runs the user's text beside them, and streams its rows.
//
// Pieces are fetched one after the other, small ones first, so that the keys of a small one can
// narrow a big one: if the rows of a piece that was fetched have at most limits.compute_keys
// different values in a column that another piece must equal, these go down as an IN list.
//
// The tables go with the statement: MySQL's connection is reset when it is handed back, SQLite's is
// closed. MySQL: needs CREATE TEMPORARY TABLES, no other privilege. While tables are filled,
// time_zone is UTC, and sql_mode takes zero dates but nothing that does not fit.
//
// Threads: functions without state.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pando/result.h"
#include "pando/row_stream.h"
#include "router/execute/executor.h"
#include "router/plan/plan.h"
#include "rules/rule_set.h"

namespace pando::compute {

// What one piece took, for `explain --analyze`.
struct PieceCost {
  std::string label;
  std::string sql;  // With the keys that narrowed it.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  // Of values.
  std::uint32_t queries = 0;
  bool narrowed = false;  // By the keys of another piece; with none of them it is not asked at all.
  std::chrono::microseconds time{0};
};

struct RunOptions {
  execute::ExecuteOptions execute;
  const rules::RuleSet* rules = nullptr;  // Not null; outlives the call.
  // Plans a piece's text after conditions were added; its parameters are the piece's.
  std::function<Result<plan::Plan>(const std::string& sql, std::span<const Value> parameters)>
      plan_piece;
  std::vector<PieceCost>* costs = nullptr;  // Null: nobody asks.
};

// Requires: plan->level is kCompute. `parameters` are the caller's.
// Errors: those of execute::execute(); kComputeLimit, naming the piece.
Result<Reply> run(const std::shared_ptr<const plan::Plan>& plan, std::span<const Value> parameters,
                  execute::Connections& connections, const RunOptions& options);

}  // namespace pando::compute
