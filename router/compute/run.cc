#include "router/compute/run.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "router/compute/loader.h"
#include "router/execute/borrowed.h"
#include "router/execute/bound_query.h"
#include "router/execute/shard_stream.h"
#include "router/rewrite/text_edits.h"

namespace pando::compute {

using plan::Piece;

namespace {

// Takes the strict parts out of sql_mode and leaves those by which texts are read.
constexpr std::string_view kRelax =
    "SET @__pando_mode = @@sql_mode, @__pando_zone = @@time_zone, sql_mode = "
    "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(@@sql_mode, 'STRICT_TRANS_TABLES', ''), "
    "'STRICT_ALL_TABLES', ''), 'NO_ZERO_DATE', ''), 'NO_ZERO_IN_DATE', ''), 'TRADITIONAL', '')";
// A value that does not fit is an error: a column may be wider on a shard than where it was read.
// Only what has no strict form goes in as it is: the empty value of a bad ENUM, a zero TIMESTAMP.
constexpr std::string_view kLoadStrictly =
    "SET sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO', "
    "time_zone = '+00:00'";
constexpr std::string_view kLoadLoosely =
    "SET sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'";
// Of one statement; MySQL takes 65,535, and a piece has some of its own.
constexpr std::size_t kMostParameters = 30'000;
constexpr std::string_view kRestore = "SET sql_mode = @__pando_mode, time_zone = @__pando_zone";

class Runner {
 public:
  Runner(const plan::Plan& plan, std::span<const Value> parameters,
         execute::Connections& connections, const RunOptions& options)
      : plan_(plan),
        parameters_(parameters),
        connections_(connections),
        options_(options),
        sqlite_(options.execute.dialect == Dialect::kSqlite),
        states_(plan.pieces.size()) {}

  Result<Reply> run() {
    PANDO_ASSIGN(execute::Loan loan, connections_.apart(options_.rules->compute_index()));
    there_ = std::make_shared<execute::Borrowed>(std::move(loan), connections_,
                                                 options_.execute.cancel, options_.execute.owner);
    // Whoever gets the connection next finds no tables: MySQL resets it, SQLite's is closed.
    sqlite_ ? there_->discard() : there_->mark_dirty();
    PANDO_TRY(create_tables());
    PANDO_TRY(fill_tables());
    if (!sqlite_) PANDO_TRY(run_there({.sql = kRestore, .prepare = false}));
    PANDO_ASSIGN(const execute::BoundQuery query, execute::bind_query(plan_, 0, parameters_));
    PANDO_ASSIGN(Reply reply, there_->run(query.view(true)));
    if (reply.rows) reply.rows = execute::shard_stream(std::move(there_), std::move(reply.rows));
    return reply;
  }

 private:
  struct State {
    bool loaded = false;
    bool probed = false;
    bool small = false;
    std::uint64_t rows = 0;
  };
  using Keys = std::vector<OwnedValue>;

  Result<void> create_tables() {
    if (sqlite_) {
      const std::string pages =
          "PRAGMA cache_size = -" + std::to_string(options_.rules->limits().compute_memory >> 10);
      PANDO_TRY(run_there({.sql = pages, .prepare = false}));
      PANDO_TRY(run_there({.sql = "PRAGMA journal_mode = OFF", .prepare = false}));
      PANDO_TRY(run_there({.sql = "PRAGMA synchronous = OFF", .prepare = false}));
    } else {
      PANDO_TRY(run_there({.sql = kRelax, .prepare = false}));
    }
    for (const Piece& piece : plan_.pieces) {
      for (const std::string& sql : piece.create) {
        const bool last = &sql == &piece.create.back() && piece.create.size() > 1;
        const std::vector<Value> values = last ? values_of(piece) : std::vector<Value>();
        PANDO_TRY(there_->run({.sql = sql, .parameters = values, .prepare = last}));
      }
    }
    return {};
  }

  Result<Reply> run_there(const drivers::Query& query) { return there_->run(query); }

  std::vector<Value> values_of(const Piece& piece) const {
    std::vector<Value> values;
    values.reserve(piece.parameters.size());
    for (const std::uint32_t index : piece.parameters) values.push_back(parameters_[index]);
    return values;
  }

  // --- In which order

  Result<void> fill_tables() {
    if (sqlite_) PANDO_TRY(run_there({.sql = "BEGIN", .prepare = false}));
    for (std::size_t left = plan_.pieces.size(); left > 0; --left) {
      PANDO_ASSIGN(const std::size_t next, choose());
      PANDO_TRY(fill(next));
      states_[next].loaded = true;
    }
    if (sqlite_) PANDO_TRY(run_there({.sql = "COMMIT", .prepare = false}));
    return {};
  }

  bool reduces_others(std::size_t index) const {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].loaded || i == index) continue;
      for (const plan::Reducer& reducer : plan_.pieces[i].reducers) {
        if (reducer.piece == index) return true;
      }
    }
    return false;
  }

  // What costs little first: it may narrow the rest.
  int rank(std::size_t index) const {
    const Piece& piece = plan_.pieces[index];
    if (states_[index].small || piece.plan->queries.size() == 1) return 0;
    return piece.filtered ? 1 : 2;
  }

  Result<std::size_t> choose() {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].loaded) continue;
      if (rank(i) > 0) {
        PANDO_ASSIGN(const bool narrowed, is_narrowed(i));
        if (narrowed) return i;
      }
      if (!best || rank(i) < rank(*best)) best = i;
    }
    // Nothing is known to be small: look.
    for (std::size_t i = 0; i < states_.size() && rank(*best) > 0; ++i) {
      if (states_[i].loaded || !reduces_others(i)) continue;
      PANDO_TRY(probe(i));
      if (states_[i].small) return i;
    }
    return *best;
  }

  Result<bool> is_narrowed(std::size_t index) {
    for (const plan::Reducer& reducer : plan_.pieces[index].reducers) {
      if (!states_[reducer.piece].loaded) continue;
      PANDO_ASSIGN(const Keys* keys, keys_of(reducer));
      if (keys != nullptr) return true;
    }
    return false;
  }

  // Are there at most as many rows as keys may be sent down?
  Result<void> probe(std::size_t index) {
    State& state = states_[index];
    const std::uint32_t most = options_.rules->limits().compute_keys;
    if (std::exchange(state.probed, true) || most == 0) return {};
    const Piece& piece = plan_.pieces[index];
    const std::vector<Value> values = values_of(piece);
    PANDO_ASSIGN(
        plan::Plan plan,
        options_.plan_piece(piece.sql + " LIMIT " + std::to_string(most + 1) + piece.lock, values));
    PANDO_ASSIGN(const Reply reply,
                 execute(std::make_shared<const plan::Plan>(std::move(plan)), values));
    std::uint64_t rows = 0;
    for (;;) {
      PANDO_ASSIGN(const bool more, reply.rows->next());
      if (!more) break;
      ++rows;
    }
    state.small = rows <= most;
    return {};
  }

  // The different values of a loaded piece's column; null if there are too many to send down.
  Result<const Keys*> keys_of(const plan::Reducer& reducer) {
    const auto place = std::make_pair(reducer.piece, reducer.column);
    const auto known = keys_.find(place);
    if (known != keys_.end()) return known->second ? &*known->second : nullptr;
    std::optional<Keys>& made = keys_[place];
    const std::uint32_t most = options_.rules->limits().compute_keys;
    // A scan of the table must cost little beside what it may save.
    constexpr std::uint64_t kRowsPerKey = 100;
    if (most == 0 || states_[reducer.piece].rows > most * kRowsPerKey) return nullptr;
    const std::string column = rewrite::quote_identifier(reducer.column, options_.execute.dialect);
    const std::string sql = "SELECT DISTINCT " + column + " FROM " +
                            plan_.pieces[reducer.piece].table + " WHERE " + column +
                            " IS NOT NULL LIMIT " + std::to_string(most + 1);
    PANDO_ASSIGN(const Reply reply, run_there({.sql = sql, .prepare = false}));
    Keys keys;
    for (;;) {
      PANDO_ASSIGN(const bool more, reply.rows->next());
      if (!more) break;
      keys.emplace_back(reply.rows->row()[0]);
    }
    if (keys.size() > most) return nullptr;
    made = std::move(keys);
    return &*made;
  }

  // --- One piece

  Result<void> fill(std::size_t index) {
    const auto begin = std::chrono::steady_clock::now();
    const Piece& piece = plan_.pieces[index];
    PieceCost cost;
    cost.label = piece.label;
    cost.sql = piece.sql;
    std::vector<Value> values = values_of(piece);
    bool filtered = false;
    bool empty = false;
    for (const plan::Reducer& reducer : piece.reducers) {
      if (!states_[reducer.piece].loaded) continue;
      PANDO_ASSIGN(const Keys* keys, keys_of(reducer));
      if (keys == nullptr || values.size() + keys->size() > kMostParameters) continue;
      cost.narrowed = true;
      empty |= keys->empty();
      if (keys->empty()) continue;
      cost.sql += piece.filtered || filtered ? " AND " : " WHERE ";
      filtered = true;
      cost.sql += reducer.own + " IN (";
      for (std::size_t i = 0; i < keys->size(); ++i) {
        cost.sql += i == 0 ? "?" : ", ?";
        values.push_back((*keys)[i].view());
      }
      cost.sql += ')';
    }
    cost.sql += piece.lock;
    if (!sqlite_) {
      const bool loosely =
          std::any_of(piece.columns.begin(), piece.columns.end(),
                      [](const plan::PieceColumn& column) { return column.loose; });
      PANDO_TRY(run_there({.sql = loosely ? kLoadLoosely : kLoadStrictly, .prepare = false}));
    }
    Loader loader(*there_, piece, options_.execute.dialect);
    if (!empty) {
      std::shared_ptr<const plan::Plan> plan = piece.plan;
      std::span<const Value> parameters = parameters_;
      if (filtered) {
        PANDO_ASSIGN(plan::Plan made, options_.plan_piece(cost.sql, values));
        plan = std::make_shared<const plan::Plan>(std::move(made));
        parameters = values;
      }
      cost.queries = static_cast<std::uint32_t>(plan->queries.size());
      PANDO_ASSIGN(const Reply reply, execute(plan, parameters));
      PANDO_TRY(load(*reply.rows, loader, piece));
    }
    PANDO_TRY(loader.finish());
    states_[index].rows = cost.rows = loader.rows();
    cost.bytes = loader.bytes();
    cost.time = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    rows_ += cost.rows;
    bytes_ += cost.bytes;
    if (options_.costs != nullptr) options_.costs->push_back(std::move(cost));
    return {};
  }

  Result<Reply> execute(const std::shared_ptr<const plan::Plan>& plan,
                        std::span<const Value> parameters) {
    PANDO_ASSIGN(Reply reply, execute::execute(plan, parameters, connections_, options_.execute));
    if (!reply.rows) return fail(ErrorCode::kInternal, "a piece answered without rows");
    return reply;
  }

  Result<void> load(RowStream& rows, Loader& loader, const Piece& piece) {
    const rules::Limits& limits = options_.rules->limits();
    for (;;) {
      PANDO_ASSIGN(const bool more, rows.next());
      if (!more) return {};
      PANDO_TRY(loader.add(rows.row()));
      const bool rows_over = rows_ + loader.rows() > limits.compute_rows;
      if (!rows_over && bytes_ + loader.bytes() <= limits.compute_bytes) continue;
      return fail(Error(
          ErrorCode::kComputeLimit,
          "the piece " + piece.label + " is too big: " +
              (rows_over ? "limits.compute_rows is " + std::to_string(limits.compute_rows)
                         : "limits.compute_bytes is " + std::to_string(limits.compute_bytes))));
    }
  }

  const plan::Plan& plan_;
  std::span<const Value> parameters_;
  execute::Connections& connections_;
  const RunOptions& options_;
  bool sqlite_;
  execute::BorrowedPtr there_;  // The connection of the compute data source.
  std::vector<State> states_;
  std::map<std::pair<std::size_t, std::string>, std::optional<Keys>> keys_;
  std::uint64_t rows_ = 0;  // Shipped so far.
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<Reply> run(const std::shared_ptr<const plan::Plan>& plan, std::span<const Value> parameters,
                  execute::Connections& connections, const RunOptions& options) {
  return Runner(*plan, parameters, connections, options).run();
}

}  // namespace pando::compute
