// Normalising: a statement's text with its literals taken out, as the key of the plan cache.
//
// Everything but the taken literals stays byte for byte: white space, comments, hints, versioned
// comments. So a plan made from one text applies to another of the same key: a place of one is a
// place of the other, moved by the difference in length of the literals before it.
//
// Cost: one pass of the lexer and one of the hash. Nothing is allocated once the buffers of `out`
// have grown. Threads: a function without state.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "router/sql/statement.h"

namespace pando::sql {

struct NormalizedText {
  // The text with each taken literal replaced by `?` and one byte from 1 to 8 that says its kind:
  // kInteger, kDecimal, kFloat, kString, kNational, kHex or kBit, plus one. A
  // real `?` stays alone: no such byte can follow it, since it would be an error outside of quotes.
  std::string key;
  std::uint64_t hash = 0;      // XXH3 of the key.
  std::vector<Span> literals;  // The bytes of those that were taken out, in the order of the text.
  std::uint32_t parameters = 0;  // How many real `?` there are.
};

// Numbers and strings are taken out. NULL, TRUE and FALSE stay, being words, and so does a string
// that a name, a `)`, AS or a number stands before: an alias, DATE'..', _utf8mb4'..'. Adjacent
// strings are one literal in MySQL.
//
// A taken literal need not be a plain value: ORDER BY 2, LIMIT 10, CHAR(10) have them too. Whoever
// caches by the key must also compare the literals on which the plan depends.
//
// Returns false, with `out` unspecified, if the text does not even lex (parse() will say why), or
// in rare cases that are not worth a key. Requires: one cache for each ParseOptions; they are no
// part of the key.
bool normalize(std::string_view text, const ParseOptions& options, NormalizedText* out);

}  // namespace pando::sql
