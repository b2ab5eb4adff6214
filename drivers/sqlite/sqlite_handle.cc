#include "drivers/sqlite/sqlite_handle.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "drivers/sqlite/sqlite_error.h"

namespace pando::drivers::sqlite {

namespace {

constexpr std::size_t kMaxSqlBytes = 1'000'000'000;  // SQLite's own limit.

// The catalogue's remedy speaks of hosts and ports.
Error with_file_remedy(Error error) {
  if (error.code() != ErrorCode::kUnreachable) return error;
  return std::move(error).with_remedy(
      "Check the file that [databases] names, and the leave to read it and its folder.");
}

Error cannot_open(Error error, const ConnectOptions& options) {
  if (!Handle::is_missing(options)) {
    std::string message = error.message() + ": " + options.path;
    return with_file_remedy(std::move(error)).with_message(std::move(message));
  }
  // Nothing that SQLite says of it tells more.
  error = std::move(error).without_native_message();
  if (options.create && !options.read_only) {
    return std::move(error)
        .with_message(options.name + ": the file " + options.path + " cannot be made")
        .with_remedy("Make its folder, with leave to write there, or correct [databases].");
  }
  return std::move(error)
      .with_message(options.name + ": there is no file " + options.path)
      .with_remedy(
          "Run the CREATE TABLE statements through Pando, which makes the file, or correct "
          "[databases]. (`pando init --demo` makes a shop with rows to try.)");
}

Error not_writable(Error error, const std::string& path, bool by_rules) {
  std::string message = error.message() + ": " + path;
  return std::move(error)
      .with_message(std::move(message))
      .with_remedy(by_rules
                       ? "Take ?mode=ro from its URL in [databases] if it is to be written."
                       : "Give this user leave to write the file and its folder (chmod, chown).");
}

}  // namespace

bool Handle::is_missing(const ConnectOptions& options) {
  return !options.temporary && options.path != ":memory:" && options.path.rfind("file:", 0) != 0 &&
         ::access(options.path.c_str(), F_OK) != 0 && errno == ENOENT;
}

Result<std::shared_ptr<Handle>> Handle::open(const ConnectOptions& options) {
  if (options.path.empty() && !options.temporary) {
    return fail(Error(ErrorCode::kUnreachable, options.name + ": no file is named")
                    .with_data_source(options.name));
  }
  std::shared_ptr<Handle> handle(new Handle);
  handle->name_ = options.name;
  handle->path_ = options.path;
  handle->read_only_ = options.read_only;
  handle->cache_.set_limit(options.prepared_statements);
  handle->busy_timeout_ = options.read_timeout;

  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (options.create && !options.read_only) flags |= SQLITE_OPEN_CREATE;
  if (options.path.rfind("file:", 0) == 0) flags |= SQLITE_OPEN_URI;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle->db_, flags, nullptr);
  if (code != SQLITE_OK) {
    return fail(cannot_open(handle->error(code), options));
  }
  sqlite3_busy_handler(handle->db_, &Handle::on_busy, handle.get());
  sqlite3_set_authorizer(handle->db_, &Handle::on_authorize, handle.get());
  PANDO_TRY(handle->set_session());
  // Opening reads nothing; this reads the header, so that a file of another kind is found out now.
  if (auto header = handle->execute("PRAGMA schema_version"); !header) {
    return fail(with_file_remedy(std::move(header).error()));
  }
  return handle;
}

Handle::~Handle() {
  clear_cache();
  // _v2: a statement that is still out keeps the file open until it is finalised.
  sqlite3_close_v2(db_);
}

Result<void> Handle::set_session() {
  PANDO_TRY(execute("PRAGMA foreign_keys = ON"));
  return execute("PRAGMA recursive_triggers = ON");
}

Result<void> Handle::execute(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Error Handle::error(int code, std::string_view sql) {
  const char* text = db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_);
  const NativeError native = classify(code, text);
  if (native.fault == DatabaseFault::kConnection) broken_ = true;
  Error result = make_native_error(name_, "SQLite", native);
  if (native.code == ErrorCode::kReadOnly && !path_.empty()) {
    result = not_writable(std::move(result), path_, read_only_);
  }
  const int offset = db_ == nullptr || sql.empty() ? -1 : sqlite3_error_offset(db_);
  if (offset >= 0 && static_cast<std::size_t>(offset) < sql.size()) {
    const auto begin = static_cast<std::uint32_t>(offset);
    result = std::move(result).with_span(begin, begin + 1);
  }
  return result;
}

void Handle::interrupt() {
  cancelled_.store(true, std::memory_order_relaxed);
  sqlite3_interrupt(db_);
}

int Handle::on_busy(void* self, int count) {
  auto* handle = static_cast<Handle*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) handle->busy_since_ = now;
  if (handle->cancelled_.load(std::memory_order_relaxed)) return 0;
  if (now - handle->busy_since_ >= handle->busy_timeout_) return 0;
  // Another process may hold the lock, so there is nothing to be woken by.
  constexpr std::array<int, 6> kWaitMs = {1, 1, 2, 5, 10, 20};
  const auto step = std::min<std::size_t>(static_cast<std::size_t>(count), kWaitMs.size() - 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(kWaitMs[step]));
  return 1;
}

int Handle::on_authorize(void* self, int action, const char* a, const char*, const char* schema,
                         const char* trigger) {
  auto* handle = static_cast<Handle*>(self);
  const bool creates = action >= SQLITE_CREATE_INDEX && action <= SQLITE_CREATE_VIEW;
  const bool drops = action >= SQLITE_DROP_INDEX && action <= SQLITE_DROP_VIEW;
  if (creates || drops || action == SQLITE_ALTER_TABLE) handle->changes_schema_ = true;
  // Triggers insert on their own account, and DDL inserts into sqlite_schema.
  if (action == SQLITE_INSERT && trigger == nullptr && a != nullptr &&
      std::string_view(a).substr(0, 7) != "sqlite_") {
    handle->insert_table_ = a;
    handle->insert_schema_ = schema == nullptr ? "main" : schema;
  }
  return SQLITE_OK;
}

Result<Prepared> Handle::take(std::string_view sql) {
  if (auto kept = cache_.take(sql)) return *std::move(kept);
  return prepare(sql);
}

Result<Prepared> Handle::prepare(std::string_view sql) {
  if (sql.size() > kMaxSqlBytes) {
    return fail(Error(ErrorCode::kStatementTooLong, name_ + ": the statement is too long")
                    .with_data_source(name_));
  }
  if (sql.find('\0') != std::string_view::npos) {
    return fail(Error(ErrorCode::kBadText, name_ + ": the statement holds a NUL byte")
                    .with_data_source(name_));
  }
  Prepared prepared;
  prepared.sql = sql;
  insert_table_.clear();
  changes_schema_ = false;
  const char* tail = nullptr;
  sqlite3_stmt* raw = nullptr;
  const auto compile = [&] {
    return sqlite3_prepare_v3(db_, prepared.sql.data(), static_cast<int>(prepared.sql.size()),
                              SQLITE_PREPARE_PERSISTENT, &raw, &tail);
  };
  int code = compile();
  if (code == SQLITE_ERROR) {
    refresh_schema();
    code = compile();
  }
  prepared.statement.reset(raw);
  if (code != SQLITE_OK) return fail(error(code, sql));
  if (raw == nullptr) {
    return fail(
        Error(ErrorCode::kSyntax, name_ + ": the statement is empty").with_data_source(name_));
  }
  prepared.changes_schema = changes_schema_;
  const std::string table = insert_table_;
  const std::string schema = insert_schema_;

  // Comments and semicolons may follow, as SQLite itself judges them; a second statement may not.
  const char* end = prepared.sql.data() + prepared.sql.size();
  while (tail < end) {
    sqlite3_stmt* more = nullptr;
    const char* from = tail;
    code = sqlite3_prepare_v3(db_, tail, static_cast<int>(end - tail), 0, &more, &tail);
    const StatementPtr owner(more);
    if (code != SQLITE_OK || more != nullptr) {
      return fail(Error(ErrorCode::kTrailingText, name_ + ": text is left over after the statement")
                      .with_data_source(name_)
                      .with_span(static_cast<std::uint32_t>(from - prepared.sql.data()),
                                 static_cast<std::uint32_t>(prepared.sql.size())));
    }
    if (tail == from) break;
  }
  prepared.inserts = !table.empty() && has_rowid(schema, table);
  return prepared;
}

void Handle::refresh_schema() {
  sqlite3_exec(db_, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
}

// A table WITHOUT ROWID leaves sqlite3_last_insert_rowid() as an earlier INSERT set it.
bool Handle::has_rowid(const std::string& schema, const std::string& table) {
  sqlite3_stmt* raw = nullptr;
  constexpr const char* kSql =
      "SELECT wr FROM pragma_table_list(?1) WHERE schema = ?2 AND type IN ('table', 'virtual')";
  if (sqlite3_prepare_v3(db_, kSql, -1, 0, &raw, nullptr) != SQLITE_OK) return false;
  const StatementPtr statement(raw);
  sqlite3_bind_text(raw, 1, table.c_str(), -1, SQLITE_STATIC);
  sqlite3_bind_text(raw, 2, schema.c_str(), -1, SQLITE_STATIC);
  return sqlite3_step(raw) == SQLITE_ROW && sqlite3_column_int(raw, 0) == 0;
}

void Handle::give_back(Prepared prepared) {
  sqlite3_stmt* raw = prepared.statement.get();
  if (raw == nullptr) return;
  sqlite3_reset(raw);
  sqlite3_clear_bindings(raw);
  // After a schema change SQLite compiles it anew by itself; what we noted of it may be stale.
  const bool stale = sqlite3_stmt_status(raw, SQLITE_STMTSTATUS_REPREPARE, 0) != 0;
  if (!stale && !prepared.changes_schema) cache_.give_back(std::move(prepared));
}

}  // namespace pando::drivers::sqlite
