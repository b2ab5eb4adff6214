// What the driver contract tests share: the same test runs on each driver.
//
// Threads: one test at a time.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"
#include "tests/support/mariadb_server.h"

namespace pando::drivers {

// A Value that owns its text, and prints itself in failures.
struct Cell {
  ValueKind kind = ValueKind::kNull;
  std::string text;  // Numbers in digits; a double so that it reads back exactly.

  friend bool operator==(const Cell&, const Cell&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Cell& cell);
};

Cell cell(const Value& value);
Cell null_cell();
Cell int_cell(std::int64_t value);
Cell uint_cell(std::uint64_t value);
Cell double_cell(double value);
Cell text_cell(std::string text);
Cell bytes_cell(std::string bytes);
// A view of the cell.
Value value_of(const Cell& cell);

using Cells = std::vector<std::vector<Cell>>;

// How parameters travel there, and rows back.
enum class Way { kPrepared, kText, kCursor };

// The offsets of each `?`. The texts of these tests hold none within quotes.
std::vector<std::uint32_t> places_of(std::string_view sql);

Result<Reply> run(Connection& connection, Way way, std::string_view sql,
                  const std::vector<Value>& parameters);

// These expect success, and say what the database said otherwise.
WriteResult write(Connection& connection, std::string_view sql,
                  const std::vector<Value>& parameters = {}, Way way = Way::kPrepared);
Cells rows(Connection& connection, std::string_view sql, const std::vector<Value>& parameters = {},
           Way way = Way::kPrepared);

// This expects a failure.
Error error_of(Result<Reply> reply);
std::string error_name(const Error& error);

// A database of its own on one of the drivers.
class Site {
 public:
  explicit Site(Dialect dialect);
  ~Site();
  ConnectOptions options() const;
  ConnectionPtr connect() const;
  Dialect dialect() const { return dialect_; }
  bool is_mysql() const { return dialect_ == Dialect::kMySql; }

 private:
  Dialect dialect_;
  std::unique_ptr<test::TestDatabase> database_;
  std::filesystem::path directory_;
};

class ContractTest : public ::testing::TestWithParam<Dialect> {
 protected:
  ContractTest() : site_(GetParam()) {}
  void SetUp() override { connection_ = site_.connect(); }

  Connection& c() { return *connection_; }

  Site site_;
  ConnectionPtr connection_;
};

}  // namespace pando::drivers
