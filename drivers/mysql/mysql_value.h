// Cells of MySQL's two protocols as Values. Both give the same Value: see drivers/driver.h.

#pragma once

#include <string>
#include <string_view>

#include "drivers/mysql/mysql_api.h"
#include "pando/value.h"

namespace pando::drivers::mysql {

Column column_of(const MYSQL_FIELD& field);

// How the cells of a column are read.
enum class CellKind : char { kInt, kUint, kFloat, kDouble, kTemporal, kText, kBytes };
CellKind cell_kind_of(const MYSQL_FIELD& field);
CellKind cell_kind_of(const Column& column);  // Requires: column_of() made it.

// A cell of the text protocol. Views `text`. Errors: kInternal if it is not what its type says.
Result<Value> value_of_text(CellKind kind, std::string_view text);

// FLOAT and DOUBLE as the server prints them: with the declared digits after the point if there are
// such; otherwise a FLOAT with 6 significant digits, a DOUBLE exactly.
double printed_float(float value, unsigned decimals);
double printed_double(double value, unsigned decimals);

// DATE, TIME, DATETIME or TIMESTAMP as the server prints it.
std::string print_temporal(const MYSQL_TIME& time, SqlType type, unsigned decimals);

}  // namespace pando::drivers::mysql
