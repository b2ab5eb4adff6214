#include "router/execute/read.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/borrowed.h"
#include "router/execute/bound_query.h"
#include "router/execute/buffered_stream.h"
#include "router/execute/clock.h"
#include "router/execute/exchange.h"
#include "router/execute/one_query.h"
#include "router/execute/shard_stream.h"
#include "router/execute/value_bytes.h"
#include "router/merge/memory.h"
#include "router/merge/merge.h"

namespace pando::execute {
namespace {

constexpr std::uint64_t kFewRows = 100;
constexpr std::uint64_t kTrialBytes = 4 << 20;
constexpr std::uint64_t kLeastBlock = 1 << 10;
constexpr std::uint64_t kMostBlock = 64 << 10;

// True if merging leaves the rows of a single query as they are.
bool passes_through(const plan::Merge& how) {
  return !how.grouping && how.distinct.empty() && !how.limit && how.offset == 0 &&
         how.hidden_columns == 0;
}

// True if merging reads all inputs in turns.
bool needs_all_at_once(const plan::Merge& how) {
  return how.grouping ? how.grouping->sorted && !how.grouping->keys.empty() : !how.order.empty();
}

// With LIMIT, each query has so few rows that they are best read at once: a cursor would hold as
// many of them, and open more slowly.
bool has_few_rows(const plan::Merge& how) {
  return how.limit && !how.grouping && how.distinct.empty() && *how.limit <= kFewRows &&
         how.offset <= kFewRows - *how.limit;
}

// The queries that one connection runs.
struct Lane {
  std::size_t data_source = 0;
  std::vector<std::size_t> queries;
};

// The queries of a data source in at most `most` lanes of neighbours.
void add_lanes(std::size_t data_source, const std::vector<std::size_t>& queries, std::size_t most,
               std::vector<Lane>& lanes) {
  const std::size_t count = std::min(queries.size(), std::max<std::size_t>(most, 1));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = queries.size() * i / count;
    const std::size_t end = queries.size() * (i + 1) / count;
    lanes.push_back({data_source,
                     {queries.begin() + static_cast<std::ptrdiff_t>(begin),
                      queries.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
}

std::vector<Lane> lanes_of(const plan::Plan& plan, std::size_t per_data_source) {
  std::vector<Lane> sources;  // One per data source, in order of their first queries.
  std::vector<std::size_t> place_of;
  for (std::size_t i = 0; i < plan.queries.size(); ++i) {
    const std::size_t source = plan.queries[i].data_source;
    if (source >= place_of.size()) place_of.resize(source + 1, SIZE_MAX);
    if (place_of[source] == SIZE_MAX) {
      place_of[source] = sources.size();
      sources.push_back({source, {}});
    }
    sources[place_of[source]].queries.push_back(i);
  }
  std::vector<Lane> lanes;
  for (const Lane& source : sources) {
    add_lanes(source.data_source, source.queries, per_data_source, lanes);
  }
  return lanes;
}

Error without_rows() { return Error(ErrorCode::kInternal, "a query answered without rows"); }

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

Microseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<Microseconds>(Clock::now() - begin);
}

// Counts what it passes on.
class MeasuredStream final : public RowStream {
 public:
  MeasuredStream(RowStreamPtr rows, std::shared_ptr<ReadCosts> costs, std::size_t place)
      : rows_(std::move(rows)), costs_(std::move(costs)), place_(place) {
    columns_ = rows_->columns();
  }
  Result<bool> next() override {
    const auto begin = Clock::now();
    auto more = rows_->next();
    ReadCost& cost = (*costs_)[place_];
    cost.time += since(begin);
    row_ = {};
    if (!more || !*more) return more;
    row_ = rows_->row();
    ++cost.rows;
    for (const Value& value : row_) cost.bytes += value_bytes(value);
    return more;
  }

 private:
  RowStreamPtr rows_;
  std::shared_ptr<ReadCosts> costs_;
  std::size_t place_;
};

class Scatter {
 public:
  Scatter(const std::shared_ptr<const plan::Plan>& plan, std::span<const Value> parameters,
          Connections& connections, const ExecuteOptions& options)
      : plan_(plan),
        parameters_(parameters),
        connections_(connections),
        options_(options),
        took_(plan->queries.size()),
        inputs_(plan->queries.size()) {}

  Result<Reply> run() {
    PANDO_TRY(bind());
    PANDO_TRY(borrow());
    if (borrowed_.front()->connection().can_interleave()) {
      PANDO_TRY(open_interleaved());
    } else if (needs_all_at_once(plan_->merge)) {
      PANDO_TRY(open_ordered());
    } else {
      PANDO_TRY(open_in_turns());
    }
    if (options_.costs) measure();
    std::erase(inputs_, nullptr);  // Queries that wait in another one's backlog.
    Reply reply;
    PANDO_ASSIGN(reply.rows, merge::merge(std::move(inputs_), plan_->merge,
                                          {options_.dialect, options_.merge_bytes}));
    return reply;
  }

 private:
  Result<void> bind() {
    bound_.reserve(plan_->queries.size());
    for (std::size_t i = 0; i < plan_->queries.size(); ++i) {
      PANDO_ASSIGN(BoundQuery query, bind_query(*plan_, i, parameters_));
      bound_.push_back(std::move(query));
    }
    return {};
  }

  Result<void> borrow() {
    // A SQLite connection has all its streams open at once.
    const bool one_each = options_.dialect == Dialect::kSqlite;
    lanes_ = lanes_of(*plan_, one_each ? 1 : connections_.per_data_source());
    std::vector<std::size_t> sources;
    for (const Lane& lane : lanes_) sources.push_back(lane.data_source);
    answered_.assign(lanes_.size(), Microseconds{0});
    PANDO_ASSIGN(std::vector<Loan> loans, connections_.acquire(sources));
    for (Loan& loan : loans) {
      borrowed_.push_back(std::make_shared<Borrowed>(std::move(loan), connections_, options_.cancel,
                                                     options_.owner));
    }
    return stop_clocks();
  }

  Result<void> stop_clocks() {
    const bool mysql = options_.dialect == Dialect::kMySql;
    if (!plan_->fix_timestamp || !mysql || connections_.clock_stands()) return {};
    const std::string sql = set_clock();
    std::vector<Call> calls;
    for (const BorrowedPtr& borrowed : borrowed_) {
      borrowed->restore_with(kOwnClock);
      calls.push_back({borrowed.get(), drivers::Query{.sql = sql, .prepare = false}});
    }
    Answers answers = exchange_all(calls, OnFailure::kCancelOthers, options_.read_timeout);
    if (answers.failure) return fail(*std::move(answers.failure));
    return {};
  }

  Result<void> open_interleaved() {
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      for (const std::size_t query : lanes_[lane].queries) {
        const auto begin = Clock::now();
        PANDO_ASSIGN(Reply reply, borrowed_[lane]->run(bound_[query].view(true)));
        took_[query] += since(begin);
        if (!reply.rows) return fail(without_rows());
        inputs_[query] = shard_stream(borrowed_[lane], std::move(reply.rows));
      }
    }
    return {};
  }

  Result<void> open_in_turns() {
    std::vector<std::optional<drivers::Query>> first;
    for (const Lane& lane : lanes_) first.emplace_back(bound_[lane.queries.front()].view(false));
    PANDO_ASSIGN(std::vector<RowStreamPtr> rows, ask(first));
    const bool later = std::any_of(lanes_.begin(), lanes_.end(),
                                   [](const Lane& lane) { return lane.queries.size() > 1; });
    std::shared_ptr<LaterWork> work;
    if (later) {
      work = std::make_shared<LaterWork>();
      work->plan = plan_;
      for (const Value& value : parameters_) work->parameters.emplace_back(value);
    }
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      const std::vector<std::size_t>& queries = lanes_[lane].queries;
      Backlog backlog{work, {queries.begin() + 1, queries.end()}};
      inputs_[queries.front()] =
          shard_stream(borrowed_[lane], std::move(rows[lane]), std::move(backlog));
      took_[queries.front()] += answered_[lane];
    }
    return {};
  }

  // Cursors open one after the other, and cost their server a temporary table each, which does not
  // keep every computed value as it is. So results are first taken to be short, and read into a
  // small memory, all lanes at the same time. If they are not, the rest of them is thrown away with
  // the connections, which only the pool can replace.
  Result<void> open_ordered() {
    if (!plan_->merge.stored || has_few_rows(plan_->merge)) {
      return open_at_once(0, options_.merge_bytes);
    }
    const bool pooled = std::all_of(borrowed_.begin(), borrowed_.end(),
                                    [](const BorrowedPtr& one) { return one->is_leased(); });
    if (pooled) {
      auto opened = open_at_once(0, std::min(options_.merge_bytes / 4, kTrialBytes));
      if (opened || opened.error().code() != ErrorCode::kMergeMemory) return opened;
      inputs_ = std::vector<RowStreamPtr>(plan_->queries.size());
      borrowed_.clear();
      PANDO_TRY(borrow());
    }
    return open_at_once(block_bytes(), options_.merge_bytes);
  }

  // Lanes of one query stream. The others' queries are cursors, if `cursor_bytes` is above 0, so
  // that all their results are open on one connection. Where there is no cursor, rows are buffered.
  Result<void> open_at_once(std::size_t cursor_bytes, std::uint64_t buffer_bytes) {
    const auto budget = std::make_shared<merge::MemoryBudget>(buffer_bytes);
    std::vector<bool> has_cursor(lanes_.size(), false);
    std::size_t rounds = 0;
    for (const Lane& lane : lanes_) rounds = std::max(rounds, lane.queries.size());
    // All lanes end in the last round, so that no server has to wait with rows in its hands.
    for (std::size_t left = rounds; left > 0; --left) {
      std::vector<std::optional<drivers::Query>> round(lanes_.size());
      for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        const std::vector<std::size_t>& queries = lanes_[lane].queries;
        if (queries.size() < left) continue;
        const BoundQuery& query = bound_[queries[queries.size() - left]];
        round[lane] = query.view(false, queries.size() > 1 ? cursor_bytes : 0);
      }
      PANDO_ASSIGN(std::vector<RowStreamPtr> rows, ask(round));
      for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
        if (!rows[lane]) continue;
        const std::vector<std::size_t>& queries = lanes_[lane].queries;
        const std::size_t query = queries[queries.size() - left];
        took_[query] += answered_[lane];
        RowStreamPtr& input = inputs_[query];
        const bool cursor = borrowed_[lane]->connection().ready();
        if (cursor || (left == 1 && !has_cursor[lane])) {
          has_cursor[lane] = cursor;
          input = shard_stream(borrowed_[lane], std::move(rows[lane]));
        } else {
          const auto begin = Clock::now();
          PANDO_ASSIGN(input, buffer_rows(*rows[lane], budget));
          took_[query] += since(begin);
          rows[lane].reset();
        }
      }
    }
    return {};
  }

  // What each cursor may fetch at a time: together a part of the merge's memory.
  std::size_t block_bytes() const {
    const std::uint64_t share = options_.merge_bytes / 16 / plan_->queries.size();
    return std::clamp<std::uint64_t>(share, kLeastBlock, kMostBlock);
  }

  // Sends each lane its query, if there is one in this round. A lane without: null.
  Result<std::vector<RowStreamPtr>> ask(const std::vector<std::optional<drivers::Query>>& round) {
    std::vector<Call> calls;
    std::vector<std::size_t> lane_of;
    for (std::size_t lane = 0; lane < round.size(); ++lane) {
      if (!round[lane]) continue;
      calls.push_back({borrowed_[lane].get(), *round[lane]});
      lane_of.push_back(lane);
    }
    Answers answers = exchange_all(calls, OnFailure::kCancelOthers, options_.read_timeout);
    if (answers.failure) return fail(*std::move(answers.failure));
    std::vector<RowStreamPtr> rows(lanes_.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!answers.replies[i]->rows) return fail(without_rows());
      rows[lane_of[i]] = std::move(answers.replies[i]->rows);
      answered_[lane_of[i]] = answers.times[i];
    }
    return rows;
  }

  void measure() {
    options_.costs->clear();
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i]) options_.costs->push_back({.queries = {i}, .time = took_[i]});
    }
    std::size_t place = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i]) {  // It waits behind the one before it on its connection.
        owner_of(i, *options_.costs).queries.push_back(i);
        continue;
      }
      inputs_[i] = std::make_unique<MeasuredStream>(std::move(inputs_[i]), options_.costs, place++);
    }
  }

  ReadCost& owner_of(std::size_t query, ReadCosts& costs) const {
    std::size_t first = query;
    for (const Lane& lane : lanes_) {
      if (std::find(lane.queries.begin(), lane.queries.end(), query) == lane.queries.end())
        continue;
      first = lane.queries.front();
    }
    return *std::find_if(costs.begin(), costs.end(),
                         [&](const ReadCost& cost) { return cost.queries.front() == first; });
  }

  const std::shared_ptr<const plan::Plan>& plan_;
  std::span<const Value> parameters_;
  Connections& connections_;
  const ExecuteOptions& options_;
  std::vector<BoundQuery> bound_;
  std::vector<Lane> lanes_;
  std::vector<BorrowedPtr> borrowed_;   // One per lane.
  std::vector<Microseconds> took_;      // Until the rows of each query could be read.
  std::vector<Microseconds> answered_;  // The time that each lane took in the last ask().
  std::vector<RowStreamPtr> inputs_;    // One per query. Go before the connections they read from.
};

Result<Reply> read_one(const plan::Plan& plan, std::span<const Value> parameters,
                       Connections& connections, const ExecuteOptions& options) {
  PANDO_ASSIGN(const BoundQuery query, bind_query(plan, 0, parameters));
  PANDO_ASSIGN(Loan loan, connections.acquire_one(query.query->data_source));
  const auto begin = options.costs ? Clock::now() : Clock::time_point();
  auto reply = run_one(std::move(loan), connections, options, query.view(true));
  if (!reply || !reply->rows) return reply;
  if (options.costs) {
    options.costs->assign(1, {.queries = {0}, .time = since(begin)});
    reply->rows = std::make_unique<MeasuredStream>(std::move(reply->rows), options.costs, 0);
  }
  if (passes_through(plan.merge)) return reply;
  std::vector<RowStreamPtr> inputs;
  inputs.push_back(std::move(reply->rows));
  PANDO_ASSIGN(reply->rows,
               merge::merge(std::move(inputs), plan.merge, {options.dialect, options.merge_bytes}));
  return reply;
}

}  // namespace

Result<Reply> read(const std::shared_ptr<const plan::Plan>& plan, std::span<const Value> parameters,
                   Connections& connections, const ExecuteOptions& options) {
  if (plan->queries.size() == 1) return read_one(*plan, parameters, connections, options);
  return Scatter(plan, parameters, connections, options).run();
}

}  // namespace pando::execute
