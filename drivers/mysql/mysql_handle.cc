#include "drivers/mysql/mysql_handle.h"

#include <errmsg.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drivers/mysql/mysql_error.h"
#include "drivers/mysql/mysql_literal.h"

namespace pando::drivers::mysql {

namespace {

constexpr unsigned long kMaxPacket = 1UL << 30;
constexpr std::chrono::milliseconds kKillTimeout{5000};
constexpr unsigned kNoSuchThread = 1094;  // KILL: the connection is gone already.

// The library counts timeouts in seconds; 0 waits for ever.
unsigned seconds_of(std::chrono::milliseconds time) {
  if (time.count() <= 0) return 0;
  return static_cast<unsigned>((time.count() + 999) / 1000);
}

void set_options(MYSQL* mysql, const ConnectOptions& options) {
  const unsigned connect = seconds_of(options.connect_timeout);
  const unsigned read = seconds_of(options.read_timeout);
  const unsigned write = seconds_of(options.write_timeout);
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &write);
  const my_bool no = 0;
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
  // A server must never be able to ask for the client's files.
  const unsigned local_infile = 0;
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local_infile);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &kMaxPacket);
  const unsigned protocol = options.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  set_tls(mysql, options);
}

bool log_in(MYSQL* mysql, const ConnectOptions& options) {
  auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  // With a host the library takes TCP, whatever the protocol says.
  const char* host = options.socket.empty() ? or_null(options.host) : nullptr;
  return mysql_real_connect(mysql, host, or_null(options.user), options.password.c_str(),
                            or_null(options.database), options.port, or_null(options.socket),
                            CLIENT_MULTI_RESULTS) != nullptr;
}

}  // namespace

Result<std::shared_ptr<Handle>> Handle::open(const ConnectOptions& options) {
  std::shared_ptr<Handle> handle(new Handle);
  handle->options_ = options;
  handle->cache_.set_limit(options.prepared_statements);
  PANDO_TRY(handle->connect());
  return handle;
}

Result<void> Handle::connect() {
  mysql_ = make_mysql();
  if (!mysql_) return fail(ErrorCode::kUnreachable, name() + ": no memory to connect");
  set_options(mysql(), options_);
  begin_wait();
  if (!log_in(mysql(), options_)) {
    const unsigned number = mysql_errno(mysql());
    NativeError native = classify(number, mysql_sqlstate(mysql()), mysql_error(mysql()));
    const auto took = std::chrono::steady_clock::now() - wait_began_;
    if (native.code == ErrorCode::kConnectionLost || native.code == ErrorCode::kUnreachable) {
      const bool late = options_.connect_timeout.count() > 0 &&
                        took >= std::chrono::seconds(seconds_of(options_.connect_timeout));
      native.code = late ? ErrorCode::kTimeout : ErrorCode::kUnreachable;
      if (late) native.fact = "the server did not answer within pool.connect_timeout_ms";
      native.sqlstate = {};
    } else if (native.code != ErrorCode::kAccessDenied) {
      native.code = ErrorCode::kUnreachable;
      native.sqlstate = {};
    }
    native.fault = DatabaseFault::kConnection;
    broken_ = true;
    Error error = make_native_error(name(), "MySQL", native);
    constexpr unsigned kNoDatabase = 1049;
    if (number == kNoDatabase) {
      error =
          std::move(error).with_remedy("Create it on that server, CREATE DATABASE " +
                                       options_.database + ", or correct the URL in [databases].");
    }
    return fail(std::move(error));
  }
  if (options_.mariadb && *options_.mariadb != is_mariadb()) {
    broken_ = true;
    return fail(
        Error(ErrorCode::kWrongServer, name() + ": this is a server of " +
                                           (is_mariadb() ? "MariaDB, and the rules say MySQL"
                                                         : "MySQL, and the rules say MariaDB"))
            .with_data_source(name()));
  }
  if (tls_missing(mysql(), options_)) {
    broken_ = true;
    return fail(Error(ErrorCode::kUnreachable,
                      name() + ": the server offers no TLS, and the configuration requires it")
                    .with_data_source(name())
                    .with_remedy(kTlsRemedy));
  }
  thread_id_ = mysql_thread_id(mysql());
  socket_ = ::fcntl(socket_of(mysql()), F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) {
    broken_ = true;
    return fail(ErrorCode::kUnreachable,
                name() + ": no file descriptor is left: " + std::strerror(errno));
  }
  return set_session();
}

bool Handle::is_mariadb() const {
  const std::string_view version = mysql_get_server_info(mysql());
  return version.find("MariaDB") != std::string_view::npos;
}

Handle::~Handle() {
  const std::lock_guard lock(interrupt_mutex_);
  if (broken_) cut();
  // Closing detaches the statements, so that each is freed without a message to the server.
  mysql_.reset();
  clear_cache();
  if (socket_ >= 0) ::close(socket_);
}

Result<void> Handle::set_session() {
  // SET NAMES takes the server's own default collation of utf8mb4, which the handshake cannot.
  std::string sql = "SET NAMES utf8mb4, time_zone =";
  append_literal(sql, Value::of_text(options_.time_zone), Escapes::kQuotesOnly);
  sql += ", sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')";
  // A server may begin connections otherwise: then what was written would be lost in silence, and
  // what is read lack rows.
  sql += ", autocommit = 1, sql_select_limit = 18446744073709551615";
  begin_wait();
  if (mysql_real_query(mysql(), sql.data(), sql.size()) != 0) return fail(error(Effect::kReads));
  return {};
}

Result<Prepared> Handle::take(std::string_view sql) {
  if (auto kept = cache_.take(sql)) return *std::move(kept);
  Prepared prepared{std::string(sql), StatementPtr(mysql_stmt_init(mysql()))};
  if (!prepared.statement) return fail(ErrorCode::kDatabase, name() + ": no memory to prepare");
  begin_wait();
  if (mysql_stmt_prepare(prepared.statement.get(), sql.data(), sql.size()) != 0) {
    return fail(error(prepared.statement.get(), Effect::kNone));
  }
  return prepared;
}

void Handle::give_back(Prepared prepared) {
  if (!broken_) cache_.give_back(std::move(prepared));
}

Error Handle::error(Effect effect) {
  return make_error(mysql_errno(mysql()), mysql_sqlstate(mysql()), mysql_error(mysql()), effect);
}

Error Handle::error(MYSQL_STMT* statement, Effect effect) {
  // A fetch leaves some errors at the connection only.
  if (mysql_stmt_errno(statement) == 0) return error(effect);
  return make_error(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                    mysql_stmt_error(statement), effect);
}

Error Handle::make_error(unsigned number, const char* sqlstate, const char* message,
                         Effect effect) {
  // A failure without a number: what was to be read from the connection could not be.
  if (number == 0) number = CR_SERVER_LOST;
  NativeError native = lacks_right(classify(number, sqlstate, message));
  const bool broke = native.fault == DatabaseFault::kConnection;
  if (broke && native.code == ErrorCode::kUnreachable) native.code = ErrorCode::kConnectionLost;
  const auto limit = std::chrono::seconds(seconds_of(options_.read_timeout));
  const auto waited = std::chrono::steady_clock::now() - wait_began_;
  if (native.code == ErrorCode::kConnectionLost && limit.count() > 0 && waited >= limit) {
    native.code = ErrorCode::kTimeout;
    native.fact = "the server did not answer within pool.read_timeout_ms";
    native.sqlstate = {};
  }
  // A deadlock ends the transaction, but an error packet does not carry the server's status.
  if (native.fault == DatabaseFault::kDeadlock) mysql()->server_status &= ~SERVER_STATUS_IN_TRANS;
  const bool lost =
      native.code == ErrorCode::kConnectionLost || (broke && native.code == ErrorCode::kTimeout);
  if (lost) native.retryable = effect != Effect::kWrites;
  Error result = make_native_error(name(), "MySQL", native);
  if (lost && effect == Effect::kWrites) result = std::move(result).with_outcome(Outcome::kUnknown);
  if (broke) {
    broken_ = true;
    cut();
    // The server goes on with a statement that nobody waits for, and keeps its locks: end it.
    if (native.code == ErrorCode::kTimeout) (void)kill("KILL ");
  }
  return result;
}

namespace {

void cut_socket(int fd) {
  if (fd < 0) return;
  // Closing must reset the connection: a server in the middle of a long answer would otherwise wait
  // for net_write_timeout with its locks held.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  shutdown(fd, SHUT_RDWR);
}

}  // namespace

void Handle::cut() {
  broken_ = true;
  cut_socket(socket_);
}

bool Handle::in_transaction() const {
  return (mysql()->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

bool Handle::kill(const char* what) const {
  ConnectOptions options = options_;
  options.connect_timeout = std::min(options.connect_timeout, kKillTimeout);
  options.read_timeout = kKillTimeout;
  options.write_timeout = kKillTimeout;
  options.database.clear();
  const MysqlPtr other = make_mysql();
  if (!other) return false;
  set_options(other.get(), options);
  if (!log_in(other.get(), options) || tls_missing(other.get(), options)) return false;
  const std::string sql = what + std::to_string(thread_id_);
  return mysql_real_query(other.get(), sql.data(), sql.size()) == 0 ||
         mysql_errno(other.get()) == kNoSuchThread;
}

void Handle::interrupt() {
  const std::lock_guard lock(interrupt_mutex_);
  if (!running_.load()) return;
  interrupted_.store(true);
  if (kill("KILL QUERY ")) return;
  cut_socket(socket_);
}

void Handle::settle_interrupt() {
  const std::lock_guard lock(interrupt_mutex_);
  if (!interrupted_.exchange(false) || broken_) return;
  // A KILL QUERY that met an idle connection would strike the next statement; let it be this one.
  begin_wait();
  if (mysql_real_query(mysql(), "DO 0", 4) != 0) (void)error(Effect::kReads);
}

}  // namespace pando::drivers::mysql
