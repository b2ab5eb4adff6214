// Borrowed: a connection for as long as a statement needs it, known to the cancel token.
//
// Threads: cancel() of the token may come from any thread; the rest belongs to one.

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "router/execute/cancel.h"
#include "router/execute/connections.h"

namespace pando::execute {

class Borrowed {
 public:
  // `owner` is whom the loan is from; it outlives this object. `kept` is kept alive until the loan
  // has ended; see ExecuteOptions::owner.
  Borrowed(Loan loan, Connections& owner, const CancelWatch& watch,
           std::shared_ptr<const void> kept = nullptr);
  ~Borrowed();
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  drivers::Connection& connection() { return *loan_.connection; }
  std::size_t data_source() const { return loan_.data_source; }
  // False: the connection is a session's own.
  bool is_leased() const { return static_cast<bool>(loan_.lease); }

  // As Connection's. kCancelled, with nothing sent, if the token was used since the statement
  // began.
  Result<void> send(const drivers::Query& query);
  Result<Reply> run(const drivers::Query& query);

  // From now on the connection has a setting of this one statement. `sql` (which must live for
  // ever) takes it back before the connection is handed back; if that fails, nobody gets the
  // connection any more.
  void restore_with(std::string_view sql) { restore_ = sql; }

  // The pool must reset the connection, or close it, before anyone else gets it. No effect on a
  // session's own connection.
  void mark_dirty() {
    if (loan_.lease) loan_.lease.mark_dirty();
  }
  void discard() {
    if (loan_.lease) loan_.lease.discard();
  }

 private:
  void restore();

  std::shared_ptr<const void> kept_;  // Destroyed last: the loan goes back to its pool.
  Loan loan_;
  Connections& owner_;
  CancelWatch watch_;
  CancelScope scope_;  // Left before the loan ends.
  std::string_view restore_;
  std::uint64_t warnings_before_;
};

// Shared by the streams that are open on one connection; the last one gives it back.
using BorrowedPtr = std::shared_ptr<Borrowed>;

}  // namespace pando::execute
