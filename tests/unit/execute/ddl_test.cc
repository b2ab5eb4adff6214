#include <gtest/gtest.h>

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

std::shared_ptr<plan::Plan> create(std::size_t shards) {
  auto plan = plan_of({}, WriteKind::kDdl);
  for (std::uint32_t i = 0; i < shards; ++i) {
    plan->queries.push_back(query(i, "CREATE TABLE t (n INTEGER)"));
    plan->queries.back().shard = i;
    plan->queries.back().done.texts = {"already exists"};
  }
  return plan;
}

Lines tables(Shards& shards, std::size_t shard) {
  return shards.direct(shard, "SELECT name FROM sqlite_schema ORDER BY name");
}

TEST(DdlTest, ReachesEveryTable) {
  Shards shards(3);
  EXPECT_FALSE(run(create(3), shards.connections()).error);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(tables(shards, i), (Lines{"t"}));
}

TEST(DdlTest, RunAgainCompletesWhatFailed) {
  Shards shards(3);
  shards.fake().fail(Call::kSend, 2, Error(ErrorCode::kStorageFull, "no space"));
  const auto first = run(create(3), shards.connections());
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->code(), ErrorCode::kPartialDdl);
  EXPECT_EQ(first.error->outcome(), Outcome::kPartial);
  EXPECT_NE(first.error->message().find("1 of 3"), std::string::npos);
  EXPECT_NE(first.error->message().find("shard 1: no space"), std::string::npos);
  EXPECT_EQ(tables(shards, 1), Lines{});
  EXPECT_EQ(tables(shards, 2), (Lines{"t"}));
  EXPECT_FALSE(run(create(3), shards.connections()).error);
  EXPECT_EQ(tables(shards, 1), (Lines{"t"}));
}

TEST(DdlTest, WhatIsDoneEverywhereIsTheDatabasesOwnError) {
  Shards shards(2);
  ASSERT_FALSE(run(create(2), shards.connections()).error);
  const auto again = run(create(2), shards.connections());
  ASSERT_TRUE(again.error);
  EXPECT_NE(again.error->code(), ErrorCode::kPartialDdl);
  EXPECT_NE(again.error->native_message().find("already exists"), std::string::npos);
}

TEST(DdlTest, WhatFailsEverywhereIsTheDatabasesOwnError) {
  Shards shards(2);
  auto plan =
      plan_of({query(0, "DROP TABLE missing"), query(1, "DROP TABLE missing")}, WriteKind::kDdl);
  const auto outcome = run(plan, shards.connections());
  ASSERT_TRUE(outcome.error);
  EXPECT_NE(outcome.error->code(), ErrorCode::kPartialDdl);
  EXPECT_EQ(outcome.error->outcome(), Outcome::kNotApplied);
}

TEST(DdlTest, UnreachableDataSourceStopsItBeforeAnythingIsChanged) {
  Shards shards(3);
  shards.fake().fail(Call::kConnect, 3, Error(ErrorCode::kUnreachable, "down"));
  EXPECT_EQ(run(create(3), shards.connections()).error->code(), ErrorCode::kUnreachable);
  EXPECT_EQ(tables(shards, 0), Lines{});
}

TEST(DdlTest, AnotherThingInTheWayIsNotDone) {
  struct Case {
    const char* there;
    const char* fault;
  };
  for (const Case& one : {Case{"CREATE TABLE t (m INTEGER)", "table t has other columns"},
                          Case{"CREATE TABLE t (n INTEGER UNIQUE)", "table t has unique key (n)"},
                          Case{"CREATE VIEW t AS SELECT 1 AS n", "t is a view"}}) {
    Shards shards(3);
    shards.direct(1, one.there);
    auto plan = create(3);
    for (auto& query : plan->queries) query.present = {"t"};
    const auto outcome = run(plan, shards.connections());
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code(), ErrorCode::kPartialDdl);
    EXPECT_NE(outcome.error->message().find(one.fault), std::string::npos)
        << outcome.error->message();
  }
}

TEST(DdlTest, ATableThatShouldBeGoneIsNotDone) {
  Shards shards(2);
  for (std::size_t i = 0; i < 2; ++i) shards.direct(i, "CREATE TABLE a (n INTEGER)");
  shards.direct(1, "CREATE TABLE b (n INTEGER)");
  auto plan = plan_of({}, WriteKind::kDdl);
  for (std::uint32_t i = 0; i < 2; ++i) {
    plan->queries.push_back(query(i, "ALTER TABLE a RENAME TO b"));
    plan->queries.back().done.texts = {"no such table", "already another table"};
    plan->queries.back().present = {"b"};
    plan->queries.back().absent = {"a"};
  }
  const auto outcome = run(plan, shards.connections());
  ASSERT_TRUE(outcome.error);
  EXPECT_NE(outcome.error->message().find("table a is still there"), std::string::npos)
      << outcome.error->message();
  shards.direct(1, "DROP TABLE b");
  const auto again = run(plan, shards.connections());
  EXPECT_FALSE(again.error) << again.error->message() << again.error->native_message();
}

TEST(DdlTest, EveryFailureIsToldAndCompletedByRunningAgain) {
  for (const Call call : {Call::kConnect, Call::kSend, Call::kReceive}) {
    bool clean = false;
    for (std::size_t nth = 1; !clean; ++nth) {
      ASSERT_LT(nth, 100u);
      Shards shards(3);
      shards.fake().fail(call, nth, broken(call), Damage::kBreaks);
      const auto first = run(create(3), shards.connections());
      clean = !first.error;
      if (!clean) {
        const auto again = run(create(3), shards.connections());
        // An answer that was lost: all was done, and the database says so.
        if (again.error) {
          EXPECT_NE(again.error->native_message().find("already exists"), std::string::npos);
        }
      }
      for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(tables(shards, i), (Lines{"t"}));
      EXPECT_EQ(shards.leased(), 0u);
    }
  }
}

}  // namespace
}  // namespace pando::execute
