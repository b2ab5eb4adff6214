#include <array>
#include <mutex>
#include <random>
#include <utility>

#include "rules/id_generator.h"

namespace pando::rules {
namespace {

constexpr std::int64_t kMaxTime = (std::int64_t{1} << 48) - 1;
constexpr std::uint32_t kMaxCounter = (1u << 12) - 1;

// RFC 9562, method 1: 48 bits of milliseconds, a 12-bit counter in rand_a that starts at random
// below half its range in each millisecond and then rises, 62 random bits.
class Uuid7 final : public IdGenerator {
 public:
  explicit Uuid7(Clock clock) : clock_(std::move(clock)) {}

  Result<GeneratedKey> next() override {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_();
    if (now > last_) {
      start(now);
    } else if (last_ - now > kMaxStepBack) {
      return fail(ErrorCode::kIdGenerator,
                  "The clock lies more than 5 s behind the last key; keys would not rise.");
    } else if (counter_ == kMaxCounter) {
      start(last_ + 1);
    } else {
      ++counter_;
    }
    if (last_ < 0 || last_ > kMaxTime) {
      return fail(ErrorCode::kIdGenerator, "The clock is out of the range of UUID version 7.");
    }
    const std::uint64_t high = static_cast<std::uint64_t>(last_) << 16 | 0x7000u | counter_;
    const std::uint64_t low = std::uint64_t{1} << 63 | random() >> 2;
    GeneratedKey key;
    key.is_text = true;
    key.text = format(high, low);
    return key;
  }

 private:
  void start(std::int64_t time) {
    last_ = time;
    counter_ = static_cast<std::uint32_t>(random() & (kMaxCounter >> 1));
  }

  // From the operating system: a generator that is seeded once would repeat itself after fork().
  std::uint64_t random() {
    return static_cast<std::uint64_t>(device_()) << 32 | static_cast<std::uint32_t>(device_());
  }

  static std::string format(std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (int nibble = 0; nibble < 32; ++nibble) {
      if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
      const std::uint64_t half = nibble < 16 ? high : low;
      text += kHex[half >> (60 - 4 * (nibble % 16)) & 0xF];
    }
    return text;
  }

  const Clock clock_;
  std::mutex mutex_;
  std::random_device device_;
  std::int64_t last_ = -1;
  std::uint32_t counter_ = 0;
};

}  // namespace

std::unique_ptr<IdGenerator> make_uuid7(Clock clock) {
  return std::make_unique<Uuid7>(clock ? std::move(clock) : Clock(system_milliseconds));
}

}  // namespace pando::rules
