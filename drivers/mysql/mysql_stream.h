// Rows of MySQL, read from the connection one by one, over the text and the prepared protocol.
//
// Threads: one at a time, that of the connection.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/mysql/mysql_handle.h"
#include "drivers/mysql/mysql_value.h"
#include "pando/row_stream.h"

namespace pando::drivers::mysql {

// After the first result of a CALL come others; a second one with rows is refused, a status is
// passed over. Errors: kUnsupportedStatement, and those of the server.
Result<void> finish_results(Handle& handle, Handle::Effect effect);

// What both streams share: the end, errors, and being left before the end.
class MysqlStream : public RowStream {
 public:
  ~MysqlStream() override;
  Result<bool> next() final;

 protected:
  explicit MysqlStream(std::shared_ptr<Handle> handle, Handle::Effect effect);

  enum class Fetched { kRow, kEnd, kError };
  virtual Fetched fetch() = 0;        // Reads one row, without looking at it.
  virtual Result<void> decode() = 0;  // Makes its values.
  virtual Error fetch_error() = 0;
  virtual Result<void> finish() = 0;          // After the last row.
  virtual std::size_t row_bytes() const = 0;  // Of the row last fetched.
  // Leaves the stream. To be called by the destructor of the class that implements fetch().
  void leave();

  std::shared_ptr<Handle> handle_;
  Handle::Effect effect_;
  std::vector<Value> values_;

 private:
  Result<void> end();
  Result<bool> end_with(Error error);
  void release();

  bool done_ = false;
  std::unique_ptr<Error> error_;
};

// Requires: the statement's answer has columns and was just read.
Result<RowStreamPtr> make_text_stream(std::shared_ptr<Handle> handle, Handle::Effect effect);
Result<RowStreamPtr> make_statement_stream(const std::shared_ptr<Handle>& handle, Prepared prepared,
                                           Handle::Effect effect);

}  // namespace pando::drivers::mysql
