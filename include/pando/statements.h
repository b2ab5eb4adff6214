// The calls that run SQL, shared by Database, Session and Transaction.
//
// The calls throw pando::Error; their try_ twins return it. `?` in the SQL takes the arguments in
// order; see pando/convert.h for the types.
//
// Threads: those of the handle: a Database any number at once, a Session or Transaction one at a
// time.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "pando/convert.h"
#include "pando/rows.h"

namespace pando {

// What a write did.
class Executed {
 public:
  explicit Executed(const WriteResult& write) : write_(write) {}
  // As the database counts: MySQL counts changed rows, not matched ones.
  std::uint64_t affected_rows() const { return write_.affected_rows; }
  // The first key that the database or a key generator made; 0 if none, or if it is no number: the
  // keys of uuid7 are not told. Of a key that SQLite itself makes, the last one, and also one that
  // was given (its last_insert_rowid()). Make such a key in the program to know it, or use
  // RETURNING.
  std::uint64_t generated_key() const { return write_.generated_key; }
  // Of a write: the database's own, and Pando's notes. Those of a query are not counted.
  std::uint32_t warnings() const { return write_.warnings; }

 private:
  WriteResult write_;
};

// Derived has: Result<Reply> run(std::string_view sql, std::span<const Value> parameters).
template <typename Derived>
class Statements {
 public:
  // Runs a statement that returns rows. The rows stream: nothing is buffered but what merging
  // needs. Errors: see Rows::open.
  template <typename T = DynamicRow, typename... Arguments>
  Rows<T> query(std::string_view sql, const Arguments&... arguments) {
    return value_or_throw(try_query<T>(sql, arguments...));
  }
  template <typename T = DynamicRow, typename... Arguments>
  Result<Rows<T>> try_query(std::string_view sql, const Arguments&... arguments) {
    PANDO_ASSIGN(Reply reply, run_with(sql, arguments...));
    return Rows<T>::open(std::move(reply));
  }

  // Runs a statement whose rows, if it has any, are of no interest.
  template <typename... Arguments>
  Executed execute(std::string_view sql, const Arguments&... arguments) {
    return value_or_throw(try_execute(sql, arguments...));
  }
  template <typename... Arguments>
  Result<Executed> try_execute(std::string_view sql, const Arguments&... arguments) {
    PANDO_ASSIGN(Reply reply, run_with(sql, arguments...));
    if (reply.rows) {  // A cancelled write would be no write: read to the end.
      while (true) {
        PANDO_ASSIGN(const bool more, reply.rows->next());
        if (!more) break;
      }
    }
    return Executed(reply.write);
  }

 protected:
  template <typename T>
  static T value_or_throw(Result<T> result) {
    if (!result) throw std::move(result).error();
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }

 private:
  template <typename... Arguments>
  Result<Reply> run_with(std::string_view sql, const Arguments&... arguments) {
    const std::array<Parameter, sizeof...(Arguments)> parameters = {Parameter(arguments)...};
    std::array<Value, sizeof...(Arguments)> values;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = parameters[i].value();
    return static_cast<Derived*>(this)->run(sql, std::span<const Value>(values));
  }
};

}  // namespace pando
