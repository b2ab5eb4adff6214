// OwnProcess: whether this is still the process in which an object was made. After fork() the child
// has a copy of a key generator's state, and would give the parent's next keys a second time.
//
// Threads: immutable, so freely shared.

#pragma once

#include <unistd.h>

#include "pando/result.h"

namespace pando::rules {

class OwnProcess {
 public:
  // Asked before any mutex is taken: the parent's threads may have left it locked in the child.
  // Errors: kIdGenerator in a forked process.
  Result<void> check() const {
    if (::getpid() == process_) return {};
    return fail(ErrorCode::kIdGenerator,
                "This process was forked from the one that opened the key generator, and would "
                "repeat its keys; open the database after fork().");
  }

 private:
  ::pid_t process_ = ::getpid();
};

}  // namespace pando::rules
