// Borrowed: a connection for as long as a statement needs it, known to the cancel token.
//
// Threads: cancel() of the token may come from any thread; the rest belongs to one.

#pragma once

#include <memory>
#include <utility>

#include "router/execute/connections.h"
#include "router/execute/executor.h"

namespace pando::execute {

// Enters a connection into a token for the scope's lifetime.
class CancelScope {
 public:
  CancelScope(CancelToken* token, drivers::Connection* connection);
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  CancelToken* token_;
  drivers::Connection* connection_;
};

class Borrowed {
 public:
  // `owner` is kept alive until the loan has ended; see ExecuteOptions::owner.
  Borrowed(Loan loan, CancelToken* token, std::shared_ptr<const void> owner = nullptr)
      : owner_(std::move(owner)), loan_(std::move(loan)), scope_(token, loan_.connection) {}

  drivers::Connection& connection() { return *loan_.connection; }
  std::size_t data_source() const { return loan_.data_source; }
  // False: the connection is a session's own.
  bool is_leased() const { return static_cast<bool>(loan_.lease); }
  // The pool must reset the connection, or close it, before anyone else gets it. No effect on a
  // session's own connection.
  void mark_dirty() {
    if (loan_.lease) loan_.lease.mark_dirty();
  }
  void discard() {
    if (loan_.lease) loan_.lease.discard();
  }

 private:
  std::shared_ptr<const void> owner_;  // Destroyed last: the loan goes back to its pool.
  Loan loan_;
  CancelScope scope_;  // Left before the loan ends.
};

// Shared by the streams that are open on one connection; the last one gives it back.
using BorrowedPtr = std::shared_ptr<Borrowed>;

}  // namespace pando::execute
