#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/execute/shards.h"

namespace pando::execute {
namespace {

using plan::WriteKind;
using testing::broken;
using testing::Call;
using testing::Damage;
using testing::plan_of;
using testing::query;
using testing::run;
using testing::Shards;
using Lines = std::vector<std::string>;

void fill(Shards& shards, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    shards.direct(i, "CREATE TABLE t (n INTEGER PRIMARY KEY, v INTEGER)");
    shards.direct(i, "INSERT INTO t VALUES (1, 0), (2, 0)");
  }
}

const std::string kUpdate = "UPDATE t SET v = v + 1";
const Lines kBefore = {"1|0", "2|0"};
const Lines kAfter = {"1|1", "2|1"};

Lines content(Shards& shards, std::size_t shard) {
  return shards.direct(shard, "SELECT n, v FROM t ORDER BY n");
}

// A session in a transaction: one connection per data source, begun when first used.
class Transaction final : public Connections {
 public:
  explicit Transaction(drivers::Pool& pool) : pool_(pool) {}
  Result<Loan> apart(std::size_t) override { return fail(ErrorCode::kInternal, "no compute"); }
  Result<std::vector<Loan>> acquire(std::span<const std::size_t> data_sources) override {
    std::vector<Loan> loans;
    for (const std::size_t source : data_sources) {
      if (!leases_.count(source)) {
        PANDO_ASSIGN(leases_[source], pool_.acquire(source));
        PANDO_TRY(leases_[source]->run("BEGIN"));
      }
      Loan loan;
      loan.connection = &*leases_[source];
      loan.data_source = source;
      loans.push_back(std::move(loan));
    }
    return loans;
  }
  std::size_t per_data_source() const override { return 1; }
  bool in_transaction() const override { return true; }
  void transaction_lost() override { ++lost; }

  void end(const char* sql) {
    for (auto& entry : leases_) EXPECT_TRUE(entry.second->run(sql));
    leases_.clear();
  }

  int lost = 0;

 private:
  drivers::Pool& pool_;
  std::map<std::size_t, drivers::Lease> leases_;
};

TEST(WriteTest, AffectedRowsOfAllShardsAddUp) {
  Shards shards(2);
  fill(shards, 2);
  const auto outcome =
      run(plan_of({query(1, kUpdate), query(0, kUpdate)}, WriteKind::kSum), shards.connections());
  ASSERT_FALSE(outcome.error) << outcome.error->message();
  EXPECT_EQ(outcome.write.affected_rows, 4u);
  EXPECT_EQ(content(shards, 0), kAfter);
  EXPECT_EQ(content(shards, 1), kAfter);
}

TEST(WriteTest, GeneratedKeyIsTheOneOfPlanning) {
  Shards shards(2);
  fill(shards, 2);
  auto plan =
      plan_of({query(0, "INSERT INTO t VALUES (7, 7)"), query(1, "INSERT INTO t VALUES (8, 8)")},
              WriteKind::kSum);
  plan->generated_key = 7;
  EXPECT_EQ(run(plan, shards.connections()).write.generated_key, 7u);
}

TEST(WriteTest, ReturnedRowsOfAllShardsAreOneAnswer) {
  Shards shards(2);
  fill(shards, 2);
  const std::string sql = kUpdate + " RETURNING n, v";
  EXPECT_EQ(
      run(plan_of({query(0, sql), query(1, sql)}, WriteKind::kSum), shards.connections()).rows,
      (Lines{"1|1", "2|1", "1|1", "2|1"}));
  EXPECT_EQ(
      run(plan_of({query(0, sql), query(1, sql)}, WriteKind::kBroadcast), shards.connections())
          .rows,
      (Lines{"1|2", "2|2"}));
  EXPECT_EQ(run(plan_of({query(0, sql)}, WriteKind::kSum), shards.connections()).rows,
            (Lines{"1|3", "2|3"}));
}

TEST(WriteTest, FailureOnOneShardUndoesTheOthers) {
  Shards shards(2);
  fill(shards, 2);
  const auto outcome =
      run(plan_of({query(0, kUpdate), query(0, kUpdate), query(1, "INSERT INTO t VALUES (1, 5)")},
                  WriteKind::kSum),
          shards.connections());
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), ErrorCode::kDuplicateKey);
  EXPECT_EQ(outcome.error->data_source(), "shop1");
  EXPECT_EQ(content(shards, 0), kBefore);
  EXPECT_EQ(shards.leased(), 0u);
}

TEST(WriteTest, CopiesThatDoNotChangeAlikeAreRolledBack) {
  Shards shards(2);
  fill(shards, 2);
  shards.direct(1, "DELETE FROM t WHERE n = 2");
  const auto outcome = run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kBroadcast),
                           shards.connections());
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), ErrorCode::kCopiesDisagree);
  EXPECT_EQ(content(shards, 0), kBefore);
  EXPECT_EQ(content(shards, 1), (Lines{"1|0"}));
}

TEST(WriteTest, CopiesCountOnce) {
  Shards shards(2);
  fill(shards, 2);
  const auto outcome = run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kBroadcast),
                           shards.connections());
  EXPECT_EQ(outcome.write.affected_rows, 2u);
}

// Whatever fails, wherever it fails: what the error says of the outcome is true, and no connection
// is lost or keeps a transaction.
TEST(WriteTest, EveryFailureTellsTheTruthAboutItsOutcome) {
  for (const Call call : {Call::kConnect, Call::kSend, Call::kReceive}) {
    for (const Damage damage : {Damage::kNone, Damage::kBreaks}) {
      // A lost answer without a broken connection does not happen.
      if (call == Call::kReceive && damage == Damage::kNone) continue;
      bool clean = false;
      for (std::size_t nth = 1; !clean; ++nth) {
        ASSERT_LT(nth, 100u);
        SCOPED_TRACE("call " + std::to_string(static_cast<int>(call)) + " number " +
                     std::to_string(nth));
        Shards shards(3);
        fill(shards, 3);
        shards.fake().fail(call, nth, broken(call), damage);
        const auto outcome =
            run(plan_of({query(0, kUpdate), query(1, kUpdate), query(2, kUpdate)}, WriteKind::kSum),
                shards.connections());
        EXPECT_EQ(shards.leased(), 0u);
        std::size_t applied = 0;
        for (std::size_t i = 0; i < 3; ++i) applied += content(shards, i) == kAfter ? 1 : 0;
        clean = !outcome.error;
        if (clean) {
          EXPECT_EQ(applied, 3u);
          continue;
        }
        if (outcome.error->outcome() == Outcome::kNotApplied) {
          EXPECT_EQ(applied, 0u) << outcome.error->message();
        }
        if (outcome.error->outcome() == Outcome::kPartial) {
          EXPECT_EQ(outcome.error->code(), ErrorCode::kPartialCommit);
        }
        // No lock was left behind.
        EXPECT_FALSE(
            run(plan_of({query(0, kUpdate), query(1, kUpdate), query(2, kUpdate)}, WriteKind::kSum),
                shards.connections())
                .error);
      }
    }
  }
}

TEST(WriteTest, InATransactionAFailedStatementUndoesOnlyItself) {
  Shards shards(2);
  fill(shards, 2);
  Transaction transaction(shards.pool());
  ASSERT_FALSE(
      run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kSum), transaction).error);
  const auto failed =
      run(plan_of({query(0, kUpdate), query(1, "INSERT INTO t VALUES (1, 5)")}, WriteKind::kSum),
          transaction);
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->code(), ErrorCode::kDuplicateKey);
  EXPECT_EQ(transaction.lost, 0);
  transaction.end("COMMIT");
  EXPECT_EQ(content(shards, 0), kAfter);
  EXPECT_EQ(content(shards, 1), kAfter);
}

TEST(WriteTest, InATransactionNothingIsCommittedByTheStatement) {
  Shards shards(2);
  fill(shards, 2);
  Transaction transaction(shards.pool());
  ASSERT_FALSE(
      run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kSum), transaction).error);
  transaction.end("ROLLBACK");
  EXPECT_EQ(content(shards, 0), kBefore);
  EXPECT_EQ(content(shards, 1), kBefore);
}

TEST(WriteTest, TransactionThatCannotGoBackToItsSavepointIsLost) {
  Shards shards(2);
  fill(shards, 2);
  Transaction transaction(shards.pool());
  ASSERT_FALSE(
      run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kSum), transaction).error);
  // Sends to come: two savepoints, two updates.
  shards.fake().fail(Call::kSend, 4, broken(Call::kSend), Damage::kBreaks);
  EXPECT_TRUE(
      run(plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kSum), transaction).error);
  EXPECT_EQ(transaction.lost, 1);
}

TEST(WriteTest, CopiesGetTheSameTimeOnMySql) {
  drivers::fake::FakeDriver fake;
  fake.otherwise({});
  drivers::ConnectOptions a, b;
  a.name = "a";
  b.name = "b";
  drivers::Pool pool({{a, &fake}, {b, &fake}}, {.size = 2});
  PooledConnections connections(pool, 2);
  auto plan = plan_of({query(0, kUpdate), query(1, kUpdate)}, WriteKind::kBroadcast);
  plan->fix_timestamp = true;
  ASSERT_FALSE(run(plan, connections, {}).error);
  std::map<std::string, Lines> sent;
  for (const auto& record : fake.records()) {
    if (record.call == Call::kSend) sent[record.data_source].push_back(record.sql);
  }
  ASSERT_EQ(sent["a"].size(), 5u);
  EXPECT_EQ(sent["a"], sent["b"]);
  EXPECT_EQ(sent["a"][0].substr(0, 14), "SET timestamp=");
  EXPECT_EQ(sent["a"][1], "BEGIN");
  EXPECT_EQ(sent["a"][2], kUpdate);
  EXPECT_EQ(sent["a"][3], "COMMIT");
  EXPECT_EQ(sent["a"][4], "SET timestamp=DEFAULT");
}

}  // namespace
}  // namespace pando::execute
