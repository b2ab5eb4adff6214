// Driver and Connection: one interface over MySQL, SQLite and the scriptable fake.
//
// Threads: a Connection belongs to one thread at a time; only cancel() may be called from another.
// After each error, usable() says whether the connection may go on. A broken one is thrown away.
// A stream may outlive its Connection object (it keeps the handle open), but not by design: hand
// the connection back only after the stream is gone.
//
// Values. Both protocols of MySQL (text and prepared) give the same Value for the same cell:
//   integers, YEAR        kInt, or kUint if the column is unsigned (SqlType and is_unsigned say so)
//   FLOAT                 kDouble of the digits that the server prints for a FLOAT
//                         (6 significant ones: to copy a FLOAT exactly, select CAST(x AS DOUBLE))
//   DOUBLE                kDouble, exact; of DOUBLE(M,D) the D digits
//   DECIMAL               kText: the server's digits, with all digits of the column's scale
//   DATE TIME DATETIME TIMESTAMP
//                         kText as the server prints it, with Column::decimals digits of a second;
//                         zero dates, negative times and times above 24 hours included
//   CHAR VARCHAR TEXT ENUM SET JSON
//                         kText in UTF-8
//   BINARY VARBINARY BLOB kBytes
//   BIT                   kBytes, big-endian, as many bytes as the column is wide
//   GEOMETRY              kBytes, as the server sends it (SRID, then WKB)
// ZEROFILL is a way of printing and is not part of a value. SQLite gives each value the kind of its
// storage class (INTEGER kInt, REAL kDouble, TEXT kText, BLOB kBytes) and every column kDynamic.
// Parameters: any kind, for either protocol. A `?` that stands alone (SELECT ?) has the type that
// the way of sending gives it: BIGINT if prepared, INT if a literal. A kUint above INT64_MAX cannot
// be given to SQLite, and a NaN or an infinity to neither where it would turn into something else:
// kParameterType.
//
// Session, set on connecting. MySQL: utf8mb4; time_zone as configured; STRICT_TRANS_TABLES added to
// the server's sql_mode; affected rows are the changed ones. SQLite: foreign_keys and
// recursive_triggers on; busy_timeout is read_timeout; the generated key is the rowid of the last
// row that was inserted (MySQL: of the first).

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "drivers/table_schema.h"
#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "pando/value.h"

namespace pando::drivers {

// Where to connect and how. A plain copy of what the rules say (drivers do not know rules).
struct ConnectOptions {
  Dialect dialect = Dialect::kMySql;
  std::string name;  // The data source's configured name, for errors.
  std::string host;
  std::uint16_t port = 3306;
  std::string socket;
  std::string user;
  std::string password;
  std::string database;
  std::string path;        // SQLite.
  bool temporary = false;  // SQLite: no path, but a database that goes with the connection.
  bool read_only = false;
  bool create = true;  // SQLite: make the file if it does not exist.
  enum class Tls : std::uint8_t { kPreferred, kOff, kRequired, kVerify } tls = Tls::kPreferred;
  std::string tls_ca, tls_cert, tls_key;
  std::string time_zone = "+00:00";
  std::optional<bool> mariadb = {};  // Which kind of server it must be: MariaDB, or MySQL.
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds read_timeout{60000};
  std::chrono::milliseconds write_timeout{60000};
  std::uint32_t prepared_statements = 64;
};

// A statement as it goes to one data source.
struct Query {
  std::string_view sql;
  std::span<const Value> parameters = {};  // One per `?`.
  // Byte offset of each `?` in sql. A driver may put literals there instead of preparing.
  std::span<const std::uint32_t> parameter_offsets = {};
  bool prepare = true;  // False: better sent as text (a scatter that must not wait, a rare text).
  // Above 0: the rows are to be fetched in blocks of about so many bytes (at least one row), so
  // that the connection is free for other statements and other such streams in between. Where this
  // cannot be had, the rows are streamed as ever: ready() tells. Only for what reads.
  std::size_t cursor_bytes = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;

  // Sends without waiting for the answer, so that many data sources work at once. Exactly one
  // receive() must follow. The query's memory must live until receive() returns.
  virtual Result<void> send(const Query& query) = 0;
  // Waits for the answer. Rows are streamed from the connection, which is busy until the stream has
  // ended or is destroyed (unless can_interleave()).
  virtual Result<Reply> receive() = 0;
  Result<Reply> run(const Query& query) {
    if (auto sent = send(query); !sent) return fail(std::move(sent).error());
    return receive();
  }
  Result<Reply> run(std::string_view sql) { return run(Query{.sql = sql}); }

  // False if nothing can be sent: a statement was sent and not received, or a stream reads straight
  // from the connection. Cursors that are open (Query::cursor_bytes) do not matter.
  virtual bool ready() const { return can_interleave() || !busy(); }

  // True if several streams may be open at once on this connection (SQLite).
  virtual bool can_interleave() const { return false; }

  // The socket that becomes readable when receive() or next() need not wait, or -1 if there is
  // none: SQLite, and MySQL unless a statement was sent as text (a prepared one runs in receive()).
  // The library reads ahead: a row may be there although the socket has nothing.
  virtual int socket() const { return -1; }

  // The table's columns and keys. Errors: kUnknownTable.
  virtual Result<TableSchema> describe(std::string_view table) = 0;
  // Names of tables and views.
  virtual Result<std::vector<std::string>> tables() = 0;

  // Asks the server whether the connection still works. in_transaction() is what the server says
  // afterwards; after an error it may not have been.
  virtual Result<void> ping() = 0;
  // Back to the state after connecting: no transaction, no session settings, no locks.
  virtual Result<void> reset() = 0;
  // Stops the running statement, from another thread. It then fails with kCancelled.
  virtual void cancel() = 0;

  // False after an error that the connection did not survive.
  virtual bool usable() const = 0;
  // A statement was sent and not received, or a stream is open. A pool closes such a connection.
  virtual bool busy() const { return false; }
  virtual bool in_transaction() const = 0;
  // Warnings of all queries whose rows were read to their end, since the connection was made.
  virtual std::uint64_t read_warnings() const { return 0; }
  virtual const std::string& name() const = 0;  // ConnectOptions::name
  virtual std::string server_version() = 0;     // "10.11.14-MariaDB", "SQLite 3.40.1"
};

using ConnectionPtr = std::unique_ptr<Connection>;

class Driver {
 public:
  virtual ~Driver() = default;
  // Errors: kUnreachable, kAccessDenied, kTimeout, with the data source's name.
  virtual Result<ConnectionPtr> connect(const ConnectOptions& options) = 0;
  // Makes the database if it is not there and a driver can make one: SQLite's file. Else nothing.
  virtual Result<void> make_database(const ConnectOptions&) { return {}; }
};

// The driver of a dialect; lives for ever. One line per driver in drivers/driver.cc.
Driver& driver_for(Dialect dialect);

}  // namespace pando::drivers
