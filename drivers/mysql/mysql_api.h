// The C library behind owning types, and the few calls in which MariaDB's library differs from
// Oracle's; these are in mysql_api.cc and nowhere else.
//
// Threads: a handle, and all that was made from it, belongs to one thread at a time.

#pragma once

#include <mysql.h>

#include <memory>
#include <span>

#include "drivers/driver.h"

namespace pando::drivers::mysql {

struct ConnectionCloser {
  void operator()(MYSQL* mysql) const { mysql_close(mysql); }
};
struct StatementCloser {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
struct ResultCloser {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using MysqlPtr = std::unique_ptr<MYSQL, ConnectionCloser>;
using StatementPtr = std::unique_ptr<MYSQL_STMT, StatementCloser>;
using ResultPtr = std::unique_ptr<MYSQL_RES, ResultCloser>;

// mysql_init, with the library's own initialisation before it. Null if memory is short.
MysqlPtr make_mysql();

// Sets what the options say of TLS. After connecting, tls_missing() says whether a connection that
// must be encrypted is not.
void set_tls(MYSQL* mysql, const ConnectOptions& options);
bool tls_missing(MYSQL* mysql, const ConnectOptions& options);

// The socket, or -1.
int socket_of(MYSQL* mysql);

// True if bytes of the server can be read within `wait_ms`, those that the library has already
// fetched included. May say false although a TLS layer holds some.
bool data_waiting(MYSQL* mysql, int wait_ms);

// The columns of the answer that was just read, also of a prepared statement. The statement's own
// copy keeps the names of the first execution, whatever ALTER TABLE did since.
std::span<const MYSQL_FIELD> answer_fields(MYSQL* mysql);

// After a statement that was to get a cursor, and was answered with rows instead: MariaDB's library
// has not read them, and they are passed over here; Oracle's has. False if neither is the case.
bool pass_over_rows(MYSQL* mysql);

// MariaDB marks JSON columns, which are LONGTEXT on the wire, by their format.
bool has_json_format(const MYSQL_FIELD& field);
// So it does those of INET4, INET6 and UUID, which are CHAR on the wire, by their names.
bool has_own_type(const MYSQL_FIELD& field);

}  // namespace pando::drivers::mysql
