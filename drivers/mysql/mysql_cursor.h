// Cursors at the server: results that are fetched in blocks, so that many are open on one
// connection, each with no more than a block of rows here.
//
// The server puts the whole result into a temporary table of its own before the first row, and ends
// the statement then: what is fetched later is of that moment. The columns are those that preparing
// gave, as a statement sent as text has them, and not those of the temporary table.
//
// Threads: one at a time, that of the connection.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "drivers/mysql/mysql_handle.h"
#include "pando/row_stream.h"

namespace pando::drivers::mysql {

class PreparedCursor {
 public:
  PreparedCursor(std::shared_ptr<Handle> handle, StatementPtr statement,
                 std::vector<MYSQL_FIELD> fields, Handle::Effect effect, std::size_t block_bytes);

  // Executes the statement. Null if there is no cursor for it: it can be sent as text.
  Result<RowStreamPtr> open();

 private:
  Result<bool> execute();
  bool columns_agree() const;

  std::shared_ptr<Handle> handle_;
  StatementPtr statement_;           // Closed before the handle is let go.
  std::vector<MYSQL_FIELD> fields_;  // Of the text; their names are the statement's.
  Handle::Effect effect_;
  std::size_t block_bytes_;
};

// Prepares a text without placeholders. Null if it must be sent as text.
// Errors: those of the server.
Result<std::unique_ptr<PreparedCursor>> prepare_cursor(std::shared_ptr<Handle> handle,
                                                       std::string_view sql, Handle::Effect effect,
                                                       std::size_t block_bytes);

}  // namespace pando::drivers::mysql
