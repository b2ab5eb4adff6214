// What a FakeDriver and its connections share.
//
// Threads: the mutex guards all of it: any thread.

#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "drivers/fake/fake_driver.h"

namespace pando::drivers::fake {

struct Fault {
  Call call;
  std::size_t countdown;
  std::optional<Error> error;  // None: hang.
  Damage damage = Damage::kNone;
};

struct FakeDriver::State {
  Driver* wrapped = nullptr;
  mutable std::mutex mutex;  // Guards everything below.
  std::condition_variable changed;
  std::map<std::string, std::shared_ptr<const Answer>, std::less<>> answers;
  std::shared_ptr<const Answer> fallback;
  std::map<std::string, TableSchema, std::less<>> schemas;
  std::deque<std::string> texts;  // What the answers' values point into.
  bool cursors = false;
  std::vector<Fault> faults;
  std::vector<Record> records;
  std::size_t hanging = 0;
  std::size_t releases = 0;
  std::size_t connected = 0;
  std::size_t open = 0;

  std::shared_ptr<const Answer> keep(Answer answer);

  // Records the call; then fails or hangs if it is its turn. `cancelled` (guarded by the mutex)
  // ends a hang; `usable` is cleared by Damage::kBreaks.
  Result<void> enter(Record record, const bool* cancelled, bool* usable);
};

ConnectionPtr make_connection(FakeDriver::State& state, std::string name, std::size_t number,
                              ConnectionPtr wrapped);

}  // namespace pando::drivers::fake
