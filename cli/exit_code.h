// Exit codes of the command; see the header of include/pando/error_codes.inc.

#pragma once

#include "pando/error.h"

namespace pando::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFindings = 1;     // check, doctor: something is not as it should be.
inline constexpr int kExitUsage = 2;        // Usage, configuration or SQL syntax; nothing was sent.
inline constexpr int kExitFailed = 3;       // A database rejected it, or some shards failed.
inline constexpr int kExitUnreachable = 4;  // A data source cannot be reached.
inline constexpr int kExitRefused = 5;      // Pando refused the statement, or a limit was met.
inline constexpr int kExitInterrupted = 130;
inline constexpr int kExitBrokenPipe = 141;  // The reader of stdout went away.

// Codes that Pando gives before it sends anything stand also for what a database finds out later: a
// table or column that it does not have, or syntax that Pando left to it.
inline bool raised_by_database(const Error& error) { return error.fault() != DatabaseFault::kNone; }

inline int exit_code(const Error& error) {
  switch (error.category()) {
    case ErrorCategory::kConfig:
      return kExitUsage;
    case ErrorCategory::kSyntax:
      return raised_by_database(error) ? kExitFailed : kExitUsage;
    case ErrorCategory::kRefused:
      return raised_by_database(error) ? kExitFailed : kExitRefused;
    case ErrorCategory::kLimit:
      return kExitRefused;
    case ErrorCategory::kUnreachable:
      return kExitUnreachable;
    case ErrorCategory::kDatabase:
    case ErrorCategory::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

// Of two outcomes the one to report when a run went on after an error. Least to most serious:
// ok, findings, refused, usage, unreachable, failed.
constexpr int worse(int a, int b) {
  const auto rank = [](int code) {
    switch (code) {
      case kExitOk:
        return 0;
      case kExitFindings:
        return 1;
      case kExitRefused:
        return 2;
      case kExitUsage:
        return 3;
      case kExitUnreachable:
        return 4;
      default:
        return 5;
    }
  };
  return rank(b) > rank(a) ? b : a;
}

}  // namespace pando::cli
