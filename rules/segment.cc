#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

#include "rules/id_generator.h"
#include "rules/own_process.h"

namespace pando::rules {
namespace {

class Segment final : public IdGenerator {
 public:
  Segment(std::uint32_t step, TakeSegment take) : step_(step), take_(std::move(take)) {}

  Result<GeneratedKey> next() override {
    PANDO_TRY(process_.check());
    std::unique_lock lock(mutex_);
    while (left_ == 0) {
      if (taking_) {
        // The one who takes wakes all; a failure is reported to it, and the others try themselves.
        taken_.wait(lock);
        continue;
      }
      PANDO_TRY(take_segment(lock));
    }
    GeneratedKey key;
    key.number = next_++;
    --left_;
    return key;
  }

 private:
  // Takes without the lock: the table may be slow, and others must still be able to wait.
  Result<void> take_segment(std::unique_lock<std::mutex>& lock) {
    taking_ = true;
    lock.unlock();
    Result<std::int64_t> first = fail(ErrorCode::kIdGenerator, "A segment has no keys.");
    if (step_ > 0) first = take_(step_);
    lock.lock();
    taking_ = false;
    taken_.notify_all();
    if (!first) return fail(std::move(first).error());
    if (*first < 0 || *first > std::numeric_limits<std::int64_t>::max() - step_) {
      return fail(ErrorCode::kIdGenerator, "The segment's table has run out of 64-bit keys.");
    }
    next_ = *first;
    left_ = step_;
    return {};
  }

  const std::uint32_t step_;
  const TakeSegment take_;
  const OwnProcess process_;
  std::mutex mutex_;
  std::condition_variable taken_;
  bool taking_ = false;
  std::int64_t next_ = 0;
  std::uint32_t left_ = 0;
};

}  // namespace

std::unique_ptr<IdGenerator> make_segment(std::uint32_t step, TakeSegment take) {
  return std::make_unique<Segment>(step, std::move(take));
}

}  // namespace pando::rules
