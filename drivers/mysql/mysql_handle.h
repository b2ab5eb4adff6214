// An open connection: the library's handle, its prepared statements, and what is known of its
// state. Shared by the connection and its stream, so that a stream never reads from a closed one.
//
// Threads: one at a time, but for interrupt().

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "drivers/driver.h"
#include "drivers/mysql/mysql_api.h"
#include "drivers/statement_cache.h"
#include "pando/result.h"

namespace pando::drivers::mysql {

struct Prepared {
  std::string sql;
  StatementPtr statement;
};

class Handle {
 public:
  // Errors: kUnreachable, kAccessDenied, kTimeout.
  static Result<std::shared_ptr<Handle>> open(const ConnectOptions& options);
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  MYSQL* mysql() const { return mysql_.get(); }
  const ConnectOptions& options() const { return options_; }
  const std::string& name() const { return options_.name; }

  // Sets character set, time zone and sql_mode, in one round trip.
  Result<void> set_session();

  Result<Prepared> take(std::string_view sql);
  void give_back(Prepared prepared);
  void clear_cache() { cache_.clear(); }

  // Marks the start of a wait for the server; error() tells a timeout by it.
  void begin_wait() { wait_began_ = std::chrono::steady_clock::now(); }
  // What is known of a statement's effect if its connection breaks.
  enum class Effect { kNone, kReads, kWrites };
  // The library's last error. Breaks the handle if it cannot go on.
  Error error(Effect effect);
  Error error(MYSQL_STMT* statement, Effect effect);

  // Cuts the connection, so that nothing more is read from it.
  void cut();
  bool broken() const { return broken_; }
  bool in_transaction() const;
  bool is_mariadb() const;  // Else MySQL.

  // From another thread: KILL QUERY over a connection of its own; if that fails, the socket is cut.
  void interrupt();
  // Between statements: waits for an interrupt that is under way, and sees to it that one which
  // came too late for the last statement does not hit the next.
  void settle_interrupt();
  bool interrupted() const { return interrupted_.load(); }
  void set_running(bool running) { running_.store(running); }

  // A stream reads straight from the connection: nothing can be sent meanwhile.
  bool streaming = false;
  // Cursors that are open at the server; statements may be sent between their fetches.
  std::size_t cursors = 0;
  std::uint64_t read_warnings = 0;  // Connection::read_warnings().

 private:
  Handle() = default;
  Result<void> connect();
  Error make_error(unsigned number, const char* sqlstate, const char* message, Effect effect);
  // Ends what the server still does for this connection: KILL, or KILL QUERY.
  bool kill(const char* what) const;

  ConnectOptions options_;
  MysqlPtr mysql_;
  unsigned long thread_id_ = 0;
  // The socket, a second time: the library may close its own while another thread interrupts.
  int socket_ = -1;
  std::chrono::steady_clock::time_point wait_began_;
  bool broken_ = false;

  std::mutex interrupt_mutex_;  // Held while another thread interrupts.
  std::atomic<bool> running_{false};
  std::atomic<bool> interrupted_{false};

  StatementCache<Prepared> cache_;
};

}  // namespace pando::drivers::mysql
