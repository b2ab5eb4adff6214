#include "cli/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace pando::cli {
namespace {

std::shared_ptr<spdlog::logger> logger;  // Null: nobody asked.

}  // namespace

void start_log() {
  logger = spdlog::stderr_logger_mt("pando");
  logger->set_pattern("%H:%M:%S.%e %v");
}

bool logs() { return logger != nullptr; }

void log_step(const std::string& what, std::chrono::steady_clock::time_point since) {
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - since;
  logger->info("{} ({:.3f} ms)", what, took.count());
}

}  // namespace pando::cli
