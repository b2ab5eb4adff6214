// Script: statements one after the other, from a text, a file or standard input. A file is read as
// it is needed; only the statement being read is in memory.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pando/result.h"
#include "router/sql/splitter.h"

namespace pando::cli {

class Interrupt;

class Script {
 public:
  // SQL given on the command line.
  static Script of_text(std::string_view sql, const sql::ParseOptions& options);
  // `path` "-" is standard input. Errors: kIo with the reason.
  // `interrupt` ends waiting for input; may be null.
  static Result<Script> open(const std::string& path, const sql::ParseOptions& options,
                             const Interrupt* interrupt);

  Script(Script&& other) noexcept;
  Script& operator=(Script&&) = delete;
  ~Script();

  // The next statement; nullopt after the last. Errors: kIo; kStatementTooLong.
  Result<std::optional<sql::Splitter::Piece>> next();

  // How the statements after the last one are read: SET sql_mode may change it.
  void set_options(const sql::ParseOptions& options) { splitter_.set_options(options); }

  // "load.sql", "standard input", or "" for text.
  const std::string& name() const { return name_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  // 0 if not known.
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  explicit Script(const sql::ParseOptions& options) : splitter_(options) {}

  std::string name_;
  int descriptor_ = -1;
  bool finished_ = false;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t total_bytes_ = 0;
  sql::Splitter splitter_;
  std::string block_;
  std::size_t held_ = 0;  // Bytes at the start of block_ that are still to be fed.
  bool started_ = false;
  const Interrupt* interrupt_ = nullptr;
};

}  // namespace pando::cli
