#include "drivers/pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <random>
#include <thread>

#include "drivers/fake/fake_driver.h"

namespace pando::drivers {
namespace {

using fake::Call;
using fake::Damage;
using fake::FakeDriver;
using std::chrono::milliseconds;

std::unique_ptr<Pool> make_pool(FakeDriver& driver, std::size_t sources, PoolOptions options) {
  std::vector<Pool::Source> list;
  for (std::size_t i = 0; i < sources; ++i) {
    Pool::Source source;
    source.connect.name = "shop" + std::to_string(i);
    source.driver = &driver;
    list.push_back(std::move(source));
  }
  return std::make_unique<Pool>(std::move(list), options);
}

Error an_error() { return Error(ErrorCode::kConnectionLost, "broken"); }

// Waits, without a clock, until so many requests stand in the queue of a data source.
void wait_for_waiters(const Pool& pool, std::size_t source, std::size_t count) {
  while (pool.stats()[source].waiting < count) std::this_thread::yield();
}

TEST(PoolTest, ConnectionsAreReused) {
  FakeDriver driver;
  auto pool = make_pool(driver, 1, {});
  for (int i = 0; i < 3; ++i) {
    auto lease = pool->acquire(0);
    ASSERT_TRUE(lease);
    EXPECT_EQ((*lease)->name(), "shop0");
  }
  EXPECT_EQ(driver.count(Call::kConnect), 1U);
  EXPECT_EQ(driver.count(Call::kReset), 0U);
  EXPECT_EQ(driver.count(Call::kPing), 0U);
  const PoolStats stats = pool->stats()[0];
  EXPECT_EQ(stats.idle, 1U);
  EXPECT_EQ(stats.in_use, 0U);
  EXPECT_EQ(stats.opened, 1U);
}

TEST(PoolTest, LeasesComeInTheOrderOfTheRequest) {
  FakeDriver driver;
  auto pool = make_pool(driver, 3, {.size = 2});
  const std::array<std::size_t, 4> wanted = {2, 0, 2, 1};
  auto leases = pool->acquire(wanted);
  ASSERT_TRUE(leases);
  ASSERT_EQ(leases->size(), 4U);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ((*leases)[i].data_source(), wanted[i]);
    EXPECT_EQ((*leases)[i]->name(), pool->name(wanted[i]));
  }
  EXPECT_TRUE(pool->acquire(std::span<const std::size_t>())->empty());
}

TEST(PoolTest, MoreThanThePoolMayHoldIsRefusedAtOnce) {
  FakeDriver driver;
  auto pool = make_pool(driver, 2, {.size = 2});
  const std::array<std::size_t, 4> wanted = {0, 1, 1, 1};
  auto leases = pool->acquire(wanted);
  ASSERT_FALSE(leases);
  EXPECT_EQ(leases.error().code(), ErrorCode::kTooManyShards);
  EXPECT_EQ(leases.error().data_source(), "shop1");
  EXPECT_EQ(driver.count(Call::kConnect), 0U);
}

TEST(PoolTest, AnExhaustedPoolNamesTheDataSourceAndKeepsNothing) {
  FakeDriver driver;
  auto pool = make_pool(driver, 2, {.size = 1, .wait = milliseconds(1)});
  auto held = pool->acquire(1);
  ASSERT_TRUE(held);
  const std::array<std::size_t, 2> both = {0, 1};
  auto leases = pool->acquire(both);
  ASSERT_FALSE(leases);
  EXPECT_EQ(leases.error().code(), ErrorCode::kPoolExhausted);
  EXPECT_EQ(leases.error().data_source(), "shop1");
  EXPECT_TRUE(leases.error().retryable());
  EXPECT_EQ(pool->stats()[0].in_use, 0U);
  EXPECT_EQ(pool->stats()[1].wait_timeouts, 1U);
  EXPECT_TRUE(pool->acquire(0));
}

TEST(PoolTest, AFailedConnectGivesBackWhatWasTaken) {
  FakeDriver driver;
  auto pool = make_pool(driver, 3, {.size = 1});
  for (std::size_t nth = 1; nth <= 3; ++nth) {
    SCOPED_TRACE(nth);
    FakeDriver fresh;
    auto shelf = make_pool(fresh, 3, {.size = 1});
    fresh.fail(Call::kConnect, nth, Error(ErrorCode::kUnreachable, "down"));
    const std::array<std::size_t, 3> all = {0, 1, 2};
    auto leases = shelf->acquire(all);
    ASSERT_FALSE(leases);
    EXPECT_EQ(leases.error().code(), ErrorCode::kUnreachable);
    for (const PoolStats& stats : shelf->stats()) EXPECT_EQ(stats.in_use, 0U);
    EXPECT_TRUE(shelf->acquire(all));
  }
}

TEST(PoolTest, ABrokenConnectionIsNotHandedOutAgain) {
  FakeDriver driver;
  driver.otherwise({});
  auto pool = make_pool(driver, 1, {});
  {
    auto lease = pool->acquire(0);
    driver.fail(Call::kReceive, 1, an_error(), Damage::kBreaks);
    EXPECT_FALSE((*lease)->run("x"));
  }
  EXPECT_EQ(driver.open_connections(), 0U);
  EXPECT_EQ(pool->stats()[0].discarded, 1U);
  EXPECT_TRUE(pool->acquire(0));
  EXPECT_EQ(driver.count(Call::kConnect), 2U);
}

TEST(PoolTest, AfterABreakOlderIdleConnectionsAreAskedFirst) {
  FakeDriver driver;
  driver.otherwise({});
  auto pool = make_pool(driver, 1, {});
  {
    const std::array<std::size_t, 2> two = {0, 0};
    auto leases = pool->acquire(two);
    ASSERT_TRUE(leases);
    Lease first = std::move((*leases)[0]);
    (*leases)[1] = Lease();  // Goes idle before the other one breaks.
    driver.fail(Call::kReceive, 1, an_error(), Damage::kBreaks);
    EXPECT_FALSE(first->run("x"));
  }
  driver.fail(Call::kPing, 1, an_error(), Damage::kBreaks);
  EXPECT_TRUE(pool->acquire(0));
  EXPECT_EQ(driver.count(Call::kPing), 1U);
  EXPECT_EQ(driver.count(Call::kConnect), 3U);
  EXPECT_EQ(driver.open_connections(), 1U);
}

TEST(PoolTest, IdleConnectionsAreCheckedAfterAWhile) {
  FakeDriver driver;
  auto pool = make_pool(driver, 1, {.idle_check = milliseconds(0)});
  EXPECT_TRUE(pool->acquire(0));
  EXPECT_TRUE(pool->acquire(0));
  EXPECT_EQ(driver.count(Call::kPing), 1U);
  EXPECT_EQ(driver.count(Call::kConnect), 1U);
}

TEST(PoolTest, AnOpenTransactionIsResetAway) {
  FakeDriver driver;
  auto pool = make_pool(driver, 1, {});
  { EXPECT_TRUE((*pool->acquire(0))->run("BEGIN")); }
  EXPECT_EQ(driver.count(Call::kReset), 1U);
  auto lease = pool->acquire(0);
  EXPECT_FALSE((*lease)->in_transaction());
  EXPECT_EQ(driver.count(Call::kConnect), 1U);
}

TEST(PoolTest, ADirtySessionIsResetAndClosedIfThatFails) {
  FakeDriver driver;
  auto pool = make_pool(driver, 1, {});
  pool->acquire(0)->mark_dirty();
  EXPECT_EQ(driver.count(Call::kReset), 1U);
  EXPECT_EQ(driver.open_connections(), 1U);
  driver.fail(Call::kReset, 1, an_error());
  pool->acquire(0)->mark_dirty();
  EXPECT_EQ(driver.open_connections(), 0U);
  pool->acquire(0)->discard();
  EXPECT_EQ(driver.open_connections(), 0U);
  EXPECT_EQ(pool->stats()[0].discarded, 2U);
}

TEST(PoolTest, AStatementWithoutItsAnswerClosesTheConnection) {
  FakeDriver driver;
  driver.otherwise({});
  auto pool = make_pool(driver, 1, {});
  { EXPECT_TRUE((*pool->acquire(0))->send({.sql = "x"})); }
  EXPECT_EQ(driver.open_connections(), 0U);
}

TEST(PoolTest, AMovedLeaseIsHandedBackOnce) {
  FakeDriver driver;
  auto pool = make_pool(driver, 2, {.size = 1});
  Lease a = std::move(*pool->acquire(0));
  Lease b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move)
  b = std::move(*pool->acquire(1));
  EXPECT_EQ(pool->stats()[0].in_use, 0U);
  EXPECT_EQ(pool->stats()[1].in_use, 1U);
}

TEST(PoolTest, ASmallRequestDoesNotOvertakeABigOne) {
  FakeDriver driver;
  auto pool = make_pool(driver, 2, {.size = 2, .wait = std::chrono::minutes(1)});
  std::optional<Lease> held = std::move(*pool->acquire(0));
  std::atomic<int> order{0};
  int big_place = 0, small_place = 0;
  std::jthread big([&] {
    const std::array<std::size_t, 2> two = {0, 0};
    auto leases = pool->acquire(two);
    EXPECT_TRUE(leases);
    big_place = ++order;
  });
  wait_for_waiters(*pool, 0, 1);
  std::jthread small([&] {
    auto lease = pool->acquire(0);  // One is free, but the big request was first.
    EXPECT_TRUE(lease);
    small_place = ++order;
  });
  wait_for_waiters(*pool, 0, 2);
  EXPECT_TRUE(pool->acquire(1));  // Other data sources are not held up.
  held.reset();
  big.join();
  small.join();
  EXPECT_EQ(big_place + small_place, 3);
  EXPECT_EQ(driver.count(Call::kConnect), 3U);
}

TEST(PoolTest, ConnectingToOneDataSourceDoesNotBlockTheOthers) {
  FakeDriver driver;
  auto pool = make_pool(driver, 2, {});
  driver.hang(Call::kConnect);
  std::jthread slow([&] { EXPECT_TRUE(pool->acquire(0)); });
  driver.wait_until_hanging();
  EXPECT_TRUE(pool->acquire(1));
  EXPECT_EQ(pool->stats()[0].in_use, 1U);
  driver.release();
}

TEST(PoolTest, ManyThreadsNeitherDeadlockNorExceedTheSize) {
  constexpr std::size_t kSources = 4, kSize = 3;
  FakeDriver driver;
  driver.otherwise({});
  auto pool = make_pool(driver, kSources, {.size = kSize, .wait = std::chrono::minutes(1)});
  std::array<std::atomic<std::size_t>, kSources> held{};
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  auto work = [&](unsigned thread) {
    std::mt19937 random(seed + thread);
    for (int round = 0; round < 200; ++round) {
      std::vector<std::size_t> wanted(1 + random() % 6);
      std::array<std::size_t, kSources> per_source{};
      for (std::size_t& source : wanted) {
        do source = random() % kSources;
        while (per_source[source] == kSize);
        ++per_source[source];
      }
      auto leases = pool->acquire(wanted);
      ASSERT_TRUE(leases) << leases.error().message();
      for (Lease& lease : *leases) {
        EXPECT_LE(++held[lease.data_source()], kSize);
        EXPECT_TRUE(lease->run(random() % 4 == 0 ? "BEGIN" : "x"));
        if (random() % 8 == 0) lease.discard();
      }
      for (Lease& lease : *leases) --held[lease.data_source()];
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 6; ++i) threads.emplace_back(work, i);
  }
  for (const PoolStats& stats : pool->stats()) {
    EXPECT_EQ(stats.in_use, 0U);
    EXPECT_EQ(stats.waiting, 0U);
    EXPECT_EQ(stats.wait_timeouts, 0U);
    EXPECT_LE(stats.idle, kSize);
  }
}

}  // namespace
}  // namespace pando::drivers
