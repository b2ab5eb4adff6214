// FakeDriver: a data source that does what a test tells it. It answers texts with canned rows, or
// hands them to a real driver; it fails or hangs at the n-th call of a kind; it records every call.
//
// Threads: all members may be called from any thread; its connections follow Connection's rule.
// Lifetime: the driver must outlive its connections.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"

namespace pando::drivers::fake {

// The calls in which a fault can be injected.
enum class Call { kConnect, kSend, kReceive, kNext, kPing, kReset, kDescribe, kTables, kCancel };

// What is done to the connection when a fault strikes.
enum class Damage { kNone, kBreaks };

// A canned answer. The bytes of text values are copied by on() and otherwise().
struct Answer {
  std::vector<Column> columns = {};  // Empty: a statement without rows.
  std::vector<std::vector<Value>> rows = {};
  WriteResult write = {};
};

// One call as it was made.
struct Record {
  Call call;
  std::string data_source;
  std::string sql;  // Of kSend; the table's name for kDescribe.
  std::size_t parameters = 0;
  std::size_t connection = 0;  // Number of the connection, from 1, in the order of connecting.
  bool cursor = false;         // Of kSend: a cursor was asked for.
};

class FakeDriver : public Driver {
 public:
  FakeDriver();
  // Whatever no canned answer is given for goes to `wrapped`, which must outlive this.
  explicit FakeDriver(Driver& wrapped);
  ~FakeDriver() override;

  Result<ConnectionPtr> connect(const ConnectOptions& options) override;
  // Not recorded: the wrapped driver's.
  Result<void> make_database(const ConnectOptions& options) override;

  // The answer to this text, from now on. BEGIN, START TRANSACTION, COMMIT and ROLLBACK are
  // understood without it. A text without an answer fails with kDatabase.
  void on(std::string sql, Answer answer);
  // The answer to every text that has none of its own. Not used when a driver is wrapped.
  void otherwise(Answer answer);
  // Whether canned answers can be cursors (see Query::cursor_bytes). At first they cannot.
  void grant_cursors(bool granted);
  // What describe() says of schema.table.
  void describe_as(TableSchema schema);

  // The nth call of this kind from now on (1 is the next one) fails; those after it do not.
  // The error's data source is filled in. kReceive of a wrapped connection fails after the
  // statement took effect there: the answer is lost on the way. kCancel cannot fail.
  void fail(Call call, std::size_t nth, Error error, Damage damage = Damage::kNone);
  // The nth call of this kind from now on waits for release(), or for cancel() of its connection.
  void hang(Call call, std::size_t nth = 1);
  void release();
  // Returns when `count` calls hang.
  void wait_until_hanging(std::size_t count = 1);

  std::vector<Record> records() const;
  std::size_t count(Call call) const;
  std::size_t open_connections() const;
  void forget_records();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace pando::drivers::fake
