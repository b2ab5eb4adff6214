// Database: one database to the application, many data sources underneath.
//
//   auto db = pando::open("shop.toml");
//   for (const auto& [id, status] :
//        db.query<std::tuple<std::int64_t, std::string>>(
//            "SELECT id, status FROM orders WHERE user_id = ?", 7))
//     ...
//   db.execute("UPDATE orders SET status = 'paid' WHERE user_id = ? AND id = ?", 7, id);
//   db.transact([&](pando::Transaction& tx) { ... });
//
// A statement is answered exactly as one unsharded server holding all rows would answer it, or it
// is refused with a coded error (docs/sql-support.md, docs/errors.md).
//
// Parameters: on MySQL a statement with parameters is prepared if one data source gets it, and kept
// so (`prepared_statements` of the data source); what several get at once is sent as text with the
// values in it, and so is one without parameters. On SQLite every statement is prepared.
//
// Threads: a Database may be used from any number of threads at once. A Session, a Transaction and
// a row stream belong to one thread at a time.
// Lifetime: copies of a Database share one state, which lives as long as the last copy, session,
// transaction or stream that uses it.

#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "pando/options.h"
#include "pando/result.h"
#include "pando/row_stream.h"
#include "pando/statements.h"
#include "pando/value.h"

namespace pando {

namespace router {
class Core;
class SessionState;
struct Inside;
}  // namespace router

// What Pando would do with a statement. The statement was not sent; the schemas of its tables may
// have been read.
class Explanation {
 public:
  // For people: the level, why, and for each data source the text it gets and the reason.
  const std::string& tree() const { return tree_; }
  // {"level": "single|scatter|compute|refused", "units": [{"data_source", "sql", ...}], "merge":
  // ...}
  const std::string& json() const { return json_; }
  // True if the statement would be refused; the code is in both forms.
  bool refused() const { return refusal_.has_value(); }
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  friend class router::Core;
  std::string tree_;
  std::string json_;
  std::optional<Error> refusal_;
};

// A transaction in progress, as transact() passes it to its function, and valid only during that
// call: a reference that is kept longer refers to nothing. It ends when the function does, and not
// before: BEGIN, COMMIT, ROLLBACK (but not ROLLBACK TO a savepoint), SET autocommit,
// and what MySQL commits before, as it does before LOCK TABLES and schema changes, are refused with
// kTransactionState.
class Transaction : public Statements<Transaction> {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Result<Reply> run(std::string_view sql, std::span<const Value> parameters = {});

 private:
  friend class Database;
  explicit Transaction(router::SessionState& session) : session_(session) {}
  router::SessionState& session_;
};

// What a connection is to one server: BEGIN, COMMIT, SET and savepoints last from one statement to
// the next. Rolls an open transaction back when it is destroyed. What was moved from can only be
// assigned to and destroyed; assigning ends what the session was, as destroying it does.
class Session : public Statements<Session> {
 public:
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // Runs any one statement. Rows must be read or dropped before the next statement on this session.
  Result<Reply> run(std::string_view sql, std::span<const Value> parameters = {});
  bool in_transaction() const;
  // Stops the running statement; the only member that may be called from another thread.
  void cancel();

 private:
  friend class Database;
  friend struct router::Inside;
  explicit Session(std::shared_ptr<router::SessionState> state);
  void close();
  std::shared_ptr<router::SessionState> state_;  // Rows that are still read share it.
};

class Database : public Statements<Database> {
 public:
  // Runs one statement with autocommit. Statements about a session (BEGIN, SET ...) are refused
  // with kSessionStatement: use session() or transact().
  Result<Reply> run(std::string_view sql, std::span<const Value> parameters = {});

  Session session();

  // Runs `function(Transaction&)` in a transaction and commits it; returns what it returned. Any
  // exception rolls back and passes on. Only the data sources that statements reach take part.
  // One data source: a local transaction. Several: committed one after the other; if that fails
  // half-way the error is kPartialCommit and names the data sources.
  // Rows that the function leaves open make the commit fail with kTransactionState. With
  // TransactOptions::retry the function may run several times.
  template <typename Function>
  auto transact(Function&& function, TransactOptions options = {}) {
    using R = std::invoke_result_t<Function&, Transaction&>;
    if constexpr (std::is_void_v<R>) {
      transact_erased([&](Transaction& tx) { function(tx); }, options);
    } else {
      std::optional<R> result;
      transact_erased([&](Transaction& tx) { result.emplace(function(tx)); }, options);
      return *std::move(result);
    }
  }

  // How the statement would be planned. Reads the schema of its tables if planning needs it and the
  // data sources can be reached; sends nothing else.
  template <typename... Arguments>
  Explanation explain(std::string_view sql, const Arguments&... arguments) {
    const std::array<Parameter, sizeof...(Arguments)> parameters = {Parameter(arguments)...};
    std::array<Value, sizeof...(Arguments)> values;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = parameters[i].value();
    return explain_values(sql, values);
  }
  Explanation explain_values(std::string_view sql, std::span<const Value> parameters);

 private:
  friend struct router::Inside;
  friend Result<Database> try_open(const std::string& path, const Options& options);
  explicit Database(std::shared_ptr<router::Core> core) : core_(std::move(core)) {}
  void transact_erased(const std::function<void(Transaction&)>& function, TransactOptions options);

  std::shared_ptr<router::Core> core_;
};

// Reads and validates the configuration file. Connects to nothing: data sources are reached when
// the first statement needs them. Errors: kConfig*, rendered with the line and a caret.
Result<Database> try_open(const std::string& path, const Options& options = {});
inline Database open(const std::string& path, const Options& options = {}) {
  auto database = try_open(path, options);
  if (!database) throw std::move(database).error();
  return *std::move(database);
}

}  // namespace pando
