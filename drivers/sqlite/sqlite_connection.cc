#include "drivers/sqlite/sqlite_connection.h"

#include <cmath>
#include <limits>
#include <utility>

#include "drivers/sqlite/sqlite_driver.h"
#include "drivers/sqlite/sqlite_stream.h"
#include "pando/names.h"

namespace pando::drivers::sqlite {

namespace {

class SqliteDriver : public Driver {
 public:
  Result<ConnectionPtr> connect(const ConnectOptions& options) override {
    PANDO_ASSIGN(auto handle, Handle::open(options));
    return std::make_unique<SqliteConnection>(options, std::move(handle));
  }
  Result<void> make_database(const ConnectOptions& options) override {
    if (options.read_only || !Handle::is_missing(options)) return {};
    ConnectOptions making = options;
    making.create = true;
    PANDO_TRY(Handle::open(making));
    return {};
  }
};

bool in_memory(const std::string& path) {
  return path == ":memory:" ||
         (path.rfind("file:", 0) == 0 &&
          (path.find("mode=memory") != std::string::npos || path.rfind("file::memory:", 0) == 0));
}

// "" if SQLite can hold the value as it is.
std::string_view unfit(const Value& value) {
  if (value.kind() == ValueKind::kUint &&
      value.as_uint() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return "is above the largest integer of SQLite";
  if (value.kind() == ValueKind::kDouble && std::isnan(value.as_double()))
    return "is not a number, which SQLite would store as NULL";
  return {};
}

int bind_one(sqlite3_stmt* statement, int place, const Value& value,
             sqlite3_destructor_type lifetime) {
  auto data = [](std::string_view text) { return text.data() == nullptr ? "" : text.data(); };
  switch (value.kind()) {
    case ValueKind::kNull:
      return sqlite3_bind_null(statement, place);
    case ValueKind::kInt:
      return sqlite3_bind_int64(statement, place, value.as_int());
    case ValueKind::kUint:
      return sqlite3_bind_int64(statement, place, static_cast<std::int64_t>(value.as_uint()));
    case ValueKind::kDouble:
      return sqlite3_bind_double(statement, place, value.as_double());
    case ValueKind::kText:
      return sqlite3_bind_text64(statement, place, data(value.as_string()),
                                 value.as_string().size(), lifetime, SQLITE_UTF8);
    case ValueKind::kBytes:
      return sqlite3_bind_blob64(statement, place, data(value.as_string()),
                                 value.as_string().size(), lifetime);
  }
  return SQLITE_MISUSE;
}

}  // namespace

Driver& driver() {
  static SqliteDriver instance;
  return instance;
}

SqliteConnection::SqliteConnection(ConnectOptions options, std::shared_ptr<Handle> handle)
    : options_(std::move(options)), handle_(std::move(handle)) {}

Result<void> SqliteConnection::send(const Query& query) {
  if (pending_) {
    return fail(Error(ErrorCode::kInternal, name() + ": a statement is already under way")
                    .with_data_source(name()));
  }
  handle_->begin_call();
  pending_ = query;
  return {};
}

Result<Reply> SqliteConnection::receive() {
  if (!pending_) {
    return fail(
        Error(ErrorCode::kInternal, name() + ": no statement was sent").with_data_source(name()));
  }
  const Query query = *std::exchange(pending_, std::nullopt);
  PANDO_ASSIGN(Prepared prepared, handle_->take(query.sql));
  if (auto bound = bind(prepared.statement.get(), query); !bound) {
    handle_->give_back(std::move(prepared));
    return fail(std::move(bound).error());
  }
  sqlite3_stmt* statement = prepared.statement.get();
  if (sqlite3_column_count(statement) > 0 && sqlite3_stmt_readonly(statement) != 0) {
    return read(std::move(prepared));
  }
  return write(std::move(prepared), query);
}

Result<void> SqliteConnection::bind(sqlite3_stmt* statement, const Query& query) const {
  const int wanted = sqlite3_bind_parameter_count(statement);
  if (static_cast<std::size_t>(wanted) != query.parameters.size()) {
    return fail(Error(ErrorCode::kParameterCount,
                      name() + ": the statement has " + std::to_string(wanted) +
                          " placeholders and was given " + std::to_string(query.parameters.size()) +
                          " parameters")
                    .with_data_source(name()));
  }
  // A stream goes on reading after the caller's values are gone; anything else ends before.
  const auto lifetime = sqlite3_column_count(statement) > 0 ? SQLITE_TRANSIENT : SQLITE_STATIC;
  for (int i = 0; i < wanted; ++i) {
    const Value& value = query.parameters[static_cast<std::size_t>(i)];
    if (const auto why = unfit(value); !why.empty()) {
      return fail(Error(ErrorCode::kParameterType,
                        name() + ": parameter " + std::to_string(i + 1) + " " + std::string(why))
                      .with_data_source(name()));
    }
    if (const int code = bind_one(statement, i + 1, value, lifetime); code != SQLITE_OK) {
      return fail(handle_->error(code));
    }
  }
  return {};
}

Result<Reply> SqliteConnection::read(Prepared prepared) {
  // The first step takes the locks, so that most failures show here and not in the stream.
  const int code = sqlite3_step(prepared.statement.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    Error error = handle_->error(code, prepared.sql);
    handle_->give_back(std::move(prepared));
    return fail(std::move(error));
  }
  Reply reply;
  reply.rows = std::make_unique<LiveStream>(handle_, std::move(prepared), code);
  return reply;
}

Result<Reply> SqliteConnection::write(Prepared prepared, const Query& query) {
  sqlite3* db = handle_->db();
  sqlite3_stmt* statement = prepared.statement.get();
  // sqlite3_changes64() still tells of an earlier statement after one that is not DML; only a DML
  // statement that changed something moves the total.
  const std::int64_t before = sqlite3_total_changes64(db);
  // Nor does an upsert that inserts nothing make a rowid.
  if (prepared.inserts) sqlite3_set_last_insert_rowid(db, 0);
  int code = sqlite3_step(statement);
  std::unique_ptr<KeptStream> rows;
  if (sqlite3_column_count(statement) > 0) {
    rows = std::make_unique<KeptStream>(columns_of(statement));
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) rows->add(statement);
  }
  if (code != SQLITE_DONE) {
    Error error = handle_->error(code, query.sql);
    // An I/O error in a COMMIT leaves it to recovery whether the transaction took effect.
    if ((code & 0xff) == SQLITE_IOERR) error = std::move(error).with_outcome(Outcome::kUnknown);
    handle_->give_back(std::move(prepared));
    return fail(std::move(error));
  }
  Reply reply;
  if (sqlite3_total_changes64(db) != before) {
    reply.write.affected_rows = static_cast<std::uint64_t>(sqlite3_changes64(db));
  }
  if (prepared.inserts && reply.write.affected_rows > 0) {
    reply.write.generated_key = static_cast<std::uint64_t>(sqlite3_last_insert_rowid(db));
  }
  handle_->give_back(std::move(prepared));
  reply.rows = std::move(rows);
  return reply;
}

Result<void> SqliteConnection::ping() {
  handle_->begin_call();
  return handle_->execute("SELECT 1");
}

Result<void> SqliteConnection::reset() {
  pending_.reset();
  handle_->begin_call();
  if (in_memory(options_.path)) return soft_reset();
  ConnectOptions again = options_;
  again.create = false;
  if (in_transaction()) PANDO_TRY(handle_->execute("ROLLBACK"));
  PANDO_ASSIGN(auto fresh, Handle::open(again));
  handle_ = std::move(fresh);
  return {};
}

Result<void> SqliteConnection::soft_reset() {
  handle_->clear_cache();
  if (in_transaction()) PANDO_TRY(handle_->execute("ROLLBACK"));
  std::vector<std::string> undo;
  for (const char* list :
       {"SELECT 'DROP ' || type || ' temp.', name FROM temp.sqlite_schema "
        "WHERE type IN ('view', 'table', 'trigger') AND name NOT LIKE 'sqlite#_%' ESCAPE '#' "
        "ORDER BY type = 'table'",
        "SELECT 'DETACH ', name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')"}) {
    PANDO_ASSIGN(Reply reply, run(Query{.sql = list}));
    for (;;) {
      PANDO_ASSIGN(const bool more, reply.rows->next());
      if (!more) break;
      undo.push_back(std::string(reply.rows->row()[0].as_string()) +
                     quoted_name(reply.rows->row()[1].as_string(), Dialect::kSqlite));
    }
  }
  handle_->clear_cache();
  for (const std::string& sql : undo) PANDO_TRY(handle_->execute(sql.c_str()));
  return handle_->set_session();
}

void SqliteConnection::cancel() { handle_->interrupt(); }

std::string SqliteConnection::server_version() {
  return std::string("SQLite ") + sqlite3_libversion();
}

}  // namespace pando::drivers::sqlite
