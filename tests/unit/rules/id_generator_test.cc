// Key generators: no key twice, rising, under a clock that misbehaves.

#include "rules/id_generator.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pando::rules {
namespace {

using Take = std::function<Result<std::int64_t>(std::uint32_t)>;

// A table of segments whose row is a function of the test.
class FunctionTable final : public SegmentTable {
 public:
  explicit FunctionTable(Take take) : take_(std::move(take)) {}
  Result<std::int64_t> take(std::uint32_t step) override { return take_(step); }
  Result<std::int64_t> begin_at(std::int64_t first) override { return first; }

 private:
  const Take take_;
};

std::unique_ptr<IdGenerator> segment_of(std::uint32_t step, Take take) {
  return make_segment(step, std::make_unique<FunctionTable>(std::move(take)));
}

// A row as a real table has it. Counts what it is asked.
class CountingTable final : public SegmentTable {
 public:
  Result<std::int64_t> take(std::uint32_t step) override {
    ++asked_;
    return std::exchange(next_, next_ + step);
  }
  Result<std::int64_t> begin_at(std::int64_t first) override {
    ++asked_;
    next_ = std::max(next_, first);
    return next_;
  }
  int asked() const { return asked_; }

 private:
  std::int64_t next_ = 1;
  int asked_ = 0;
};

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kEpoch = 1'577'836'800'000;

TEST(SnowflakeTest, HoldsTimeWorkerAndSequence) {
  std::int64_t now = kNow;
  const auto ids = make_snowflake(5, [&] { return now; });
  EXPECT_EQ(ids->next()->number, (kNow - kEpoch) << 22 | 5 << 12 | 0);
  EXPECT_EQ(ids->next()->number, (kNow - kEpoch) << 22 | 5 << 12 | 1);
  ++now;
  EXPECT_EQ(ids->next()->number, (kNow + 1 - kEpoch) << 22 | 5 << 12 | 0);
}

TEST(SnowflakeTest, RisesWhileTheClockStandsOrStepsBackALittle) {
  std::int64_t now = kNow;
  const auto ids = make_snowflake(0, [&] { return now; });
  std::int64_t last = -1;
  for (int i = 0; i < 10'000; ++i) {  // More than two milliseconds hold.
    if (i == 5000) now -= 4'900;
    const auto key = ids->next();
    ASSERT_TRUE(key) << i;
    ASSERT_GT(key->number, last);
    last = key->number;
  }
}

TEST(SnowflakeTest, RefusesAClockFarBackAndRecoversWithIt) {
  std::int64_t now = kNow;
  const auto ids = make_snowflake(0, [&] { return now; });
  const std::int64_t first = ids->next()->number;
  now -= 5'001;
  const auto refused = ids->next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kIdGenerator);
  now += 10'000;
  EXPECT_GT(ids->next()->number, first);
}

// What next() comes to in a forked process: 0 for a key, 1 for kIdGenerator, 2 for another error.
int next_after_fork(IdGenerator& ids) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto key = ids.next();
    ::_exit(key ? 0 : key.error().code() == ErrorCode::kIdGenerator ? 1 : 2);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(IdGeneratorTest, AForkedProcessGivesNoKeyOfItsParent) {
  const auto snowflake = make_snowflake(3);
  ASSERT_TRUE(snowflake->next());
  EXPECT_EQ(next_after_fork(*snowflake), 1);
  EXPECT_TRUE(snowflake->next());  // The parent goes on.

  const auto segment = segment_of(10, [](std::uint32_t) -> Result<std::int64_t> { return 1; });
  ASSERT_TRUE(segment->next());
  EXPECT_EQ(next_after_fork(*segment), 1);
  EXPECT_EQ(segment->next()->number, 2);

  const auto uuid = make_uuid7();  // Random, so that two processes differ.
  EXPECT_EQ(next_after_fork(*uuid), 0);
}

TEST(SnowflakeTest, RefusesTimesOutOfItsRange) {
  EXPECT_FALSE(make_snowflake(0, [] { return kEpoch - 1; })->next());
  EXPECT_FALSE(make_snowflake(0, [] { return kEpoch + (std::int64_t{1} << 41); })->next());
  EXPECT_TRUE(make_snowflake(0, [] { return kEpoch; })->next());
  const auto last =
      make_snowflake(1023, [] { return kEpoch + (std::int64_t{1} << 41) - 1; })->next();
  ASSERT_TRUE(last);
  EXPECT_GT(last->number, 0);
  EXPECT_FALSE(make_snowflake(1024, [] { return kNow; })->next());
}

// Runs `next` on several threads; true if every key came once.
template <typename Next>
std::size_t distinct_keys(std::size_t threads, std::size_t each, Next next) {
  std::vector<std::vector<std::string>> keys(threads);
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t i = 0; i < each; ++i) keys[t].push_back(next());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& part : keys) all.insert(part.begin(), part.end());
  return all.size();
}

TEST(SnowflakeTest, GivesNoKeyTwiceToManyThreads) {
  const auto ids = make_snowflake(3);
  EXPECT_EQ(distinct_keys(4, 20'000, [&] { return std::to_string(ids->next()->number); }), 80'000U);
}

TEST(SegmentTest, HandsOutWholeSegmentsToManyThreads) {
  std::atomic<std::int64_t> counter{1};
  std::atomic<int> taken{0};
  const auto ids = segment_of(100, [&](std::uint32_t step) -> Result<std::int64_t> {
    ++taken;
    return counter.fetch_add(step);
  });
  EXPECT_EQ(distinct_keys(4, 2'500, [&] { return std::to_string(ids->next()->number); }), 10'000U);
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(ids->next()->number, 10'001);
}

TEST(SegmentTest, AFailureIsReportedAndTheNextCallTriesAgain) {
  int calls = 0;
  const auto ids = segment_of(2, [&](std::uint32_t) -> Result<std::int64_t> {
    if (++calls == 1) return fail(ErrorCode::kUnreachable, "no table");
    return 10;
  });
  const auto refused = ids->next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnreachable);
  EXPECT_EQ(ids->next()->number, 10);
  EXPECT_EQ(ids->next()->number, 11);
  EXPECT_EQ(calls, 2);
}

TEST(SegmentTest, WaitersGetTheFailureOrASegmentButNeverHang) {
  std::atomic<std::int64_t> calls{0};
  std::atomic<int> failures{0};
  const auto ids = segment_of(3, [&](std::uint32_t) -> Result<std::int64_t> {
    const std::int64_t call = ++calls;
    if (call % 2 == 0) return fail(ErrorCode::kUnreachable, "no table");
    return call * 3;
  });
  std::atomic<int> nth{0};
  const std::size_t distinct = distinct_keys(4, 1'000, [&] {
    const auto key = ids->next();
    if (key) return std::to_string(key->number);
    ++failures;
    return "failure " + std::to_string(++nth);
  });
  EXPECT_EQ(distinct, 4'000U);
  EXPECT_GT(failures, 0);
}

TEST(SegmentTest, RefusesATableThatRanOut) {
  const auto ids =
      segment_of(10, [](std::uint32_t) -> Result<std::int64_t> { return INT64_MAX - 5; });
  const auto refused = ids->next();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kIdGenerator);
}

TEST(SegmentTest, AKeyThatARowBringsIsNotGivenAgain) {
  auto owned = std::make_unique<CountingTable>();
  const CountingTable& table = *owned;
  const auto ids = make_segment(10, std::move(owned));
  EXPECT_EQ(ids->next()->number, 1);
  ASSERT_TRUE(ids->pass(4));  // In the segment at hand.
  EXPECT_EQ(ids->next()->number, 5);
  ASSERT_TRUE(ids->pass(2));  // Long given out.
  EXPECT_EQ(ids->next()->number, 6);
  EXPECT_EQ(table.asked(), 1);
  ASSERT_TRUE(ids->pass(25));  // Beyond: the table's next segment begins behind it.
  EXPECT_EQ(table.asked(), 2);
  ASSERT_TRUE(ids->pass(25));
  EXPECT_EQ(table.asked(), 2);
  for (const std::int64_t expected : {7, 8, 9, 10, 26}) EXPECT_EQ(ids->next()->number, expected);
  ASSERT_TRUE(ids->pass(35));  // The last one of the segment.
  EXPECT_EQ(ids->next()->number, 36);
  ASSERT_TRUE(ids->pass(INT64_MAX));  // No generator counts that far.
}

TEST(Uuid7Test, HasTheFormOfVersion7) {
  const auto key = make_uuid7([] { return std::int64_t{0x0123456789ab}; })->next();
  ASSERT_TRUE(key);
  ASSERT_TRUE(key->is_text);
  ASSERT_EQ(key->text.size(), 36U);
  EXPECT_EQ(key->text.substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(key->text[18], '-');
  EXPECT_NE(std::string("89ab").find(key->text[19]), std::string::npos);
  EXPECT_EQ(key->text.find_first_not_of("0123456789abcdef-"), std::string::npos);
}

TEST(Uuid7Test, RisesWhileTheClockStandsOrStepsBackALittle) {
  std::int64_t now = kNow;
  const auto ids = make_uuid7([&] { return now; });
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    if (i == 10'000) now -= 4'000;
    const auto key = ids->next();
    ASSERT_TRUE(key) << i;
    ASSERT_GT(key->text, last);
    last = key->text;
  }
  now -= 6'000;
  EXPECT_FALSE(ids->next());
}

TEST(Uuid7Test, GivesNoKeyTwiceToManyThreads) {
  const auto ids = make_uuid7();
  EXPECT_EQ(distinct_keys(4, 5'000, [&] { return ids->next()->text; }), 20'000U);
}

}  // namespace
}  // namespace pando::rules
