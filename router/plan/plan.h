// Plan: what will be sent where, and how the answers become one. A printable, comparable value.
//
// A Plan is the end of the pure part: text -> Statement -> Shape -> Plan. Nothing here does I/O.
//
// Threads: immutable once built, so freely shared.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pando/convert.h"
#include "pando/error.h"
#include "pando/value.h"
#include "router/plan/piece.h"
#include "router/sql/statement.h"
#include "rules/rule_set.h"
#include "rules/shard_set.h"

namespace pando::plan {

enum class Level : std::uint8_t { kSingle, kScatter, kCompute, kRefused };

// A parameter of a physical query: the caller's parameter of that index, or a value that planning
// made (a generated key, a LIMIT with its OFFSET added).
struct ParameterSource {
  bool generated = false;
  std::uint32_t index = 0;  // Into the caller's parameters, or Plan::generated.
  friend bool operator==(const ParameterSource&, const ParameterSource&) = default;
};

// How a data source says that a schema change is not needed any more: the table to create exists,
// the index to drop does not. A DDL statement that failed on some nodes is completed by running it
// again; a node that answers so is counted as done if its tables are then what PhysicalQuery says.
struct DoneSigns {
  std::vector<int> codes;          // MySQL: native error numbers (1050, 1091 ...).
  std::vector<std::string> texts;  // SQLite: parts of the message ("already exists").
  friend bool operator==(const DoneSigns&, const DoneSigns&) = default;
};

// One text for one data source.
struct PhysicalQuery {
  rules::DataSourceIndex data_source = 0;
  std::string sql;
  std::vector<ParameterSource> parameters;       // One per `?` in sql.
  std::vector<std::uint32_t> parameter_offsets;  // Byte offset of each `?` in sql.
  std::optional<rules::ShardIndex> shard;        // Absent for broadcast and single tables.
  // WriteKind::kDdl: which errors mean that this node is done. A server makes all changes of one
  // statement or none, so that one of them done before means that all are.
  DoneSigns done;
  // WriteKind::kDdl: physical tables that are then like those of the other nodes, and such that do
  // not exist then.
  std::vector<std::string> present;
  std::vector<std::string> absent;
  std::string reason;  // "user_id = 7 is on shard 3 of 8": why it goes there; for explain. May be
                       // empty on the fast path; explain() fills it.
  friend bool operator==(const PhysicalQuery&, const PhysicalQuery&) = default;
};

// A column of the shards' rows: from the start (>= 0) or, because `*` may hide how many there are,
// from the end (-1 is the last).
using ColumnRef = std::int32_t;

// How text compares. MySQL text is compared by the bytes of WEIGHT_STRING, which every collation
// has; SQLite has three collations of its own.
enum class TextOrder : std::uint8_t { kBinary, kNoCase, kRtrim };

// One key of an order, a group or a distinction, by its place in the shards' rows.
//
// MySQL text: `weight` is a hidden column WEIGHT_STRING(e), and `pad` a hidden column with the
// weight of one space if e's collation pads with spaces (NULL if it does not, or e is NULL):
// comparing goes on with that weight where one string has ended. Without `weight`, the values
// themselves must have an order of their own: numbers, DECIMAL, dates, times, bytes, SQLite's
// dynamic values; anything else at run time (ENUM, SET, JSON, text without weight) is
// kOrderUnsupported.
struct MergeKey {
  ColumnRef value = 0;
  std::optional<ColumnRef> weight = {};
  std::optional<ColumnRef> pad = {};
  TextOrder text_order = TextOrder::kBinary;
  bool descending = false;
  // The value shows all of its digits: a column's as it is stored, or what ROUND() made. What MySQL
  // computes of a DOUBLE(M,D) has more.
  bool whole = false;
  // SQLite's NULLS FIRST / LAST; by default NULL sorts below every value.
  std::optional<bool> nulls_first = {};
  friend bool operator==(const MergeKey&, const MergeKey&) = default;
};

enum class AggregateKind : std::uint8_t {
  kCount,  // COUNT(*), COUNT(x): the sum of the shards' counts.
  kSum,    // NULL if every shard's is NULL.
  kMin,
  kMax,
  kAvg,  // `column` holds the shard's own AVG (for its name and type), `sum` and `count` are
         // hidden.
};

struct Aggregate {
  AggregateKind kind = AggregateKind::kCount;
  ColumnRef column = 0;
  ColumnRef sum = 0;    // kAvg.
  ColumnRef count = 0;  // kAvg.
  MergeKey key = {};    // kMin, kMax: how values compare.
  friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

// The shards' groups become one row per group. Columns that are neither keys nor aggregates keep
// the first row's value. Without keys: one row, always.
struct Grouping {
  std::vector<MergeKey> keys;
  std::vector<Aggregate> aggregates;
  bool sorted = false;  // Each input is sorted by `keys`, ascending: groups can be streamed.
  friend bool operator==(const Grouping&, const Grouping&) = default;
};

// How the shards' rows become one answer; applied in the order of the members. All empty: the rows
// one shard after the other (with one query: passed through).
struct Merge {
  std::optional<Grouping> grouping;
  std::vector<MergeKey> distinct;  // Rows equal in all of these are one. Empty: no DISTINCT.
  std::vector<MergeKey> order;     // Without grouping: the inputs are sorted so, and are merged.
                                   // With grouping: the groups are sorted here.
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
  std::uint32_t hidden_columns = 0;  // Trailing columns that the application must not see.
  // Every column of the shards' rows is one of a table, as it is stored, or what merging compares
  // of one: a server's temporary table keeps such values, as it does not keep all computed ones.
  bool stored = false;
  friend bool operator==(const Merge&, const Merge&) = default;
};

enum class WriteKind : std::uint8_t {
  kNone,       // A read.
  kSum,        // Affected rows of all queries add up.
  kBroadcast,  // Every copy gets the same write and must report the same count; count one.
  kDdl,        // Every physical table; done ones are skipped when some are missing.
};

// The savepoint that protects a session's transaction from a statement that fails on some data
// source, and the one around a statement that several others carry out. No savepoint of a user may
// begin like these.
inline constexpr std::string_view kOwnSavepoints = "pando_";
inline constexpr std::string_view kStatementSavepoint = "pando_statement";
inline constexpr std::string_view kRowsSavepoint = "pando_rows";

// Statements about the session itself; they go to no data source, or to all that are in use.
enum class SessionAction : std::uint8_t {
  kNone,
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRollbackTo,
  kReleaseSavepoint,
  kSet,  // Carried over to every connection the session uses: `session_text`.
  kUse,  // Accepted without effect: the configured schema.
  kAutocommitOff,
  kAutocommitOn,
  kLockTables,    // Takes no lock, but commits.
  kUnlockTables,  // Commits if LOCK TABLES came before.
  kCommitsOnly,   // A schema change of which nothing is left; MySQL commits before it.
  kNothing,       // Accepted without effect; `notes` says so if a program could rely on the effect.
  kShowTables,    // Answered from the rules: the logical tables. `session_text`: the LIKE pattern.
  kShowFullTables,  // The same with a second column, Table_type.
};

// Statements of `head` (?, ...), ... `tail`, with a list in parentheses for each of some rows.
struct RowsWrite {
  // A `?` of the head or the tail: a parameter of the caller's, or a column of the row. With one of
  // the latter, each row has a statement of its own.
  struct Source {
    bool of_row = false;
    std::uint32_t index = 0;
  };
  std::string head;  // "INSERT IGNORE INTO t (a, b) VALUES ", "DELETE FROM t WHERE (a, b) IN (".
  std::string tail;  // " ON DUPLICATE KEY UPDATE ...", ")".
  std::vector<Source> head_parameters;
  std::vector<Source> tail_parameters;
  // The row's columns that stand in parentheses: `count` of them from this one; 0: all.
  std::size_t first = 0;
  std::size_t count = 0;
};

// What becomes of rows whose sharding key changes: they are removed, and inserted as they are then.
struct RowsMove {
  // A column of the sharding key: what it is, what it becomes.
  struct Key {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    rules::KeyColumn column;
  };
  // What unique keys have of the columns that are assigned: nothing; or all that have some have the
  // sharding key too; or not.
  enum class Unique : std::uint8_t { kStays, kWithKey, kWithoutKey };
  std::vector<Key> keys;
  Unique unique = Unique::kStays;
  // A column to which no 0 can be given, as it would be numbered anew.
  std::optional<std::uint32_t> number;
  RowsWrite remove;
  RowsWrite insert;
};

// Rows that go through Pando: those of pieces[0] are read to their end, then written by statements
// that are planned each for itself; all in one transaction.
struct RowsInto {
  RowsWrite write;          // An empty head: nothing, the rows are as they should be.
  std::size_t columns = 0;  // Of a row; 0: not known.
  // How many of them, from the first, name the row to write: none may be NULL. 0: all are values of
  // a row that is inserted.
  std::size_t keys = 0;
  std::optional<RowsMove> move;
};

// What a setting's values depend on.
enum class SettingValue : std::uint8_t {
  kVaries,    // Other variables: carried out twice, it may not be the same as once.
  kConstant,  // Nothing.
  kInitial,   // Nothing, and every connection begins with them.
};

struct Plan {
  Level level = Level::kSingle;
  std::vector<PhysicalQuery> queries;
  // kCompute: tables to fill before queries[0] runs beside them, on RuleSet::compute_index(); or
  // the rows for `into`, with parameters of their own.
  std::vector<Piece> pieces;
  std::optional<RowsInto> into;
  sql::ParseOptions parse_options;  // kCompute: as the statement was parsed.
  Merge merge;
  WriteKind write = WriteKind::kNone;
  bool returns_rows = true;
  // The statement takes locks or writes: inside of a transaction it must use its connections, and a
  // replica cannot serve it.
  bool needs_writer = false;
  // Several queries read the clock (NOW(), column defaults of a write): send SET timestamp first,
  // so that all get the same time, as on one server (MySQL).
  bool fix_timestamp = false;

  SessionAction session = SessionAction::kNone;
  // kSet: the SET statement; savepoints: the name, without quotes; kBegin: "READ ONLY",
  // "IMMEDIATE", ... or ""; kShowTables: see there.
  std::string session_text;
  SettingValue setting = SettingValue::kVaries;  // kSet.
  // kSet of sql_mode, which changes how the session's later statements are lexed (ANSI_QUOTES,
  // PIPES_AS_CONCAT, NO_BACKSLASH_ESCAPES, HIGH_NOT_PRECEDENCE, IGNORE_SPACE): the session adapts
  // its sql::ParseOptions. Without a literal value in `sql_mode` it must run the SET on a
  // connection and read @@sql_mode back.
  bool sql_mode_changed = false;
  std::optional<std::string> sql_mode;

  std::vector<OwnedValue> generated;          // Values planning made; see ParameterSource.
  std::optional<std::int64_t> generated_key;  // The first key that a generator filled in.
  // False if no row gets a key from the database: what it reports then is no generated key, but one
  // that was given (MySQL) or a rowid that no column holds (SQLite).
  bool makes_key = true;

  // What the application should know although the statement is carried out ("LOCK TABLES takes no
  // lock through Pando"); each counts as a warning of the statement.
  std::vector<std::string> notes;

  // Why this level: one line for people. kRefused: the refusal itself.
  std::string reason;
  std::optional<Error> refusal;
};

// Calls f for each query that reaches a data source: those of the pieces, then the plan's own.
template <typename F>
void each_query(const Plan& plan, F&& f) {
  for (const Piece& piece : plan.pieces) {
    for (const PhysicalQuery& query : piece.plan->queries) f(query);
  }
  for (const PhysicalQuery& query : plan.queries) f(query);
}

}  // namespace pando::plan
