#include <mutex>
#include <utility>

#include "rules/id_generator.h"
#include "rules/own_process.h"

namespace pando::rules {
namespace {

constexpr std::int64_t kEpoch = 1'577'836'800'000;  // 2020-01-01 00:00:00 UTC in milliseconds.
constexpr int kWorkerBits = 10;
constexpr int kSequenceBits = 12;
constexpr std::int64_t kMaxSinceEpoch = (std::int64_t{1} << 41) - 1;
constexpr std::uint32_t kMaxWorker = (1u << kWorkerBits) - 1;
constexpr std::uint32_t kMaxSequence = (1u << kSequenceBits) - 1;

// Time never goes back here: while the clock lags, and when a millisecond's numbers are used up,
// the last time used goes on by one. So next() never sleeps; the time runs ahead of the clock only
// as far as more than 4096 keys are taken in each millisecond.
class Snowflake final : public IdGenerator {
 public:
  Snowflake(std::uint32_t worker, Clock clock) : worker_(worker), clock_(std::move(clock)) {}

  Result<GeneratedKey> next() override {
    if (worker_ > kMaxWorker) {
      return fail(ErrorCode::kIdGenerator, "A snowflake worker must be from 0 to 1023.");
    }
    PANDO_TRY(process_.check());
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_() - kEpoch;
    if (now > last_) {
      last_ = now;
      sequence_ = 0;
    } else if (last_ - now > kMaxStepBack) {
      return fail(ErrorCode::kIdGenerator,
                  "The clock lies more than 5 s behind the last key; keys could repeat.");
    } else if (sequence_ == kMaxSequence) {
      ++last_;
      sequence_ = 0;
    } else {
      ++sequence_;
    }
    if (last_ < 0 || last_ > kMaxSinceEpoch) {
      return fail(ErrorCode::kIdGenerator,
                  "The clock is not between 2020 and 2089, which snowflake keys need.");
    }
    GeneratedKey key;
    key.number = last_ << (kWorkerBits + kSequenceBits) |
                 static_cast<std::int64_t>(worker_) << kSequenceBits |
                 static_cast<std::int64_t>(sequence_);
    return key;
  }

 private:
  const std::uint32_t worker_;
  const Clock clock_;
  const OwnProcess process_;
  std::mutex mutex_;
  std::int64_t last_ = -1;
  std::uint32_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<IdGenerator> make_snowflake(std::uint32_t worker, Clock clock) {
  return std::make_unique<Snowflake>(worker, clock ? std::move(clock) : Clock(system_milliseconds));
}

}  // namespace pando::rules
