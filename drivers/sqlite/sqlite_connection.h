// Connection over one sqlite3 handle. send() keeps the query, receive() runs it.
//
// Threads: one at a time; cancel() from any.

#pragma once

#include <optional>

#include "drivers/sqlite/sqlite_handle.h"

namespace pando::drivers::sqlite {

class SqliteConnection : public Connection {
 public:
  SqliteConnection(ConnectOptions options, std::shared_ptr<Handle> handle);

  Result<void> send(const Query& query) override;
  Result<Reply> receive() override;
  bool can_interleave() const override { return true; }

  Result<TableSchema> describe(std::string_view table) override;
  Result<std::vector<std::string>> tables() override;

  Result<void> ping() override;
  // A file is opened again, which forgets everything. A database in memory would be lost by that:
  // there the transaction, temporary objects and attached databases go, and other pragmas stay.
  Result<void> reset() override;
  void cancel() override;

  bool usable() const override { return !handle_->broken(); }
  bool busy() const override { return pending_.has_value() || handle_->open_streams > 0; }
  bool in_transaction() const override { return sqlite3_get_autocommit(handle_->db()) == 0; }
  const std::string& name() const override { return options_.name; }
  std::string server_version() override;

 private:
  Result<void> bind(sqlite3_stmt* statement, const Query& query) const;
  Result<Reply> read(Prepared prepared);
  Result<Reply> write(Prepared prepared, const Query& query);
  Result<void> soft_reset();

  ConnectOptions options_;
  std::shared_ptr<Handle> handle_;
  std::optional<Query> pending_;
};

}  // namespace pando::drivers::sqlite
