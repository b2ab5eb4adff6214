// PieceText: a piece's text over the logical tables, put together from the user's own; and the same
// over skeletons, which are temporary tables of the real columns without rows: MySQL infers the
// types of expressions from them.
//
// Threads: belongs to one cut. Lifetime: views the reader.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "router/compute/reader.h"

namespace pando::compute {

class PieceText {
 public:
  // `table`: the piece's. Skeletons are called by it and a number.
  PieceText(const Reader& reader, std::string table) : read_(reader), table_(std::move(table)) {}

  void add(std::string_view text) {
    text_ += text;
    typed_ += text;
  }
  // The user's bytes, with the `?` in them.
  void copy(sql::Span span);

  const std::string& text() const { return text_; }
  const std::vector<std::uint32_t>& parameters() const { return parameters_; }
  const std::string& typed() const { return typed_; }
  // CREATE TEMPORARY TABLE of each.
  const std::vector<std::string>& skeletons() const { return skeletons_; }
  // Some of these places were copied, and not all.
  bool splits(const std::vector<sql::Span>& places) const;

 private:
  void copy_typed(sql::Span span);
  // Makes one; its name, as it stands in FROM.
  std::string skeleton(analyze::OccurrenceId id);

  const Reader& read_;
  std::string table_;
  std::string text_;
  std::vector<std::uint32_t> parameters_;
  std::string typed_;
  std::vector<std::string> skeletons_;
  std::vector<sql::Span> copied_;
};

}  // namespace pando::compute
