#include "drivers/mysql/mysql_error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "pando/names.h"

namespace pando::drivers::mysql {

namespace {

using enum DatabaseFault;

struct Entry {
  unsigned number;
  ErrorCode code;
  std::string_view fact;
  DatabaseFault fault = kStatement;
  bool retryable = false;
};

constexpr std::string_view kRejected = "the database rejected the statement";
constexpr std::string_view kDuplicate = "a unique key already holds this value";
constexpr std::string_view kForeign = "a foreign key was violated";
constexpr std::string_view kCheck = "a CHECK of the table was violated";
constexpr std::string_view kDenied = "the user lacks a right that this needs";
constexpr std::string_view kLogin = "the login was refused";
constexpr std::string_view kNoTable = "the statement names a table that does not exist here";
constexpr std::string_view kNoColumn = "the statement names a column that does not exist here";
constexpr std::string_view kBadSyntax = "the database found a syntax error in the statement";
constexpr std::string_view kReadOnlyServer = "the server or transaction is read-only";
constexpr std::string_view kFull = "a table or its disk is full";
constexpr std::string_view kRange = "a number is out of its column's or type's range";
constexpr std::string_view kUnfit = "a value does not fit its column";
constexpr std::string_view kBusy = "the server accepts no more connections";
constexpr std::string_view kNoServer = "the server cannot be reached";
constexpr std::string_view kLost = "the connection broke";
constexpr std::string_view kPacket = "the statement or its answer is above max_allowed_packet";
constexpr std::string_view kSlow =
    "the server's own limit on a statement's time (max_statement_time, max_execution_time) was "
    "reached";

constexpr auto kEntries = std::to_array<Entry>({
    {28, ErrorCode::kStorageFull, kFull},
    {1021, ErrorCode::kStorageFull, kFull},
    {1022, ErrorCode::kDuplicateKey, kDuplicate},
    {1040, ErrorCode::kUnreachable, kBusy, kConnection, true},
    {1044, ErrorCode::kAccessDenied, "the user lacks a right on the database"},
    {1045, ErrorCode::kAccessDenied, kLogin},
    {1048, ErrorCode::kConstraint, "a column that may not be NULL was given NULL"},
    {1049, ErrorCode::kUnreachable, "the server has no database of the configured name"},
    {1051, ErrorCode::kUnknownTable, kNoTable},
    {1052, ErrorCode::kAmbiguousColumn, "a column name could belong to more than one table"},
    {1053, ErrorCode::kConnectionLost, "the server is shutting down", kConnection},
    {1054, ErrorCode::kUnknownColumn, kNoColumn},
    {1062, ErrorCode::kDuplicateKey, kDuplicate},
    {1064, ErrorCode::kSyntax, kBadSyntax},
    {1065, ErrorCode::kSyntax, "the statement is empty"},
    {1109, ErrorCode::kUnknownTable, kNoTable},
    {1114, ErrorCode::kStorageFull, kFull},
    {1129, ErrorCode::kUnreachable, "the server blocks this host"},
    {1130, ErrorCode::kAccessDenied, "the server admits no login from this host"},
    {1142, ErrorCode::kAccessDenied, kDenied},
    {1143, ErrorCode::kAccessDenied, kDenied},
    {1146, ErrorCode::kUnknownTable, kNoTable},
    {1149, ErrorCode::kSyntax, kBadSyntax},
    {1153, ErrorCode::kDatabase, kPacket, kConnection},
    {1158, ErrorCode::kDatabase, kRejected, kConnection},
    {1159, ErrorCode::kDatabase, kRejected, kConnection},
    {1160, ErrorCode::kDatabase, kRejected, kConnection},
    {1161, ErrorCode::kDatabase, kRejected, kConnection},
    {1169, ErrorCode::kDuplicateKey, kDuplicate},
    {1203, ErrorCode::kUnreachable, "the user has too many connections", kStatement, true},
    {1205, ErrorCode::kDeadlock, "a lock was not granted in time; the statement was rolled back",
     kLockTimeout, true},
    {1206, ErrorCode::kDeadlock, "the server has no room for more locks", kLockTimeout, true},
    {1213, ErrorCode::kDeadlock, "a deadlock; the transaction was rolled back", kDeadlock, true},
    {1216, ErrorCode::kConstraint, kForeign},
    {1217, ErrorCode::kConstraint, kForeign},
    {1227, ErrorCode::kAccessDenied, kDenied},
    {1264, ErrorCode::kNumericOverflow, kRange},
    {1265, ErrorCode::kDatabase, kUnfit},
    {1290, ErrorCode::kReadOnly, kReadOnlyServer},
    {1292, ErrorCode::kDatabase, kUnfit},
    {1317, ErrorCode::kCancelled, "the statement was cancelled"},
    {1364, ErrorCode::kConstraint, "a column without a default was given no value"},
    {1366, ErrorCode::kDatabase, kUnfit},
    {1370, ErrorCode::kAccessDenied, kDenied},
    {1406, ErrorCode::kDatabase, kUnfit},
    {1451, ErrorCode::kConstraint, kForeign},
    {1452, ErrorCode::kConstraint, kForeign},
    {1586, ErrorCode::kDuplicateKey, kDuplicate},
    {1614, ErrorCode::kDeadlock, "a deadlock; the distributed transaction was rolled back",
     kDeadlock, true},
    {1690, ErrorCode::kNumericOverflow, kRange},
    {1698, ErrorCode::kAccessDenied, kLogin},
    {1792, ErrorCode::kReadOnly, kReadOnlyServer},
    {1836, ErrorCode::kReadOnly, kReadOnlyServer},
    {1927, ErrorCode::kConnectionLost, "the connection was killed", kConnection},
    {1969, ErrorCode::kTimeout, kSlow},
    {2002, ErrorCode::kUnreachable, kNoServer, kConnection, true},
    {2003, ErrorCode::kUnreachable, kNoServer, kConnection, true},
    {2005, ErrorCode::kUnreachable, "the host's name is not known", kConnection},
    {2006, ErrorCode::kConnectionLost, kLost, kConnection},
    {2013, ErrorCode::kConnectionLost, kLost, kConnection},
    {2020, ErrorCode::kDatabase, kPacket, kConnection},
    {2026, ErrorCode::kUnreachable, "no encrypted connection could be made", kConnection},
    {2055, ErrorCode::kConnectionLost, kLost, kConnection},
    {2057, ErrorCode::kDatabase, "the table changed since the statement was prepared", kStatement,
     true},
    {2059, ErrorCode::kAccessDenied, "the server wants a kind of login that the client lacks",
     kConnection},
    {3024, ErrorCode::kTimeout, kSlow},
    {3572, ErrorCode::kDeadlock, "a lock was not free; the statement was rolled back", kLockTimeout,
     true},
    {3819, ErrorCode::kConstraint, kCheck},
    {4025, ErrorCode::kConstraint, kCheck},
    {4031, ErrorCode::kConnectionLost, "the server closed the connection, which lay idle",
     kConnection},
});

constexpr std::string_view kGrant =
    "GRANT the user what it lacks; SHOW GRANTS lists what it has. (`compute` needs CREATE "
    "TEMPORARY "
    "TABLES.)";

// The others of kAccessDenied are about rights.
bool refuses_login(unsigned number) {
  return number == 1045 || number == 1130 || number == 1698 || number == 2059;
}

bool is_client_error(unsigned number) { return number >= 2000 && number < 3000; }

std::string_view skip_blanks(std::string_view sql) {
  for (;;) {
    while (!sql.empty() && (std::isspace(static_cast<unsigned char>(sql[0])) || sql[0] == '(')) {
      sql.remove_prefix(1);
    }
    std::size_t end = std::string_view::npos;
    if (sql.substr(0, 1) == "#" || sql.substr(0, 3) == "-- ") {
      end = sql.find('\n');
    } else if (sql.substr(0, 2) == "/*" && sql.substr(0, 3) != "/*!" &&
               sql.substr(0, 4) != "/*M!") {
      end = sql.find("*/", 2);
      if (end != std::string_view::npos) ++end;
    } else {
      return sql;
    }
    if (end == std::string_view::npos) return {};
    sql.remove_prefix(end + 1);
  }
}

// Letters only; in small or capital ones.
std::string_view first_word(std::string_view sql) {
  sql = skip_blanks(sql);
  std::size_t size = 0;
  while (size < sql.size() && std::isalpha(static_cast<unsigned char>(sql[size]))) ++size;
  return sql.substr(0, size);
}

}  // namespace

NativeError lacks_right(NativeError error) {
  if (error.code != ErrorCode::kAccessDenied) return error;
  error.remedy = kGrant;
  if (error.fact == kLogin) error.fact = kDenied;
  return error;
}

NativeError classify(unsigned number, std::string_view sqlstate, std::string_view message) {
  NativeError result;
  result.fact = kRejected;
  if (is_client_error(number)) {
    result.code = ErrorCode::kConnectionLost;
    result.fact = "the client library gave up the connection";
    result.fault = DatabaseFault::kConnection;
  }
  const auto entry =
      std::lower_bound(kEntries.begin(), kEntries.end(), number,
                       [](const Entry& e, unsigned wanted) { return e.number < wanted; });
  if (entry != kEntries.end() && entry->number == number) {
    result.code = entry->code;
    result.fact = entry->fact;
    result.fault = entry->fault;
    result.retryable = entry->retryable;
  }
  if (result.code == ErrorCode::kAccessDenied && !refuses_login(number)) result.remedy = kGrant;
  if (number == kNoTls) result.remedy = kTlsRemedy;
  result.number = static_cast<int>(number);
  // HY000 says nothing; the code's own says more.
  if (sqlstate != "HY000" && sqlstate != "00000") result.sqlstate = sqlstate;
  result.message = message;
  return result;
}

bool only_reads(std::string_view sql) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"SELECT", "SHOW", "DESC", "DESCRIBE", "EXPLAIN", "SET", "USE", "BEGIN", "START", "ROLLBACK",
       "SAVEPOINT", "VALUES", "TABLE", "HELP", "CHECKSUM"});
  const std::string_view first = first_word(sql);
  return std::any_of(kWords.begin(), kWords.end(),
                     [first](std::string_view word) { return same_name(first, word); });
}

bool only_reads_if_it_has_rows(std::string_view sql) {
  return only_reads(sql) || same_name(first_word(sql), "WITH");
}

}  // namespace pando::drivers::mysql
