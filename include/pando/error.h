// Errors: what went wrong, where, and what to do about it.
//
// Inside Pando every expected failure is a Result<T> (pando/result.h) that carries an Error. The
// public facade throws the same Error. An Error is three pointers: copies share what it says.
//
// Secrets: no Error holds a password or the value of a parameter. A server's own message may quote
// the application's data; it is kept apart in `native_message` and is never logged by Pando.
//
// Threads: an Error is a value; copies are independent.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pando {

enum class ErrorCode : std::uint16_t {
#define PANDO_ERROR(name, code, sqlstate, category, meaning, remedy) name,
#include "pando/error_codes.inc"
#undef PANDO_ERROR
};

enum class ErrorCategory : std::uint8_t {
  kConfig,
  kSyntax,
  kRefused,
  kUnreachable,
  kDatabase,
  kLimit,
  kInternal,
};

// One entry of the catalogue; everything in it is a string literal.
struct ErrorInfo {
  ErrorCode code;
  std::string_view name;      // "kNeedsCompute"
  std::string_view id;        // "P3010": stable, for people and programs.
  std::string_view sqlstate;  // Five characters; a server's own SQLSTATE replaces it.
  ErrorCategory category;
  std::string_view meaning;
  std::string_view remedy;  // May be empty.
};

inline constexpr auto kErrorCatalogue = std::to_array<ErrorInfo>({
#define PANDO_ERROR(name, code, sqlstate, category, meaning, remedy) \
  {ErrorCode::name, #name, code, sqlstate, ErrorCategory::k##category, meaning, remedy},
#include "pando/error_codes.inc"
#undef PANDO_ERROR
});

constexpr const ErrorInfo& error_info(ErrorCode code) {
  return kErrorCatalogue[static_cast<std::size_t>(code)];
}

// Bytes [begin, end) of the statement or configuration file that the error is about.
struct ErrorSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// What is known about the effect of the statement that failed.
enum class Outcome : std::uint8_t {
  kNotApplied,  // Nothing of it took effect.
  kUnknown,     // It may or may not have taken effect; do not repeat it blindly.
  kPartial,     // It took effect on some data sources, which the message names.
  kApplied,  // It took effect (with its transaction, if one is open); its answer cannot be given.
};

// What failed at a data source, as its driver says: the same for every kind of database.
enum class DatabaseFault : std::uint8_t {
  kNone,         // No data source raised the error: Pando found it.
  kStatement,    // It rejected the statement.
  kLockTimeout,  // A lock was not granted; what becomes of the transaction is up to its settings.
  kDeadlock,     // It rolled the whole transaction back, so that others can go on.
  kConnection,   // There is no connection, or it cannot be used again: its transaction is gone.
};

class Error : public std::exception {
 public:
  // `message` is one or more lines: the object and the fact. The remedy comes from the catalogue
  // unless `with_remedy` replaces it.
  explicit Error(ErrorCode code, std::string message) : detail_(std::make_shared<Detail>()) {
    detail_->code = code;
    detail_->set_message(std::move(message));
    detail_->sqlstate = error_info(code).sqlstate;
    detail_->remedy = error_info(code).remedy;
  }

  ErrorCode code() const noexcept { return detail_->code; }
  const ErrorInfo& info() const noexcept { return error_info(detail_->code); }
  std::string_view id() const noexcept { return info().id; }
  ErrorCategory category() const noexcept { return info().category; }

  // The object and the fact, without code and remedy. Ends without a newline.
  const std::string& message() const noexcept { return detail_->message; }
  // "P2001: " and the message, on one or more lines.
  const char* what() const noexcept override { return detail_->what.c_str(); }
  const std::string& sqlstate() const noexcept { return detail_->sqlstate; }
  const std::string& remedy() const noexcept { return detail_->remedy; }

  // The server's own error number (1062, SQLITE_BUSY, ...) and message; 0 and "" if it sent none.
  int native_code() const noexcept { return detail_->native_code; }
  const std::string& native_message() const noexcept { return detail_->native_message; }

  // Whether a data source (or its client library) raised the error, and what it meant there.
  DatabaseFault fault() const noexcept { return detail_->fault; }

  // The configured name of the data source ("shop2"); "" if none is involved.
  const std::string& data_source() const noexcept { return detail_->data_source; }

  // The place in the text; {0, 0} if there is none.
  ErrorSpan span() const noexcept { return detail_->span; }

  Outcome outcome() const noexcept { return detail_->outcome; }

  // True if the same statement (or the whole transaction, if one was open) may be sent again and
  // could succeed: nothing of it took effect, and the cause is one that passes.
  bool retryable() const noexcept { return detail_->retryable; }

  Error&& with_span(std::uint32_t begin, std::uint32_t end) && {
    own().span = {begin, end};
    return std::move(*this);
  }
  Error&& with_data_source(std::string_view name) && {
    own().data_source = name;
    return std::move(*this);
  }
  Error&& with_native(DatabaseFault fault, int code, std::string_view sqlstate,
                      std::string_view message) && {
    Detail& d = own();
    d.fault = fault;
    d.native_code = code;
    if (!sqlstate.empty()) d.sqlstate = sqlstate;
    d.native_message = message;
    return std::move(*this);
  }
  // What the data source said in `cause`, but for its SQLSTATE.
  Error&& with_native_of(const Error& cause) && {
    return std::move(*this).with_native(cause.fault(), cause.native_code(), {},
                                        cause.native_message());
  }
  Error&& without_native_message() && {
    own().native_message.clear();
    return std::move(*this);
  }
  Error&& with_outcome(Outcome outcome) && {
    own().outcome = outcome;
    return std::move(*this);
  }
  Error&& with_retryable(bool retryable) && {
    own().retryable = retryable;
    return std::move(*this);
  }
  Error&& with_remedy(std::string_view remedy) && {
    own().remedy = remedy;
    return std::move(*this);
  }
  Error&& with_message(std::string message) && {
    own().set_message(std::move(message));
    return std::move(*this);
  }

 private:
  struct Detail {
    ErrorCode code = ErrorCode::kInternal;
    Outcome outcome = Outcome::kNotApplied;
    bool retryable = false;
    DatabaseFault fault = DatabaseFault::kNone;
    int native_code = 0;
    ErrorSpan span;
    std::string sqlstate;
    std::string message;
    std::string what;
    std::string remedy;
    std::string native_message;
    std::string data_source;

    void set_message(std::string text) {
      message = std::move(text);
      what = error_info(code).id;
      what += ": ";
      what += message;
    }
  };

  // Copies share their detail until one of them is changed.
  Detail& own() {
    if (detail_.use_count() != 1) detail_ = std::make_shared<Detail>(*detail_);
    std::atomic_thread_fence(std::memory_order_acquire);  // With whoever had a copy of it.
    return *detail_;
  }

  std::shared_ptr<Detail> detail_;
};

}  // namespace pando
