// Random SELECT statements over the tables of cases/setup.sql, weighted to what goes wrong when a
// statement is spread over shards. Whatever they return is determined by the rows: a LIMIT always
// stands behind a total order.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pando/dialect.h"
#include "pando/value.h"

namespace pando::test {

// Marks the place of a constant while a statement is put together.
inline constexpr char kMark = '\x01';

// The parts with `between` between them.
inline std::string join(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

// A literal that may be replaced by `?` or by another literal of the same kind.
struct Constant {
  std::string text;  // As written in SQL.
  char kind = 'i';   // i integer, s string, d decimal, n count of LIMIT.
};

struct GeneratedQuery {
  std::vector<std::string> pieces;  // One more than constants.
  std::vector<Constant> constants;
  bool ordered = false;  // By a total order.

  std::string text() const;
  std::string text_with_parameters() const;
};

class StatementGenerator {
 public:
  StatementGenerator(Dialect dialect, std::uint64_t seed)
      : mysql_(dialect == Dialect::kMySql), random_(seed) {}

  GeneratedQuery query();
  // The same shape with other constants.
  GeneratedQuery with_other_constants(const GeneratedQuery& query);

 private:
  struct Col {
    std::string name;
    char type;  // i integer, s text, d decimal, f double, t temporal, e enum
    bool key = false;
  };
  struct Source {
    std::string alias;
    std::vector<Col> columns;
    std::vector<std::string> unique;  // Columns that tell the rows apart.
    bool sharded = false;
  };
  struct Ref {
    std::string text;
    char type;
    bool key;
  };
  struct Body {
    std::string sql;
    std::vector<Col> columns;
    bool ordered = false;
  };
  using Scope = std::vector<Source>;

  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  std::string constant(char kind);
  std::string constant_text(char kind);
  std::string key_constant();
  std::string like_type(char type);
  Source table_source(bool allow_single);
  Scope from(int depth, std::string& sql, bool subquery);
  std::string join_condition(const Scope& left, const Source& right, int depth);
  Ref column(const Scope& scope, const std::vector<char>& types = {}, bool key = false);
  std::string qualified(const Scope& scope, const Source& source, const std::string& name);
  std::string predicate(const Scope& scope, int depth);
  std::string leaf(const Scope& scope, int depth);
  std::string subquery_predicate(const Scope& scope, int depth);
  Ref expression(const Scope& scope, int depth);
  Ref aggregate(const Scope& scope);
  Ref window(const Scope& scope);
  std::vector<std::string> total_order(const Scope& scope);
  Body select(int depth, bool top);
  Body select_columns(int depth, const std::vector<char>& types, bool bare);
  Body set_operation(int depth, bool top);
  std::string limit();
  std::string direction();

  bool mysql_;
  std::mt19937_64 random_;
  std::vector<Constant> constants_;
  std::vector<const Scope*> outer_;
  std::vector<Source> ctes_;
  int names_ = 0;
};

}  // namespace pando::test
