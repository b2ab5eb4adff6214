// Differential testing: the same statements through Pando and against one unsharded database.
//
// An answer must be equal (columns, and rows as a multiset or in order), or be refused with a coded
// error. Anything else is a defect.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"
#include "pando/database.h"

namespace pando::test {

// An answer with everything as text, so that two can be compared and printed.
struct Answer {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::uint64_t affected = 0;
  std::optional<Error> error;
};

// Values: NULL as a word, doubles with 12 digits, bytes in hexadecimal, text as it is.
Answer read_answer(Result<Reply> reply);

// "" if both are the same answer; else a few lines that say how they differ. Row order counts only
// if `ordered`. Two database errors are the same answer.
std::string difference(const Answer& expected, const Answer& actual, bool ordered);

// A sharded database and its oracle, in one dialect. Owns its files or databases.
class Pair {
 public:
  virtual ~Pair() = default;
  virtual Dialect dialect() const = 0;
  Database& sharded() { return *sharded_; }
  drivers::Connection& oracle() { return *oracle_; }

 protected:
  std::optional<Database> sharded_;
  drivers::ConnectionPtr oracle_;
};

// Opens the database whose [tables] (and what else is not [databases]) are `rules`. The databases
// are shop[0..3] and main; for SQLite five files, for MariaDB five databases on two servers.
std::unique_ptr<Pair> open_pair(Dialect dialect, std::string_view rules);

// The tables that the case files and the random statements are about.
std::string case_rules(Dialect dialect);

// One record of a case file.
struct Record {
  std::string verb;  // "both", "same", "refused", "level"
  std::vector<std::string> words;
  std::string sql;
  std::size_t line = 0;
};

// A case file: records separated by blank lines; `#` starts a comment line. The first line of a
// record is its verb, the rest its SQL:
//
//   both                      run on both sides; affected rows must be equal
//   same [ordered] [LEVEL]    a query answered equally; LEVEL (single, scatter, compute) is what
//                             explain says
//   refused CODE              Pando refuses with this code
//   either                    equal, or refused
//
// `onlyif mysql|sqlite` before a record's verb restricts it.
std::vector<Record> read_cases(const std::string& path, Dialect dialect);

// Runs one record; "" if it holds.
std::string run_record(Pair& pair, const Record& record);

}  // namespace pando::test
