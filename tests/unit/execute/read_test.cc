#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/execute/shards.h"

namespace pando::execute {
namespace {

using testing::broken;
using testing::Call;
using testing::Damage;
using testing::plan_of;
using testing::query;
using testing::run;
using testing::Shards;
using Lines = std::vector<std::string>;

void fill(Shards& shards) {
  for (int i = 0; i < 3; ++i) {
    std::string rows;
    for (const int n : {i, i + 3, i + 6}) {
      const std::string number = std::to_string(n);
      rows += (rows.empty() ? "SELECT " : " UNION ALL SELECT ") + number + " AS n, 'x" + number +
              "' AS s";
    }
    shards.direct(static_cast<std::size_t>(i), "CREATE TABLE t AS " + rows);
  }
}

std::shared_ptr<plan::Plan> ordered_scatter() {
  const std::string sql = "SELECT s, n FROM t ORDER BY n";
  auto plan = plan_of({query(0, sql), query(1, sql), query(2, sql)});
  plan->merge.order = {plan::MergeKey{.value = 1}};
  return plan;
}

const Lines kAll = {"x0|0", "x1|1", "x2|2", "x3|3", "x4|4", "x5|5", "x6|6", "x7|7", "x8|8"};

TEST(ReadTest, ScatterMergesTheShardsRows) {
  Shards shards(3);
  fill(shards);
  EXPECT_EQ(run(ordered_scatter(), shards.connections()).rows, kAll);
  EXPECT_EQ(shards.leased(), 0u);
}

TEST(ReadTest, ParametersReachEveryQuery) {
  Shards shards(3);
  fill(shards);
  auto plan = plan_of({});
  for (std::uint32_t i = 0; i < 3; ++i) {
    plan->queries.push_back(query(i, "SELECT n FROM t WHERE n >= ? ORDER BY n LIMIT ?"));
    plan->queries.back().parameters = {{.generated = false, .index = 0},
                                       {.generated = true, .index = 0}};
  }
  plan->generated = {OwnedValue::of_int(2)};
  plan->merge.order = {plan::MergeKey{.value = 0}};
  plan->merge.limit = 2;
  const std::vector<Value> parameters = {Value::of_int(4)};
  EXPECT_EQ(run(plan, shards.connections(), {.dialect = Dialect::kSqlite}, parameters).rows,
            (Lines{"4", "5"}));
  EXPECT_EQ(run(plan, shards.connections()).error->code(), ErrorCode::kParameterCount);
}

TEST(ReadTest, ManyQueriesOnOneFileShareOneConnection) {
  Shards shards(1, 1);
  shards.direct(0, "CREATE TABLE a AS SELECT 1 AS n UNION SELECT 3");
  shards.direct(0, "CREATE TABLE b AS SELECT 2 AS n UNION SELECT 4");
  auto plan =
      plan_of({query(0, "SELECT n FROM a ORDER BY n"), query(0, "SELECT n FROM b ORDER BY n")});
  plan->merge.order = {plan::MergeKey{.value = 0}};
  EXPECT_EQ(run(plan, shards.connections()).rows, (Lines{"1", "2", "3", "4"}));
  EXPECT_EQ(shards.leased(), 0u);
}

// Whatever fails, wherever it fails: all rows, or an error, and no connection is lost.
TEST(ReadTest, NoFailureLeavesAPartialAnswerOrALease) {
  for (const Call call : {Call::kConnect, Call::kSend, Call::kReceive, Call::kNext}) {
    for (const Damage damage : {Damage::kNone, Damage::kBreaks}) {
      bool clean = false;
      for (std::size_t nth = 1; !clean; ++nth) {
        ASSERT_LT(nth, 100u);
        Shards shards(3);
        fill(shards);
        shards.fake().fail(call, nth, broken(call), damage);
        const auto outcome = run(ordered_scatter(), shards.connections());
        EXPECT_EQ(shards.leased(), 0u);
        clean = !outcome.error;
        if (clean) {
          EXPECT_EQ(outcome.rows, kAll);
        } else {
          EXPECT_EQ(outcome.error->data_source().substr(0, 4), "shop");
          EXPECT_EQ(run(ordered_scatter(), shards.connections()).rows, kAll);
        }
      }
    }
  }
}

TEST(ReadTest, LeasesGoBackAtTheEndOfTheRowsOrWhenTheStreamIsDropped) {
  Shards shards(3);
  fill(shards);
  auto reply = execute(ordered_scatter(), {}, shards.connections(), {.dialect = Dialect::kSqlite});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(*reply->rows->next());
  EXPECT_EQ(shards.leased(), 3u);
  while (*reply->rows->next()) {
  }
  EXPECT_EQ(shards.leased(), 0u);
  reply = execute(ordered_scatter(), {}, shards.connections(), {.dialect = Dialect::kSqlite});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(*reply->rows->next());
  reply->rows.reset();
  EXPECT_EQ(shards.leased(), 0u);
}

// A fake that, like MySQL, cannot have several streams open on one connection.
class OneStreamEach {
 public:
  explicit OneStreamEach(std::size_t pool_size, std::size_t per_data_source)
      : pool_({{connect("db0"), &fake_}, {connect("db1"), &fake_}}, {.size = pool_size}),
        connections_(pool_, per_data_source) {
    for (int i = 0; i < 4; ++i) {
      Column column;
      column.name = "n";
      column.type = SqlType::kInt64;
      fake_.on("q" + std::to_string(i), {.columns = {column},
                                         .rows = {{Value::of_int(i)}, {Value::of_int(10 + i)}},
                                         .write = {}});
    }
  }

  std::shared_ptr<plan::Plan> plan(bool ordered) const {
    auto result = plan_of({query(0, "q0"), query(0, "q1"), query(1, "q2"), query(0, "q3")});
    if (ordered) result->merge.order = {plan::MergeKey{.value = 0}};
    result->merge.stored = true;
    return result;
  }

  Lines calls() const {
    Lines lines;
    for (const auto& record : fake_.records()) {
      if (record.call == Call::kSend) lines.push_back("send " + record.sql);
      if (record.call == Call::kReceive) lines.push_back("receive");
      if (record.call == Call::kCancel) lines.push_back("cancel " + record.data_source);
    }
    return lines;
  }

  std::size_t leased() const {
    std::size_t sum = 0;
    for (const auto& stats : pool_.stats()) sum += stats.in_use;
    return sum;
  }

  drivers::fake::FakeDriver fake_;
  drivers::Pool pool_;
  PooledConnections connections_;

 private:
  static drivers::ConnectOptions connect(std::string name) {
    drivers::ConnectOptions options;
    options.name = std::move(name);
    return options;
  }
};

TEST(ReadTest, EveryQueryIsSentBeforeTheFirstAnswerIsWaitedFor) {
  OneStreamEach fake(4, 4);
  const auto outcome = run(fake.plan(true), fake.connections_, {});
  EXPECT_EQ(outcome.rows, (Lines{"0", "1", "2", "3", "10", "11", "12", "13"}));
  const Lines calls = fake.calls();
  ASSERT_EQ(calls.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(calls[i].substr(0, 4), "send");
}

TEST(ReadTest, UnorderedQueriesBeyondTheConnectionsAreSentAsRowsAreConsumed) {
  OneStreamEach fake(2, 1);
  auto reply = execute(fake.plan(false), {}, fake.connections_, {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(fake.calls(), (Lines{"send q0", "send q2", "receive", "receive"}));
  Lines rows;
  while (*reply->rows->next()) rows.push_back(Shards::line(reply->rows->row()));
  EXPECT_EQ(rows, (Lines{"0", "10", "1", "11", "3", "13", "2", "12"}));
  EXPECT_EQ(fake.leased(), 0u);
}

TEST(ReadTest, OrderedQueriesBeyondTheConnectionsAreBuffered) {
  OneStreamEach fake(2, 1);
  EXPECT_EQ(run(fake.plan(true), fake.connections_, {}).rows,
            (Lines{"0", "1", "2", "3", "10", "11", "12", "13"}));
  EXPECT_EQ(fake.leased(), 0u);
  ExecuteOptions little;
  little.merge_bytes = 100;
  EXPECT_EQ(run(fake.plan(true), fake.connections_, little).error->code(), ErrorCode::kMergeMemory);
  EXPECT_EQ(fake.leased(), 0u);
}

TEST(ReadTest, OrderedQueriesBeyondTheConnectionsAreOpenAtOnceByCursors) {
  OneStreamEach fake(2, 1);
  fake.fake_.grant_cursors(true);
  ExecuteOptions little;
  little.merge_bytes = 100;
  auto reply = execute(fake.plan(true), {}, fake.connections_, little);
  ASSERT_TRUE(reply);
  Lines asked;
  for (const auto& record : fake.fake_.records()) {
    if (record.call == Call::kSend) asked.push_back(record.sql + (record.cursor ? " cursor" : ""));
  }
  EXPECT_EQ(asked, (Lines{"q0", "q0 cursor", "q1 cursor", "q3 cursor", "q2"}))
      << "too much for a small memory; the lane that streams is asked last, so that its server "
         "need not wait";
  EXPECT_EQ(fake.fake_.count(Call::kNext), 1u) << "cursors give no row before it is asked for";
  Lines rows;
  while (*reply->rows->next()) rows.push_back(Shards::line(reply->rows->row()));
  EXPECT_EQ(rows, (Lines{"0", "1", "2", "3", "10", "11", "12", "13"}));
  EXPECT_EQ(fake.leased(), 0u);
}

// What a session does: it keeps its connections, and none may be thrown away.
class HeldConnections final : public Connections {
 public:
  explicit HeldConnections(drivers::Pool& pool) {
    for (const std::size_t source : {0, 1}) held_.push_back(*pool.acquire(source));
  }
  Result<Loan> apart(std::size_t) override { return fail(ErrorCode::kInternal, "no compute"); }
  Result<std::vector<Loan>> acquire(std::span<const std::size_t> data_sources) override {
    std::vector<Loan> loans(data_sources.size());
    for (std::size_t i = 0; i < loans.size(); ++i) {
      loans[i].connection = &*held_[data_sources[i]];
      loans[i].data_source = data_sources[i];
    }
    return loans;
  }
  std::size_t per_data_source() const override { return 1; }
  bool in_transaction() const override { return true; }

 private:
  std::vector<drivers::Lease> held_;
};

TEST(ReadTest, ComputedValuesAreNeverReadThroughCursors) {
  for (const std::uint64_t bytes : {std::uint64_t{100}, std::uint64_t{1} << 20}) {
    OneStreamEach fake(2, 1);
    fake.fake_.grant_cursors(true);
    HeldConnections held(fake.pool_);
    auto plan = fake.plan(true);
    plan->merge.stored = false;
    ExecuteOptions options;
    options.merge_bytes = bytes;
    const auto outcome = run(plan, held, options);
    if (bytes == 100) {
      ASSERT_TRUE(outcome.error);
      EXPECT_EQ(outcome.error->code(), ErrorCode::kMergeMemory);
    } else {
      EXPECT_EQ(outcome.rows, (Lines{"0", "1", "2", "3", "10", "11", "12", "13"}));
    }
    for (const auto& record : fake.fake_.records()) EXPECT_FALSE(record.cursor);
  }
}

TEST(ReadTest, ShortResultsOfPooledConnectionsNeedNoCursors) {
  OneStreamEach fake(2, 1);
  fake.fake_.grant_cursors(true);
  EXPECT_EQ(run(fake.plan(true), fake.connections_, {}).rows.size(), 8u);
  for (const auto& record : fake.fake_.records()) EXPECT_FALSE(record.cursor);
}

TEST(ReadTest, ASessionsConnectionHasCursorsButForTheFewRowsOfALimit) {
  for (const std::uint64_t limit : {1, 100, 101}) {
    OneStreamEach fake(2, 1);
    fake.fake_.grant_cursors(true);
    HeldConnections held(fake.pool_);
    auto plan = fake.plan(true);
    plan->merge.limit = limit;
    EXPECT_EQ(run(plan, held, {}).rows.size(), std::min<std::size_t>(limit, 8));
    for (const auto& record : fake.fake_.records()) {
      EXPECT_EQ(record.cursor, limit > 100 && record.sql != "q2" && record.call == Call::kSend);
    }
  }
}

TEST(ReadTest, NoFailureOfOneStreamConnectionsLeavesAPartialAnswer) {
  for (const auto& [ordered, cursors] : {std::pair(false, false), {true, false}, {true, true}}) {
    for (const Call call : {Call::kConnect, Call::kSend, Call::kReceive, Call::kNext}) {
      for (const std::size_t each : {std::size_t{1}, std::size_t{4}}) {
        bool clean = false;
        for (std::size_t nth = 1; !clean; ++nth) {
          ASSERT_LT(nth, 100u);
          OneStreamEach fake(4, each);
          fake.fake_.grant_cursors(cursors);
          fake.fake_.fail(call, nth, broken(call), Damage::kBreaks);
          ExecuteOptions options;
          if (cursors) options.merge_bytes = 100;
          const auto outcome = run(fake.plan(ordered), fake.connections_, options);
          EXPECT_EQ(fake.leased(), 0u);
          clean = !outcome.error;
          if (clean) {
            EXPECT_EQ(outcome.rows.size(), 8u);
          }
        }
      }
    }
  }
}

TEST(ReadTest, FailureOfOneShardCancelsTheOthers) {
  OneStreamEach fake(4, 4);
  fake.fake_.fail(Call::kReceive, 1, Error(ErrorCode::kDatabase, "no"));
  const auto outcome = run(fake.plan(true), fake.connections_, {});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), ErrorCode::kDatabase);
  EXPECT_EQ(fake.fake_.count(Call::kCancel), 3u);
  EXPECT_EQ(fake.leased(), 0u);
}

TEST(ReadTest, TokenCancelsARunningStatement) {
  OneStreamEach fake(4, 4);
  fake.fake_.hang(Call::kReceive, 2);
  CancelToken token;
  ExecuteOptions options;
  options.cancel = &token;
  testing::Outcome outcome;
  std::thread statement([&] { outcome = run(fake.plan(true), fake.connections_, options); });
  fake.fake_.wait_until_hanging();
  token.cancel();
  statement.join();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), ErrorCode::kCancelled);
  EXPECT_EQ(fake.leased(), 0u);
  fake.fake_.forget_records();
  token.cancel();
  EXPECT_EQ(fake.fake_.count(Call::kCancel), 0u) << "the statement is over";
}

// Two lanes: db0 has q0, q1 and q3 one after the other, db1 has q2.
TEST(ReadTest, TokenStopsAStatementBetweenTwoOfItsQueries) {
  OneStreamEach fake(4, 1);
  CancelToken token;
  ExecuteOptions options;
  options.cancel = &token;
  auto reply = execute(fake.plan(false), {}, fake.connections_, options);
  ASSERT_TRUE(reply);
  ASSERT_TRUE(*reply->rows->next());
  token.cancel();
  Result<bool> more = true;
  while (more && *more) more = reply->rows->next();
  ASSERT_FALSE(more) << "the backlog went on";
  EXPECT_EQ(more.error().code(), ErrorCode::kCancelled);
  reply->rows.reset();
  EXPECT_EQ(fake.leased(), 0u);
  // The token is as good as new.
  const auto again = run(fake.plan(false), fake.connections_, {.cancel = &token});
  EXPECT_FALSE(again.error);
}

TEST(ReadTest, TokenDoesNotKeepStatementsWaitingWhileItTalksToAServer) {
  OneStreamEach fake(8, 4);
  fake.fake_.hang(Call::kCancel);
  CancelToken token;
  auto slow = execute(fake.plan(false), {}, fake.connections_, {.cancel = &token});
  ASSERT_TRUE(slow);
  std::jthread canceller([&] { token.cancel(); });
  fake.fake_.wait_until_hanging();
  // Enters its connections into the same token, and leaves it.
  const auto other = run(fake.plan(false), fake.connections_, {.cancel = &token});
  EXPECT_FALSE(other.error) << other.error->message();
  fake.fake_.release();
  canceller.join();
}

TEST(ReadTest, AllQueriesOfAStatementSeeOneTime) {
  OneStreamEach fake(4, 1);
  fake.fake_.otherwise({});
  auto plan = fake.plan(false);
  plan->fix_timestamp = true;
  ASSERT_FALSE(run(plan, fake.connections_, {}).error);
  std::map<std::size_t, Lines> sent;
  for (const auto& record : fake.fake_.records()) {
    if (record.call == Call::kSend) sent[record.connection].push_back(record.sql);
  }
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[1].front().rfind("SET timestamp=1", 0), 0u) << sent[1].front();
  EXPECT_EQ(sent[1].front(), sent[2].front());
  EXPECT_EQ(sent[1].back(), "SET timestamp=DEFAULT");
  EXPECT_EQ(sent[2].back(), "SET timestamp=DEFAULT");
}

TEST(ReadTest, AConnectionWhoseClockStaysStoppedIsNotUsedAgain) {
  OneStreamEach fake(4, 1);
  fake.fake_.otherwise({});
  auto plan = fake.plan(false);
  plan->fix_timestamp = true;
  // Sent: two clocks, q0, q2, q1, q3, and then the clocks again.
  fake.fake_.fail(Call::kSend, 7, Error(ErrorCode::kDatabase, "no"));
  ASSERT_FALSE(run(plan, fake.connections_, {}).error);
  std::size_t discarded = 0;
  for (const auto& stats : fake.pool_.stats()) discarded += stats.discarded;
  EXPECT_EQ(discarded, 1u);
}

}  // namespace
}  // namespace pando::execute
