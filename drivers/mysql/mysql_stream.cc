#include "drivers/mysql/mysql_stream.h"

namespace pando::drivers::mysql {

namespace {

// A stream that is left early outside of a transaction reads the rest if it is this short and
// already there; a longer one costs the connection, which is cheaper than the rest.
constexpr int kDrainRows = 1000;
constexpr std::size_t kDrainBytes = 1 << 20;
constexpr int kDrainWaitMs = 5;

}  // namespace

Result<void> finish_results(Handle& handle, Handle::Effect effect) {
  MYSQL* mysql = handle.mysql();
  bool more_rows = false;
  while (mysql_more_results(mysql)) {
    handle.begin_wait();
    if (mysql_next_result(mysql) > 0) return fail(handle.error(effect));
    if (mysql_field_count(mysql) == 0) continue;
    more_rows = true;
    const ResultPtr rest(mysql_use_result(mysql));
    if (!rest) return fail(handle.error(effect));
    while (mysql_fetch_row(rest.get()) != nullptr) {
    }
    if (mysql_errno(mysql) != 0) return fail(handle.error(effect));
  }
  if (!more_rows) return {};
  return fail(Error(ErrorCode::kUnsupportedStatement,
                    handle.name() + ": the statement returned more than one result")
                  .with_data_source(handle.name())
                  .with_outcome(effect == Handle::Effect::kWrites ? Outcome::kUnknown
                                                                  : Outcome::kNotApplied));
}

MysqlStream::MysqlStream(std::shared_ptr<Handle> handle, Handle::Effect effect)
    : handle_(std::move(handle)), effect_(effect) {
  handle_->streaming = true;
}

MysqlStream::~MysqlStream() = default;

void MysqlStream::release() {
  done_ = true;
  row_ = {};
  handle_->streaming = false;
  if (handle_->cursors == 0) handle_->set_running(false);
}

Result<bool> MysqlStream::end_with(Error error) {
  error_ = std::make_unique<Error>(error);
  row_ = {};
  return fail(std::move(error));
}

Result<bool> MysqlStream::next() {
  if (error_) return fail(*error_);
  if (done_) return false;
  if (handle_->interrupted()) {
    return end_with(Error(ErrorCode::kCancelled, handle_->name() + ": the statement was cancelled")
                        .with_data_source(handle_->name()));
  }
  handle_->begin_wait();
  switch (fetch()) {
    case Fetched::kRow: {
      if (auto decoded = decode(); !decoded) return end_with(std::move(decoded).error());
      row_ = values_;
      return true;
    }
    case Fetched::kError: {
      auto result = end_with(fetch_error());
      release();
      return result;
    }
    case Fetched::kEnd:
      break;
  }
  auto finished = end();
  release();
  if (!finished) return end_with(std::move(finished).error());
  return false;
}

Result<void> MysqlStream::end() {
  handle_->read_warnings += mysql_warning_count(handle_->mysql());
  return finish();
}

void MysqlStream::leave() {
  if (done_) return;
  // With the connection a transaction would be lost.
  const bool to_the_end = handle_->in_transaction();
  std::size_t bytes = 0;
  for (int rows = 0; to_the_end || (rows < kDrainRows && bytes < kDrainBytes); ++rows) {
    if (!to_the_end && !data_waiting(handle_->mysql(), kDrainWaitMs)) break;
    handle_->begin_wait();
    const Fetched fetched = fetch();
    if (fetched == Fetched::kRow) {
      bytes += row_bytes();
      continue;
    }
    if (fetched == Fetched::kError) {
      (void)fetch_error();
    } else {
      (void)end();
    }
    release();
    return;
  }
  handle_->cut();
  release();
}

}  // namespace pando::drivers::mysql
