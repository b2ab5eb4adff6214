#include "drivers/sqlite/sqlite_error.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace pando::drivers::sqlite {

namespace {

using enum DatabaseFault;

// SQLITE_ERROR covers everything that is wrong with a statement; only the text tells apart.
NativeError classify_generic(std::string_view message) {
  auto starts = [message](std::string_view with) { return message.substr(0, with.size()) == with; };
  auto holds = [message](std::string_view what) {
    return message.find(what) != std::string_view::npos;
  };
  if (starts("no such table"))
    return {ErrorCode::kUnknownTable, "the statement names a table that does not exist here"};
  if (starts("no such column") || holds("has no column named"))
    return {ErrorCode::kUnknownColumn, "the statement names a column that does not exist here"};
  if (starts("ambiguous column name"))
    return {ErrorCode::kAmbiguousColumn, "a column name could belong to more than one table"};
  if (holds("syntax error") || starts("incomplete input") || starts("unrecognized token"))
    return {ErrorCode::kSyntax, "the database found a syntax error in the statement"};
  if (starts("integer overflow"))
    return {ErrorCode::kNumericOverflow, "a number is out of its type's range"};
  if (starts("cannot start a transaction within") || holds("no transaction is active"))
    return {ErrorCode::kTransactionState, "the statement does not fit the transaction's state"};
  return {ErrorCode::kDatabase, "the database rejected the statement"};
}

struct Entry {
  int code;  // An extended result code, or a primary one for all of its extended ones.
  ErrorCode error;
  std::string_view fact;
  DatabaseFault fault = kStatement;
  bool retryable = false;
};

constexpr std::string_view kRejected = "the database rejected the statement";
constexpr std::string_view kDuplicate = "a unique key already holds this value";

constexpr auto kEntries = std::to_array<Entry>({
    {SQLITE_CONSTRAINT, ErrorCode::kConstraint, "a constraint of the table was violated"},
    {SQLITE_CONSTRAINT_UNIQUE, ErrorCode::kDuplicateKey, kDuplicate},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::kDuplicateKey, kDuplicate},
    {SQLITE_CONSTRAINT_ROWID, ErrorCode::kDuplicateKey, kDuplicate},
    {SQLITE_CONSTRAINT_NOTNULL, ErrorCode::kConstraint,
     "a column that may not be NULL was given NULL"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, ErrorCode::kConstraint, "a foreign key was violated"},
    {SQLITE_CONSTRAINT_CHECK, ErrorCode::kConstraint, "a CHECK of the table was violated"},
    {SQLITE_BUSY, ErrorCode::kTimeout,
     "the database file stayed locked by another connection; pool.read_timeout_ms is how long to "
     "wait for it",
     kLockTimeout, true},
    {SQLITE_BUSY_SNAPSHOT, ErrorCode::kDeadlock,
     "another connection wrote since the transaction began", kLockTimeout, true},
    {SQLITE_LOCKED, ErrorCode::kDatabase,
     "a table is in use by another statement of the connection"},
    {SQLITE_LOCKED_SHAREDCACHE, ErrorCode::kTimeout, "a table stayed locked by another connection",
     kLockTimeout, true},
    {SQLITE_FULL, ErrorCode::kStorageFull, "the database or its disk is full"},
    {SQLITE_READONLY, ErrorCode::kReadOnly, "the database is read-only"},
    {SQLITE_CANTOPEN, ErrorCode::kUnreachable, "the database file cannot be opened"},
    {SQLITE_PERM, ErrorCode::kAccessDenied, "access to the database file is not permitted"},
    {SQLITE_AUTH, ErrorCode::kAccessDenied, "access to the database file is not permitted"},
    {SQLITE_NOTADB, ErrorCode::kUnreachable, "the file is not a SQLite database", kConnection},
    {SQLITE_CORRUPT, ErrorCode::kDatabase, "the database file is damaged", kConnection},
    {SQLITE_INTERRUPT, ErrorCode::kCancelled, "the statement was cancelled"},
    {SQLITE_ABORT, ErrorCode::kTransactionState,
     "the transaction was rolled back under the statement"},
    {SQLITE_IOERR, ErrorCode::kConnectionLost, "reading or writing the database file failed",
     kConnection},
    {SQLITE_TOOBIG, ErrorCode::kDatabase,
     "a text or blob, or the statement, is too long for SQLite"},
    {SQLITE_MISMATCH, ErrorCode::kConstraint, "a value does not fit the column's type"},
    {SQLITE_NOMEM, ErrorCode::kDatabase, "the database ran out of memory"},
    {SQLITE_MISUSE, ErrorCode::kDatabase, kRejected, kConnection},
});

}  // namespace

NativeError classify(int code, std::string_view message) {
  NativeError result{.code = ErrorCode::kDatabase, .fact = kRejected};
  if (code == SQLITE_ERROR) result = classify_generic(message);
  const auto find = [](int wanted) {
    return std::find_if(kEntries.begin(), kEntries.end(),
                        [wanted](const Entry& entry) { return entry.code == wanted; });
  };
  auto entry = find(code);
  if (entry == kEntries.end()) entry = find(code & 0xff);
  if (entry != kEntries.end()) {
    result = {.code = entry->error,
              .fact = entry->fact,
              .fault = entry->fault,
              .retryable = entry->retryable};
    if (entry->error == ErrorCode::kAccessDenied) {
      result.remedy = "Give this user leave to read and write the file and its folder.";
    }
  }
  result.number = code;
  result.message = message;
  return result;
}

}  // namespace pando::drivers::sqlite
