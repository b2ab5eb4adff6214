// StatementCache: the prepared statements of one connection that are not in use, by their text.
//
// Cost: one look-up in a hash table for each call; past the limit, the longest unused is dropped.
// Threads: one at a time, as the connection.

#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace pando::drivers {

// Prepared has: std::string sql; destroying it frees the statement.
template <typename Prepared>
class StatementCache {
 public:
  // How many statements it keeps; 0 keeps none.
  void set_limit(std::size_t limit) { limit_ = limit; }

  // Out of the cache: a statement in use elsewhere is not found.
  std::optional<Prepared> take(std::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return std::nullopt;
    const auto entry = found->second;
    by_text_.erase(found);  // Its key is the entry's text.
    std::optional<Prepared> prepared(std::move(*entry));
    entries_.erase(entry);
    return prepared;
  }

  // Drops the statement if another of the same text is here already.
  void give_back(Prepared prepared) {
    if (limit_ == 0 || by_text_.contains(prepared.sql)) return;
    entries_.push_front(std::move(prepared));
    by_text_.emplace(entries_.front().sql, entries_.begin());
    if (entries_.size() > limit_) {
      by_text_.erase(entries_.back().sql);
      entries_.pop_back();
    }
  }

  void clear() {
    by_text_.clear();
    entries_.clear();
  }

 private:
  std::size_t limit_ = 0;
  std::list<Prepared> entries_;  // Most recently used first.
  std::unordered_map<std::string_view, typename std::list<Prepared>::iterator> by_text_;
};

}  // namespace pando::drivers
