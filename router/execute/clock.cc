#include "router/execute/clock.h"

#include <chrono>
#include <cstdio>

namespace pando::execute {

std::string set_clock() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  char text[64];
  std::snprintf(text, sizeof(text), "SET timestamp=%lld.%06lld",
                static_cast<long long>(now / 1000000), static_cast<long long>(now % 1000000));
  return text;
}

}  // namespace pando::execute
