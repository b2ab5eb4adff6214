#include "drivers/sqlite/sqlite_error.h"

#include <sqlite3.h>

namespace pando::drivers::sqlite {

namespace {

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

NativeError classify_primary(int primary) {
  switch (primary) {
    case SQLITE_CONSTRAINT:
      return {ErrorCode::kConstraint, "a constraint of the table was violated"};
    case SQLITE_BUSY:
      return {ErrorCode::kTimeout,
              "the database file stayed locked by another connection; pool.read_timeout_ms is how "
              "long to wait for it",
              true};
    case SQLITE_LOCKED:
      return {ErrorCode::kDatabase, "a table is in use by another statement of the connection"};
    case SQLITE_FULL:
      return {ErrorCode::kStorageFull, "the database or its disk is full"};
    case SQLITE_READONLY:
      return {ErrorCode::kReadOnly, "the database is read-only"};
    case SQLITE_CANTOPEN:
      return {ErrorCode::kUnreachable, "the database file cannot be opened"};
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kAccessDenied, "access to the database file is not permitted"};
    case SQLITE_NOTADB:
      return {ErrorCode::kUnreachable, "the file is not a SQLite database"};
    case SQLITE_CORRUPT:
      return {ErrorCode::kDatabase, "the database file is damaged"};
    case SQLITE_INTERRUPT:
      return {ErrorCode::kCancelled, "the statement was cancelled"};
    case SQLITE_ABORT:
      return {ErrorCode::kTransactionState, "the transaction was rolled back under the statement"};
    case SQLITE_IOERR:
      return {ErrorCode::kConnectionLost, "reading or writing the database file failed"};
    case SQLITE_TOOBIG:
      return {ErrorCode::kDatabase, "a text or blob, or the statement, is too long for SQLite"};
    case SQLITE_MISMATCH:
      return {ErrorCode::kConstraint, "a value does not fit the column's type"};
    case SQLITE_NOMEM:
      return {ErrorCode::kDatabase, "the database ran out of memory"};
    default:
      return {ErrorCode::kDatabase, "the database rejected the statement"};
  }
}

}  // namespace

NativeError classify(int code, std::string_view message) {
  NativeError result = classify_primary(code & 0xff);
  switch (code) {
    case SQLITE_ERROR:
      result = classify_generic(message);
      break;
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      result = {ErrorCode::kDuplicateKey, "a unique key already holds this value"};
      break;
    case SQLITE_CONSTRAINT_NOTNULL:
      result = {ErrorCode::kConstraint, "a column that may not be NULL was given NULL"};
      break;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      result = {ErrorCode::kConstraint, "a foreign key was violated"};
      break;
    case SQLITE_CONSTRAINT_CHECK:
      result = {ErrorCode::kConstraint, "a CHECK of the table was violated"};
      break;
    case SQLITE_BUSY_SNAPSHOT:
      result = {ErrorCode::kDeadlock, "another connection wrote since the transaction began", true};
      break;
    case SQLITE_LOCKED_SHAREDCACHE:
      result = {ErrorCode::kTimeout, "a table stayed locked by another connection", true};
      break;
    default:
      break;
  }
  result.number = code;
  result.message = message;
  return result;
}

bool breaks_handle(int code) {
  switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISUSE:
      return true;
    default:
      return false;
  }
}

}  // namespace pando::drivers::sqlite
