#include "drivers/mysql/mysql_connection.h"

#include <utility>

#include "drivers/mysql/mysql_cursor.h"
#include "drivers/mysql/mysql_driver.h"
#include "drivers/mysql/mysql_error.h"
#include "drivers/mysql/mysql_literal.h"
#include "drivers/mysql/mysql_stream.h"

namespace pando::drivers::mysql {

namespace {

class MysqlDriver : public Driver {
 public:
  Result<ConnectionPtr> connect(const ConnectOptions& options) override {
    PANDO_ASSIGN(auto handle, Handle::open(options));
    return std::make_unique<MysqlConnection>(std::move(handle));
  }
};

MYSQL_BIND bind_parameter(const Value& value, std::int64_t& integer, double& number) {
  MYSQL_BIND bind{};
  switch (value.kind()) {
    case ValueKind::kNull:
      bind.buffer_type = MYSQL_TYPE_NULL;
      break;
    case ValueKind::kInt:
      integer = value.as_int();
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &integer;
      break;
    case ValueKind::kUint:
      integer = static_cast<std::int64_t>(value.as_uint());
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.is_unsigned = 1;
      bind.buffer = &integer;
      break;
    case ValueKind::kDouble:
      number = value.as_double();
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &number;
      break;
    case ValueKind::kText:
    case ValueKind::kBytes:
      bind.buffer_type = value.kind() == ValueKind::kText ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
      bind.buffer = const_cast<char*>(value.as_string().empty() ? "" : value.as_string().data());
      bind.buffer_length = value.as_string().size();
      break;
  }
  return bind;
}

bool is(const Error& error, unsigned number) {
  return error.native_code() == static_cast<int>(number);
}

Handle::Effect effect_of(std::string_view sql) {
  const bool reads = sql.starts_with("SELECT ") || only_reads(sql);  // Most do so at once.
  return reads ? Handle::Effect::kReads : Handle::Effect::kWrites;
}

}  // namespace

Driver& driver() {
  static MysqlDriver instance;
  return instance;
}

MysqlConnection::MysqlConnection(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}
MysqlConnection::~MysqlConnection() = default;

Result<void> MysqlConnection::check_idle() const {
  if (handle_->broken()) {
    return fail(Error(ErrorCode::kConnectionLost, name() + ": the connection broke earlier")
                    .with_data_source(name()));
  }
  if (ready()) return {};
  return fail(Error(ErrorCode::kInternal, name() + ": a statement is already under way")
                  .with_data_source(name()));
}

Error MysqlConnection::cancelled() const {
  return Error(ErrorCode::kCancelled, name() + ": the statement was cancelled")
      .with_data_source(name());
}

Result<void> MysqlConnection::send(const Query& query) {
  PANDO_TRY(check_idle());
  if (handle_->cursors == 0) {
    handle_->settle_interrupt();
    PANDO_TRY(check_idle());
  } else if (handle_->interrupted() && query.cursor_bytes > 0) {
    return fail(cancelled());  // The statement as a whole, of which this is a further part.
  }
  effect_ = effect_of(query.sql);
  const bool has_offsets = query.parameter_offsets.size() == query.parameters.size();
  const bool cursor = query.cursor_bytes > 0 && has_offsets && only_reads_if_it_has_rows(query.sql);
  if (query.parameters.empty() && !cursor) return send_text(query.sql);
  if (!cursor && (query.prepare || !has_offsets)) {
    PANDO_TRY(check_parameters(query, name()));
    auto prepared = handle_->take(query.sql);
    if (prepared) {
      prepared_ = std::move(*prepared);
      query_ = query;
      if (auto bound = bind(query); !bound) {
        handle_->give_back(*std::exchange(prepared_, std::nullopt));
        return bound;
      }
      state_ = State::kPrepared;
      handle_->set_running(true);
      return {};
    }
    if (!must_be_text(prepared.error(), query)) return fail(std::move(prepared).error());
  }
  const auto escapes = (handle_->mysql()->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) != 0
                           ? Escapes::kQuotesOnly
                           : Escapes::kBackslash;
  PANDO_ASSIGN(std::string text, interpolate(query, escapes, name()));
  if (!cursor) return send_text(text);
  PANDO_ASSIGN(cursor_, prepare_cursor(handle_, text, effect_, query.cursor_bytes));
  if (!cursor_) return send_text(text);
  text_ = std::move(text);
  state_ = State::kCursor;
  handle_->set_running(true);
  return {};
}

bool MysqlConnection::must_be_text(const Error& error, const Query& query) const {
  return query.parameter_offsets.size() == query.parameters.size() &&
         (is(error, kNotPreparable) || is(error, kTooManyPrepared));
}

Result<void> MysqlConnection::send_text(std::string_view sql) {
  handle_->begin_wait();
  handle_->set_running(true);
  if (mysql_send_query(handle_->mysql(), sql.data(), sql.size()) != 0) {
    handle_->set_running(false);
    // An incomplete packet is never executed.
    return fail(handle_->error(Handle::Effect::kNone));
  }
  state_ = State::kTextSent;
  return {};
}

Result<void> MysqlConnection::bind(const Query& query) {
  MYSQL_STMT* statement = prepared_->statement.get();
  const std::size_t wanted = mysql_stmt_param_count(statement);
  if (wanted == query.parameters.size()) return {};
  return fail(
      Error(ErrorCode::kParameterCount, name() + ": the statement has " + std::to_string(wanted) +
                                            " placeholders and was given " +
                                            std::to_string(query.parameters.size()) + " parameters")
          .with_data_source(name()));
}

Result<Reply> MysqlConnection::receive() {
  const State state = std::exchange(state_, State::kIdle);
  if (state == State::kIdle) {
    return fail(
        Error(ErrorCode::kInternal, name() + ": no statement was sent").with_data_source(name()));
  }
  auto reply = state == State::kTextSent   ? receive_text()
               : state == State::kPrepared ? receive_prepared()
                                           : receive_cursor();
  if ((!reply || !reply->rows) && handle_->cursors == 0) handle_->set_running(false);
  return reply;
}

Result<Reply> MysqlConnection::receive_cursor() {
  const std::string text = std::move(text_);
  if (handle_->interrupted()) {
    cursor_.reset();
    return fail(cancelled());
  }
  Reply reply;
  // What is left of it is closed at once: later it would take the next answer for its own.
  PANDO_ASSIGN(reply.rows, std::exchange(cursor_, nullptr)->open());
  if (reply.rows) return reply;
  PANDO_TRY(send_text(text));
  state_ = State::kIdle;
  return receive_text();
}

Result<Reply> MysqlConnection::receive_text() {
  MYSQL* mysql = handle_->mysql();
  handle_->begin_wait();
  if (mysql_read_query_result(mysql) != 0) return fail(handle_->error(effect_));
  Reply reply;
  if (mysql_field_count(mysql) > 0) {
    PANDO_ASSIGN(reply.rows, make_text_stream(handle_, effect_));
    return reply;
  }
  reply.write.affected_rows = mysql_affected_rows(mysql);
  reply.write.generated_key = mysql_insert_id(mysql);
  reply.write.warnings = mysql_warning_count(mysql);
  PANDO_TRY(finish_results(*handle_, effect_));
  return reply;
}

Result<Reply> MysqlConnection::receive_prepared() {
  Prepared prepared = *std::exchange(prepared_, std::nullopt);
  const std::size_t count = query_.parameters.size();
  std::vector<std::int64_t> integers(count);
  std::vector<double> numbers(count);
  std::vector<MYSQL_BIND> binds;
  binds.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    binds.push_back(bind_parameter(query_.parameters[i], integers[i], numbers[i]));
  }
  for (int attempt = 0;; ++attempt) {
    MYSQL_STMT* statement = prepared.statement.get();
    handle_->begin_wait();
    if (mysql_stmt_bind_param(statement, binds.data()) == 0 && mysql_stmt_execute(statement) == 0) {
      break;
    }
    Error error = handle_->error(statement, effect_);
    // The first two are refused before anything is done; a read may be done twice.
    bool again = is(error, kUnknownStatement) || is(error, kNeedsPrepareAgain);
    if (is(error, kNewColumns)) {
      again = only_reads_if_it_has_rows(query_.sql);
      if (!again) error = std::move(error).with_outcome(Outcome::kUnknown);
      mysql_stmt_free_result(statement);  // Passes over the answer.
    } else if (!again) {
      handle_->give_back(std::move(prepared));
      return fail(std::move(error));
    }
    if (!again || attempt > 0) return fail(std::move(error));
    prepared.statement.reset();
    PANDO_ASSIGN(prepared, handle_->take(query_.sql));
  }
  MYSQL_STMT* statement = prepared.statement.get();
  Reply reply;
  if (mysql_stmt_field_count(statement) > 0) {
    PANDO_ASSIGN(reply.rows, make_statement_stream(handle_, std::move(prepared), effect_));
    return reply;
  }
  reply.write.affected_rows = mysql_stmt_affected_rows(statement);
  reply.write.generated_key = mysql_stmt_insert_id(statement);
  reply.write.warnings = mysql_warning_count(handle_->mysql());
  PANDO_TRY(finish_results(*handle_, effect_));
  handle_->give_back(std::move(prepared));
  return reply;
}

int MysqlConnection::socket() const {
  const bool reading = state_ == State::kTextSent || (state_ == State::kIdle && handle_->streaming);
  return reading && !handle_->broken() ? socket_of(handle_->mysql()) : -1;
}

Result<void> MysqlConnection::ping() {
  PANDO_TRY(check_idle());
  handle_->settle_interrupt();
  handle_->begin_wait();
  // The library does not take over the transaction's status from the answer to mysql_ping().
  if (mysql_real_query(handle_->mysql(), "DO 0", 4) != 0) {
    return fail(handle_->error(Handle::Effect::kReads));
  }
  return {};
}

Result<void> MysqlConnection::reset() {
  PANDO_TRY(check_idle());
  handle_->settle_interrupt();
  // The server forgets its prepared statements, too.
  handle_->clear_cache();
  handle_->begin_wait();
  if (mysql_reset_connection(handle_->mysql()) != 0) {
    return fail(handle_->error(Handle::Effect::kReads));
  }
  return handle_->set_session();
}

void MysqlConnection::cancel() { handle_->interrupt(); }

std::string MysqlConnection::server_version() {
  std::string version = mysql_get_server_info(handle_->mysql());
  // MariaDB puts this in front for old replicas.
  if (version.rfind("5.5.5-", 0) == 0) version.erase(0, 6);
  return version;
}

}  // namespace pando::drivers::mysql
