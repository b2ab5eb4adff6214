// ResultWriter: how the answers to statements are written to stdout.
//
//   jsonl  one object per statement and line:
//            {"statement": n, "columns": [...], "rows": [[...]]}
//            {"statement": n, "affected": k, "generated_key": v}     v is null if none was made
//            {"statement": n, "error": {"code", "sqlstate", "message"}}
//          INSERT ... RETURNING has columns, rows and affected. Rows stream: if an answer breaks
//          off in the middle, the object has columns, the rows so far and error.
//   json   an array of the same objects.
//   csv    a header line and the rows of each answer, an empty line between answers.
//   table  aligned columns, for people. Widths come from the first rows; see table_writer.cc.
//
// Threads: one at a time. Memory: one row, and for table the rows that decide the widths.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "pando/error.h"
#include "pando/row_stream.h"

namespace pando::cli {

class ResultWriter {
 public:
  virtual ~ResultWriter() = default;

  // Statements are numbered from 1. Each gets one of: begin_rows, row*, end_rows; written; failed.
  virtual void begin_rows(std::uint64_t statement, const std::vector<Column>& columns) = 0;
  virtual void row(Row row) = 0;
  // `write` is of a write that returned rows; a query has at most warnings. `error` is not null if
  // the rows seen are not the whole answer.
  virtual void end_rows(const WriteResult& write, const Error* error) = 0;
  virtual void written(std::uint64_t statement, const WriteResult& write) = 0;
  virtual void failed(std::uint64_t statement, const Error& error) = 0;
  // After the last statement.
  virtual void finish() {}
};

// Requires: `format` is table, json, jsonl or csv.
std::unique_ptr<ResultWriter> make_result_writer(std::string_view format, Output& out);

std::unique_ptr<ResultWriter> make_table_writer(Output& out);

// One column per line, as `\G` in the shell asks for.
std::unique_ptr<ResultWriter> make_vertical_writer(Output& out);

// What a program gets to see of an error: {"code": ..., "sqlstate": ..., "message": ...}.
std::string error_json(const Error& error);

}  // namespace pando::cli
