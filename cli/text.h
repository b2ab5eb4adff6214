// Text on its way out: display width, safety for terminals, UTF-8 validity, JSON and CSV forms.
//
// Threads: functions without state.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pando/value.h"

namespace pando::cli {

bool is_utf8(std::string_view text);

// Columns that the text takes on a terminal: wide characters count 2, combining ones 0.
std::size_t display_width(std::string_view text);

// The text in one line that cannot control a terminal: control characters become \n, \t, \x1b ...,
// bytes that are no UTF-8 become \xNN.
std::string printable(std::string_view text);

// Lower-case hexadecimal digits.
std::string hex(std::string_view bytes);

// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t number);
// "1 row", "2,000 rows".
std::string counted(std::uint64_t count, const char* word);

// The shortest text that reads back as the same number, always with a point or an exponent.
// `single`: the shortest for a 4-byte FLOAT.
std::string shortest(double number, bool single);

// A value as a person reads it, in one line: NULL, 0x... for binary.
std::string readable(const Value& value, const Column& column);

// Without the byte order mark that some editors put before a file in UTF-8.
std::string_view without_byte_order_mark(std::string_view start_of_file);

// Appends a JSON string, or {"hex": "..."} if the text is no UTF-8.
void append_json_text(std::string& out, std::string_view text);
// Appends a JSON value: integers and doubles as numbers (NaN and infinities as null), text, DECIMAL
// and dates as strings, binary as {"hex": "..."}.
void append_json(std::string& out, const Value& value, const Column& column);

// Appends a CSV field (RFC 4180): NULL is empty, the empty text is "", binary is 0x...
void append_csv(std::string& out, const Value& value, const Column& column);

}  // namespace pando::cli
