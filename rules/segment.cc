#include <algorithm>
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
  Segment(std::uint32_t step, std::unique_ptr<SegmentTable> table)
      : step_(step), table_(std::move(table)) {}

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

  Result<void> pass(std::int64_t key) override {
    PANDO_TRY(process_.check());
    {
      std::unique_lock lock(mutex_);
      leave_out(key, lock);
      if (key < table_next_ || key == std::numeric_limits<std::int64_t>::max()) return {};
    }
    PANDO_ASSIGN(const std::int64_t next, table_->begin_at(key + 1));
    std::unique_lock lock(mutex_);
    leave_out(key, lock);  // Of a segment that was taken in between.
    table_next_ = std::max(table_next_, next);
    return {};
  }

 private:
  // Keys before it are left out too: there may be gaps.
  void leave_out(std::int64_t key, std::unique_lock<std::mutex>& lock) {
    taken_.wait(lock, [this] { return !taking_; });
    const std::int64_t end = next_ + left_;
    if (key < next_ || key >= end) return;
    next_ = key + 1;
    left_ = static_cast<std::uint32_t>(end - next_);
  }

  // Takes without the lock: the table may be slow, and others must still be able to wait.
  Result<void> take_segment(std::unique_lock<std::mutex>& lock) {
    taking_ = true;
    lock.unlock();
    Result<std::int64_t> first = fail(ErrorCode::kIdGenerator, "A segment has no keys.");
    if (step_ > 0) first = table_->take(step_);
    lock.lock();
    taking_ = false;
    taken_.notify_all();
    if (!first) return fail(std::move(first).error());
    if (*first < 0 || *first > std::numeric_limits<std::int64_t>::max() - step_) {
      return fail(ErrorCode::kIdGenerator, "The segment's table has run out of 64-bit keys.");
    }
    next_ = *first;
    left_ = step_;
    table_next_ = std::max(table_next_, next_ + step_);
    return {};
  }

  const std::uint32_t step_;
  const std::unique_ptr<SegmentTable> table_;
  const OwnProcess process_;
  std::mutex mutex_;
  std::condition_variable taken_;
  bool taking_ = false;
  std::int64_t next_ = 0;
  std::uint32_t left_ = 0;
  std::int64_t table_next_ = 0;  // The table's next segment begins here, or behind it.
};

}  // namespace

std::unique_ptr<IdGenerator> make_segment(std::uint32_t step, std::unique_ptr<SegmentTable> table) {
  return std::make_unique<Segment>(step, std::move(table));
}

}  // namespace pando::rules
