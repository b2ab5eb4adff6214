// Rows<T>: the rows of a query as structs, tuples, single values or dynamic rows, streamed.
//
//   struct Order { std::int64_t id; std::string status; };
//   for (const Order& order : db.query<Order>("SELECT id, status FROM orders WHERE user_id = ?",
//   7))
//     use(order);
//
// A struct is any aggregate of up to 24 members that pando/convert.h can read, in the order of the
// columns; a class with constructors is read as a std::tuple. A T that convert.h reads by itself
// takes the only column.
//
// Memory: one row. Threads: one thread at a time; rows of a Session or a Transaction share its
// state, so that they and it are used by the same thread at a time. Lifetime: the stream holds a
// connection until its last row has been read or it is destroyed, and may outlive the Database or
// Session that it came from: it shares their state. The end of a transaction waits for no rows:
// while some are open, COMMIT, ROLLBACK and SAVEPOINT are refused with kTransactionState. Rows that
// are still open when the function of transact() returns therefore make its commit fail, and the
// transaction is rolled back. Destroying a Session in a transaction rolls that back too: rows of it
// that are still read may end with an error. Errors: iterating throws pando::Error; the rows seen
// before are then not the whole answer.

#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "pando/convert.h"
#include "pando/result.h"
#include "pando/row_stream.h"

namespace pando {

// A row whose columns are known only at run time. Owns its values, and shares its columns with the
// other rows of its Rows; needs neither of them.
class DynamicRow {
 public:
  using Columns = std::shared_ptr<const std::vector<Column>>;

  DynamicRow() = default;  // A row of no columns.
  // Requires: `columns` are as many as the values of `row`.
  DynamicRow(Columns columns, Row row) : columns_(std::move(columns)) {
    values_.reserve(row.size());
    for (const Value& value : row) values_.emplace_back(value);
  }
  std::size_t size() const { return values_.size(); }
  const OwnedValue& operator[](std::size_t i) const { return values_[i]; }
  // Valid as long as this row, or another one of the same Rows.
  const std::vector<Column>& columns() const {
    static const std::vector<Column> none;
    return columns_ ? *columns_ : none;
  }
  // The i-th column as a T. Throws pando::Error (kConversion), and std::out_of_range if there is no
  // such column.
  template <typename T>
  T get(std::size_t i) const {
    const OwnedValue& value = values_.at(i);
    auto result = from_value<T>(value.view(), (*columns_)[i]);
    if (!result) throw std::move(result).error();
    return *std::move(result);
  }
  // The first column of that name, letter for letter. Throws as get() of a place does.
  template <typename T>
  T get(std::string_view name) const {
    std::size_t i = 0;
    while (i < size() && (*columns_)[i].name != name) ++i;
    return get<T>(i);
  }

 private:
  Columns columns_;
  std::vector<OwnedValue> values_;
};

namespace detail {

// Converts to anything: counts the members of an aggregate.
struct AnyMember {
  template <typename T>
  operator T() const;  // NOLINT: implicit on purpose, and never defined.
};

template <typename T, std::size_t... I>
constexpr bool constructible_from(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyMember{})...}; };
}

template <typename T, std::size_t N = 24>
constexpr std::size_t member_count() {
  if constexpr (N == 0) {
    return 0;
  } else if constexpr (constructible_from<T>(std::make_index_sequence<N>{})) {
    return N;
  } else {
    return member_count<T, N - 1>();
  }
}

template <typename T>
inline constexpr bool kIsTuple = false;
template <typename... T>
inline constexpr bool kIsTuple<std::tuple<T...>> = true;

// References to the members of an aggregate.
template <typename T>
auto tie_members(T& t) {
  constexpr std::size_t n = member_count<T>();
  static_assert(n > 0, "Pando cannot read rows into this type");
#define PANDO_TIE(count, ...)     \
  if constexpr (n == (count)) {   \
    auto& [__VA_ARGS__] = t;      \
    return std::tie(__VA_ARGS__); \
  } else
  PANDO_TIE(1, a)
  PANDO_TIE(2, a, b)
  PANDO_TIE(3, a, b, c)
  PANDO_TIE(4, a, b, c, d)
  PANDO_TIE(5, a, b, c, d, e)
  PANDO_TIE(6, a, b, c, d, e, f)
  PANDO_TIE(7, a, b, c, d, e, f, g)
  PANDO_TIE(8, a, b, c, d, e, f, g, h)
  PANDO_TIE(9, a, b, c, d, e, f, g, h, i)
  PANDO_TIE(10, a, b, c, d, e, f, g, h, i, j)
  PANDO_TIE(11, a, b, c, d, e, f, g, h, i, j, k)
  PANDO_TIE(12, a, b, c, d, e, f, g, h, i, j, k, l)
  PANDO_TIE(13, a, b, c, d, e, f, g, h, i, j, k, l, m)
  PANDO_TIE(14, a, b, c, d, e, f, g, h, i, j, k, l, m, o)
  PANDO_TIE(15, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p)
  PANDO_TIE(16, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q)
  PANDO_TIE(17, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r)
  PANDO_TIE(18, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s)
  PANDO_TIE(19, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u)
  PANDO_TIE(20, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u, v)
  PANDO_TIE(21, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u, v, w)
  PANDO_TIE(22, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u, v, w, x)
  PANDO_TIE(23, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u, v, w, x, y)
  PANDO_TIE(24, a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, s, u, v, w, x, y, z) {}
#undef PANDO_TIE
}

template <typename T>
concept SingleColumn = std::is_arithmetic_v<T> || kIsOptional<T> || std::same_as<T, std::string> ||
    std::same_as<T, Decimal> || std::same_as<T, OwnedValue> ||
    std::same_as<T, std::vector<std::byte>> || std::same_as<T, std::chrono::sys_days> ||
    std::same_as<T, std::chrono::sys_time<std::chrono::microseconds>>;

template <typename T>
constexpr std::size_t column_count() {
  if constexpr (SingleColumn<T>) {
    return 1;
  } else if constexpr (kIsTuple<T>) {
    return std::tuple_size_v<T>;
  } else {
    return member_count<T>();
  }
}

template <typename Members, std::size_t... I>
Result<void> read_members(Members& members, Row row, const std::vector<Column>& columns,
                          std::index_sequence<I...>) {
  std::optional<Error> error;
  const auto read = [&]<typename M>(M& member, std::size_t i) {
    auto value = from_value<M>(row[i], columns[i]);
    if (!value) {
      error = std::move(value).error();
      return false;
    }
    member = *std::move(value);
    return true;
  };
  if ((read(std::get<I>(members), I) && ...)) return {};
  return fail(*std::move(error));
}

inline Error wrong_columns(std::size_t found, std::size_t wanted, bool wrote) {
  return Error(ErrorCode::kConversion,
               (wrote ? "the statement was carried out, and returns " : "the statement returns ") +
                   std::to_string(found) + (found == 1 ? " column" : " columns") +
                   ", but the type it is read into has " + std::to_string(wanted))
      .with_remedy("Name as many columns as the type has members, or read into a DynamicRow.")
      .with_outcome(wrote ? Outcome::kApplied : Outcome::kNotApplied);
}

// Reads the whole row as a T. Requires: as many columns as column_count<T>().
template <typename T>
Result<T> read_row(Row row, const std::vector<Column>& columns) {
  if constexpr (SingleColumn<T>) {
    return from_value<T>(row[0], columns[0]);
  } else {
    T result{};
    constexpr auto indexes = std::make_index_sequence<column_count<T>()>{};
    if constexpr (kIsTuple<T>) {
      PANDO_TRY(read_members(result, row, columns, indexes));
    } else {
      auto members = tie_members(result);
      PANDO_TRY(read_members(members, row, columns, indexes));
    }
    return result;
  }
}

}  // namespace detail

template <typename T>
class Rows {
 public:
  // Errors: kUsage if the statement returns no rows, and kConversion if the columns are not as many
  // as T has members. Both are known only after the statement was sent: of a write, and of what
  // returns no rows, the outcome is Outcome::kApplied.
  static Result<Rows> open(Reply reply) {
    if (!reply.rows) {
      return fail(Error(ErrorCode::kUsage, "the statement was carried out, and returns no rows")
                      .with_remedy("Do not run it again; call execute() for such statements.")
                      .with_outcome(Outcome::kApplied));
    }
    if constexpr (!std::same_as<T, DynamicRow>) {
      constexpr std::size_t wanted = detail::column_count<T>();
      if (const std::size_t found = reply.rows->columns().size(); found != wanted) {
        return fail(detail::wrong_columns(found, wanted, reply.wrote));
      }
    }
    return Rows(std::move(reply));
  }

  const std::vector<Column>& columns() const { return stream_->columns(); }

  // The next row; nullopt after the last one.
  Result<std::optional<T>> try_next() {
    PANDO_ASSIGN(const bool more, stream_->next());
    if (!more) return std::nullopt;
    if constexpr (std::same_as<T, DynamicRow>) {
      return std::optional<T>(std::in_place, columns_, stream_->row());
    } else {
      auto row = detail::read_row<T>(stream_->row(), stream_->columns());
      if (!row && wrote_) row = fail(std::move(row).error().with_outcome(Outcome::kApplied));
      if (!row) return fail(std::move(row).error());
      return std::optional<T>(*std::move(row));
    }
  }
  std::optional<T> next() {
    auto row = try_next();
    if (!row) throw std::move(row).error();
    return *std::move(row);
  }

  // All remaining rows.
  std::vector<T> all() {
    std::vector<T> rows;
    while (auto row = next()) rows.push_back(*std::move(row));
    return rows;
  }
  // The next row, which is the first one if none was read; the others are not read.
  std::optional<T> first() { return next(); }

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    explicit Iterator(Rows* rows) : rows_(rows) { ++*this; }
    const T& operator*() const { return *row_; }
    const T* operator->() const { return &*row_; }
    Iterator& operator++() {
      row_ = rows_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.row_; }

   private:
    Rows* rows_;
    std::optional<T> row_;
  };
  // Reads on from where the stream is; call it once.
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  explicit Rows(Reply reply) : stream_(std::move(reply.rows)), wrote_(reply.wrote) {
    if constexpr (std::same_as<T, DynamicRow>) {
      columns_ = std::make_shared<const std::vector<Column>>(stream_->columns());
    }
  }
  RowStreamPtr stream_;
  DynamicRow::Columns columns_;  // For the rows of a Rows<DynamicRow>; else null.
  bool wrote_;                   // What the rows come from is done, whatever becomes of them.
};

}  // namespace pando
