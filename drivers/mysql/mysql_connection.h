// Connection to MySQL or MariaDB.
//
// A query without parameters, or with `prepare` off, goes as text: send() only writes it, so that
// many servers work at once. A prepared one is executed by receive(), since the library waits for
// its answer; socket() is -1 meanwhile. So is one that is given a cursor: it is prepared by send().
//
// Threads: one at a time; cancel() from any.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/mysql/mysql_handle.h"

namespace pando::drivers::mysql {

class PreparedCursor;

class MysqlConnection : public Connection {
 public:
  explicit MysqlConnection(std::shared_ptr<Handle> handle);
  ~MysqlConnection() override;

  Result<void> send(const Query& query) override;
  Result<Reply> receive() override;
  int socket() const override;

  Result<TableSchema> describe(std::string_view table) override;
  Result<std::vector<std::string>> tables() override;

  Result<void> ping() override;
  Result<void> reset() override;
  void cancel() override;

  bool usable() const override { return !handle_->broken(); }
  bool busy() const override { return !ready() || handle_->cursors > 0; }
  bool ready() const override { return state_ == State::kIdle && !handle_->streaming; }
  bool in_transaction() const override { return handle_->in_transaction(); }
  std::uint64_t read_warnings() const override { return handle_->read_warnings; }
  const std::string& name() const override { return handle_->name(); }
  std::string server_version() override;

 private:
  enum class State { kIdle, kTextSent, kPrepared, kCursor };

  Result<void> check_idle() const;
  Error cancelled() const;
  Result<void> send_text(std::string_view sql);
  Result<void> bind(const Query& query);
  bool must_be_text(const Error& error, const Query& query) const;
  Result<Reply> receive_text();
  Result<Reply> receive_prepared();
  Result<Reply> receive_cursor();

  std::shared_ptr<Handle> handle_;
  State state_ = State::kIdle;
  Query query_;  // Of kPrepared.
  std::optional<Prepared> prepared_;
  std::unique_ptr<PreparedCursor> cursor_;  // Of kCursor, with its text.
  std::string text_;
  Handle::Effect effect_ = Handle::Effect::kWrites;
};

}  // namespace pando::drivers::mysql
