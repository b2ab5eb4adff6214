// Whether a sharding key's column can hold what the rules say of it, and whether a value is stored
// in it unchanged. A row is looked for where its key as written says; so it must be kept as
// written.
//
// Threads: functions without state.

#pragma once

#include <string>
#include <string_view>

#include "drivers/table_schema.h"
#include "pando/dialect.h"
#include "pando/result.h"
#include "pando/value.h"
#include "rules/rule_set.h"

namespace pando::plan {

// The key columns exist, and their types and collations are the ones the rules declare.
// To be called for every sharded table before it is used, and by `pando check --connect`.
// Errors: kKeyTypeMismatch; kUnknownColumn if a key column is missing.
Result<void> check_key_types(const rules::LogicalTable& table, const drivers::TableSchema& schema,
                             Dialect dialect);

// The same for one column. `collation` may be "" if it is not known (CREATE TABLE without COLLATE).
Result<void> check_key_column(const std::string& table, const rules::KeyColumn& key,
                              const drivers::ColumnSchema& column, Dialect dialect);

// MySQL: a DATETIME or TIMESTAMP key's column keeps as many digits of a second as the rules say.
// With more, it can hold rows with keys that Pando would not write; with fewer, it would round
// them. A table that is there is used all the same: this is for CREATE TABLE and `pando check
// --connect`. Errors: kKeyTypeMismatch.
Result<void> check_key_fraction(const std::string& table, const rules::KeyColumn& key,
                                const drivers::ColumnSchema& column, Dialect dialect);

// The column that a declaration such as "VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin" makes,
// as far as it can be told from the words.
drivers::ColumnSchema column_of_declaration(std::string name, std::string_view type,
                                            Dialect dialect);

// Digits after the seconds that a column of that type keeps.
unsigned fraction_digits(std::string_view declared_type);

// True if the column keeps `value` (not NULL) as it is: no clamping, cutting, padding or rounding,
// whatever sql_mode says. `value` is as written, `canonical` its form for routing.
// Requires: check_key_column() passed.
bool stored_unchanged(const rules::KeyColumn& key, const drivers::ColumnSchema& column,
                      const Value& value, const Value& canonical, Dialect dialect);

}  // namespace pando::plan
