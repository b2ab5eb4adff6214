// An open database file: the handle, its cache of prepared statements, and its busy handler.
//
// Shared by the connection and its streams, so that a stream never reads from a closed handle.
// Threads: one at a time, but for interrupt().

#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/driver.h"
#include "drivers/statement_cache.h"
#include "pando/result.h"

namespace pando::drivers::sqlite {

struct StatementCloser {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, StatementCloser>;

// A prepared statement and what its text does.
struct Prepared {
  std::string sql;
  StatementPtr statement;
  bool inserts = false;  // INSERT or REPLACE into a table that has rowids.
  bool changes_schema = false;
};

class Handle {
 public:
  // Opens the file and makes sure that it is a database.
  static Result<std::shared_ptr<Handle>> open(const ConnectOptions& options);
  // The options name an ordinary file, and it does not exist.
  static bool is_missing(const ConnectOptions& options);
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  sqlite3* db() const { return db_; }
  const std::string& name() const { return name_; }

  // Takes the statement from the cache or prepares it. A statement in use elsewhere is prepared
  // again. Errors: kSyntax, kTrailingText, kBadText, kUnknownTable, kUnknownColumn, kDatabase.
  Result<Prepared> take(std::string_view sql);
  // Hands a statement back, reset and without bindings; the longest unused is dropped.
  void give_back(Prepared prepared);
  void clear_cache() { cache_.clear(); }

  // The error of a call that returned `code`; marks the handle broken if it is beyond use.
  Error error(int code, std::string_view sql = {});
  // Sets what is set on connecting: foreign_keys and recursive_triggers.
  Result<void> set_session();
  // Runs a text without parameters and without rows.
  Result<void> execute(const char* sql);

  // Reads the schema anew if another connection changed it. SQLite does so when a statement runs,
  // but neither for pragmas nor before it says that a table exists already.
  void refresh_schema();

  void interrupt();
  void begin_call() { cancelled_.store(false, std::memory_order_relaxed); }

  bool broken() const { return broken_; }
  int open_streams = 0;

 private:
  Handle() = default;
  Result<Prepared> prepare(std::string_view sql);
  bool has_rowid(const std::string& schema, const std::string& table);
  static int on_busy(void* self, int count);
  static int on_authorize(void* self, int action, const char* a, const char* b, const char* schema,
                          const char* trigger);

  sqlite3* db_ = nullptr;
  std::string name_;
  std::string path_;
  bool read_only_ = false;
  std::chrono::milliseconds busy_timeout_{0};
  std::chrono::steady_clock::time_point busy_since_;
  std::atomic<bool> cancelled_{false};
  bool broken_ = false;

  // The table that the statement being prepared inserts into; filled by the authorizer.
  std::string insert_schema_, insert_table_;
  bool changes_schema_ = false;  // Likewise.

  StatementCache<Prepared> cache_;
};

}  // namespace pando::drivers::sqlite
